/* The prover's inner loops. prove_kernel.inc is compiled for each instruction set; prove_kernels() gives the functions of
 * the one that field/simd.h chose. All give the same results. Columns are contiguous; row counts are multiples of 16. */
#ifndef ASHLAR_STARK_PROVE_KERNELS_H
#define ASHLAR_STARK_PROVE_KERNELS_H

#include "stark/evaluator.h"

/* What the evaluation of one table needs, the same for all blocks and threads. */
typedef struct {
    const evaluator *evaluator;
    const fp *scalars;
    const fp5 *alpha_powers[SHAPE_GROUPS]; /* α^0 … */
    const fp5 *bases;                      /* [2·pair + side]: γ + tag + the scalar part of the message */
    /* For the quotient: side 0 of each pair is scaled by the pair's power of λ, in its base and here:
     * [(AIR_MAX_MESSAGE + 1)·pair + k] = λ^…·α^k. */
    const fp5 *scaled_powers;
    const fp5 *lambda_powers;
    uint32_t tape_constraints;
    fp5 sum_share[SHAPE_GROUPS];           /* T/n */
    bool has_group[SHAPE_GROUPS];
} table_evaluation;

/* One block of at most EVALUATOR_BLOCK_ROWS rows. */
typedef struct {
    const table_evaluation *table;
    size_t rows;
    const fp **columns;                    /* of the evaluator, at the block's first row */
    fp *registers;                         /* register_count × EVALUATOR_BLOCK_ROWS */
    fp *work;                              /* for bus columns: 3 × pair_count × 5 × EVALUATOR_BLOCK_ROWS */
    const fp *bus;                         /* for the quotient: bus columns at the block's first row */
    size_t bus_stride;
    const fp *sum_next[SHAPE_GROUPS][FP5_DEGREE]; /* S in the next row */
    fp vanishing_inverse;                  /* 1/(x^n − 1) */
    fp *out;                               /* five columns of the quotient, or the bus columns, at the block's first row */
    size_t out_stride;
} block_evaluation;

typedef struct {
    /* The quotient's values. */
    void (*evaluate_quotient)(const block_evaluation *b);
    /* The bus columns; in those of a running sum stands each row's total instead, not yet summed up. Returns false if a
     * fingerprint is zero. */
    bool (*evaluate_bus)(const block_evaluation *b);
    /* sums[c] += Σ_row weight(row)·columns[c][row] for rows from `first`, the weights being five columns; `rows` is a
     * multiple of 32. */
    void (*weigh_columns)(fp5 *sums, const fp *weights, size_t weight_stride, const fp *const *columns, size_t count,
                          size_t first, size_t rows);
    /* accumulator(row) += Σ_c factors[c]·columns[c][first + row], the accumulator being five columns. */
    void (*combine_columns)(fp *accumulator, size_t stride, const fp5 *factors, const fp *const *columns, size_t count,
                            size_t first, size_t rows);
    /* out = inverse·(here − opened_here) + inverse_next·(next − opened_next), all but the opened ones five columns. */
    void (*deep_quotient)(fp *out, const fp *here, const fp *next, const fp *inverse, const fp *inverse_next,
                          size_t stride, fp5 opened_here, fp5 opened_next, size_t rows);
    /* One halving of FRI in bit-reversed order: out[i] = (v[2i] + v[2i+1])/2 + β·(v[2i] − v[2i+1])·twist[i]/2. */
    void (*fold_halves)(fp5 *out, const fp5 *values, const fp *twists, fp5 beta, size_t count);
} prove_kernel_set;

const prove_kernel_set *prove_kernels(void);

extern const prove_kernel_set prove_kernel_set_avx512, prove_kernel_set_avx2, prove_kernel_set_portable;

#endif
