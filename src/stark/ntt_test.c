#include "field/simd.h"
#include "stark/ntt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 0x082efa98ec4e6c89;
static arena memory;

static uint64_t random_u64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

static fp *random_column(size_t n)
{
    fp *column = arena_allocate(&memory, n * sizeof(fp), 64);
    for (size_t i = 0; i < n; i++)
        column[i] = (random_u64() & 63) == 0 ? FP_MODULUS - 1 : (fp)((random_u64() >> 8) % FP_MODULUS);
    return column;
}

static fp horner(const fp *coefficients, size_t n, fp x)
{
    fp r = 0;
    for (size_t i = n; i-- > 0;)
        r = fp_add(fp_mul(r, x), coefficients[i]);
    return r;
}

static void for_each_build(void (*check)(const ntt_tables *))
{
    simd_level best = simd_get();
    for (int level = 0; level < 3; level++) {
        if (!simd_set((simd_level)level)) {
            print_message("this processor lacks %s: not compared\n", simd_name((simd_level)level));
            continue;
        }
        size_t mark = memory.used_bytes;
        const ntt_tables *t = ntt_tables_new(&memory, 18);
        assert_true(memory.used_bytes - mark <= ntt_tables_size_bytes(18));
        check(t);
        memory.used_bytes = mark;
    }
    assert_true(simd_set(best));
}

static size_t reversed(size_t x, unsigned bits)
{
    size_t r = 0;
    for (; bits-- > 0; x >>= 1)
        r = 2 * r + (x & 1);
    return r;
}

static void check_forward(const ntt_tables *t)
{
    for (unsigned k = 0; k <= 14; k++) {
        size_t mark = memory.used_bytes;
        size_t n = (size_t)1 << k;
        fp *coefficients = random_column(n), *column = random_column(n);
        for (size_t i = 0; i < n; i++)
            column[reversed(i, k)] = coefficients[i];
        ntt_evaluate_reversed(t, column, k);
        for (size_t i = 0; i < n; i += 1 + n / 37)
            assert_int_equal(column[i], horner(coefficients, n, fp_power(fp_root_of_unity(k), i)));
        memory.used_bytes = mark;
    }
    for (unsigned cosets = 0; cosets <= NTT_LOG2_COSETS_MAX; cosets++)
        for (unsigned k = 0; k + cosets <= 14; k++) {
            size_t mark = memory.used_bytes;
            size_t n = (size_t)1 << k;
            fp *coefficients = random_column(n), *values = random_column(n << cosets);
            fp root = fp_root_of_unity(k + cosets);
            ntt_forward(t, values, coefficients, k, cosets);
            for (size_t i = 0; i < n << cosets; i += 1 + (n << cosets) / 37)
                assert_int_equal(values[ntt_forward_position(i, k, cosets)],
                                 horner(coefficients, n, fp_power(root, i)));
            memory.used_bytes = mark;
        }
}

static void forward_agrees_with_naive_evaluation(void **state)
{
    (void)state;
    for_each_build(check_forward);
}

static void builds_and_threads_agree(void **state)
{
    (void)state;
    simd_level best = simd_get();
    for (unsigned k = 6; k <= 18; k += 3) {
        enum { COLUMNS = 5 };
        size_t mark = memory.used_bytes;
        size_t n = (size_t)1 << k;
        const fp *in[COLUMNS];
        fp *out[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            in[i] = random_column(n);
            out[i] = arena_allocate(&memory, 4 * n * sizeof(fp), 64);
        }
        fp *expected = arena_allocate(&memory, 4 * n * sizeof(fp), 64);
        size_t tables = memory.used_bytes;
        for (int level = 0; level < 3; level++) {
            memory.used_bytes = tables;
            if (!simd_set((simd_level)level))
                continue;
            const ntt_tables *t = ntt_tables_new(&memory, k + 2);
            ntt_forward_columns(t, out, in, COLUMNS, k, 2);
            if (level == 0)
                memcpy(expected, out[COLUMNS - 1], 4 * n * sizeof(fp));
            assert_memory_equal(out[COLUMNS - 1], expected, 4 * n * sizeof(fp));
            ntt_forward(t, out[1], in[0], k, 2);
            assert_memory_equal(out[0], out[1], 4 * n * sizeof(fp));
        }
        memory.used_bytes = mark;
    }
    assert_true(simd_set(best));
}

int main(void)
{
    arena_open(&memory, (size_t)256 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_agrees_with_naive_evaluation),
        cmocka_unit_test(builds_and_threads_agree),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
