/* An item of the call multiply_add, in a cycle of its own: r = a·b + c in F, the proof system's extension
 * of degree 5 (field/fp5.h). The first row receives the call, each other the STEP that the one before
 * sent; `left` counts down to 1, and only that row is last. It reads the list's word, whose limbs are the
 * numbers of the blocks a, b, c, r, and then the blocks: three words each, five elements and 32 bits that
 * say nothing and are written as 0.
 *
 * One product of elements a constraint has, and sums of them: no bound is needed, it is arithmetic of the
 * field. */
#ifndef ASHLAR_VM_MULTIPLY_ADD_H
#define ASHLAR_VM_MULTIPLY_ADD_H

#include "vm/columns.h"

#define MULTIPLY_ADD_COLUMNS(ONE, MANY) \
    ONE(time) ONE(real) ONE(is_first) ONE(is_last) \
    ONE(left) ONE(base) ONE(list) /* items; where block 0 is, and this item's word */ \
    MANY(number, 4) MANY(list_age, 2) \
    MANY(a, 12) MANY(a_age, 6) MANY(a_top, 5) \
    MANY(b, 12) MANY(b_age, 6) MANY(b_top, 5) \
    MANY(c, 12) MANY(c_age, 6) MANY(c_top, 5) \
    MANY(r, 10) MANY(old, 12) MANY(r_age, 6) MANY(r_top, 5)

COLUMNS(multiply_add, MULTIPLY_ADD_COLUMNS);

#endif
