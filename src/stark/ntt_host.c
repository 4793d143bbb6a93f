#include "base/check.h"
#include "base/memory.h"
#include "stark/ntt_tables.h"

/* Columns smaller than a block are done by the portable build. */
static simd_level level_of(unsigned log2_rows)
{
    simd_level level = simd_get();
    unsigned log2_block = level == SIMD_AVX512 ? 8 : level == SIMD_AVX2 ? 6 : 0;
    return log2_rows < log2_block ? SIMD_PORTABLE : level;
}

size_t ntt_tables_size_bytes(unsigned log2_rows_max)
{
    return sizeof(ntt_tables) + 128 + (sizeof(fp) << log2_rows_max);
}

const ntt_tables *ntt_tables_new(arena *a, unsigned log2_rows_max)
{
    CHECK(log2_rows_max <= NTT_LOG2_ROWS_MAX);
    ntt_tables *t = ARENA_NEW(a, ntt_tables, 1);
    fp *twiddles = arena_allocate(a, sizeof(fp) << log2_rows_max, 64);
    twiddles[0] = FP_ZERO;
    for (unsigned k = 1; k <= log2_rows_max; k++) {
        fp root = fp_root_of_unity(k), x = FP_ONE, *place = twiddles + ((size_t)1 << (k - 1));
        for (size_t i = 0; i < (size_t)1 << (k - 1); i++) {
            place[i] = x;
            x = fp_mul(x, root);
        }
    }
    t->log2_rows_max = log2_rows_max;
    t->twiddles = twiddles;
    return t;
}

static size_t reverse_bits(size_t x, unsigned count)
{
    size_t r = 0;
    for (unsigned i = 0; i < count; i++)
        r |= (x >> i & 1) << (count - 1 - i);
    return r;
}

void ntt_evaluate_reversed(const ntt_tables *t, fp *column, unsigned log2_rows)
{
    CHECK(log2_rows <= t->log2_rows_max);
    simd_level level = level_of(log2_rows);
    if (level == SIMD_AVX512)
        ntt_transform_reversed_avx512(column, t->twiddles, log2_rows);
    else if (level == SIMD_AVX2)
        ntt_transform_reversed_avx2(column, t->twiddles, log2_rows);
    else
        ntt_transform_reversed_portable(column, t->twiddles, log2_rows);
}

void ntt_forward(const ntt_tables *t, fp *out, const fp *in, unsigned log2_rows, unsigned log2_cosets)
{
    unsigned log2_size = log2_rows + log2_cosets;
    CHECK(log2_size <= t->log2_rows_max && log2_cosets <= NTT_LOG2_COSETS_MAX);
    simd_level level = level_of(log2_rows);
    for (size_t coset = 0; coset < (size_t)1 << log2_cosets; coset++) {
        /* ω_m^(coset·i), by the bits of the coset. */
        const fp *scales[NTT_LOG2_COSETS_MAX];
        unsigned count = 0;
        for (unsigned b = 0; b < log2_cosets; b++)
            if (coset >> b & 1)
                scales[count++] = t->twiddles + ((size_t)1 << (log2_size - b - 1));
        fp *place = out + (coset << log2_rows);
        if (level == SIMD_AVX512)
            ntt_forward_coset_avx512(place, in, t->twiddles, log2_rows, scales, count);
        else if (level == SIMD_AVX2)
            ntt_forward_coset_avx2(place, in, t->twiddles, log2_rows, scales, count);
        else
            ntt_forward_coset_portable(place, in, t->twiddles, log2_rows, scales, count);
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
