/* ANDI, ORI, XORI. Above its low limb the immediate is all zeros or all ones, so only the low limb is
 * looked up. */
#ifndef ASHLAR_VM_LOGIC_IMMEDIATE_H
#define ASHLAR_VM_LOGIC_IMMEDIATE_H

#include "vm/columns.h"

#define LOGIC_IMMEDIATE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) \
    MANY(is, 3) /* ANDI, ORI, XORI */ \
    MANY(immediate, 2) ONE(immediate_sign) /* bytes of the low limb; whether the other limbs are 0xFFFF */ \
    MANY(a_low, 2) MANY(a_high, 3) ONE(a_previous) /* bytes of the low limb, the other limbs */ \
    MANY(result_low, 2) MANY(result_high, 3) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(logic_immediate, LOGIC_IMMEDIATE_COLUMNS);

#endif
