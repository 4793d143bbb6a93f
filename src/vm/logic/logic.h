/* AND, OR, XOR. */
#ifndef ASHLAR_VM_LOGIC_H
#define ASHLAR_VM_LOGIC_H

#include "vm/columns.h"

#define LOGIC_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 3) /* AND, OR, XOR */ \
    MANY(a, 8) MANY(a_age, 2) /* bytes */ \
    MANY(b, 8) MANY(b_age, 2) \
    MANY(result, 8) \
    MANY(old, 4) MANY(old_age, 2) /* of rd */

COLUMNS(logic, LOGIC_COLUMNS);

#endif
