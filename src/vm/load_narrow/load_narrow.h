/* LB, LH, LW, LBU, LHU, LWU from naturally aligned addresses. */
#ifndef ASHLAR_VM_LOAD_NARROW_H
#define ASHLAR_VM_LOAD_NARROW_H

#include "vm/columns.h"

#define LOAD_NARROW_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) \
    MANY(is, 3) ONE(is_unsigned) /* byte, half, word */ \
    ONE(immediate) ONE(immediate_sign) \
    MANY(a, 4) ONE(a_previous) \
    ONE(quotient) ONE(high) /* the address is 8·quotient + offset + 2^16·high, */ \
    MANY(limb, 4) ONE(odd) /* offset = odd + 2·(which of the four is marked) */ \
    MANY(word, 4) MANY(word_age, 2) \
    MANY(byte, 2) /* of the marked limb, if a byte is loaded */ \
    MANY(result, 2) ONE(rest) ONE(sign) /* the other limbs are 0xFFFF·sign */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(load_narrow, LOAD_NARROW_COLUMNS);

#endif
