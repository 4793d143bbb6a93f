#include "base/check.h"
#include "base/memory.h"
#include "stark/ntt_tables.h"

static unsigned log2_block(simd_level level)
{
    return level == SIMD_AVX512 ? 8 : level == SIMD_AVX2 ? 6 : 0;
}

/* Columns smaller than a block are done by the portable build. */
static simd_level level_of(unsigned log2_rows)
{
    simd_level level = simd_get();
    return log2_rows < log2_block(level) ? SIMD_PORTABLE : level;
}

/* table[m/2 + i] = shift^(n/m)·root_m^i for m = 2 … 2^log2_size, n = 2^log2_rows; root_m is ω_m or its
 * inverse. */
static void fill_twiddles(fp *table, unsigned log2_size, fp shift, unsigned log2_rows, bool inverse)
{
    for (unsigned k = 1; k <= log2_size; k++) {
        fp root = inverse ? fp_root_of_unity_inverse(k) : fp_root_of_unity(k);
        fp x = fp_power(shift, (uint64_t)1 << (log2_rows - k));
        for (size_t i = 0; i < (size_t)1 << (k - 1); i++) {
            table[((size_t)1 << (k - 1)) + i] = x;
            x = fp_mul(x, root);
        }
    }
}

/* table[k] = first·shift^(k with its log2_size bits reversed) */
static void fill_reversed_powers(fp *table, unsigned log2_size, fp shift, fp first)
{
    table[0] = first;
    for (unsigned k = 0; k < log2_size; k++) {
        fp step = fp_power(shift, (uint64_t)1 << (log2_size - 1 - k));
        for (size_t i = 0; i < (size_t)1 << k; i++)
            table[((size_t)1 << k) + i] = fp_mul(table[i], step);
    }
}

/* s and s·ω_2n: where the two cosets begin. */
static fp shift_of(unsigned coset, unsigned log2_rows)
{
    return coset == 0 ? FP_GENERATOR : fp_mul(FP_GENERATOR, fp_root_of_unity(log2_rows + 1));
}

enum { MOVE = 2, SHIFTS };

enum { LOG2_EXTENDED_MAX = FP_TWO_ADICITY - 1 };

static size_t aligned(size_t count)
{
    return (count * sizeof(fp) + 63) & ~(size_t)63;
}

size_t ntt_tables_size_bytes(unsigned log2_rows_max)
{
    size_t size = sizeof(ntt_tables) + 128 + 2 * aligned((size_t)1 << log2_rows_max);
    for (unsigned k = 0; k <= log2_rows_max && k <= LOG2_EXTENDED_MAX; k++) {
        unsigned block = log2_block(level_of(k));
        size += SHIFTS * (aligned((size_t)1 << block) + aligned((size_t)1 << (k - block)));
    }
    return size;
}

const ntt_tables *ntt_tables_new(arena *a, unsigned log2_rows_max)
{
    CHECK(log2_rows_max <= NTT_LOG2_ROWS_MAX);
    ntt_tables *t = ARENA_NEW(a, ntt_tables, 1);
    t->log2_rows_max = log2_rows_max;
    fp *forward = arena_allocate(a, aligned((size_t)1 << log2_rows_max), 64);
    fp *inverse = arena_allocate(a, aligned((size_t)1 << log2_rows_max), 64);
    forward[0] = inverse[0] = FP_ZERO;
    fill_twiddles(forward, log2_rows_max, FP_ONE, log2_rows_max, false);
    fill_twiddles(inverse, log2_rows_max, FP_ONE, log2_rows_max, true);
    for (unsigned k = 0; k <= log2_rows_max; k++) {
        ntt_column_tables *c = &t->columns[k];
        c->level = level_of(k);
        c->forward = forward;
        c->inverse = inverse;
        unsigned block = log2_block(c->level);
        for (unsigned i = 0; i < SHIFTS && k <= LOG2_EXTENDED_MAX; i++) {
            fp shift = i == MOVE ? fp_root_of_unity(k + 1) : shift_of(i, k);
            fp *twiddles = arena_allocate_zeroed(a, aligned((size_t)1 << block), 64);
            fp *factors = arena_allocate(a, aligned((size_t)1 << (k - block)), 64);
            fill_twiddles(twiddles, block, shift, k, false);
            fill_reversed_powers(factors, k - block, shift, fp_inverse_power_of_two(k));
            c->block_twiddles[i] = twiddles;
            c->block_factors[i] = factors;
        }
    }
    return t;
}

void ntt_extend(const ntt_tables *t, fp *out, const fp *in, unsigned log2_rows)
{
    CHECK(log2_rows <= t->log2_rows_max && log2_rows <= LOG2_EXTENDED_MAX);
    const ntt_column_tables *c = &t->columns[log2_rows];
    fp *out1 = out + ((size_t)1 << log2_rows);
    if (c->level == SIMD_AVX512)
        ntt_extend_column_avx512(c, out, out1, in, log2_rows);
    else if (c->level == SIMD_AVX2)
        ntt_extend_column_avx2(c, out, out1, in, log2_rows);
    else
        ntt_extend_column_portable(c, out, out1, in, log2_rows);
}

void ntt_extend_columns(const ntt_tables *t, fp *const *out, const fp *const *in, size_t count,
                        unsigned log2_rows)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < count; i++)
        ntt_extend(t, out[i], in[i], log2_rows);
}

void ntt_other_coset(const ntt_tables *t, fp *out, const fp *in, unsigned coset, unsigned log2_rows)
{
    CHECK(log2_rows <= t->log2_rows_max && log2_rows <= LOG2_EXTENDED_MAX);
    const ntt_column_tables *c = &t->columns[log2_rows];
    if (c->level == SIMD_AVX512)
        ntt_move_column_avx512(c, out, in, log2_rows);
    else if (c->level == SIMD_AVX2)
        ntt_move_column_avx2(c, out, in, log2_rows);
    else
        ntt_move_column_portable(c, out, in, log2_rows);
    if (coset == 1) { /* s·ω_2n²: the first coset, but one row on */
        size_t n = (size_t)1 << log2_rows;
        fp first = out[n - 1];
        memmove(out + 1, out, (n - 1) * sizeof(fp));
        out[0] = first;
    }
}

static size_t reverse_bits(size_t x, unsigned count)
{
    size_t r = 0;
    for (unsigned i = 0; i < count; i++)
        r |= (x >> i & 1) << (count - 1 - i);
    return r;
}

/* Natural order to natural order. */
static void transform(const ntt_tables *t, fp *column, unsigned log2_rows, bool inverse)
{
    CHECK(log2_rows <= t->log2_rows_max);
    const ntt_column_tables *c = &t->columns[log2_rows];
    const fp *twiddles = inverse ? c->inverse : c->forward;
    if (c->level == SIMD_AVX512)
        ntt_transform_avx512(column, twiddles, log2_rows);
    else if (c->level == SIMD_AVX2)
        ntt_transform_avx2(column, twiddles, log2_rows);
    else
        ntt_transform_portable(column, twiddles, log2_rows);
    for (size_t i = 0; i < (size_t)1 << log2_rows; i++) {
        size_t j = reverse_bits(i, log2_rows);
        if (i < j) {
            fp x = column[i];
            column[i] = column[j];
            column[j] = x;
        }
    }
}

/* column[i] ← column[i]·first·ratio^i */
static void multiply_by_powers(fp *column, unsigned log2_rows, fp first, fp ratio)
{
    fp x = first;
    for (size_t i = 0; i < (size_t)1 << log2_rows; i++) {
        column[i] = fp_mul(column[i], x);
        x = fp_mul(x, ratio);
    }
}

void ntt_evaluate(const ntt_tables *t, fp *column, unsigned log2_rows, fp shift)
{
    if (shift != FP_ONE)
        multiply_by_powers(column, log2_rows, FP_ONE, shift);
    transform(t, column, log2_rows, false);
}

void ntt_interpolate(const ntt_tables *t, fp *column, unsigned log2_rows, fp shift)
{
    transform(t, column, log2_rows, true);
    multiply_by_powers(column, log2_rows, fp_inverse_power_of_two(log2_rows), fp_inverse(shift));
}

/* f = q_0 + x^n·q_1 is q_0 ± s^n·q_1 on the two cosets. */
void ntt_interpolate_extension(const ntt_tables *t, fp *column, unsigned log2_rows)
{
    size_t n = (size_t)1 << log2_rows;
    ntt_interpolate(t, column, log2_rows, shift_of(0, log2_rows));
    ntt_interpolate(t, column + n, log2_rows, shift_of(1, log2_rows));
    fp scale = fp_inverse(fp_double(fp_power(FP_GENERATOR, n)));
    for (size_t i = 0; i < n; i++) {
        fp a = column[i];
        fp b = column[n + i];
        column[i] = fp_halve(fp_add(a, b));
        column[n + i] = fp_mul(fp_sub(a, b), scale);
    }
}

void ntt_evaluate_reversed(const ntt_tables *t, fp *column, unsigned log2_rows)
{
    CHECK(log2_rows <= t->log2_rows_max);
    const ntt_column_tables *c = &t->columns[log2_rows];
    if (c->level == SIMD_AVX512)
        ntt_transform_reversed_avx512(column, c->forward, log2_rows);
    else if (c->level == SIMD_AVX2)
        ntt_transform_reversed_avx2(column, c->forward, log2_rows);
    else
        ntt_transform_reversed_portable(column, c->forward, log2_rows);
}

void ntt_forward(const ntt_tables *t, fp *out, const fp *in, unsigned log2_rows, unsigned log2_cosets)
{
    unsigned log2_size = log2_rows + log2_cosets;
    CHECK(log2_size <= t->log2_rows_max && log2_cosets <= NTT_LOG2_COSETS_MAX);
    const ntt_column_tables *c = &t->columns[log2_rows];
    for (size_t coset = 0; coset < (size_t)1 << log2_cosets; coset++) {
        /* ω_m^(coset·i), by the bits of the coset. */
        const fp *scales[NTT_LOG2_COSETS_MAX];
        unsigned count = 0;
        for (unsigned b = 0; b < log2_cosets; b++)
            if (coset >> b & 1)
                scales[count++] = c->forward + ((size_t)1 << (log2_size - b - 1));
        fp *place = out + (coset << log2_rows);
        if (c->level == SIMD_AVX512)
            ntt_forward_coset_avx512(place, in, c->forward, log2_rows, scales, count);
        else if (c->level == SIMD_AVX2)
            ntt_forward_coset_avx2(place, in, c->forward, log2_rows, scales, count);
        else
            ntt_forward_coset_portable(place, in, c->forward, log2_rows, scales, count);
    }
}

void ntt_forward_columns(const ntt_tables *t, fp *const *out, const fp *const *in, size_t count, unsigned log2_rows,
                         unsigned log2_cosets)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < count; i++)
        ntt_forward(t, out[i], in[i], log2_rows, log2_cosets);
}

size_t ntt_forward_position(size_t k, unsigned log2_rows, unsigned log2_cosets)
{
    size_t coset = k & (((size_t)1 << log2_cosets) - 1);
    return (coset << log2_rows) + reverse_bits(k >> log2_cosets, log2_rows);
}
