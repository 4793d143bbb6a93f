/* JALR. Bit 0 of the target address is dropped, bit 1 must be 0. */
#ifndef ASHLAR_VM_JUMP_H
#define ASHLAR_VM_JUMP_H

#include "vm/columns.h"

#define JUMP_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(real) ONE(rd) ONE(rs1) \
    MANY(link, 2) \
    ONE(immediate) ONE(immediate_sign) \
    MANY(a, 4) ONE(a_previous) \
    ONE(low_bit) ONE(quotient) ONE(high) /* the target address is low_bit + 4·quotient + 2^16·high */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(jump, JUMP_COLUMNS);

#endif
