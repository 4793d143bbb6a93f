/* What the two chips of word shifts and of signed ones share. A limb is cut in two, limb = low +
 * 2^cut·high, and joined anew with the part of its neighbour; then limbs move by whole places. */
#ifndef ASHLAR_VM_SHIFT_CORE_H
#define ASHLAR_VM_SHIFT_CORE_H

#include "vm/columns.h"

#define SHIFT_CORE_COLUMNS(ONE, MANY)                                                            \
    MANY(left, 2) MANY(right, 4)      /* by how many limbs, one marked */                        \
    ONE(is_signed) ONE(is_word)                                                                  \
    MANY(a, 4) ONE(a_previous)                                                                    \
    ONE(bits)                         /* the amount modulo 16 */                                 \
    ONE(cut) ONE(below) ONE(above)    /* left: 16 − bits, right: bits; 2^cut, 2^(16 − cut) */    \
    MANY(low, 4) MANY(high, 4)        /* of each limb: cut bits, and those above */              \
    MANY(joined, 5)                   /* joined[j] = high[j − 1] + above·low[j] */               \
    ONE(top) ONE(sign)                /* the limb with the sign; what a signed shift fills in */ \
    MANY(result, 4) ONE(result_sign)

COLUMNS(shift_core, SHIFT_CORE_COLUMNS);

/* Constrains the result. `real` is the sum of left and right. Returns the amount, below 64; of a word, 32. */
air_expr shift_core(air_tape *t, const shift_core_columns *row, air_expr *real);

/* The kind's place in the order left, right, right signed, then the same for words, of kinds.def; of which the first two
 * are logical shifts and not here. */
air_expr shift_core_kind(air_tape *t, const shift_core_columns *row);

/* Fills all columns but the age of a. `kind` counts as in shift_core_kind; amount as the operand has it. */
void shift_core_fill(shift_core_trace *row, uint32_t kind, uint64_t a, uint64_t amount, uint64_t result);

#endif
