/* Words of 32 bytes as abi.encode lays them out, one after another. */
#ifndef ASHLAR_ROLLUP_WORDS_H
#define ASHLAR_ROLLUP_WORDS_H

#include "base/memory.h"
#include "base/types.h"
#include "base/u256.h"

static inline uint8_t *word_hash(uint8_t *at, const hash256 *value)
{
    memcpy(at, value->bytes, 32);
    return at + 32;
}

static inline uint8_t *word_u256(uint8_t *at, u256 value)
{
    u256_to_be(at, value);
    return at + 32;
}

static inline uint8_t *word_u64(uint8_t *at, uint64_t value) { return word_u256(at, u256_from_u64(value)); }

static inline uint8_t *word_address(uint8_t *at, const address *value)
{
    memset(at, 0, 12);
    memcpy(at + 12, value->bytes, sizeof value->bytes);
    return at + 32;
}

#endif
