/* What ntt_host.c and the builds of ntt_kernel.inc share. */
#ifndef ASHLAR_STARK_NTT_TABLES_H
#define ASHLAR_STARK_NTT_TABLES_H

#include "field/fp.h"
#include "field/simd.h"
#include "stark/ntt.h"

struct ntt_tables {
    unsigned log2_rows_max;
    const fp *twiddles; /* ω_m^i, i < m/2, at m/2 + i, for every m up to 2^log2_rows_max */
};

/* In place: natural order to Σ_j x_j·ω^(ij) at bit-reversed i. A transform ends in blocks of LANES_WIDTH², which are done in
 * registers; no column is smaller. */
void ntt_transform_portable(fp *column, const fp *twiddles, unsigned log2_rows);
void ntt_transform_avx2(fp *column, const fp *twiddles, unsigned log2_rows);
void ntt_transform_avx512(fp *column, const fp *twiddles, unsigned log2_rows);

/* In place: x_j at bit-reversed j to Σ_j x_j·ω^(ij) in natural order. */
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
