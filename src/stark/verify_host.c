#include "base/memory.h"
#include "stark/poseidon2.h"
#include "stark/prove.h"
#include "stark/verify.h"

enum { BATCH = POSEIDON2_BATCH };

/* Sixteen queries at once, element i of query j at [i][j]. */
typedef fp batch_state[HASH_WIDTH][BATCH];
typedef fp batch_digest[DIGEST_LENGTH][BATCH];

static void start(batch_state state, hash_role role, uint32_t length)
{
    memset(state, 0, sizeof(batch_state));
    for (int j = 0; j < BATCH; j++) {
        state[HASH_RATE][j] = fp_from_u32((uint32_t)role);
        state[HASH_RATE + 1][j] = fp_from_u32(length);
    }
}

static void hash_rows(batch_digest out, const fp *const rows[BATCH], uint32_t width)
{
    batch_state state;
    start(state, HASH_LEAF, width);
    for (uint32_t first = 0; first < width; first += HASH_RATE) {
        for (uint32_t i = 0; i < HASH_RATE; i++)
            for (int j = 0; j < BATCH; j++)
                state[i][j] = first + i < width ? rows[j][first + i] : first + i == width ? FP_ONE : FP_ZERO;
        poseidon2_permute_batch(state);
    }
    memcpy(out, state, sizeof(batch_digest));
}

static void compress(batch_digest node, hash_role role, batch_digest left, batch_digest right)
{
    batch_state state;
    start(state, role, 0);
    memcpy(state, left, sizeof(batch_digest));
    memcpy(state + DIGEST_LENGTH, right, sizeof(batch_digest));
    poseidon2_permute_batch(state);
    memcpy(node, state, sizeof(batch_digest));
}

/* Queries first … first + 15; beyond the last, the last again. */
static bool check_sixteen(const path_batch *b, uint32_t first)
{
    const fp *next[BATCH], *path[BATCH];
    uint32_t index[BATCH], row_words = 0;
    for (uint32_t k = 0; k < b->height_count; k++)
        row_words += b->heights[k].width;
    for (uint32_t j = 0; j < BATCH; j++) {
        uint32_t query = first + j < b->count ? first + j : b->count - 1;
        next[j] = b->words + query * b->stride;
        path[j] = next[j] + row_words;
        index[j] = b->indices[query] >> b->shift;
    }
    batch_digest node;
    hash_rows(node, next, b->heights[0].width);
    uint32_t entered = 0;
    unsigned log2_cap = merkle_log2_cap(b->log2_leaves);
    for (unsigned height = b->log2_leaves; height > log2_cap; height--) {
        batch_digest left, right;
        for (int j = 0; j < BATCH; j++, path[j - 1] += DIGEST_LENGTH) {
            bool is_right = index[j] & 1;
            index[j] >>= 1;
            for (int i = 0; i < DIGEST_LENGTH; i++) {
                left[i][j] = is_right ? path[j][i] : node[i][j];
                right[i][j] = is_right ? node[i][j] : path[j][i];
            }
        }
        compress(node, HASH_NODE, left, right);
        if (entered + 1 < b->height_count && b->heights[entered + 1].log2_rows == height - 1) {
            for (int j = 0; j < BATCH; j++)
                next[j] += b->heights[entered].width;
            batch_digest leaf;
            hash_rows(leaf, next, b->heights[++entered].width);
            compress(node, HASH_INJECT, node, leaf);
        }
    }
    uint32_t difference = 0;
    for (int j = 0; j < BATCH; j++)
        for (int i = 0; i < DIGEST_LENGTH; i++)
            difference |= node[i][j] ^ b->cap[index[j]].c[i];
    return difference == 0 && entered + 1 == b->height_count;
}

static bool check_paths(const path_batch *b)
{
    for (uint32_t first = 0; first < b->count; first += BATCH)
        if (!check_sixteen(b, first))
            return false;
    return true;
}

status stark_verify_fast(stark_outcome *outcome, const stark_machine *m, const stark_parameters *parameters,
                         const stark_key *key, const stark_claim *claim, const uint32_t *proof, size_t proof_words,
                         arena *scratch)
{
    return stark_verify_with(outcome, m, parameters, key, claim, proof, proof_words, scratch, check_paths);
}
