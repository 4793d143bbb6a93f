/* LH, LW, LD, LHU, LWU from any address, within a word or across two. */
#ifndef ASHLAR_VM_LOAD_MISALIGNED_H
#define ASHLAR_VM_LOAD_MISALIGNED_H

#include "vm/columns.h"

#define LOAD_MISALIGNED_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) \
    MANY(is, 3) ONE(is_unsigned) /* half, word, double */ \
    ONE(immediate) ONE(immediate_sign) \
    MANY(a, 4) ONE(a_previous) \
    ONE(quotient) ONE(high) /* the address is 8·quotient + offset + 2^16·high, */ \
    MANY(limb, 4) ONE(odd) /* offset = odd + 2·(which of the four is marked) */ \
    ONE(crosses) /* into the next word; where not, its columns mean nothing */ \
    MANY(word, 4) MANY(word_age, 2) \
    MANY(next, 4) MANY(next_age, 2) \
    MANY(low, 5) MANY(high_byte, 5) /* bytes of the marked limb and the four after it */ \
    MANY(result, 4) ONE(rest) ONE(sign) /* the limbs above the loaded ones are 0xFFFF·sign */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(load_misaligned, LOAD_MISALIGNED_COLUMNS);

#endif
