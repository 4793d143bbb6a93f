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

/* Joined proofs (protocol.md, section 12): a node of `join` is one proof more, of a run of its own, on the same machine and by
 * the same parameters. */
typedef struct {
    uint32_t parts;   /* of the run at the leaves; 0: a node by itself */
    uint64_t proofs;  /* parts and nodes, at most: a node has two children, or is the only one */
    uint64_t runs;    /* whose shared challenges there are: theirs, and one of each node */
    double sum_bits;  /* of all rounds of all these proofs */
} accounting_layer;

enum { ACCOUNTING_LAYERS = 7, ACCOUNTING_PARTS_MAX = 2 * UINT16_MAX };

/* A part, a node, then trees of more and more parts up to as many as a run can have. */
void accounting_layers(accounting_layer layers[ACCOUNTING_LAYERS], const accounting *a);

#endif
