/* Soundness, round by round (protocol.md, "Accounting"), of the parameters actually
 * in use: unique decoding throughout, with the lines of BCIKS20 (eprint 2020/654, theorem 4.1). These bounds
 * are proven; assumed beside them is that Poseidon2 is a random oracle, for challenges, grinding and trees.
 * An attacker with Q hash queries wins with at most Q times the worst round, plus a collision; the sum counts
 * every round of one proof as often as it occurs. Bits of grinding are work that each attempt costs, not a
 * smaller error. Hosted. */
#ifndef ASHLAR_STARK_ACCOUNTING_H
#define ASHLAR_STARK_ACCOUNTING_H

#include "stark/proof.h"

enum { ACCOUNTING_ROUNDS_MAX = 24 };

typedef struct {
    char name[40];
    const char *bound; /* the formula of the error, for people */
    double error_bits; /* −log2 of the round's error */
    uint32_t grinding_bits;
    double bits;       /* both together */
    uint32_t times;    /* how often it occurs in a proof, at most */
} accounting_round;

typedef struct {
    uint32_t count;
    accounting_round rounds[ACCOUNTING_ROUNDS_MAX];
    uint32_t weakest;      /* its place in rounds */
    double worst_bits;     /* of that round */
    double sum_bits;       /* of all rounds of one proof */
    double collision_bits; /* of the hash */
    double overall_bits;   /* the less of the last two */
} accounting;

/* For every proof of a machine, whatever its tables' rows. Without a machine: of the limits that any is held
 * to. */
void accounting_make(accounting *a, const stark_machine *m, const proof_parameters *parameters);

#endif
