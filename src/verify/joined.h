/* A proof file of one joined proof (protocol.md, section 11): a proof of `join`, whose statement is about a run of a program, or
 * about several that follow each other. Freestanding. */
#ifndef ASHLAR_VERIFY_JOINED_H
#define ASHLAR_VERIFY_JOINED_H

#include "verify/statement.h"

typedef struct {
    join_statement said; /* RUN or RUNS */
    bytes output;        /* whose hash is in the statement */
    run_proof run;       /* of `join`: one part of kind BOTH, whose output is the statement */
} joined_proof;

/* Whether a file that begins so is one; its first 12 bytes are enough. Any other is for run_proof_read. */
bool joined_proof_is(bytes head);

/* Reads one; it lives in the arena and borrows the file, which must be 4-byte aligned. PROOF_MALFORMED, PROOF_STATEMENT. The
 * arena takes 256 KiB. */
status joined_proof_read(joined_proof *proof, arena *memory, const verifier *v, bytes file);
/* The most bytes of a file that begins like this: RUN_HEAD_BYTES_MAX of it, or all. */
status joined_proof_most_bytes(uint64_t *most_bytes, const verifier *v, bytes head);
size_t joined_proof_size_bytes(const joined_proof *proof, const verifier *v);
void joined_proof_write(uint8_t *file, const joined_proof *proof, const verifier *v);

/* What `expected_program` was shown to have made public, by a proof of the `join` with this id. Segments, ledger parts and cycles
 * are those of the proof itself. PROOF_PROGRAM: of another join, or about another program; PROOF_STATEMENT: the output is
 * another; else what run_verify gives, by this checker (stark/tree.h). */
status joined_proof_verify(run_statement *statement, const verifier *v, const digest *expected_program,
                           const digest *expected_join, const joined_proof *proof, tree_checker checker, arena *scratch);

#endif
