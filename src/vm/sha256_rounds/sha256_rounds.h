/* Eight rounds of SHA-256: row 0 … 7 of a block, FIPS 180-4, section 6.2.2. Receives the variables before its
 * first round and sends those after its last one. Each round has the bits of its word and of the new a and e;
 * the others are those of the rounds before, under another name. Sums without carry, choices and majorities
 * have no columns, they are polynomials of bits of degree 3: with signs s = 1 − 2·bit, a ⊕ b ⊕ c is (1 −
 * s·s·s)/2, and a majority is half of a + b + c − (a ⊕ b ⊕ c).
 *
 * All sums are of at most seven limbs of 16 bits, with a carry that is a byte. So both sides are below 2^25
 * and equal as integers, and there is one carry and one sum of bits. (tools/chip_bounds.py computes this.)
 *
 * Words: word t is σ1(word t − 2) + word t − 7 + σ0(word t − 15) + word t − 16. Of these terms `given` has those
 * of the rows before, and `ahead` what the row before adds to the words of the next row; what a row adds goes to
 * the next one. Words 0 … 15, of rows 0 and 1, are the block's: their bytes come from its row. Then nothing
 * says what row 0 is given, nor what of that reaches row 1: whoever fills them continues the schedule
 * backwards, so that the sums hold there too. It goes no further: what row 2 is given is what rows 0 and 1 add of
 * their own words. */
#ifndef ASHLAR_VM_SHA256_ROUNDS_H
#define ASHLAR_VM_SHA256_ROUNDS_H

#include "vm/columns.h"

/* Bit k of word i: 32·i + k; limb k of word i: 2·i + k. */
#define SHA256_ROUNDS_COLUMNS(ONE, MANY) \
    ONE(time) MANY(row, 8) /* one of them where real */ \
    MANY(a, 96) MANY(d, 2) MANY(e, 96) MANY(h, 2) /* before: bits of a, b, c; limbs; bits of e, f, g */ \
    MANY(word, 256) MANY(new_a, 256) MANY(new_e, 256) \
    MANY(carry_word, 16) MANY(carry_a, 16) MANY(carry_e, 16) \
    MANY(given, 16) MANY(ahead, 16) \
    MANY(next_given, 6) MANY(next_ahead, 14) /* of words 0, 1, 7; 0 … 6: the others are sums of columns */

COLUMNS(sha256_rounds, SHA256_ROUNDS_COLUMNS);

#endif
