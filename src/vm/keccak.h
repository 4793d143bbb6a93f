/* What the Keccak chips have in common. A lane (x + 5y) is eight limbs, the lowest first, of eight bits each;
 * a limb is sparse: its bits are digits in base 8, so that a sum of up to seven bits stands in a digit.
 *
 * Between rounds a state is not bits but X = 2a + (1 − b) + c for lanes a, b, c that stand side by side in
 * chi's row: digits 0 … 4, whose bit 1 is a ⊕ (¬b ∧ c). X + 2d, digits 0 … 6, has bit 1 of a ⊕ (¬b ∧ c) ⊕ d:
 * chi of one round and theta of the next are one decomposition, X + 2D = E + 2·OUT with digits of E in {0, 1,
 * 4, 5} and OUT of bits. Both sides are below 8^8 < p, so what holds modulo p holds digit by digit, and each
 * digit 0 … 7 is e + 2·out in one way. iota is left to whoever decomposes next: the constant of the round
 * before is added to lane 0 there. Freestanding. */
#ifndef ASHLAR_VM_KECCAK_H
#define ASHLAR_VM_KECCAK_H

#include "vm/row.h"

enum {
    KECCAK_LANES = 25,
    KECCAK_LANE_LIMBS = 8,
    KECCAK_LIMBS = KECCAK_LANES * KECCAK_LANE_LIMBS,
    KECCAK_RATE_LANES = 17,
    KECCAK_RATE_LIMBS = KECCAK_RATE_LANES * KECCAK_LANE_LIMBS,
    KECCAK_ROW_ROUNDS = 2,
    KECCAK_ROWS = 24 / KECCAK_ROW_ROUNDS,
    KECCAK_IOTA_LIMBS = 4,
};

/* By lane. */
extern const uint8_t keccak_rotations[KECCAK_LANES];
extern const uint64_t keccak_constants[24];
/* Those limbs of a lane in which a round's constant can have a bit; −1 for limbs of none, else their place
 * among them. */
extern const int8_t keccak_iota_places[KECCAK_LANE_LIMBS];

/* Limb `limb` of a lane: its bits as digits. */
uint32_t keccak_sparse_limb(uint64_t lane, uint32_t limb);

/* Where `selector`, by look-ups: */

/* both are numbers of eight digits 0 or 1 */
void keccak_bits(air_tape *t, air_expr selector, air_expr a, air_expr b);
/* a has `low` ≤ 4 digits 0 or 1, b has 8 − low; c and d likewise */
void keccak_cut(air_tape *t, air_expr selector, uint32_t low, air_expr a, air_expr b, air_expr c, air_expr d);
/* `value` has eight digits of those that the kind allows */
void keccak_digits(air_tape *t, air_expr selector, uint32_t kind, air_expr value);
/* `limb` is a number of 16 bits, low and high are the digits of its bytes */
void keccak_limb(air_tape *t, air_expr selector, air_expr limb, air_expr low, air_expr high);
/* `count` lanes of X from the first, without what iota[0 … 3] must be taken off lane 0: `bits` are their
 * bits, eight limbs a lane. */
void keccak_normalise(air_tape *t, air_expr selector, const air_expr *x,
                      const air_expr iota[KECCAK_IOTA_LIMBS], const air_expr *bits, uint32_t count);

/* The state before row `row` of the permutation at this time, in three messages. */
void keccak_send(air_tape *t, air_expr selector, air_expr time, air_expr row,
                 const air_expr x[KECCAK_LIMBS]);
void keccak_receive(air_tape *t, air_expr selector, air_expr time, air_expr row,
                    const air_expr x[KECCAK_LIMBS]);

#endif
