/* Operands of the call open for tests: leaves that stand under a cap. */
#ifndef ASHLAR_RISCV_OPEN_TEST_H
#define ASHLAR_RISCV_OPEN_TEST_H

#include <string.h>

#include "abi/calls.h"
#include "stark/tree.h"

static inline uint32_t test_open_next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)((*seed >> 32) % FP_MODULUS);
}

static inline void test_open_elements(uint64_t *words, size_t count, uint64_t *seed)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t low = test_open_next(seed);
        words[i] = low | (uint64_t)test_open_next(seed) << 32;
    }
}

/* Leaf i has an index whose bits below the cap are those of 5·i + 2, and entry i of the cap. The first element of all, and
 * the first of a path, is p − 1. `list` gets 1 + n words. */
static inline void test_open_operands(uint64_t *list, uint64_t *leaves, uint64_t *weights, uint64_t *cap, uint32_t words,
                                      uint32_t stride, uint32_t levels, uint32_t n)
{
    uint64_t seed = 7;
    list[0] = call_open_shape(words, stride, levels);
    for (uint32_t k = 0; k < 2 * words; k++) {
        test_open_elements(weights + CALL_SUM_WORDS * k, CALL_SUM_WORDS, &seed);
        weights[CALL_SUM_WORDS * k + 2] |= UINT64_C(0xFFFFFFFF) << 32; /* says nothing */
    }
    weights[0] = FP_MODULUS - 1;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t *leaf = leaves + (size_t)stride * i, *path = leaf + words;
        uint64_t bits = (5 * i + 2) & ((1u << levels) - 1);
        test_open_elements(leaf, words + CALL_DIGEST_WORDS * levels, &seed);
        if (i == 0) {
            leaf[0] = FP_MODULUS - 1;
            path[0] = FP_MODULUS - 1;
        }
        list[1 + i] = (uint64_t)i << levels | bits;
        digest node;
        hash_elements(&node, HASH_LEAF, (const fp *)(const void *)leaf, 2 * words);
        for (uint32_t level = 0; level < levels; level++) {
            const digest *sibling = (const digest *)(const void *)(path + CALL_DIGEST_WORDS * level);
            bool right = bits >> level & 1;
            hash_compress(&node, HASH_NODE, right ? sibling : &node, right ? &node : sibling);
        }
        memcpy(cap + CALL_DIGEST_WORDS * i, &node, sizeof node);
    }
}

#endif
