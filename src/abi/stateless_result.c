#include "abi/stateless_result.h"

#include "base/memory.h"

size_t stateless_result_write(uint8_t out[STATELESS_RESULT_BYTES], const stateless_result *result)
{
    memcpy(out, result->new_payload_request_root.bytes, 32);
    out[32] = result->successful_validation;
    for (unsigned i = 0; i < 8; i++)
        out[33 + i] = (uint8_t)(result->chain_id >> 8 * i);
    if (!result->has_schema)
        return STATELESS_RESULT_BYTES_OF_TESTS;
    out[41] = (uint8_t)result->schema_id;
    out[42] = (uint8_t)(result->schema_id >> 8);
    return STATELESS_RESULT_BYTES;
}

status stateless_result_read(stateless_result *result, bytes data)
{
    if (data.size != STATELESS_RESULT_BYTES && data.size != STATELESS_RESULT_BYTES_OF_TESTS)
        return INPUT_MALFORMED;
    if (data.data[32] > 1)
        return INPUT_MALFORMED;
    *result = (stateless_result){.successful_validation = data.data[32] == 1,
                                 .has_schema = data.size == STATELESS_RESULT_BYTES};
    memcpy(result->new_payload_request_root.bytes, data.data, 32);
    for (unsigned i = 0; i < 8; i++)
        result->chain_id |= (uint64_t)data.data[33 + i] << 8 * i;
    if (result->has_schema)
        result->schema_id = (uint16_t)(data.data[41] | data.data[42] << 8);
    return OK;
}
