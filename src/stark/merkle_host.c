#include "stark/merkle.h"

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

/* Leaf index → position in a column. */
static size_t position_of(const merkle_matrix *m, size_t index)
{
    size_t natural = reverse_bits(index, m->log2_rows);
    size_t coset = natural & (((size_t)1 << m->log2_cosets) - 1);
    return (coset << (m->log2_rows - m->log2_cosets)) + (natural >> m->log2_cosets);
}

static void start_batch(fp state[HASH_WIDTH][BATCH], hash_role role, size_t length)
{
    memset(state, 0, sizeof(fp) * HASH_WIDTH * BATCH);
    for (int j = 0; j < BATCH; j++) {
        state[HASH_RATE][j] = fp_from_u32((uint32_t)role);
        state[HASH_RATE + 1][j] = fp_from_u32((uint32_t)length);
    }
}

/* Columns of all matrices of a height, one after another. */
typedef struct {
    const fp **columns;
    size_t count;
    unsigned log2_rows;
    unsigned log2_cosets;
} level_columns;

/* Digests of the rows at `position` … + 15, which lie in one coset. */
static void hash_rows(digest out[BATCH], const level_columns *c, size_t position)
{
    fp state[HASH_WIDTH][BATCH];
    start_batch(state, HASH_LEAF, c->count);
    for (size_t first = 0; first < c->count || first == 0; first += HASH_RATE) {
        size_t length = c->count - first < HASH_RATE ? c->count - first : HASH_RATE;
        for (size_t i = 0; i < length; i++)
            memcpy(state[i], c->columns[first + i] + position, sizeof(state[i]));
        for (size_t i = length; i < HASH_RATE; i++)
            for (int j = 0; j < BATCH; j++)
                state[i][j] = i == length ? FP_ONE : FP_ZERO;
        poseidon2_permute_batch(state);
    }
    for (int i = 0; i < DIGEST_LENGTH; i++)
        for (int j = 0; j < BATCH; j++)
            out[j].c[i] = state[i][j];
}

/* All leaves of a height, at their bit-reversed places. */
static void hash_level(digest *out, const level_columns *c)
{
    size_t rows = (size_t)1 << c->log2_rows;
    unsigned log2_coset_rows = c->log2_rows - c->log2_cosets;
    size_t coset_rows = (size_t)1 << log2_coset_rows;
#pragma omp parallel for schedule(dynamic, 16)
    for (size_t position = 0; position < rows; position += BATCH) {
        digest batch[BATCH];
        hash_rows(batch, c, position);
        size_t coset = position >> log2_coset_rows;
        for (size_t j = 0; j < BATCH; j++) {
            size_t natural = (position + j) & (coset_rows - 1);
            size_t leaf = (reverse_bits(coset, c->log2_cosets) << log2_coset_rows) |
                          reverse_bits(natural, log2_coset_rows);
            out[leaf] = batch[j];
        }
    }
}

/* out[j] = P(left[j·stride] ‖ right[j·stride] ‖ role) for at most BATCH digests; `out` may be `left` at
 * stride 1. */
static void compress_batch(digest *out, hash_role role, const digest *left, const digest *right,
                           size_t stride,
                           size_t count)
{
    if (count < BATCH) {
        for (size_t j = 0; j < count; j++)
            hash_compress(&out[j], role, &left[j * stride], &right[j * stride]);
        return;
    }
    fp state[HASH_WIDTH][BATCH];
    start_batch(state, role, 0);
    for (size_t j = 0; j < BATCH; j++)
        for (int i = 0; i < DIGEST_LENGTH; i++) {
            state[i][j] = left[j * stride].c[i];
            state[DIGEST_LENGTH + i][j] = right[j * stride].c[i];
        }
    poseidon2_permute_batch(state);
    for (int i = 0; i < DIGEST_LENGTH; i++)
        for (int j = 0; j < BATCH; j++)
            out[j].c[i] = state[i][j];
}

static void compress_level(digest *out, hash_role role, const digest *left, const digest *right,
                           size_t stride,
                           size_t count)
{
#pragma omp parallel for schedule(dynamic, 16) if (count >= 1024)
    for (size_t first = 0; first < count; first += BATCH)
        compress_batch(out + first, role, left + first * stride, right + first * stride, stride,
                       count - first < BATCH ? count - first : BATCH);
}

size_t merkle_size_bytes(unsigned log2_leaves)
{
    /* All levels, a scratch level of leaves that enter, alignment. */
    return (sizeof(digest) << log2_leaves) * 5 / 2 + 64 * (MERKLE_LOG2_ROWS_MAX + 2);
}

static void open_tree(merkle_tree *tree, arena *a, unsigned log2_leaves)
{
    CHECK(log2_leaves <= MERKLE_LOG2_ROWS_MAX);
    memset(tree, 0, sizeof(*tree));
    tree->log2_leaves = log2_leaves;
    tree->log2_cap = merkle_log2_cap(log2_leaves);
    for (unsigned h = tree->log2_cap; h <= log2_leaves; h++)
        tree->levels[h] = arena_allocate(a, sizeof(digest) << h, 64);
}

/* Columns of the matrices of one height; false if there are none. */
static bool columns_of(level_columns *c, arena *a, const merkle_matrix *matrices, size_t count,
                       unsigned log2_rows)
{
    *c = (level_columns){.log2_rows = log2_rows};
    bool any = false;
    for (size_t k = 0; k < count; k++)
        if (matrices[k].log2_rows == log2_rows) {
            CHECK(!any || c->log2_cosets == matrices[k].log2_cosets);
            c->log2_cosets = matrices[k].log2_cosets;
            c->count += matrices[k].column_count;
            any = true;
        }
    if (!any)
        return false;
    CHECK(log2_rows >= c->log2_cosets + 4);
    c->columns = ARENA_NEW(a, const fp *, c->count + 1);
    size_t at = 0;
    for (size_t k = 0; k < count; k++)
        if (matrices[k].log2_rows == log2_rows)
            for (size_t i = 0; i < matrices[k].column_count; i++)
                c->columns[at++] = matrices[k].data + i * matrices[k].column_stride;
    return true;
}

static void hash_upwards(merkle_tree *tree, unsigned h)
{
    compress_level(tree->levels[h], HASH_NODE, tree->levels[h + 1], tree->levels[h + 1] + 1, 2,
                   (size_t)1 << h);
}

void merkle_build(merkle_tree *tree, arena *a, const merkle_matrix *matrices, size_t count)
{
    CHECK(count > 0);
    unsigned log2_leaves = 0;
    for (size_t k = 0; k < count; k++)
        if (matrices[k].log2_rows > log2_leaves)
            log2_leaves = matrices[k].log2_rows;
    open_tree(tree, a, log2_leaves);
    size_t mark = a->used_bytes;
    level_columns columns;
    CHECK(columns_of(&columns, a, matrices, count, log2_leaves));
    hash_level(tree->levels[log2_leaves], &columns);
    for (unsigned h = log2_leaves; h-- > tree->log2_cap;) {
        arena_rewind(a, mark);
        hash_upwards(tree, h);
        if (columns_of(&columns, a, matrices, count, h)) {
            digest *leaves = arena_allocate(a, sizeof(digest) << h, 64);
            hash_level(leaves, &columns);
            compress_level(tree->levels[h], HASH_INJECT, tree->levels[h], leaves, 1, (size_t)1 << h);
        }
    }
    arena_rewind(a, mark);
    for (size_t k = 0; k < count; k++)
        CHECK(matrices[k].log2_rows >= tree->log2_cap);
}

void merkle_build_rows(merkle_tree *tree, arena *a, const fp *rows, size_t width, unsigned log2_rows)
{
    open_tree(tree, a, log2_rows);
    digest *leaves = tree->levels[log2_rows];
    size_t count = (size_t)1 << log2_rows;
#pragma omp parallel for schedule(dynamic, 16) if (count >= 1024)
    for (size_t first = 0; first < count; first += BATCH) {
        if (count < BATCH) {
            for (size_t j = 0; j < count; j++)
                hash_elements(&leaves[j], HASH_LEAF, rows + j * width, width);
            continue;
        }
        fp state[HASH_WIDTH][BATCH];
        start_batch(state, HASH_LEAF, width);
        for (size_t at = 0; at < width || at == 0; at += HASH_RATE) {
            size_t length = width - at < HASH_RATE ? width - at : HASH_RATE;
            for (size_t j = 0; j < BATCH; j++) {
                const fp *row = rows + (first + j) * width + at;
                for (size_t i = 0; i < HASH_RATE; i++)
                    state[i][j] = i < length ? row[i] : i == length ? FP_ONE : FP_ZERO;
            }
            poseidon2_permute_batch(state);
        }
        for (size_t j = 0; j < BATCH; j++)
            for (int i = 0; i < DIGEST_LENGTH; i++)
                leaves[first + j].c[i] = state[i][j];
    }
    for (unsigned h = log2_rows; h-- > tree->log2_cap;)
        hash_upwards(tree, h);
}

const digest *merkle_cap(const merkle_tree *tree)
{
    return tree->levels[tree->log2_cap];
}

void merkle_open(const merkle_tree *tree, digest *path, size_t index)
{
    CHECK(index >> tree->log2_leaves == 0);
    for (unsigned h = tree->log2_leaves; h > tree->log2_cap; h--) {
        *path++ = tree->levels[h][index ^ 1];
        index >>= 1;
    }
}

void merkle_read_row(fp *row, const merkle_matrix *matrix, size_t index)
{
    CHECK(index >> matrix->log2_rows == 0);
    size_t position = position_of(matrix, index);
    for (size_t c = 0; c < matrix->column_count; c++)
        row[c] = matrix->data[c * matrix->column_stride + position];
}
