#include "stark/tree.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/poseidon2.h"

enum { BATCH = POSEIDON2_BATCH };

static size_t reverse_bits(size_t x, unsigned count)
{
    size_t r = 0;
    for (unsigned i = 0; i < count; i++)
        r |= (x >> i & 1) << (count - 1 - i);
    return r;
}

static void start_batch(fp state[HASH_WIDTH][BATCH], hash_role role, size_t length)
{
    memset(state, 0, sizeof(fp) * HASH_WIDTH * BATCH);
    for (int j = 0; j < BATCH; j++) {
        state[HASH_RATE][j] = fp_from_u32((uint32_t)role);
        state[HASH_RATE + 1][j] = fp_from_u32((uint32_t)length);
    }
}

/* Digests of the rows at places `position` … of the columns; `count` of the batch are there. */
static void hash_rows(digest out[BATCH], const fp *const *columns, size_t width, size_t position, size_t count)
{
    fp state[HASH_WIDTH][BATCH];
    start_batch(state, HASH_LEAF, width);
    for (size_t first = 0; first < width || first == 0; first += HASH_RATE) {
        size_t length = width - first < HASH_RATE ? width - first : HASH_RATE;
        for (size_t i = 0; i < length; i++)
            memcpy(state[i], columns[first + i] + position, count * sizeof(fp));
        for (size_t i = length; i < HASH_RATE; i++)
            for (int j = 0; j < BATCH; j++)
                state[i][j] = i == length ? FP_ONE : FP_ZERO;
        poseidon2_permute_batch(state);
    }
    for (int i = 0; i < DIGEST_LENGTH; i++)
        for (int j = 0; j < BATCH; j++)
            out[j].c[i] = state[i][j];
}

/* out[j] = P(children[2j] ‖ children[2j + 1]) */
static void compress_batch(digest *out, const digest *children, size_t count)
{
    if (count < BATCH) {
        for (size_t j = 0; j < count; j++)
            hash_compress(&out[j], HASH_NODE, &children[2 * j], &children[2 * j + 1]);
        return;
    }
    fp state[HASH_WIDTH][BATCH];
    start_batch(state, HASH_NODE, 0);
    for (size_t j = 0; j < BATCH; j++)
        for (int i = 0; i < DIGEST_LENGTH; i++) {
            state[i][j] = children[2 * j].c[i];
            state[DIGEST_LENGTH + i][j] = children[2 * j + 1].c[i];
        }
    poseidon2_permute_batch(state);
    for (int i = 0; i < DIGEST_LENGTH; i++)
        for (int j = 0; j < BATCH; j++)
            out[j].c[i] = state[i][j];
}

size_t tree_size_bytes(unsigned log2_leaves)
{
    return (sizeof(digest) << (log2_leaves + 1)) + 64 * (TREE_LOG2_LEAVES_MAX + 2);
}

void tree_build(tree *t, arena *a, const fp *const *columns, size_t width, unsigned log2_rows, unsigned log2_cosets,
                unsigned log2_cap)
{
    unsigned log2_leaves = log2_rows + log2_cosets;
    CHECK(log2_leaves <= TREE_LOG2_LEAVES_MAX && log2_cap <= log2_leaves);
    memset(t, 0, sizeof *t);
    t->log2_leaves = log2_leaves;
    t->log2_cap = log2_cap;
    for (unsigned h = log2_cap; h <= log2_leaves; h++)
        t->levels[h] = arena_allocate(a, sizeof(digest) << h, 64);
    size_t rows = (size_t)1 << log2_leaves;
    digest *leaves = t->levels[log2_leaves];
#pragma omp parallel for schedule(dynamic, 16)
    for (size_t position = 0; position < rows; position += BATCH) {
        digest batch[BATCH];
        size_t count = rows - position < BATCH ? rows - position : BATCH;
        hash_rows(batch, columns, width, position, count);
        for (size_t j = 0; j < count; j++) {
            size_t coset = (position + j) >> log2_rows, place = (position + j) & (((size_t)1 << log2_rows) - 1);
            leaves[(reverse_bits(place, log2_rows) << log2_cosets) + coset] = batch[j];
        }
    }
    for (unsigned h = log2_leaves; h-- > log2_cap;) {
        size_t count = (size_t)1 << h;
#pragma omp parallel for schedule(dynamic, 16) if (count >= 1024)
        for (size_t first = 0; first < count; first += BATCH)
            compress_batch(t->levels[h] + first, t->levels[h + 1] + 2 * first,
                           count - first < BATCH ? count - first : BATCH);
    }
}

const digest *tree_cap(const tree *t)
{
    return t->levels[t->log2_cap];
}

void tree_open(const tree *t, digest *path, size_t index)
{
    CHECK(index >> t->log2_leaves == 0);
    for (unsigned h = t->log2_leaves; h > t->log2_cap; h--, index >>= 1)
        *path++ = t->levels[h][index ^ 1];
}

/* ---- checking: element i of answer j at [i][j] ---- */

/* Answers first … first + 15; beyond the last, the last again. */
static bool check_sixteen(const tree_answers *a, uint32_t first)
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
    start_batch(state, HASH_LEAF, a->width);
    for (size_t at = 0; at < a->width || at == 0; at += HASH_RATE) {
        for (size_t i = 0; i < HASH_RATE; i++)
            for (int j = 0; j < BATCH; j++)
                state[i][j] = at + i < a->width ? rows[j][at + i] : at + i == a->width ? FP_ONE : FP_ZERO;
        poseidon2_permute_batch(state);
    }
    for (unsigned h = a->log2_leaves, level = 0; h > a->log2_cap; h--, level++) {
        memcpy(node, state, sizeof node);
        start_batch(state, HASH_NODE, 0);
        for (int j = 0; j < BATCH; j++, index[j - 1] >>= 1) {
            const fp *sibling = rows[j] + a->width + (size_t)level * DIGEST_LENGTH;
            bool is_right = index[j] & 1;
            for (int i = 0; i < DIGEST_LENGTH; i++) {
                state[i][j] = is_right ? sibling[i] : node[i][j];
                state[DIGEST_LENGTH + i][j] = is_right ? node[i][j] : sibling[i];
            }
        }
        poseidon2_permute_batch(state);
    }
    uint32_t difference = 0;
    for (int j = 0; j < BATCH; j++)
        for (int i = 0; i < DIGEST_LENGTH; i++)
            difference |= state[i][j] ^ a->cap[index[j]].c[i];
    return difference == 0;
}

bool tree_check_fast(const tree_answers *a)
{
    for (uint32_t first = 0; first < a->count; first += BATCH)
        if (!check_sixteen(a, first))
            return false;
    return true;
}
