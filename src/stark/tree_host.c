#include "stark/tree_batch.h"

#include "base/check.h"
#include "base/memory.h"

enum { BATCH = POSEIDON2_BATCH };

static size_t reverse_bits(size_t x, unsigned count)
{
    size_t r = 0;
    for (unsigned i = 0; i < count; i++)
        r |= (x >> i & 1) << (count - 1 - i);
    return r;
}

/* Digests of the rows at places `position` … of the columns; `count` of the batch are there. */
static void hash_rows(digest out[BATCH], const fp *const *columns, size_t width, size_t position, size_t count)
{
    fp state[HASH_WIDTH][BATCH];
    hash_start_batch(state, HASH_LEAF, width);
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
    hash_start_batch(state, HASH_NODE, 0);
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

bool tree_check_fast(const tree_answers *answers)
{
    return tree_check_batches(answers, poseidon2_permute_batch);
}
