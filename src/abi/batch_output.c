#include "abi/batch_output.h"

#include "base/memory.h"

static const char format[32] = BATCH_OUTPUT_FORMAT;

static uint8_t *put_hash(uint8_t *at, const hash256 *hash)
{
    memcpy(at, hash->bytes, 32);
    return at + 32;
}

/* Big-endian at the word's end. */
static uint8_t *put_number(uint8_t *at, uint64_t high, uint64_t low)
{
    memset(at, 0, 16);
    for (unsigned i = 0; i < 8; i++) {
        at[23 - i] = (uint8_t)(high >> 8 * i);
        at[31 - i] = (uint8_t)(low >> 8 * i);
    }
    return at + 32;
}

static uint8_t *put_address(uint8_t *at, const address *a)
{
    memset(at, 0, 12);
    memcpy(at + 12, a->bytes, sizeof a->bytes);
    return at + 32;
}

void batch_output_write(uint8_t out[BATCH_OUTPUT_BYTES], const batch_output *output)
{
    memcpy(out, format, 32);
    uint8_t *at = put_number(out + 32, output->l1_chain_id, output->l2_chain_id);
    at = put_address(at, &output->rollup);
    at = put_hash(at, &output->config_hash);
    at = put_number(at, 0, output->first);
    at = put_number(at, 0, output->last);
    at = put_hash(at, &output->batch_hash_before);
    at = put_hash(at, &output->batch_hash);
    at = put_hash(at, &output->outcome_before);
    at = put_hash(at, &output->outcome);
    at = put_hash(at, &output->queue_hash_before);
    at = put_hash(at, &output->queue_hash);
    at = put_hash(at, &output->blobs_before);
    at = put_hash(at, &output->blobs);
    at = put_hash(at, &output->faults);
    put_address(at, &output->prover);
}

static bool is_zero(const uint8_t *at, size_t count)
{
    uint8_t any = 0;
    for (size_t i = 0; i < count; i++)
        any |= at[i];
    return any == 0;
}

static uint64_t number_at(const uint8_t *at)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | at[i];
    return value;
}

static status get_address(address *out, const uint8_t *at)
{
    memcpy(out->bytes, at + 12, sizeof out->bytes);
    return is_zero(at, 12) ? OK : INPUT_MALFORMED;
}

status batch_output_read(batch_output *output, bytes input)
{
    if (input.size != BATCH_OUTPUT_BYTES || memcmp(input.data, format, 32) != 0)
        return INPUT_MALFORMED;
    const uint8_t *word[BATCH_OUTPUT_WORDS];
    for (unsigned i = 0; i < BATCH_OUTPUT_WORDS; i++)
        word[i] = input.data + 32 * i;
    memset(output, 0, sizeof *output);
    output->l1_chain_id = number_at(word[1] + 16);
    output->l2_chain_id = number_at(word[1] + 24);
    output->first = number_at(word[4] + 24);
    output->last = number_at(word[5] + 24);
    if (!is_zero(word[1], 16) || !is_zero(word[4], 24) || !is_zero(word[5], 24) || !is_zero(word[12], 64))
        return INPUT_MALFORMED;
    TRY(get_address(&output->rollup, word[2]));
    TRY(get_address(&output->prover, word[15]));
    const struct {
        hash256 *out;
        unsigned word;
    } hashes[] = {{&output->config_hash, 3}, {&output->batch_hash_before, 6},
                  {&output->batch_hash, 7},  {&output->outcome_before, 8},
                  {&output->outcome, 9},     {&output->queue_hash_before, 10},
                  {&output->queue_hash, 11}, {&output->faults, 14}};
    for (unsigned i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
        memcpy(hashes[i].out->bytes, word[hashes[i].word], 32);
    if (output->first == 0 || output->last < output->first ||
        output->last - output->first >= BATCH_OUTPUT_MOST_BATCHES)
        return INPUT_MALFORMED;
    for (uint64_t i = output->last - output->first + 1; i < 256; i++)
        if (batch_output_has_fault(output, i))
            return INPUT_MALFORMED;
    return OK;
}
