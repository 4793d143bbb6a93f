/* The constraints and what the buses end in, as one sum over all rows (protocol.md, section 6). Every constraint of the
 * machine has its own power of λ, whatever chips are present. Freestanding. */
#ifndef ASHLAR_STARK_CONSTRAINTS_H
#define ASHLAR_STARK_CONSTRAINTS_H

#include "stark/gkr.h"

/* What both sides know once the buses are done: that of the chips that are absent too. */
typedef struct {
    const stark_machine *machine;
    const bus_challenge *challenges;     /* by group */
    const fp *const *public_values;      /* by chip */
    uint32_t first[STARK_MAX_CHIPS];     /* number of a chip's first constraint */
    uint32_t count;                      /* K, of the machine */
    fp5 lambda;
    fp5 lambda_p, lambda_q;              /* λ^K, λ^(K + 1) */
    const fp5 *slot_point;               /* ξ_slot */
    unsigned log2_slots;
} constraint_sum;

/* Draws λ and gives the claim. Borrowed: all that is pointed to. */
fp5 constraints_start(constraint_sum *c, transcript *t, const stark_machine *m, const bus_slots *slots,
                      const bus_challenge *challenges, const fp *const *public_values, const gkr_claims *g);

/* What the rounds send. */
size_t constraints_words(unsigned log2_rows);

/* G where the columns have these values, by chip and phase; NULL stands for zeros. */
fp5 constraints_at(const constraint_sum *c, const fp5 *const columns[STARK_MAX_CHIPS][AIR_PHASES], arena *scratch);

#endif
