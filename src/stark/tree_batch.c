#include "stark/tree_batch.h"

#include "base/memory.h"

enum { BATCH = POSEIDON2_BATCH };

void hash_start_batch(fp states[HASH_WIDTH][BATCH], hash_role role, size_t length)
{
    memset(states, 0, sizeof(fp) * HASH_WIDTH * BATCH);
    for (int j = 0; j < BATCH; j++) {
        states[HASH_RATE][j] = fp_from_u32((uint32_t)role);
        states[HASH_RATE + 1][j] = fp_from_u32((uint32_t)length);
    }
}

/* Answers first … first + 15; beyond the last, the last again. */
static bool check_sixteen(const tree_answers *a, uint32_t first, permutation_batch permute)
{
    const fp *rows[BATCH];
    uint32_t index[BATCH];
    for (uint32_t j = 0; j < BATCH; j++) {
        uint32_t q = first + j < a->count ? first + j : a->count - 1;
        rows[j] = a->words + q * a->stride;
        index[j] = a->indices[q];
        if (index[j] >> a->log2_leaves != 0)
            return false;
    }
    fp state[HASH_WIDTH][BATCH], node[DIGEST_LENGTH][BATCH];
    hash_start_batch(state, HASH_LEAF, a->width);
    for (size_t at = 0; at < a->width || at == 0; at += HASH_RATE) {
        for (size_t i = 0; i < HASH_RATE; i++)
            for (int j = 0; j < BATCH; j++)
                state[i][j] = at + i < a->width ? rows[j][at + i] : at + i == a->width ? FP_ONE : FP_ZERO;
        permute(state);
    }
    for (unsigned h = a->log2_leaves, level = 0; h > a->log2_cap; h--, level++) {
        memcpy(node, state, sizeof node);
        hash_start_batch(state, HASH_NODE, 0);
        for (int j = 0; j < BATCH; j++, index[j - 1] >>= 1) {
            const fp *sibling = rows[j] + a->width + (size_t)level * DIGEST_LENGTH;
            bool is_right = index[j] & 1;
            for (int i = 0; i < DIGEST_LENGTH; i++) {
                state[i][j] = is_right ? sibling[i] : node[i][j];
                state[DIGEST_LENGTH + i][j] = is_right ? node[i][j] : sibling[i];
            }
        }
        permute(state);
    }
    uint32_t difference = 0;
    for (int j = 0; j < BATCH; j++)
        for (int i = 0; i < DIGEST_LENGTH; i++)
            difference |= state[i][j] ^ a->cap[index[j]].c[i];
    return difference == 0;
}

bool tree_check_batches(const tree_answers *a, permutation_batch permute)
{
    for (uint32_t first = 0; first < a->count; first += BATCH)
        if (!check_sixteen(a, first, permute))
            return false;
    return true;
}
