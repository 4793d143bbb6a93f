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

/* From n values on ⟨ω⟩ the value at x, by the barycentric formula: (x^n − 1)/n · Σ v_j·ω^j/(x − ω^j). */
static fp barycentric(const fp *values, unsigned log2_rows, fp x)
{
    size_t n = (size_t)1 << log2_rows;
    fp root = fp_root_of_unity(log2_rows);
    fp *denominators = arena_allocate(&memory, n * sizeof(fp), 64);
    fp y = FP_ONE;
    for (size_t j = 0; j < n; j++, y = fp_mul(y, root))
        denominators[j] = fp_sub(x, y);
    fp_inverse_batch(denominators, denominators, n);
    fp sum = 0;
    y = FP_ONE;
    for (size_t j = 0; j < n; j++, y = fp_mul(y, root))
        sum = fp_add(sum, fp_mul(fp_mul(values[j], y), denominators[j]));
    return fp_mul(sum, fp_mul(fp_sub(fp_power(x, n), FP_ONE), fp_inverse_power_of_two(log2_rows)));
}

/* Where natural index k of the extension stands. */
static size_t extended_position(size_t k, unsigned log2_rows)
{
    return ((k & 1) << log2_rows) + (k >> 1);
}

static fp extended_point(size_t k, unsigned log2_rows)
{
    return fp_mul(FP_GENERATOR, fp_power(fp_root_of_unity(log2_rows + 1), k));
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

static void check_small(const ntt_tables *t)
{
    for (unsigned k = 1; k <= 9; k++) {
        size_t n = (size_t)1 << k;
        fp *coefficients = random_column(n);
        fp *column = arena_allocate(&memory, 2 * n * sizeof(fp), 64);
        fp *values = arena_allocate(&memory, n * sizeof(fp), 64);
        fp shift = k & 1 ? FP_ONE : FP_CONSTANT(12345);
        for (size_t j = 0; j < n; j++)
            values[j] = horner(coefficients, n, fp_mul(shift, fp_power(fp_root_of_unity(k), j)));
        memcpy(column, coefficients, n * sizeof(fp));
        ntt_evaluate(t, column, k, shift);
        assert_memory_equal(column, values, n * sizeof(fp));
        ntt_interpolate(t, column, k, shift);
        assert_memory_equal(column, coefficients, n * sizeof(fp));

        for (size_t j = 0; j < n; j++)
            values[j] = horner(coefficients, n, fp_power(fp_root_of_unity(k), j));
        ntt_extend(t, column, values, k);
        for (size_t i = 0; i < 2 * n; i++)
            assert_int_equal(column[extended_position(i, k)], horner(coefficients, n, extended_point(i, k)));
        fp *again = arena_allocate(&memory, 2 * n * sizeof(fp), 64);
        ntt_other_coset(t, again, column + n, 1, k);
        ntt_other_coset(t, again + n, column, 0, k);
        assert_memory_equal(column, again, 2 * n * sizeof(fp));

        fp *twice = random_column(2 * n);
        for (size_t i = 0; i < 2 * n; i++)
            column[extended_position(i, k)] = horner(twice, 2 * n, extended_point(i, k));
        ntt_interpolate_extension(t, column, k);
        assert_memory_equal(column, twice, 2 * n * sizeof(fp));
    }
}

static void agrees_with_naive_evaluation(void **state)
{
    (void)state;
    for_each_build(check_small);
}

static void check_large(const ntt_tables *t)
{
    for (unsigned k = 10; k <= 17; k++) {
        size_t mark = memory.used_bytes;
        size_t n = (size_t)1 << k;
        fp *values = random_column(n);
        fp *extended = arena_allocate(&memory, 2 * n * sizeof(fp), 64);
        ntt_extend(t, extended, values, k);
        for (int i = 0; i < 4; i++) {
            size_t at = i == 0 ? 0 : i == 1 ? 2 * n - 1 : random_u64() & (2 * n - 1);
            assert_int_equal(extended[extended_position(at, k)], barycentric(values, k, extended_point(at,
                             k)));
        }
        fp *other = arena_allocate(&memory, n * sizeof(fp), 64);
        for (unsigned coset = 0; coset < 2; coset++) {
            ntt_other_coset(t, other, extended + coset * n, coset, k);
            assert_memory_equal(other, extended + (1 - coset) * n, n * sizeof(fp));
        }
        /* The extension has the degree of the column: its upper coefficients vanish, the lower ones are
         * the column's. */
        ntt_interpolate_extension(t, extended, k);
        for (size_t i = n; i < 2 * n; i++)
            assert_int_equal(extended[i], 0);
        ntt_evaluate(t, extended, k, FP_ONE);
        assert_memory_equal(extended, values, n * sizeof(fp));
        memory.used_bytes = mark;
    }
}

static void large_columns_round_trip(void **state)
{
    (void)state;
    for_each_build(check_large);
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
            out[i] = arena_allocate(&memory, 2 * n * sizeof(fp), 64);
        }
        fp *expected = arena_allocate(&memory, 2 * n * sizeof(fp), 64);
        size_t tables = memory.used_bytes;
        for (int level = 0; level < 3; level++) {
            memory.used_bytes = tables;
            if (!simd_set((simd_level)level))
                continue;
            const ntt_tables *t = ntt_tables_new(&memory, k);
            ntt_extend_columns(t, out, in, COLUMNS, k);
            if (level == 0)
                memcpy(expected, out[COLUMNS - 1], 2 * n * sizeof(fp));
            assert_memory_equal(out[COLUMNS - 1], expected, 2 * n * sizeof(fp));
            ntt_extend(t, out[1], in[0], k);
            assert_memory_equal(out[0], out[1], 2 * n * sizeof(fp));
        }
        memory.used_bytes = mark;
    }
    assert_true(simd_set(best));
}

int main(void)
{
    arena_open(&memory, (size_t)256 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_naive_evaluation),
        cmocka_unit_test(large_columns_round_trip),
        cmocka_unit_test(forward_agrees_with_naive_evaluation),
        cmocka_unit_test(builds_and_threads_agree),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
