/* A level of a path of the call open: the node is permuted with its sibling, four words, on the side that the lowest
 * bit of the index says. The first row receives the leaf's digest from `open`, each other the node from the one before;
 * where none is left, `open` receives it. */
#ifndef ASHLAR_VM_OPEN_PATH_H
#define ASHLAR_VM_OPEN_PATH_H

#include "vm/columns.h"

#define OPEN_PATH_COLUMNS(ONE, MANY) \
    ONE(time) ONE(real) \
    ONE(left) ONE(data) /* levels; where the sibling is */ \
    ONE(index) ONE(next) /* next: without its lowest bit */ \
    MANY(node, 8) MANY(word, 16) MANY(age, 8) MANY(top, 8) \
    MANY(first, 8) /* of the two, the left one */ \
    MANY(after, 24)

COLUMNS(open_path, OPEN_PATH_COLUMNS);

#endif
