/* Multilinear extensions (protocol.md, section 1). Bits of an index and coordinates of a point go from the
 * most significant to the least: for z of k coordinates eq(z, b) = Π (z_i if bit k − 1 − i of b is set, else
 * 1 − z_i), and the extension of a function f on {0,1}^k is Σ_b f(b)·eq(z, b). k = 0 is a constant.
 * Freestanding. */
#ifndef ASHLAR_STARK_MULTILINEAR_H
#define ASHLAR_STARK_MULTILINEAR_H

#include "field/fp5.h"

/* a + t·(b − a), the line through a at 0 and b at 1. */
static inline fp5 multilinear_line(fp5 a, fp5 b, fp5 t)
{
    return fp5_add(a, fp5_mul(t, fp5_sub(b, a)));
}

/* z·s + (1 − z)·(1 − s), eq of one coordinate. */
static inline fp5 multilinear_eq_one(fp5 z, fp5 s)
{
    return fp5_add_fp(fp5_sub(fp5_sub(fp5_double(fp5_mul(z, s)), z), s), FP_ONE);
}

/* eq of two points of k coordinates. */
fp5 multilinear_eq(const fp5 *z, const fp5 *s, unsigned k);

/* eq(z, index) for an index below 2^k, k at most 63. */
fp5 multilinear_eq_index(const fp5 *z, unsigned k, uint64_t index);

/* Σ eq(z, b) over the b below `count`, which is at most 2^k. */
fp5 multilinear_below(const fp5 *z, unsigned k, uint64_t count);

/* table[b] = factor·eq(z, b) for the 2^k values of b: one multiplication each. */
void multilinear_eq_table(fp5 *table, fp5 factor, const fp5 *z, unsigned k);

/* The extension of 2^k values at z: up to k = 10 a list of multiplications (list.h). */
fp5 multilinear_evaluate(const fp5 *values, const fp5 *z, unsigned k);

/* The same for the first `count` of 2^k base values, the others being zero. `eq` is the table of z. */
fp5 multilinear_evaluate_fp(const fp *values, const fp5 *eq, size_t count);

#endif
