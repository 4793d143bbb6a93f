/* What the two chips of logical shifts of 64 bits share. As in shift_core, a limb is cut in two, limb = low + 2^cut·high, and
 * joined anew with the part of its neighbour; then limbs move by whole places. There is no sign and no word form. */
#ifndef ASHLAR_VM_SHIFT_LOGICAL_CORE_H
#define ASHLAR_VM_SHIFT_LOGICAL_CORE_H

#include "vm/columns.h"

#define SHIFT_LOGICAL_CORE_COLUMNS(ONE, MANY)                                                 \
    MANY(places, 4)                /* by how many limbs, one marked */                        \
    ONE(left)                      /* else to the right */                                    \
    MANY(a, 4) ONE(a_previous)                                                                \
    ONE(bits)                      /* the amount modulo 16 */                                 \
    ONE(cut) ONE(below) ONE(above) /* left: 16 − bits, right: bits; 2^cut, 2^(16 − cut) */    \
    MANY(low, 4) MANY(high, 4)     /* of each limb: cut bits, and those above */              \
    MANY(joined, 4)                /* joined[j] = high[j − 1] + above·low[j] */               \
    MANY(result, 4)

COLUMNS(shift_logical_core, SHIFT_LOGICAL_CORE_COLUMNS);

/* Constrains the result. `real` is the sum of places. Returns the amount, below 64. */
air_expr shift_logical_core(air_tape *t, const shift_logical_core_columns *row, air_expr *real);

/* Fills all columns but a_previous; amount as the operand has it. */
void shift_logical_core_fill(shift_logical_core_trace *row, bool is_left, uint64_t a, uint64_t amount,
                             uint64_t result);

#endif
