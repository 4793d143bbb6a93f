/* ADD, SUB. */
#ifndef ASHLAR_VM_ADD_H
#define ASHLAR_VM_ADD_H

#include "vm/columns.h"

#define ADD_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 2) /* ADD, SUB */ \
    MANY(a, 4) MANY(a_age, 2) \
    MANY(b, 4) MANY(b_age, 2) \
    MANY(result, 4) \
    MANY(old, 4) MANY(old_age, 2) /* of rd */

COLUMNS(add, ADD_COLUMNS);

#endif
