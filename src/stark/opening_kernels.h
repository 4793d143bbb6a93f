/* The opening's inner loops, for each instruction set (opening_kernel.inc); opening_kernels() gives those of
 * the one that field/simd.h chose. All give the same results. Vectors over F are five planes, `stride`
 * elements apart; counts and starts are multiples of 16. Hosted. */
#ifndef ASHLAR_STARK_OPENING_KERNELS_H
#define ASHLAR_STARK_OPENING_KERNELS_H

#include "field/fp5.h"

typedef struct {
    fp *data;
    size_t stride;
} planes;

typedef struct {
    /* Over the pairs i, i + half with first ≤ i < first + count: adds to s0 Σ x·w at i, to s2 Σ (x' − x)·(w'
     * − w). */
    void (*pair_sums)(fp5 *s0, fp5 *s2, planes x, planes w, size_t half, size_t first, size_t count);
    /* x at i ← x + challenge·(x' − x) for the same pairs. */
    void (*fold_pairs)(planes x, fp5 challenge, size_t half, size_t first, size_t count);
    /* out at i += factor·table at i, for i < count. */
    void (*add_scaled)(planes out, planes table, fp5 factor, size_t count);
    /* out at i = Σ_s factors[s]·columns[s][first + i], for i < count. */
    void (*combine)(planes out, const fp5 *factors, const fp *const *columns, size_t columns_count, size_t first,
                    size_t count);
    /* sums[s] += Σ_i weights at i·columns[s][first + i], for i < count, a multiple of 32. */
    void (*weigh)(fp5 *sums, planes weights, const fp *const *columns, size_t columns_count, size_t first,
                  size_t count);
} opening_kernel_set;

const opening_kernel_set *opening_kernels(void);

extern const opening_kernel_set opening_kernel_set_avx512, opening_kernel_set_avx2, opening_kernel_set_portable;

#endif
