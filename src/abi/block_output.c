#include "abi/block_output.h"

#include "base/memory.h"

static uint8_t *put_number(uint8_t *out, uint64_t value)
{
    memset(out, 0, 24);
    for (unsigned i = 0; i < 8; i++)
        out[31 - i] = (uint8_t)(value >> 8 * i);
    return out + 32;
}

static uint8_t *put_hash(uint8_t *out, const hash256 *hash)
{
    memcpy(out, hash->bytes, 32);
    return out + 32;
}

static void put_format(uint8_t out[32])
{
    memset(out, 0, 32);
    memcpy(out, BLOCK_OUTPUT_FORMAT, sizeof BLOCK_OUTPUT_FORMAT - 1);
}

void block_output_write(uint8_t out[BLOCK_OUTPUT_BYTES], const block_output *output)
{
    put_format(out);
    uint8_t *at = put_number(out + 32, output->chain_id);
    at = put_hash(at, &output->chain_config_hash);
    at = put_hash(at, &output->pre_state_root);
    at = put_hash(at, &output->post_state_root);
    at = put_hash(at, &output->parent_hash);
    at = put_hash(at, &output->block_hash);
    at = put_number(at, output->first_number);
    at = put_number(at, output->last_number);
    at = put_number(at, output->timestamp);
    at = put_number(at, output->gas_used);
    at = put_hash(at, &output->receipts_before);
    at = put_hash(at, &output->receipts_after);
    put_number(at, output->held_against_parent);
}

static status get_number(uint64_t *value, const uint8_t **at)
{
    const uint8_t *in = *at;
    for (unsigned i = 0; i < 24; i++)
        if (in[i] != 0)
            return INPUT_MALFORMED;
    *value = 0;
    for (unsigned i = 24; i < 32; i++)
        *value = *value << 8 | in[i];
    *at += 32;
    return OK;
}

static void get_hash(hash256 *hash, const uint8_t **at)
{
    memcpy(hash->bytes, *at, 32);
    *at += 32;
}

status block_output_read(block_output *output, bytes input)
{
    uint8_t format[32];
    put_format(format);
    if (input.size != BLOCK_OUTPUT_BYTES || memcmp(input.data, format, sizeof format) != 0)
        return INPUT_MALFORMED;
    const uint8_t *at = input.data + 32;
    uint64_t held;
    TRY(get_number(&output->chain_id, &at));
    get_hash(&output->chain_config_hash, &at);
    get_hash(&output->pre_state_root, &at);
    get_hash(&output->post_state_root, &at);
    get_hash(&output->parent_hash, &at);
    get_hash(&output->block_hash, &at);
    TRY(get_number(&output->first_number, &at));
    TRY(get_number(&output->last_number, &at));
    TRY(get_number(&output->timestamp, &at));
    TRY(get_number(&output->gas_used, &at));
    get_hash(&output->receipts_before, &at);
    get_hash(&output->receipts_after, &at);
    TRY(get_number(&held, &at));
    if (held > 1 || output->last_number < output->first_number)
        return INPUT_MALFORMED;
    output->held_against_parent = held == 1;
    return OK;
}
