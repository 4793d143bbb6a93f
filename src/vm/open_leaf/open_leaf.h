/* A block of a leaf of the call open: 16 elements from 8 words, or as many as the last block has, then 1, 0, 0 …: the
 * padding of the proof system's hash. The same cells are permuted with the capacity, and those that were read are
 * added to the sum, each times its weight. Weights come from open_weight, under the time of this call and the word's
 * number, so no others can be taken. The first row receives state and sum from `open`, each other from the one before;
 * the row that has as many words as are left, and only that, is last, and hands digest and sum back. */
#ifndef ASHLAR_VM_OPEN_LEAF_H
#define ASHLAR_VM_OPEN_LEAF_H

#include "vm/columns.h"

#define OPEN_LEAF_COLUMNS(ONE, MANY) \
    ONE(time) ONE(begin) ONE(real) ONE(is_last) \
    ONE(left) ONE(done) ONE(data) /* words; where these are */ \
    MANY(in, 7)                   /* whether words 1 … 7 are the leaf's */ \
    MANY(capacity, 8) MANY(sum, 5) \
    MANY(word, 32) MANY(age, 16) MANY(top, 16) \
    MANY(weight, 80) \
    MANY(sum_after, 5) MANY(after, 24)

COLUMNS(open_leaf, OPEN_LEAF_COLUMNS);

#endif
