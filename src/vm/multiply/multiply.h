/* MUL, MULH, MULHSU, MULHU, MULW: the product modulo 2^128 of the operands, sign-extended as they are
 * signed. */
#ifndef ASHLAR_VM_MULTIPLY_H
#define ASHLAR_VM_MULTIPLY_H

#include "vm/columns.h"

#define MULTIPLY_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 5) /* MUL, MULH, MULHSU, MULHU, MULW */ \
    MANY(a, 8) ONE(a_previous) /* bytes */ \
    MANY(b, 8) ONE(b_previous) \
    ONE(a_sign) ONE(b_sign) \
    MANY(product, 8) MANY(carry, 8) /* limbs of 128 bits; carries out of them */ \
    MANY(result, 4) ONE(result_sign) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(multiply, MULTIPLY_COLUMNS);

#endif
