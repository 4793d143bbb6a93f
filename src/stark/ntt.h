/* Number-theoretic transforms of columns: from coefficients to values at powers of ω_n = fp_root_of_unity(log2_rows), n =
 * 2^log2_rows. Hosted; the kernels are chosen by field/simd.h. */
#ifndef ASHLAR_STARK_NTT_H
#define ASHLAR_STARK_NTT_H

#include "base/arena.h"
#include "field/fp.h"

#define NTT_LOG2_ROWS_MAX 24

/* Twiddle factors; read-only once made, so threads share them. Takes `ntt_tables_size_bytes` of the arena. */
typedef struct ntt_tables ntt_tables;

/* For every transform of at most 2^log2_rows_max rows. Lives as long as the arena. */
const ntt_tables *ntt_tables_new(arena *a, unsigned log2_rows_max);
size_t ntt_tables_size_bytes(unsigned log2_rows_max);

/* In place, n coefficients, number i at i with its bits reversed, to n values at ω_n^j in natural order. */
void ntt_evaluate_reversed(const ntt_tables *t, fp *column, unsigned log2_rows);

/* The code (protocol.md, section 4): n = 2^log2_rows coefficients in natural order to the values at ω_m^k, m = n·2^log2_cosets.
 * With k = i·2^log2_cosets + c that value stands at c·n + (i with its log2_rows bits reversed). The tables are for m
 * rows, log2_cosets at most NTT_LOG2_COSETS_MAX. They do not overlap. */
#define NTT_LOG2_COSETS_MAX 4
void ntt_forward(const ntt_tables *t, fp *out, const fp *in, unsigned log2_rows, unsigned log2_cosets);
void ntt_forward_columns(const ntt_tables *t, fp *const *out, const fp *const *in, size_t count, unsigned log2_rows,
                         unsigned log2_cosets);
/* Where value k of such a column stands. */
size_t ntt_forward_position(size_t k, unsigned log2_rows, unsigned log2_cosets);

#endif
