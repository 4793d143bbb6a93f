/* The end of the call `point`, in its last cycle: the point is written. x is canonical already; here y is
 * shown to be, so that nothing else can be written. */
#ifndef ASHLAR_VM_POINT_END_H
#define ASHLAR_VM_POINT_END_H

#include "vm/columns.h"

#define POINT_END_COLUMNS(ONE, MANY) \
    ONE(time) ONE(real) \
    ONE(list) ONE(base) ONE(result) /* behind the list; words */ \
    MANY(x, 32) MANY(y, 16) MANY(canonical, 4) \
    MANY(old, 32) MANY(age, 16)

COLUMNS(point_end, POINT_END_COLUMNS);

#endif
