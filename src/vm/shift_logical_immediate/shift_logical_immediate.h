/* SLLI, SRLI. */
#ifndef ASHLAR_VM_SHIFT_LOGICAL_IMMEDIATE_H
#define ASHLAR_VM_SHIFT_LOGICAL_IMMEDIATE_H

#include "vm/shift_logical/shift_logical_core.h"

#define SHIFT_LOGICAL_IMMEDIATE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) \
    SHIFT_LOGICAL_CORE_COLUMNS(ONE, MANY) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(shift_logical_immediate, SHIFT_LOGICAL_IMMEDIATE_COLUMNS);

#endif
