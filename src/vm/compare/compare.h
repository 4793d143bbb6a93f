/* SLT, SLTU. */
#ifndef ASHLAR_VM_COMPARE_H
#define ASHLAR_VM_COMPARE_H

#include "vm/columns.h"

#define COMPARE_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 2) /* SLT, SLTU */ \
    MANY(a, 4) ONE(a_previous) \
    MANY(b, 4) ONE(b_previous) \
    MANY(less, 8) /* see row_less */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(compare, COMPARE_COLUMNS);

#endif
