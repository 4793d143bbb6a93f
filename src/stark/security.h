/* Soundness, term by term, of the parameters actually in use (protocol.md, "Accounting"), in the unique-decoding regime:
 * distance (1 − ρ)/2 exactly, with the proximity gaps of BCIKS20 (eprint 2020/654, theorem 4.1 and, for curves, 6.1). These
 * bounds are proven; assumed beside them is that Poseidon2 is a random oracle, for challenges, grinding and trees. Then an
 * attacker with Q hash queries wins with at most Q times the worst round, plus a collision. Bits of grinding are work
 * that each attempt costs, not a smaller error. Hosted. */
#ifndef ASHLAR_STARK_SECURITY_H
#define ASHLAR_STARK_SECURITY_H

#include "stark/stark.h"

enum { SECURITY_TERMS = 8 };

typedef struct {
    const char *name;
    const char *bound;    /* the formula, for people */
    double error_bits;    /* −log2 of the round's error */
    uint32_t grinding_bits;
    double bits;          /* both together */
} security_term;

typedef struct {
    security_term terms[SECURITY_TERMS]; /* the last is the hash */
    double interactive_bits;             /* the least of the rounds */
    uint32_t weakest;                    /* that round: its place in terms */
    double hash_bits;
    double overall_bits;
} security_report;

/* For tables of at most 2^log2_rows rows (≤ STARK_MAX_LOG2_ROWS). Without a machine: the limits that
 * stark_machine_open and stark_verify hold every machine to. */
void security_assess(security_report *report, const stark_machine *m, const stark_parameters *parameters,
                     unsigned log2_rows);

#endif
