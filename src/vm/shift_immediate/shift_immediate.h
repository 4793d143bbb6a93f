/* SRAI, SLLIW, SRLIW, SRAIW. */
#ifndef ASHLAR_VM_SHIFT_IMMEDIATE_H
#define ASHLAR_VM_SHIFT_IMMEDIATE_H

#include "vm/shift/shift_core.h"

#define SHIFT_IMMEDIATE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) \
    SHIFT_CORE_COLUMNS(ONE, MANY) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(shift_immediate, SHIFT_IMMEDIATE_COLUMNS);

#endif
