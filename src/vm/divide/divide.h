/* DIV, DIVU, REM, REMU and their word forms: quotient and remainder are given and checked.
 *
 * Words are extended to 64 bits first, by sign or zeros. A number N of 64 bits with sign n stands for N −
 * 2^64·n. Then dividend = quotient·divisor + remainder is checked modulo 2^128, where both sides are so
 * small that it holds for integers; |remainder| < |divisor|, and the remainder is 0 or has the dividend's
 * sign. This has one solution, and −2^63/−1 = 2^63 (bits of −2^63, sign 0) is no special case. By zero:
 * all ones, and the dividend. */
#ifndef ASHLAR_VM_DIVIDE_H
#define ASHLAR_VM_DIVIDE_H

#include "vm/columns.h"

#define DIVIDE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    ONE(real) ONE(is_unsigned) ONE(is_remainder) ONE(is_word) \
    MANY(a, 4) ONE(a_previous) \
    MANY(b, 4) ONE(b_previous) \
    ONE(a_top) ONE(a_sign) /* the limb that has the sign; the sign, 0 if unsigned */ \
    ONE(b_top) ONE(b_sign) \
    MANY(divisor, 8) /* bytes of b, for words of its extended low half */ \
    MANY(quotient, 8) ONE(quotient_sign) /* bytes */ \
    MANY(remainder, 4) ONE(remainder_sign) \
    MANY(carry, 8) \
    ONE(by_zero) \
    MANY(slack, 4) MANY(borrow, 3) /* |divisor| − |remainder| − 1 */ \
    MANY(result, 4) ONE(result_sign) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(divide, DIVIDE_COLUMNS);

#endif
