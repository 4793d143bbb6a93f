/* An item of the call `point`: with P = (x1, y1) so far and T = (x2, y2), its y negated where `negate`, P +
 * T or, where `twice`, (P + T) + P. Five equations modulo p, digits for numbers:
 *
 *   slope      slope·(x2 − x1) = ±y2 − y1
 *   middle     slope² = x1 + x2 + x3                               x3 of P + T
 *   both       (slope + last)·(x3 − x1) = −2·y1 − (twice ? 0 : 2·y)
 *   x          last² = x1 + x + (twice ? x3 : x2)
 *   y          last·(x1 − x) = y1 + y
 *
 * Where not twice, last is slope: then x = x3 modulo p, and `both` says twice what `y` does. So all five
 * hold in every row. Where twice, slope + last is −2·y1/(x3 − x1), and last the slope of (P + T) + P.
 *
 * *One solution.* x1 and x2 are below p and their bytes differ, so they differ modulo p, and slope is the
 * only one; so is x3. Where twice, x3 = x1 would make the right side of `both` zero, but y1 is not, as a
 * curve of odd order has no point with y = 0. So last, x and y are the only ones modulo p, and x is below
 * p.
 *
 * *Limbs.* Each equation is left − right = (quotient − 2^260)·p, at 32 positions of 16 bits with a carry
 * from each to the next, −2^14 … 2^14 − 1; none into the first, none out of the last. A product of 32
 * digits by 32 is at position k Σ_{i+j=2k} + 2^8·Σ_{i+j=2k+1}. With the greatest digits a position of
 * `both` is 536.9 M, of the others less; quotient and constants are 82 M; with both carries all stay below
 * 1,694 M < p_native = 2,130.7 M: so an equation modulo p_native is one of integers. The carries that this
 * needs are below 9,500 < 2^14, so what holds can be shown. tools/chip_bounds.py computes these numbers. */
#ifndef ASHLAR_VM_POINT_SUM_H
#define ASHLAR_VM_POINT_SUM_H

#include "vm/columns.h"

enum { POINT_EQUATIONS = 5, POINT_QUOTIENT_LIMBS = 17, POINT_CARRIES = 31, POINT_GROUPS = 11 };

#define POINT_EQUATION_COLUMNS(ONE, MANY, n) MANY(quotient_##n, 17) MANY(carry_##n, 31)

#define POINT_SUM_COLUMNS(ONE, MANY) \
    ONE(time) ONE(real) \
    ONE(left) ONE(list) ONE(base) ONE(result) /* items; words of the item, of point 0, of the result */ \
    ONE(number) ONE(negate) ONE(twice) /* the item */ \
    MANY(x1, 32) MANY(y1, 16) \
    MANY(x2, 32) MANY(canonical2, 4) MANY(y2, 16) \
    MANY(apart, 11) /* Σ of these times the differences of x1 and x2, three bytes at a time, is 1 */ \
    MANY(slope, 32) MANY(x3, 32) MANY(last, 32) \
    MANY(x, 32) MANY(canonical, 4) MANY(y, 16) \
    POINT_EQUATION_COLUMNS(ONE, MANY, 0) \
    POINT_EQUATION_COLUMNS(ONE, MANY, 1) \
    POINT_EQUATION_COLUMNS(ONE, MANY, 2) \
    POINT_EQUATION_COLUMNS(ONE, MANY, 3) \
    POINT_EQUATION_COLUMNS(ONE, MANY, 4) \
    MANY(age, 16) MANY(list_age, 2)

COLUMNS(point_sum, POINT_SUM_COLUMNS);

/* 2^260·p in the 32 positions, what is beyond the last in it. */
extern const uint32_t point_offset[POINT_CARRIES + 1];

#endif
