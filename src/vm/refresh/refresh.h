/* A register that was not accessed for long: its value is sent on at a later tick, so that the access that follows finds a
 * gap of one limb. It changes nothing, and so needs no instruction: any row may stand anywhere. But its tick is bound to no
 * clk, and is checked by itself: gaps of 26 bits alone would climb around p in 32 steps. */
#ifndef ASHLAR_VM_REFRESH_H
#define ASHLAR_VM_REFRESH_H

#include "vm/columns.h"

#define REFRESH_COLUMNS(ONE, MANY) \
    ONE(real) ONE(r) MANY(value, 4) \
    ONE(previous) ONE(gap_low) /* tick of the access before; low limb of tick − previous − 1 */ \
    ONE(tick) ONE(tick_low)

COLUMNS(refresh, REFRESH_COLUMNS);

#endif
