/* The weights of two elements of a leaf of the call open, which one word holds: two blocks of three words, read once,
 * at the time of the call, and sent to as many rows of open_leaf as there are leaves. The first row receives STEP from
 * `open`, each other from the one before; `left` counts down to 1, and only that row is last.
 *
 * `uses` is no bit, but a message of OPEN_WEIGHT has what it says and no more. By that chain one row at most sends
 * under (begin, number), n ≤ 2^20 times; open_leaf receives with bits, at most 8·2^23 times. Both are below p, so what
 * balances modulo p is equal as integers, and what nobody sent would have to be received p times. */
#ifndef ASHLAR_VM_OPEN_WEIGHT_H
#define ASHLAR_VM_OPEN_WEIGHT_H

#include "vm/columns.h"

#define OPEN_WEIGHT_COLUMNS(ONE, MANY) \
    ONE(begin) ONE(real) ONE(is_last) ONE(left) ONE(weights) ONE(number) ONE(uses) \
    MANY(word, 24) MANY(age, 12) MANY(top, 10)

COLUMNS(open_weight, OPEN_WEIGHT_COLUMNS);

#endif
