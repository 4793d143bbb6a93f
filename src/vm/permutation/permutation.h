/* Poseidon2 (stark/poseidon2.h), a permutation a row: receives, from whoever needs it, the state before and
 * after. What an S-box gives is a column, everything between is linear; so a state has one outcome, and rows
 * need no place or time. */
#ifndef ASHLAR_VM_PERMUTATION_H
#define ASHLAR_VM_PERMUTATION_H

#include "vm/bus.h"
#include "vm/columns.h"

enum { PERMUTATION_WIDTH = 24 };

#define PERMUTATION_COLUMNS(ONE, MANY) \
    ONE(real) MANY(before, 24) \
    MANY(full, 192) MANY(partial, 23) /* cubes, by round */

COLUMNS(permutation, PERMUTATION_COLUMNS);

/* Where `selector`: `after` is the permutation of `before`. */
void permutation_is(air_tape *t, air_expr selector, const air_expr before[PERMUTATION_WIDTH],
                    const air_expr after[PERMUTATION_WIDTH]);

#endif
