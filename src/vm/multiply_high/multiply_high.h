/* MULH, MULHSU, MULHU: the high half of the product modulo 2^128 of the operands, sign-extended as they are signed. */
#ifndef ASHLAR_VM_MULTIPLY_HIGH_H
#define ASHLAR_VM_MULTIPLY_HIGH_H

#include "vm/columns.h"

#define MULTIPLY_HIGH_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 3) /* MULH, MULHSU, MULHU */ \
    MANY(a, 8) ONE(a_previous) /* bytes */ \
    MANY(b, 8) ONE(b_previous) \
    ONE(a_sign) ONE(b_sign) \
    MANY(product, 8) MANY(carry, 8) /* limbs of 128 bits; carries out of them */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(multiply_high, MULTIPLY_HIGH_COLUMNS);

#endif
