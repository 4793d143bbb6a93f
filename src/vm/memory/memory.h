/* The words and registers that a segment touches: each with its value before and after, once. `last` is
 * the segment that touched it before, 0 if none. */
#ifndef ASHLAR_VM_MEMORY_H
#define ASHLAR_VM_MEMORY_H

#include "vm/columns.h"

#define MEMORY_BOUNDARY_COLUMNS(ONE, MANY) \
    ONE(real) ONE(space) ONE(w) \
    MANY(initial, 4) MANY(final, 4) ONE(last)

#define MEMORY_MAIN_COLUMNS(ONE, MANY) \
    ONE(last_tick) /* of the last access in this segment */

COLUMNS(memory_boundary, MEMORY_BOUNDARY_COLUMNS);
COLUMNS(memory_main, MEMORY_MAIN_COLUMNS);

#endif
