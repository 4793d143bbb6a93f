/* SLL, SRL. */
#ifndef ASHLAR_VM_SHIFT_LOGICAL_H
#define ASHLAR_VM_SHIFT_LOGICAL_H

#include "vm/shift_logical/shift_logical_core.h"

#define SHIFT_LOGICAL_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    SHIFT_LOGICAL_CORE_COLUMNS(ONE, MANY) \
    MANY(b, 4) ONE(b_previous) ONE(rest) /* limb 0 of b above the amount */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(shift_logical, SHIFT_LOGICAL_COLUMNS);

#endif
