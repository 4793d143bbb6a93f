/* An item of the call muladd_384: muladd's with numbers of 384 bits (vm/muladd/muladd.h). Blocks lie from 2^30
 * on and below 2^32 + 2^22. There is no m of 0: nothing is less. */
#ifndef ASHLAR_VM_MULADD_384_H
#define ASHLAR_VM_MULADD_384_H

#include "vm/bus.h"
#include "vm/columns.h"

#define MULADD_384_COLUMNS(ONE, MANY) \
    ONE(time) ONE(real) ONE(is_last) \
    ONE(left) ONE(blocks) ONE(list) /* what is left: items, and where the next one's word is */ \
    MANY(m, 48) \
    MANY(item, 4) MANY(item_age, 2) /* numbers of the blocks a, b, c, r */ \
    MANY(a, 48) MANY(b, 48) MANY(c, 24) MANY(q, 48) MANY(r, 24) MANY(old, 24) \
    MANY(carry, 47) MANY(mark, 24) ONE(gap) \
    MANY(a_age, 12) MANY(b_age, 12) MANY(c_age, 12) MANY(r_age, 12)

COLUMNS(muladd_384, MULADD_384_COLUMNS);

/* To the item at this time, of which `left` ≥ 1 are left. */
void muladd_384_send(air_tape *t, air_expr selector, air_expr time, air_expr left, air_expr blocks,
                     air_expr list, const air_expr m[48]);

#endif
