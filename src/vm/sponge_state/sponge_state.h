/* The call sponge where it begins and ends: its state's capacity goes to the first block's row, and what
 * the last one gives is written over all of the state, in the call's last cycle. */
#ifndef ASHLAR_VM_SPONGE_STATE_H
#define ASHLAR_VM_SPONGE_STATE_H

#include "vm/columns.h"

#define SPONGE_STATE_COLUMNS(ONE, MANY) \
    ONE(clk) ONE(real) ONE(state) ONE(data) ONE(n) \
    MANY(old, 48) MANY(new, 48) MANY(age, 24) \
    MANY(top_old, 8) MANY(top_new, 24) /* of the capacity before; of the state afterwards */

COLUMNS(sponge_state, SPONGE_STATE_COLUMNS);

#endif
