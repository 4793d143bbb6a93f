/* The weights of two elements of a leaf of the call open, which one word holds: two blocks of three words, read once,
 * at the time of the call, and sent to as many rows of open_leaf as there are leaves. The first row receives STEP from
 * `open`, each other from the one before; `left` counts down to 1, and only that row is last. */
#ifndef ASHLAR_VM_OPEN_WEIGHT_H
#define ASHLAR_VM_OPEN_WEIGHT_H

#include "vm/columns.h"

#define OPEN_WEIGHT_COLUMNS(ONE, MANY) \
    ONE(begin) ONE(real) ONE(is_last) ONE(left) ONE(weights) ONE(number) ONE(uses) \
    MANY(word, 24) MANY(age, 12) MANY(top, 10)

COLUMNS(open_weight, OPEN_WEIGHT_COLUMNS);

#endif
