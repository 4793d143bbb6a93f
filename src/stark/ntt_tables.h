/* What ntt_host.c and the builds of ntt_kernel.inc share. */
#ifndef ASHLAR_STARK_NTT_TABLES_H
#define ASHLAR_STARK_NTT_TABLES_H

#include "field/fp.h"
#include "field/simd.h"
#include "stark/ntt.h"

/* A transform ends in blocks of LANES_WIDTH², which are done in registers: this is what the kernels need
 * for columns of 2^log2_rows. All twiddle tables have ω_m^i, i < m/2, at m/2 + i, for every m. */
typedef struct {
    simd_level level;
    const fp *forward; /* to the column's size */
    const fp *inverse;
    /* For s_0 and s_1, the shifts of the cosets, and s_2 = s_1/s_0, which leads from one to the other:
     * s_b^(n/m)·ω_m^i, up to the block's size; and s_b^(bit-reversed block)/n. */
    const fp *block_twiddles[3];
    const fp *block_factors[3];
} ntt_column_tables;

struct ntt_tables {
    unsigned log2_rows_max;
    ntt_column_tables columns[NTT_LOG2_ROWS_MAX + 1];
};

/* out0 and out1: the two cosets' n values. */
void ntt_extend_column_portable(const ntt_column_tables *t, fp *out0, fp *out1, const fp *in,
                                unsigned log2_rows);
void ntt_extend_column_avx2(const ntt_column_tables *t, fp *out0, fp *out1, const fp *in, unsigned log2_rows);
void ntt_extend_column_avx512(const ntt_column_tables *t, fp *out0, fp *out1, const fp *in,
                              unsigned log2_rows);

/* Values at s·ω_n^j to those at s·ω_2n·ω_n^j, for any s. */
void ntt_move_column_portable(const ntt_column_tables *t, fp *out, const fp *in, unsigned log2_rows);
void ntt_move_column_avx2(const ntt_column_tables *t, fp *out, const fp *in, unsigned log2_rows);
void ntt_move_column_avx512(const ntt_column_tables *t, fp *out, const fp *in, unsigned log2_rows);

/* In place: natural order to Σ_j x_j·root^(ij) at bit-reversed i; `twiddles` are root's. */
void ntt_transform_portable(fp *column, const fp *twiddles, unsigned log2_rows);
void ntt_transform_avx2(fp *column, const fp *twiddles, unsigned log2_rows);
void ntt_transform_avx512(fp *column, const fp *twiddles, unsigned log2_rows);

/* In place: x_j at bit-reversed j to Σ_j x_j·root^(ij) in natural order. */
void ntt_transform_reversed_portable(fp *column, const fp *twiddles, unsigned log2_rows);
void ntt_transform_reversed_avx2(fp *column, const fp *twiddles, unsigned log2_rows);
void ntt_transform_reversed_avx512(fp *column, const fp *twiddles, unsigned log2_rows);

/* ntt_transform of in[i]·Π_k scales[k][i], of 2^log2_rows elements each, to `out`; scale_count at most
 * NTT_LOG2_COSETS_MAX. */
void ntt_forward_coset_portable(fp *out, const fp *in, const fp *twiddles, unsigned log2_rows,
                                const fp *const *scales, unsigned scale_count);
void ntt_forward_coset_avx2(fp *out, const fp *in, const fp *twiddles, unsigned log2_rows, const fp *const *scales,
                            unsigned scale_count);
void ntt_forward_coset_avx512(fp *out, const fp *in, const fp *twiddles, unsigned log2_rows, const fp *const *scales,
                              unsigned scale_count);

#endif
