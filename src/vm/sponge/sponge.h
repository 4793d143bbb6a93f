/* A block of the call sponge, in a cycle of its own: reads 16 elements from 8 words, and permutes them
 * with the capacity. The first row of a call receives its capacity from
 * sponge_state, each other from the row before; the one with a single block left, and only that, is last
 * and hands the whole state back.
 *
 * A time belongs to one call alone, so its rows cannot be taken for another's. */
#ifndef ASHLAR_VM_SPONGE_H
#define ASHLAR_VM_SPONGE_H

#include "vm/columns.h"

#define SPONGE_COLUMNS(ONE, MANY) \
    ONE(time) ONE(real) ONE(is_last) \
    ONE(left) ONE(data) /* blocks; where this one is */ \
    MANY(capacity, 8) \
    MANY(word, 32) MANY(age, 16) MANY(top, 16) \
    MANY(after, 24) /* the state that the block leaves */

COLUMNS(sponge, SPONGE_COLUMNS);

#endif
