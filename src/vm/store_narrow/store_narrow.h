/* SB, SH, SW to naturally aligned addresses. */
#ifndef ASHLAR_VM_STORE_NARROW_H
#define ASHLAR_VM_STORE_NARROW_H

#include "vm/columns.h"

#define STORE_NARROW_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rs1) ONE(rs2) \
    MANY(is, 3) /* byte, half, word */ \
    ONE(immediate) ONE(immediate_sign) \
    MANY(a, 4) ONE(a_previous) \
    MANY(b, 4) ONE(b_previous) \
    ONE(quotient) ONE(high) /* the address is 8·quotient + offset + 2^16·high, */ \
    MANY(limb, 4) ONE(odd) /* offset = odd + 2·(which of the four is marked) */ \
    MANY(word, 4) MANY(word_age, 2) /* before */ \
    MANY(stored, 4) /* after */ \
    MANY(word_byte, 2) MANY(b_byte, 2) /* if a byte is stored: of the marked limb, of b */ \
    ONE(marked) /* the marked limb after */

COLUMNS(store_narrow, STORE_NARROW_COLUMNS);

#endif
