#include "field/simd.h"
#include "stark/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 0xa4093822299f31d0;

static fp random_fp(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (fp)((seed * 0x2545f4914f6cdd1d >> 8) % FP_MODULUS);
}

static size_t bit_reversed(size_t x, unsigned bits)
{
    size_t r = 0;
    while (bits-- > 0) {
        r = 2 * r + (x & 1);
        x >>= 1;
    }
    return r;
}

static merkle_matrix random_matrix(arena *a, size_t columns, unsigned log2_rows, unsigned log2_cosets)
{
    size_t stride = ((size_t)1 << log2_rows) + 16;
    fp *data = ARENA_NEW(a, fp, stride * columns);
    for (size_t i = 0; i < stride * columns; i++)
        data[i] = random_fp();
    return (merkle_matrix){data, stride, columns, log2_rows, log2_cosets};
}

/* The definition: natural row k = bitrev(i); coset k mod 2^cosets, row k >> cosets of it. */
static fp cell(const merkle_matrix *m, size_t leaf, size_t column)
{
    size_t k = bit_reversed(leaf, m->log2_rows);
    size_t cosets = (size_t)1 << m->log2_cosets;
    size_t rows = (size_t)1 << m->log2_rows;
    return m->data[column * m->column_stride + k % cosets * (rows / cosets) + k / cosets];
}

static void leaf_of(digest *out, const merkle_matrix *m, size_t count, unsigned height, size_t leaf)
{
    fp row[512];
    size_t width = 0;
    for (size_t k = 0; k < count; k++)
        if (m[k].log2_rows == height) {
            fp read[512];
            merkle_read_row(read, &m[k], leaf);
            for (size_t c = 0; c < m[k].column_count; c++) {
                row[width++] = cell(&m[k], leaf, c);
                assert_int_equal(read[c], row[width - 1]);
            }
        }
    hash_elements(out, HASH_LEAF, row, width);
}

static void naive_node(digest *out, const merkle_matrix *m, size_t count, unsigned greatest, unsigned height,
                       size_t index)
{
    bool enters = false;
    for (size_t k = 0; k < count; k++)
        enters |= m[k].log2_rows == height;
    digest leaf;
    if (enters)
        leaf_of(&leaf, m, count, height, index);
    if (height == greatest) {
        *out = leaf;
        return;
    }
    digest left, right;
    naive_node(&left, m, count, greatest, height + 1, 2 * index);
    naive_node(&right, m, count, greatest, height + 1, 2 * index + 1);
    hash_compress(out, HASH_NODE, &left, &right);
    if (enters)
        hash_compress(out, HASH_INJECT, out, &leaf);
}

static void check_tree(arena *a, const merkle_matrix *m, size_t count, const unsigned *heights,
                       size_t height_count)
{
    size_t mark = a->used_bytes;
    merkle_tree tree;
    merkle_build(&tree, a, m, count);
    assert_true(a->used_bytes - mark <= merkle_size_bytes(heights[0]));
    assert_int_equal(tree.log2_leaves, heights[0]);
    assert_int_equal(tree.log2_cap, 4);
    for (size_t i = 0; i < 16; i++) {
        digest expected;
        naive_node(&expected, m, count, heights[0], 4, i);
        assert_true(digest_equal(&expected, &merkle_cap(&tree)[i]));
    }
    for (int round = 0; round < 40; round++) {
        size_t index = random_fp() & (((size_t)1 << heights[0]) - 1);
        digest path[MERKLE_LOG2_ROWS_MAX];
        merkle_leaf leaves[8];
        merkle_open(&tree, path, index);
        for (size_t k = 0; k < height_count; k++) {
            leaves[k].log2_rows = heights[k];
            leaf_of(&leaves[k].leaf, m, count, heights[k], index >> (heights[0] - heights[k]));
        }
        const digest *cap = merkle_cap(&tree);
        assert_true(merkle_verify(cap, index, leaves, height_count, path));

        /* Whatever is changed is refused. */
        for (size_t bit = 0; bit < heights[0]; bit++)
            assert_false(merkle_verify(cap, index ^ (size_t)1 << bit, leaves, height_count, path));
        assert_false(merkle_verify(cap, index + ((size_t)1 << heights[0]), leaves, height_count, path));
        for (size_t k = 0; k < height_count; k++) {
            leaves[k].leaf.c[round % 8] ^= 1;
            assert_false(merkle_verify(cap, index, leaves, height_count, path));
            leaves[k].leaf.c[round % 8] ^= 1;
        }
        for (unsigned k = 0; k < merkle_path_length(heights[0]); k++) {
            path[k].c[round % 8] ^= 1;
            assert_false(merkle_verify(cap, index, leaves, height_count, path));
            path[k].c[round % 8] ^= 1;
        }
        assert_false(merkle_verify(cap, index, leaves, 0, path));
        if (height_count > 1) {
            assert_false(merkle_verify(cap, index, leaves, height_count - 1, path));
            merkle_leaf t = leaves[height_count - 1];
            leaves[height_count - 1].log2_rows = 3;
            assert_false(merkle_verify(cap, index, leaves, height_count, path));
            leaves[height_count - 1].log2_rows = heights[0];
            assert_false(merkle_verify(cap, index, leaves, height_count, path));
            leaves[height_count - 1] = t;
        }
    }
    arena_rewind(a, mark);
}

static void mixed_heights(void **state)
{
    (void)state;
    arena a;
    arena_open(&a, (size_t)64 << 20);
    merkle_matrix m[] = {
        random_matrix(&a, 3, 7, 1),
        random_matrix(&a, 40, 9, 1),
        random_matrix(&a, 16, 7, 1),
        random_matrix(&a, 1, 5, 1),
        random_matrix(&a, 5, 9, 1),
    };
    static const unsigned heights[] = {9, 7, 5};
    simd_level best = simd_get();
    for (int level = 0; level < 3; level++)
        if (simd_set((simd_level)level))
            check_tree(&a, m, 5, heights, 3);
    assert_true(simd_set(best));

    /* A table that enters at the cap itself; four cosets; natural order. */
    merkle_matrix n[] = {random_matrix(&a, 20, 6, 2), random_matrix(&a, 2, 4, 0)};
    static const unsigned heights_n[] = {6, 4};
    check_tree(&a, n, 2, heights_n, 2);
    merkle_matrix one = random_matrix(&a, 17, 11, 0);
    static const unsigned height_one[] = {11};
    check_tree(&a, &one, 1, height_one, 1);
    arena_close(&a);
}

/* protocol.md, section 6: leaf read as node, table of another height injected. */
static void roles_and_widths_separate(void **state)
{
    (void)state;
    fp row[16];
    for (int i = 0; i < 16; i++)
        row[i] = random_fp();
    digest left, right, node, inject, leaf;
    memcpy(left.c, row, sizeof(left.c));
    memcpy(right.c, row + 8, sizeof(right.c));
    hash_elements(&leaf, HASH_LEAF, row, 16);
    hash_compress(&node, HASH_NODE, &left, &right);
    hash_compress(&inject, HASH_INJECT, &left, &right);
    assert_false(digest_equal(&leaf, &node));
    assert_false(digest_equal(&leaf, &inject));
    assert_false(digest_equal(&node, &inject));
    row[15] = FP_ZERO;
    row[14] = FP_ONE;
    digest shorter, longer;
    hash_elements(&shorter, HASH_LEAF, row, 14);
    hash_elements(&longer, HASH_LEAF, row, 16);
    assert_false(digest_equal(&shorter, &longer));
}

static void rows_of_a_layer(void **state)
{
    (void)state;
    arena a;
    arena_open(&a, (size_t)64 << 20);
    static const size_t widths[] = {40, 20, 10, 5, 16};
    for (unsigned log2_rows = 0; log2_rows <= 11; log2_rows++)
        for (size_t k = 0; k < 5; k++) {
            size_t width = widths[k];
            size_t count = (size_t)1 << log2_rows;
            size_t mark = a.used_bytes;
            fp *rows = ARENA_NEW(&a, fp, width * count);
            for (size_t i = 0; i < width * count; i++)
                rows[i] = random_fp();
            merkle_tree tree;
            merkle_build_rows(&tree, &a, rows, width, log2_rows);
            for (size_t index = 0; index < count; index += 1 + count / 13) {
                digest path[MERKLE_LOG2_ROWS_MAX];
                merkle_leaf leaf = {.log2_rows = log2_rows};
                hash_elements(&leaf.leaf, HASH_LEAF, rows + width * index, width);
                merkle_open(&tree, path, index);
                assert_true(merkle_verify(merkle_cap(&tree), index, &leaf, 1, path));
                leaf.leaf.c[0] ^= 1;
                assert_false(merkle_verify(merkle_cap(&tree), index, &leaf, 1, path));
            }
            arena_rewind(&a, mark);
        }
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixed_heights),
        cmocka_unit_test(roles_and_widths_separate),
        cmocka_unit_test(rows_of_a_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
