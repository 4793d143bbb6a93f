/* The verifier of a run in the second protocol: as run.h, with proofs as in stark/proof.h. It takes run.h's place once the
 * first protocol goes. What does not depend on the proofs is shared. Freestanding. */
#ifndef ASHLAR_VERIFY_RUN2_H
#define ASHLAR_VERIFY_RUN2_H

#include "stark/proof.h"
#include "verify/run.h"

/* The verifying key of a program: its preprocessed commitments and where it begins. */
typedef struct {
    uint32_t entry_pc4;
    proof_key proof;
} program_key2;

/* What is committed of a part before χ. */
typedef struct {
    uint32_t kind;        /* vm_kind */
    uint32_t memory_rows; /* 0 for a ledger part */
    uint32_t ledger_rows; /* 0 for a segment */
    digest root;          /* of the boundary matrix */
} boundary_record2;

/* One proof of a run, and what it says of its place. */
typedef struct {
    uint32_t kind;
    uint32_t index;                              /* s in 1 … N, or the ledger part in 1 … K */
    uint32_t pc4_first, pc4_last, cycles;        /* 0 for a ledger part; cycles is clk_end */
    uint32_t key_before_plus_1, key_after_plus_1; /* 0 for a segment; one more than the key, as the first is −1 */
    uint32_t rows[STARK_MAX_CHIPS];
    const uint32_t *words; /* the proof */
    size_t word_count;
} run_part2;

/* A whole proof file. */
typedef struct {
    program_key2 key;
    uint32_t segment_count, ledger_count; /* N, K */
    uint32_t part_count;                  /* N + K, or 1 for kind BOTH */
    uint32_t shared_nonce;                /* grinds χ */
    bytes output;                         /* what the program wrote: the preimage of its output digest */
    const boundary_record2 *records;       /* by part: segments first */
    const run_part2 *parts;
} run_proof2;

/* Machine and parameters that a verifier works with, made once. */
typedef struct {
    stark_machine machine;
    proof_parameters parameters;
    digest machine_id;
} verifier2;

void verifier2_open(verifier2 *v, arena *memory, const proof_parameters *parameters);

/* The program id: a digest of the key, the entry point and the machine id. */
void program_id2(digest *id, const verifier2 *v, const program_key2 *key);

/* A transcript that holds all that χ depends on, up to the nonce. */
void run2_shared_transcript(transcript *t, const verifier2 *v, const digest *program, const boundary_record2 *records,
                            uint32_t segment_count, uint32_t ledger_count, bytes output);

/* The claim of one part, for prover and verifier alike. `statement` has room for RUN_STATEMENT elements. */
void run2_part_claim(proof_claim *claim, fp statement[RUN_STATEMENT], const verifier2 *v, const digest *program,
                     const bus_challenge *shared, uint32_t segment_count, uint32_t ledger_count, const run_part2 *part);

/* Verifies a whole run of the expected program. Besides the statuses of proof_verify: PROOF_PROGRAM (another program),
 * PROOF_SHAPE (parts missing, doubled, out of order, of a wrong kind), PROOF_CHAIN (program counters or ledger keys do
 * not continue, or the run does not reach its exit), PROOF_BUS (the sums do not balance). `bad_part` (may be NULL)
 * gets the part to blame, counted from 1, or 0. The scratch is given back, valid or not; it takes what proof_verify
 * takes and 16 KiB. */
status run2_verify(run_statement *statement, uint32_t *bad_part, const verifier2 *v, const digest *expected_program,
                   const run_proof2 *proof, arena *scratch);

/* The checks on one part alone: `outcome` as proof_verify gives it, the local sums balanced. */
status run2_verify_part(proof_outcome *outcome, const verifier2 *v, const digest *program, const program_key2 *key,
                        const bus_challenge *shared, uint32_t segment_count, uint32_t ledger_count,
                        const boundary_record2 *record, const run_part2 *part, arena *scratch);

/* Reads a proof file. Borrowed: the file, which must be 4-byte aligned. PROOF_MALFORMED: not one, cut short, or with
 * something after its end; PROOF_VERSION: of another version. The arena must have room for 5/4 of the file's bytes and 1
 * MiB, or 96 MiB if that is less: only by that much can a hostile file fill it. */
status run2_proof_read(run_proof2 *proof, arena *memory, const verifier2 *v, bytes file);
/* The most bytes that a file can have that begins like this, so that a reader knows before it reads the rest. `head`: its
 * first RUN2_HEAD_BYTES_MAX bytes, or all of it, 4-byte aligned. Statuses of run2_proof_read. */
enum { RUN2_HEAD_BYTES_MAX = 64 << 10, RUN2_PART_BYTES_MAX = 16 << 20 };
status run2_proof_most_bytes(uint64_t *most_bytes, const verifier2 *v, bytes head);
/* Its size, and the file itself, 4-byte aligned. */
size_t run2_proof_size_bytes(const run_proof2 *proof, const verifier2 *v);
void run2_proof_write(uint8_t *file, const run_proof2 *proof, const verifier2 *v);

#endif
