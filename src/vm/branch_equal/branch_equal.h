/* BEQ, BNE. */
#ifndef ASHLAR_VM_BRANCH_EQUAL_H
#define ASHLAR_VM_BRANCH_EQUAL_H

#include "vm/columns.h"

#define BRANCH_EQUAL_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rs1) ONE(rs2) \
    MANY(is, 2) /* BEQ, BNE */ \
    ONE(target4) ONE(next) \
    MANY(a, 4) ONE(a_previous) \
    MANY(b, 4) ONE(b_previous) \
    ONE(equal) MANY(inverse, 4) /* Σ (a_i − b_i)·inverse_i = 1 shows that a and b differ */

COLUMNS(branch_equal, BRANCH_EQUAL_COLUMNS);

#endif
