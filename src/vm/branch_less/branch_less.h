/* BLT, BGE, BLTU, BGEU. */
#ifndef ASHLAR_VM_BRANCH_LESS_H
#define ASHLAR_VM_BRANCH_LESS_H

#include "vm/columns.h"

#define BRANCH_LESS_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rs1) ONE(rs2) \
    MANY(is, 4) /* BLT, BGE, BLTU, BGEU */ \
    ONE(target4) ONE(next) \
    MANY(a, 4) ONE(a_previous) \
    MANY(b, 4) ONE(b_previous) \
    MANY(less, 8) /* see row_less */

COLUMNS(branch_less, BRANCH_LESS_COLUMNS);

#endif
