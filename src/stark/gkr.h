/* The buses (protocol.md, section 5): a sum of fractions ± m/f over all rows and interactions, reduced layer by layer to
 * two claims at one point. Every interaction of the machine has a fixed slot, whatever chips are present. Freestanding. */
#ifndef ASHLAR_STARK_GKR_H
#define ASHLAR_STARK_GKR_H

#include "base/status.h"
#include "stark/machine.h"
#include "stark/transcript.h"

enum { BUS_LOCAL, BUS_SHARED, BUS_GROUPS };

enum {
    GKR_LOG2_SLOTS_MAX = 13,
    GKR_LOG2_ROWS_MIN = 6, /* of all tables together: fewer are read as so many */
    GKR_VARIABLES_MAX = GKR_LOG2_SLOTS_MAX + STARK_MAX_LOG2_ROWS,
    GKR_TOP_WORDS = 4 * FP5_DEGREE, /* p and q of the two groups; of a layer p⁰, p¹, q⁰, q¹ */
};

/* A slot: group, then the interaction's number in it, in key order and in the order of the tapes. */
typedef struct {
    unsigned log2_slots;
    uint32_t count[BUS_GROUPS];
    uint32_t first[STARK_MAX_CHIPS][BUS_GROUPS]; /* slot of a chip's first interaction of the group */
} bus_slots;

/* CHECKs that they are at most 2^GKR_LOG2_SLOTS_MAX. */
void bus_slots_make(bus_slots *s, const stark_machine *m);

/* What comes out. `sums` are the two groups' as p, q; claims are P and Q at ξ = (slot, row). */
typedef struct {
    fp5 p[BUS_GROUPS], q[BUS_GROUPS];
    fp5 claim_p, claim_q;
    fp5 point[GKR_VARIABLES_MAX];
} gkr_claims;

/* Words of layer 1, and of layers 1 … log2_slots + log2_rows − 1. */
size_t gkr_words(unsigned log2_slots, unsigned log2_rows);

/* Absorbs and checks; every word is known to be below p. PROOF_BUS: a denominator is zero, or a layer does not follow
 * from the one above. That P and Q are the tables' is what the constraints check. */
status gkr_verify(gkr_claims *g, transcript *t, unsigned log2_slots, unsigned log2_rows, const fp *words);

#endif
