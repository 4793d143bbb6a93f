/* What the program `join` reads (verify/join.h), written from proofs. Hosted. */
#ifndef ASHLAR_PROVER_JOIN_H
#define ASHLAR_PROVER_JOIN_H

#include "verify/join.h"

/* Of a leaf the part alone; of a child that is a proof of `join` the rest too, and as `part` the one that its run has. */
typedef struct {
    const run_part *part;
    const join_statement *statement; /* NULL: a leaf */
    uint32_t shared_nonce;
    bytes preimage; /* of its output, for LINK */
} join_child;

typedef struct {
    uint32_t operation;
    digest self;
    const program_key *program_key, *join_key; /* NULL: not in the input */
    run_header header; /* of SPAN */
    run_state before;  /* of SPAN whose first child is a leaf */
    const join_child *children;
    uint32_t child_count;
} join_job;

/* The input, 8-byte aligned, in the arena. */
bytes join_input_write(arena *memory, const verifier *v, const join_job *job);
/* The same for `last`, whose child is the job's only one. */
bytes last_input_write(arena *memory, const verifier *v, const join_job *job);

/* The state before the first part of a run. */
void join_start(run_state *state, const verifier *v, const digest *program, const program_key *key);
/* The state after a part: of the one before it. */
void join_advance(run_state *state, const run_part *part, const boundary_record *record);

#endif
