/* Numbers whose digits in base 8 are the bits of something else, so that sums of seven stand in one number
 * without carries: what the Keccak chips look up. Eight kinds of rows, 2^16 of each; v = l + 2^8·h is the
 * row's place in its kind.
 *
 *   SPARSE_CUT + s, s = 0 … 4   fields 0, 1: the s low bits of l as digits, the other 8 − s;
 *                               fields 2, 3: of h likewise
 *   SPARSE_UNSET                field 0: eight digits of {0, 1, 4, 5}
 *   SPARSE_EVEN                 field 0: eight digits of {0, 2, 4, 6}
 *   SPARSE_LIMB                 field 0: v; fields 1, 2: the bits of l and of h as digits
 *
 * Other fields are 0. Each field is a sum over the bits of v, which makes the table a short formula. */
#ifndef ASHLAR_VM_SPARSE_H
#define ASHLAR_VM_SPARSE_H

#include "vm/columns.h"

#define SPARSE_PREPROCESSED_COLUMNS(ONE, MANY) \
    ONE(kind) MANY(field, 4)

#define SPARSE_MAIN_COLUMNS(ONE, MANY) \
    ONE(multiplicity)

COLUMNS(sparse_preprocessed, SPARSE_PREPROCESSED_COLUMNS);
COLUMNS(sparse_main, SPARSE_MAIN_COLUMNS);

/* The bits of a byte as digits in base 8. */
uint32_t sparse_digits(uint32_t byte);

/* What bit `bit` < 16 of v adds to a field. */
uint32_t sparse_weight(uint32_t kind, uint32_t field, uint32_t bit);

#endif
