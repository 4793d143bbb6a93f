/* ADDI. */
#ifndef ASHLAR_VM_ADD_IMMEDIATE_H
#define ASHLAR_VM_ADD_IMMEDIATE_H

#include "vm/columns.h"

#define ADD_IMMEDIATE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(real) ONE(rd) ONE(rs1) \
    ONE(immediate) ONE(immediate_sign) /* low limb; whether the other limbs are 0xFFFF */ \
    MANY(a, 4) ONE(a_previous) \
    MANY(result, 4) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(add_immediate, ADD_IMMEDIATE_COLUMNS);

#endif
