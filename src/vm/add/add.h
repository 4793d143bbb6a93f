/* ADD, SUB. */
#ifndef ASHLAR_VM_ADD_H
#define ASHLAR_VM_ADD_H

#include "vm/columns.h"

#define ADD_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 2) /* ADD, SUB */ \
    MANY(a, 4) ONE(a_previous) \
    MANY(b, 4) ONE(b_previous) \
    MANY(result, 4) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(add, ADD_COLUMNS);

#endif
