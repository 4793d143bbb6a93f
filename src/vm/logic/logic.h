/* AND, OR, XOR. */
#ifndef ASHLAR_VM_LOGIC_H
#define ASHLAR_VM_LOGIC_H

#include "vm/columns.h"

#define LOGIC_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 3) /* AND, OR, XOR */ \
    MANY(a, 8) ONE(a_previous) /* bytes */ \
    MANY(b, 8) ONE(b_previous) \
    MANY(result, 8) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(logic, LOGIC_COLUMNS);

#endif
