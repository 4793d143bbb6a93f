/* SRA, SLLW, SRLW, SRAW. */
#ifndef ASHLAR_VM_SHIFT_H
#define ASHLAR_VM_SHIFT_H

#include "vm/shift/shift_core.h"

#define SHIFT_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    SHIFT_CORE_COLUMNS(ONE, MANY) \
    MANY(b, 4) ONE(b_previous) ONE(rest) /* limb 0 of b above the amount */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(shift, SHIFT_COLUMNS);

#endif
