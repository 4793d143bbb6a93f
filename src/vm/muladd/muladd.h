/* An item of the call muladd, in a cycle of its own: r = a·b + c mod m (long_product.h). It takes what
 * muladd_head or the item before sent; `left` counts down to 1, and only that row is last. Its word of the
 * list is four block numbers, of 16 bits as its limbs are. Blocks lie from 2^30 on and below 2^32 + 2^21
 * (call.h), so that their words do not wrap around p. */
#ifndef ASHLAR_VM_MULADD_H
#define ASHLAR_VM_MULADD_H

#include "vm/bus.h"
#include "vm/columns.h"

#define MULADD_COLUMNS(ONE, MANY) \
    ONE(time) ONE(real) ONE(is_last) \
    ONE(left) ONE(blocks) ONE(list) /* what is left: items, and where the next one's word is */ \
    ONE(is_power) MANY(m, 32) \
    MANY(item, 4) MANY(item_age, 2) /* numbers of the blocks a, b, c, r */ \
    MANY(a, 32) MANY(b, 32) MANY(c, 16) MANY(q, 32) MANY(r, 16) MANY(old, 16) \
    MANY(carry, 31) MANY(mark, 16) ONE(gap) \
    MANY(a_age, 8) MANY(b_age, 8) MANY(c_age, 8) MANY(r_age, 8)

COLUMNS(muladd, MULADD_COLUMNS);

/* To the item at this time, of which `left` ≥ 1 are left. */
void muladd_send(air_tape *t, air_expr selector, air_expr time, air_expr left, air_expr blocks, air_expr list,
                 air_expr is_power, const air_expr m[32]);

#endif
