/* The beginning of the call `point`: reads where the sums begin, in the call's first cycle before its
 * items. That the point is on the curve is for the program to see to. */
#ifndef ASHLAR_VM_POINT_START_H
#define ASHLAR_VM_POINT_START_H

#include "vm/columns.h"

#define POINT_START_COLUMNS(ONE, MANY) \
    ONE(time) ONE(real) ONE(n) \
    ONE(result) ONE(list) ONE(start) ONE(base) /* the first word of each operand */ \
    MANY(x, 32) MANY(canonical, 4) MANY(y, 16) \
    MANY(age, 16)

COLUMNS(point_start, POINT_START_COLUMNS);

#endif
