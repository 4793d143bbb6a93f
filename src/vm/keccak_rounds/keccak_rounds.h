/* Two rounds of Keccak-f[1600]: row 0 … 11 of a permutation. Receives X before its first round and sends X
 * after its second one (keccak.h). No constraint but on the flags of the row: all is look-ups.
 *
 * A round has, of five columns of lanes, C, their parity, and D = C of the column before ⊕ C of the one
 * behind, rotated by one; and of 25 lanes OUT, the state after theta. C is cut into seven digits and the top
 * one, for the rotation by one; OUT into what rho's rotation modulo 8 leaves in a limb and what it moves on.
 * rho, pi and the next X are then linear.
 *
 *   D is bits, and so is (C + rotated C − D)/2: D is the parity of the two.
 *   Σ_y OUT + D − C has even digits, and C is bits: C is the parity of Σ_y OUT + D, at most 6. As
 *   OUT = A ⊕ D, with five lanes and D once more, that is the parity of Σ_y A, whatever D is: so X alone
 *   determines C, hence D, hence OUT.
 *   Lane 0 is decomposed with D ⊕ iota of the round before, in the limbs where iota has bits; its parity too.
 *
 * Every side of every equation is a sum of digits up to 7: none carries, and none reaches p. */
#ifndef ASHLAR_VM_KECCAK_ROUNDS_H
#define ASHLAR_VM_KECCAK_ROUNDS_H

#include "vm/columns.h"

/* Limb i of column x of the state: 8x + i; pieces in order of lanes and limbs, the lower one first where
 * there are two. */
#define KECCAK_ROUND_COLUMNS(ONE, MANY, n) \
    MANY(parity_low_##n, 40) MANY(parity_top_##n, 40) \
    MANY(theta_##n, 40) MANY(theta_iota_##n, 4) \
    MANY(piece_##n, 376)

#define KECCAK_ROUNDS_COLUMNS(ONE, MANY) \
    ONE(time) MANY(row, 12) /* one of them where real */ \
    MANY(x, 200) \
    KECCAK_ROUND_COLUMNS(ONE, MANY, 0) \
    KECCAK_ROUND_COLUMNS(ONE, MANY, 1)

COLUMNS(keccak_rounds, KECCAK_ROUNDS_COLUMNS);

#endif
