/* A block of the call keccak256, in a cycle of its own: the first row receives the call, each other the STEP
 * that the one before sent. It reads the block's 17 words, 18 where they begin within a word, takes the state
 * after the block before (in the first row there is none, and X is 0), and sends X before the first round
 * (keccak.h): 2·(S + M) in the lanes of the rate, whose digits 0, 2, 4 have S ⊕ M as bit 1; X itself in the
 * others.
 *
 * `left` counts down to 1, and only that row is last; it reads the padded block at `tail` and hands over to
 * keccak_digest. */
#ifndef ASHLAR_VM_KECCAK_ABSORB_H
#define ASHLAR_VM_KECCAK_ABSORB_H

#include "vm/columns.h"

#define KECCAK_ABSORB_COLUMNS(ONE, MANY) \
    ONE(time) ONE(is_first) ONE(is_last) \
    /* what is left: blocks; where the next begins; … */ \
    ONE(left) ONE(data) ONE(data_offset) ONE(tail) ONE(digest) \
    ONE(at) MANY(offset, 8) /* the first word that is read, and which of its bytes is the block's first */ \
    MANY(x, 200) MANY(rate, 136) /* the state before, and its rate's bits */ \
    MANY(word, 72) MANY(age, 36) \
    MANY(byte, 144) MANY(block, 136) /* of the words; those of the block */

COLUMNS(keccak_absorb, KECCAK_ABSORB_COLUMNS);

#endif
