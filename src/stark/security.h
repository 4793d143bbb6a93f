/* Proven soundness, term by term, of the parameters actually in use (protocol.md, "Accounting"), in the unique-decoding
 * regime: distance (1 − ρ)/2, with the proximity-gap bounds of BCHKS25 (eprint 2025/2055) and no conjecture. Non-
 * interactively an attacker with Q hash queries wins with at most Q times the worst round, plus a collision. Hosted. */
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
    double hash_bits;
    double overall_bits;
} security_report;

/* For tables of at most 2^log2_rows rows (≤ STARK_MAX_LOG2_ROWS). Without a machine: the limits that
 * stark_machine_open and stark_verify hold every machine to. */
void security_assess(security_report *report, const stark_machine *m, const stark_parameters *parameters,
                     unsigned log2_rows);

#endif
