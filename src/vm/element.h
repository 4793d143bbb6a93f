/* Elements of the field as they lie in memory: a Montgomery word of 32 bits below p (field/fp.h), so two
 * limbs of one of the machine's words. Which word is below p is exact, as it is for the verifier: high
 * half below 0x7F00, or equal to it with low half 0. Freestanding. */
#ifndef ASHLAR_VM_ELEMENT_H
#define ASHLAR_VM_ELEMENT_H

#include "vm/row.h"

/* The element that the limbs stand for: (low + 2^16·high)/2^32. */
air_expr element_of(air_tape *t, const air_expr limbs[2]);

/* Where `selector`: limbs that are known to have 16 bits are a word below p. `top` is 1 where they are p −
 * 1, else 0; what it is elsewhere does not matter. */
void element_is_canonical(air_tape *t, air_expr selector, const air_expr limbs[2], air_expr top);

/* The same for limbs of which nothing is known. */
void element_is_word(air_tape *t, air_expr selector, const air_expr limbs[2], air_expr top);

/* `top` of a word. */
static inline bool element_is_top(fp word) { return word == FP_MODULUS - 1; }

#endif
