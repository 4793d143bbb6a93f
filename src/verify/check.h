/* The verification of a run, step by step: what run_verify and run_verify_fast have in common. Freestanding. */
#ifndef ASHLAR_VERIFY_CHECK_H
#define ASHLAR_VERIFY_CHECK_H

#include "verify/run.h"

typedef struct {
    const verifier *verifier;
    const run_proof *proof;
    run_statement *statement;
    bus_challenge shared;
    /* Of the parts added so far, and of the verifier's own messages. */
    fp5 shared_sum;
    uint64_t shared_count;
} run_check;

/* Everything that comes before the parts. */
status run_check_start(run_check *c, run_statement *statement, uint32_t *bad_part, const verifier *v,
                        const digest *expected_program, const run_proof *proof);

/* Part `i`, from 0; changes nothing of the check, so that parts may be verified at once. */
status run_check_part(proof_outcome *outcome, const run_check *c, uint32_t i, tree_checker checker, arena *scratch);

/* Each part once, after it has verified. */
void run_check_add(run_check *c, uint32_t i, const proof_outcome *outcome);

/* What must hold of all parts together. */
status run_check_finish(const run_check *c);

/* run_verify, by whichever checker of trees; bad_part is not NULL. */
status run_verify_by(run_statement *statement, uint32_t *bad_part, const verifier *v, const digest *expected_program,
                     const run_proof *proof, tree_checker checker, arena *scratch);

#endif
