/* The calls sponge, multiply_add and open in plain C, for a program that runs without the machine. */
#include "abi/calls.h"
#include "base/check.h"
#include "base/memory.h"
#include "field/fp5.h"
#include "stark/hash.h"
#include "stark/poseidon2.h"
#include "stark/tree.h"

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

static const fp *block_at(const uint64_t *blocks, uint64_t number)
{
    const fp *elements = (const fp *)(const void *)(blocks + 3 * (number & 0xFFFF));
    check_words(elements, FP5_DEGREE);
    return elements;
}

void call_multiply_add(uint64_t *blocks, const uint64_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word = list[i];
        fp *result = (fp *)(void *)(blocks + 3 * (word >> 48));
        fp5_mul_add(result, block_at(blocks, word), block_at(blocks, word >> 16), block_at(blocks, word >> 32));
        result[FP5_DEGREE] = 0;
    }
}

void call_open(uint64_t *sums, const uint64_t *leaves, const uint64_t *weights, const uint64_t *cap, const uint64_t *list,
               size_t n)
{
    uint64_t kept[CALL_LEAF_WORDS_MAX * CALL_WEIGHT_WORDS]; /* the sums may lie where the weights are */
    uint32_t words = list[0] & 0xFFFF, stride = list[0] >> 16 & 0xFFFF, levels = list[0] >> 32 & 0xFFFF;
    CHECK(n >= 1 && n <= CALL_ITEMS_MAX);
    CHECK(list[0] >> 48 == 0 && words > 0 && words <= CALL_LEAF_WORDS_MAX && levels <= CALL_PATH_LEVELS_MAX);
    memcpy(kept, weights, sizeof *kept * CALL_WEIGHT_WORDS * words);
    for (size_t i = 0; i < n; i++) {
        const uint64_t *leaf = leaves + i * stride, index = list[1 + i], *entry = cap + CALL_DIGEST_WORDS * (index >> levels);
        CHECK(index >> levels <= UINT16_MAX);
        check_words((const fp *)leaf, 2 * (words + CALL_DIGEST_WORDS * levels));
        check_words((const fp *)entry, DIGEST_LENGTH);
        CHECK(tree_verify((const digest *)entry, 0, levels, index & ((1u << levels) - 1), (const fp *)leaf, 2 * words,
                          (const digest *)(leaf + words)));
        fp5 sum = FP5_ZERO;
        for (uint32_t k = 0; k < 2 * words; k++)
            sum = fp5_add(sum, fp5_mul_fp(block_of(kept, k), ((const fp *)leaf)[k]));
        memset(sums + CALL_SUM_WORDS * i, 0, sizeof(uint64_t[CALL_SUM_WORDS]));
        memcpy(sums + CALL_SUM_WORDS * i, sum.c, sizeof sum.c);
    }
}
