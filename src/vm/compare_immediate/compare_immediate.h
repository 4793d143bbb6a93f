/* SLTI, SLTIU. */
#ifndef ASHLAR_VM_COMPARE_IMMEDIATE_H
#define ASHLAR_VM_COMPARE_IMMEDIATE_H

#include "vm/columns.h"

#define COMPARE_IMMEDIATE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) \
    MANY(is, 2) /* SLTI, SLTIU */ \
    ONE(immediate) ONE(immediate_sign) \
    MANY(a, 4) ONE(a_previous) \
    MANY(less, 8) /* see row_less */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(compare_immediate, COMPARE_IMMEDIATE_COLUMNS);

#endif
