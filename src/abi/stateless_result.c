#include "abi/stateless_result.h"

#include "base/memory.h"

void stateless_result_write(uint8_t out[STATELESS_RESULT_BYTES], const stateless_result *result)
{
    memcpy(out, result->new_payload_request_root.bytes, 32);
    out[32] = result->successful_validation;
    for (unsigned i = 0; i < 8; i++)
        out[33 + i] = (uint8_t)(result->chain_id >> 8 * i);
}

status stateless_result_read(stateless_result *result, bytes data)
{
    if (data.size != STATELESS_RESULT_BYTES || data.data[32] > 1)
        return INPUT_MALFORMED;
    memcpy(result->new_payload_request_root.bytes, data.data, 32);
    result->successful_validation = data.data[32] == 1;
    result->chain_id = 0;
    for (unsigned i = 0; i < 8; i++)
        result->chain_id |= (uint64_t)data.data[33 + i] << 8 * i;
    return OK;
}
