/* MUL, MULW: the product modulo 2^64, or modulo 2^32 and sign-extended. */
#ifndef ASHLAR_VM_MULTIPLY_H
#define ASHLAR_VM_MULTIPLY_H

#include "vm/columns.h"

#define MULTIPLY_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 2) /* MUL, MULW */ \
    MANY(a, 8) ONE(a_previous) /* bytes */ \
    MANY(b, 8) ONE(b_previous) \
    MANY(result, 4) MANY(carry, 4) /* carries out of its limbs; of a word, of the low two */ \
    ONE(result_sign) /* of a word */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(multiply, MULTIPLY_COLUMNS);

#endif
