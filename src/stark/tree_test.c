#include "field/simd.h"
#include "stark/ntt.h"
#include "stark/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 0x24a19947b3916cf7;

static fp random_fp(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (fp)((seed * 0x2545f4914f6cdd1d >> 8) % FP_MODULUS);
}

enum { WIDTH_MAX = 40 };

typedef struct {
    const fp *columns[WIDTH_MAX];
    size_t width;
    unsigned log2_rows, log2_cosets;
} matrix;

/* One hash after another, and sixteen at a time by every build that the processor takes. */
static void all_say(const tree_answers *answers, bool expected)
{
    simd_level best = simd_get();
    assert_int_equal(tree_check(answers), expected);
    for (int level = SIMD_PORTABLE; level <= SIMD_AVX512; level++)
        if (simd_set((simd_level)level))
            assert_int_equal(tree_check_fast(answers), expected);
    assert_true(simd_set(best));
}

static void row_of(fp *row, const matrix *m, size_t index)
{
    for (size_t c = 0; c < m->width; c++)
        row[c] = m->columns[c][ntt_forward_position(index, m->log2_rows, m->log2_cosets)];
}

/* The definition. */
static digest node_of(const matrix *m, unsigned height, size_t index)
{
    digest out;
    if (height == m->log2_rows + m->log2_cosets) {
        fp row[WIDTH_MAX];
        row_of(row, m, index);
        hash_elements(&out, HASH_LEAF, row, m->width);
        return out;
    }
    digest left = node_of(m, height + 1, 2 * index), right = node_of(m, height + 1, 2 * index + 1);
    hash_compress(&out, HASH_NODE, &left, &right);
    return out;
}

static void check(size_t width, unsigned log2_rows, unsigned log2_cosets, unsigned log2_cap)
{
    arena a;
    arena_open(&a, 16 << 20);
    matrix m = {.width = width, .log2_rows = log2_rows, .log2_cosets = log2_cosets};
    unsigned log2_leaves = log2_rows + log2_cosets;
    for (size_t c = 0; c < width; c++) {
        fp *column = ARENA_NEW(&a, fp, (size_t)1 << log2_leaves);
        for (size_t i = 0; i < (size_t)1 << log2_leaves; i++)
            column[i] = random_fp();
        m.columns[c] = column;
    }
    tree t;
    size_t mark = a.used_bytes;
    tree_build(&t, &a, m.columns, width, log2_rows, log2_cosets, log2_cap);
    assert_true(a.used_bytes - mark <= tree_size_bytes(log2_leaves));
    const digest *cap = tree_cap(&t);
    for (size_t i = 0; i < (size_t)1 << log2_cap; i++) {
        digest expected = node_of(&m, log2_cap, i);
        assert_true(digest_equal(&expected, &cap[i]));
    }
    digest root, expected;
    tree_root(&root, cap, log2_cap);
    hash_elements(&expected, HASH_CAP, cap->c, (size_t)DIGEST_LENGTH << log2_cap);
    assert_true(digest_equal(&root, &expected));

    for (int round = 0; round < 20; round++) {
        size_t index = random_fp() & (((size_t)1 << log2_leaves) - 1);
        fp row[WIDTH_MAX + 1];
        row_of(row, &m, index);
        row[width] = FP_ZERO;
        digest path[TREE_LOG2_LEAVES_MAX];
        tree_open(&t, path, index);
        assert_true(tree_verify(cap, log2_cap, log2_leaves, index, row, width, path));
        /* Another place, row, width or path. */
        for (unsigned bit = 0; bit <= log2_leaves; bit++)
            assert_false(tree_verify(cap, log2_cap, log2_leaves, index ^ (size_t)1 << bit, row, width, path));
        size_t changed = random_fp() % width;
        row[changed] = fp_add(row[changed], FP_ONE);
        assert_false(tree_verify(cap, log2_cap, log2_leaves, index, row, width, path));
        row[changed] = fp_sub(row[changed], FP_ONE);
        assert_false(tree_verify(cap, log2_cap, log2_leaves, index, row, width + 1, path));
        assert_false(tree_verify(cap, log2_cap, log2_leaves, index, row, width - 1, path));
        for (unsigned k = 0; k < log2_leaves - log2_cap; k++) {
            path[k].c[round % DIGEST_LENGTH] ^= 1;
            assert_false(tree_verify(cap, log2_cap, log2_leaves, index, row, width, path));
            path[k].c[round % DIGEST_LENGTH] ^= 1;
        }
    }
    /* All at once, both ways: as many as there are, and any of them changed. */
    enum { COUNT = 37, ANSWER_MAX = WIDTH_MAX + TREE_LOG2_LEAVES_MAX * DIGEST_LENGTH };
    fp *answers = ARENA_NEW(&a, fp, COUNT * ANSWER_MAX);
    uint32_t indices[COUNT];
    for (uint32_t q = 0; q < COUNT; q++) {
        indices[q] = random_fp() & ((1u << log2_leaves) - 1);
        row_of(answers + q * ANSWER_MAX, &m, indices[q]);
        tree_open(&t, (digest *)(answers + q * ANSWER_MAX + width), indices[q]);
    }
    for (uint32_t count = 0; count <= COUNT; count += 1 + count / 3) {
        tree_answers batch = {cap, log2_cap, log2_leaves, width, answers, ANSWER_MAX, indices, count};
        all_say(&batch, true);
        for (int i = 0; i < 20 && count > 0; i++) {
            size_t words = width + (log2_leaves - log2_cap) * DIGEST_LENGTH;
            fp *changed = answers + random_fp() % count * ANSWER_MAX + random_fp() % words;
            fp old = *changed;
            *changed = fp_add(old, FP_ONE);
            all_say(&batch, false);
            *changed = old;
            uint32_t *index = &indices[random_fp() % count], bit = 1u << random_fp() % (log2_leaves + 1);
            *index ^= bit;
            all_say(&batch, false);
            *index ^= bit;
        }
    }
    arena_close(&a);
}

static void trees_agree_with_their_definition(void **state)
{
    (void)state;
    check(1, 0, 1, 0);
    check(3, 2, 1, 3);
    check(16, 3, 2, 2);
    check(17, 5, 1, 3);
    check(40, 8, 3, 9);
    check(5, 10, 0, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_agree_with_their_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
