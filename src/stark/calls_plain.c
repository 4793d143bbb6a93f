/* The calls sponge and multiply_add in plain C, for a program that runs without the machine. */
#include "abi/calls.h"
#include "base/check.h"
#include "base/memory.h"
#include "field/fp5.h"
#include "stark/hash.h"
#include "stark/poseidon2.h"

static void check_words(const fp *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK(fp_is_canonical(words[i]));
}

void call_sponge(uint64_t state[12], const uint64_t *data, size_t n)
{
    fp all[HASH_WIDTH];
    memcpy(all, state, sizeof all);
    check_words(all + HASH_RATE, HASH_WIDTH - HASH_RATE);
    for (size_t i = 0; i < n; i++) {
        memcpy(all, data + HASH_RATE / 2 * i, sizeof(fp[HASH_RATE]));
        check_words(all, HASH_RATE);
        poseidon2_permute(all);
    }
    memcpy(state, all, sizeof all);
}

static fp5 block_of(const uint64_t *blocks, uint64_t number)
{
    fp5 x;
    memcpy(x.c, blocks + 3 * number, sizeof x.c);
    check_words(x.c, FP5_DEGREE);
    return x;
}

void call_multiply_add(uint64_t *blocks, const uint64_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word = list[i];
        fp5 a = block_of(blocks, word & 0xFFFF), b = block_of(blocks, word >> 16 & 0xFFFF);
        fp5 r = fp5_add(fp5_mul(a, b), block_of(blocks, word >> 32 & 0xFFFF));
        uint64_t result[3] = {0};
        memcpy(result, r.c, sizeof r.c);
        memcpy(blocks + 3 * (word >> 48), result, sizeof result);
    }
}
