/* LD from an address that is a multiple of 8. */
#ifndef ASHLAR_VM_LOAD_DOUBLE_H
#define ASHLAR_VM_LOAD_DOUBLE_H

#include "vm/columns.h"

#define LOAD_DOUBLE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(real) ONE(rd) ONE(rs1) \
    ONE(immediate) ONE(immediate_sign) \
    MANY(a, 4) ONE(a_previous) \
    ONE(quotient) ONE(high) /* the address is 8·quotient + 2^16·high */ \
    MANY(word, 4) MANY(word_age, 2) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(load_double, LOAD_DOUBLE_COLUMNS);

#endif
