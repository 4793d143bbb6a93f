/* SLT, SLTU. */
#ifndef ASHLAR_VM_COMPARE_H
#define ASHLAR_VM_COMPARE_H

#include "vm/columns.h"

#define COMPARE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 2) /* SLT, SLTU */ \
    MANY(a, 4) MANY(a_age, 2) \
    MANY(b, 4) MANY(b_age, 2) \
    MANY(less, 8) /* see row_less */ \
    MANY(old, 4) MANY(old_age, 2) /* of rd */

COLUMNS(compare, COMPARE_COLUMNS);

#endif
