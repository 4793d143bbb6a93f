/* SH, SW, SD to any address, within a word or across two. */
#ifndef ASHLAR_VM_STORE_MISALIGNED_H
#define ASHLAR_VM_STORE_MISALIGNED_H

#include "vm/columns.h"

#define STORE_MISALIGNED_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rs1) ONE(rs2) \
    MANY(is, 3) /* half, word, double */ \
    ONE(immediate) ONE(immediate_sign) \
    MANY(a, 4) ONE(a_previous) \
    MANY(b_low, 4) MANY(b_high, 4) ONE(b_previous) /* bytes of the limbs of rs2 */ \
    ONE(quotient) ONE(high) /* the address is 8·quotient + offset + 2^16·high, */ \
    MANY(limb, 4) ONE(odd) /* offset = odd + 2·(which of the four is marked) */ \
    ONE(crosses) /* into the next word; where not, its columns mean nothing */ \
    MANY(word, 4) MANY(word_age, 2) /* before */ \
    MANY(next, 4) MANY(next_age, 2) \
    MANY(stored, 8) /* both words after */ \
    MANY(first, 2) MANY(last, 2) /* bytes of the marked limb, and of the one just after those of the size */ \
    MANY(piece, 4) /* what enters the marked limb and the three after it */ \
    MANY(enters, 3) /* whether anything enters the second, third and fifth */

COLUMNS(store_misaligned, STORE_MISALIGNED_COLUMNS);

#endif
