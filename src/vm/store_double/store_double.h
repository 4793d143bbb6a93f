/* SD to an address that is a multiple of 8. */
#ifndef ASHLAR_VM_STORE_DOUBLE_H
#define ASHLAR_VM_STORE_DOUBLE_H

#include "vm/columns.h"

#define STORE_DOUBLE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(real) ONE(rs1) ONE(rs2) \
    ONE(immediate) ONE(immediate_sign) \
    MANY(a, 4) ONE(a_previous) \
    MANY(b, 4) ONE(b_previous) \
    ONE(quotient) ONE(high) /* the address is 8·quotient + 2^16·high */ \
    MANY(word, 4) MANY(word_age, 2) /* before */

COLUMNS(store_double, STORE_DOUBLE_COLUMNS);

#endif
