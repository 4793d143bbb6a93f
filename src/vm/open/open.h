/* A leaf of the call open, in a cycle of its own: reads its index, has it hashed and weighed by open_leaf and its
 * path followed by open_path, compares what that ends in with an entry of the cap, and writes the sum. The first row
 * receives the call and reads what all leaves have in common; each other receives OPEN from the one before. `left`
 * counts down to 1, and only that row is last. The first row also starts the weights, which open_weight reads once;
 * `begin`, the time of the call, is the name under which leaves ask for them.
 *
 * A path has at most 13 levels, and what is above an index's bits has 16; the index itself has 29. So both sides of
 * index = Σ 2^i·bit_i + 2^levels·rest are below p, and there is one way to take it apart. */
#ifndef ASHLAR_VM_OPEN_H
#define ASHLAR_VM_OPEN_H

#include "vm/columns.h"

#define OPEN_COLUMNS(ONE, MANY) \
    ONE(time) ONE(begin) ONE(real) ONE(is_first) ONE(is_last) ONE(left) \
    ONE(results) ONE(data) ONE(weights) ONE(cap) ONE(list) /* where this leaf's are */ \
    ONE(words) ONE(stride) ONE(levels) MANY(header_age, 2) \
    MANY(index, 2) MANY(list_age, 2) \
    MANY(digest, 8) /* of the leaf */ \
    ONE(rest) MANY(entry, 16) MANY(entry_age, 8) MANY(entry_top, 8) /* of the cap: its number, its words */ \
    MANY(r, 10) MANY(old, 12) MANY(r_age, 6) MANY(r_top, 5)

COLUMNS(open, OPEN_COLUMNS);

#endif
