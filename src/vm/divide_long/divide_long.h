/* The call divide: a·b + c = q·m + r of numbers of 256 bits (long_product.h). */
#ifndef ASHLAR_VM_DIVIDE_LONG_H
#define ASHLAR_VM_DIVIDE_LONG_H

#include "vm/columns.h"

#define DIVIDE_LONG_COLUMNS(ONE, MANY) \
    ONE(clk) ONE(real) ONE(is_power) /* m stands for 2^256 */ \
    MANY(w, 6) /* first words of q, r, a, b, c, m */ \
    MANY(a, 32) MANY(b, 32) MANY(c, 16) MANY(m, 32) MANY(q, 32) MANY(r, 16) \
    MANY(old_q, 16) MANY(old_r, 16) \
    MANY(carry, 31) MANY(mark, 16) ONE(gap) \
    MANY(a_age, 8) MANY(b_age, 8) MANY(c_age, 8) MANY(m_age, 8) MANY(q_age, 8) MANY(r_age, 8)

COLUMNS(divide_long, DIVIDE_LONG_COLUMNS);

#endif
