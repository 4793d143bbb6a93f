/* The verifier of a run: everything that a proof must satisfy before anyone believes it. A library of
 * its own (libashlar_verify): freestanding, it links neither the EVM nor the trie nor the prover.
 *
 * A run is cut into N segments and K ledger parts, each with a proof of its own; a short run is one proof of kind
 * BOTH. What joins them is a shared challenge χ that is drawn from all their boundary commitments. The rules are those of
 * the protocol, section 10 (docs/protocol.md). */
#ifndef ASHLAR_VERIFY_RUN_H
#define ASHLAR_VERIFY_RUN_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "stark/proof.h"
#include "vm/machine.h"

/* The verifying key of a program: its preprocessed commitments and where it begins. */
typedef struct {
    uint32_t entry_pc4;
    proof_key proof;
} program_key;

/* What is committed of a part before χ. */
typedef struct {
    uint32_t kind;        /* vm_kind */
    uint32_t memory_rows; /* 0 for a ledger part */
    uint32_t ledger_rows; /* 0 for a segment */
    digest root;          /* of the boundary matrix */
} boundary_record;

/* What all parts of a run have in common: χ is drawn from it. */
typedef struct {
    digest program;
    hash256 output;   /* Keccak-256 of what the program wrote */
    digest chain_end; /* of the records: run_chain_add */
    uint32_t segment_count, ledger_count; /* N, K */
    uint32_t shared_nonce;
} run_header;

/* One proof of a run, and what it says of its place. */
typedef struct {
    uint32_t kind;
    uint32_t index;                              /* s in 1 … N, or the ledger part in 1 … K */
    uint32_t pc4_first, pc4_last, cycles;        /* 0 for a ledger part; cycles is clk_end */
    uint32_t key_before_plus_1, key_after_plus_1; /* 0 for a segment; one more than the key, as the first is −1 */
    uint32_t rows[STARK_MAX_CHIPS];
    const uint32_t *words; /* the proof */
    size_t word_count;
} run_part;

/* A whole proof file. */
typedef struct {
    program_key key;
    uint32_t segment_count, ledger_count; /* N, K */
    uint32_t part_count;                  /* N + K, or 1 for kind BOTH */
    uint32_t shared_nonce;                /* grinds χ */
    bytes output;                         /* what the program wrote: the preimage of its output digest */
    const boundary_record *records;       /* by part: segments first */
    const run_part *parts;
} run_proof;

/* Machine and parameters that a verifier works with, made once. */
typedef struct {
    stark_machine machine;
    proof_parameters parameters;
    digest machine_id;
} verifier;

void verifier_open(verifier *v, arena *memory, const proof_parameters *parameters);

/* The same for PROOF_FULL as a constant, made by the build: without names, and without the chips that record it. For verifiers
 * that are proven, where recording would take longer than a proof's verification. */
extern const verifier verifier_full;

/* Whether a record, which has the rows of `memory` and `ledger`, has those of all chips with boundary columns: a machine of
 * which that is not so cannot be opened. */
bool run_record_covers(const stark_machine *m);

/* The program id: a digest of the key, the entry point and the machine id. */
void program_id(digest *id, const verifier *v, const program_key *key);

/* As text and bytes: eight canonical little-endian 32-bit words. `read` gives INPUT_MALFORMED for a word ≥ p. */
enum { PROGRAM_ID_BYTES = 32 };
void program_id_write(uint8_t out[PROGRAM_ID_BYTES], const digest *id);
status program_id_read(digest *id, const uint8_t bytes[PROGRAM_ID_BYTES]);

/* The chain of a run's records: what it starts from, and one more. */
void run_chain_start(digest *chain, const verifier *v, const digest *program);
void run_chain_add(digest *chain, const boundary_record *record);

/* The record of a run of one part, from the cap with which its proof begins: χ is drawn from it before the proof is verified,
 * which compares. PROOF_MALFORMED: no digests. */
status run_record_of_both(boundary_record *record, const verifier *v, const run_part *part);

/* The header of a run whose records are known, but for its nonce, which is 0. */
void run_header_make(run_header *header, const verifier *v, const digest *program, const boundary_record *records,
                      uint32_t segment_count, uint32_t ledger_count, bytes output);

/* A transcript that holds all that χ depends on, up to the nonce; and χ, once the nonce is absorbed. */
void run_shared_transcript(transcript *t, const run_header *header);
bus_challenge run_squeeze_shared(transcript *t);
/* χ. PROOF_GRINDING: the header's nonce does not grind, or is no element. */
status run_shared_challenge(bus_challenge *shared, const verifier *v, const run_header *header);

/* The claim of one part, for prover and verifier alike. `statement` has room for RUN_STATEMENT elements. */
enum { RUN_STATEMENT = 36 };
void run_part_claim(proof_claim *claim, fp statement[RUN_STATEMENT], const verifier *v, const digest *program,
                     const bus_challenge *shared, uint32_t segment_count, uint32_t ledger_count, const run_part *part);

/* What a verified proof establishes, all of it checked. */
typedef struct {
    digest program;
    bytes output;
    uint32_t segment_count, ledger_count;
    uint64_t cycles;
} run_statement;

/* Verifies a whole run of the expected program. Besides the statuses of proof_verify: PROOF_PROGRAM (another program),
 * PROOF_SHAPE (parts missing, doubled, out of order, of a wrong kind), PROOF_CHAIN (program counters or ledger keys do
 * not continue, or the run does not reach its exit), PROOF_BUS (the sums do not balance). `bad_part` (may be NULL)
 * gets the part to blame, counted from 1, or 0. The scratch is given back, valid or not; it takes what proof_verify
 * takes and 16 KiB. */
status run_verify(run_statement *statement, uint32_t *bad_part, const verifier *v, const digest *expected_program,
                   const run_proof *proof, arena *scratch);

/* The same, a part on each core, sixteen hashes at a time. Hosted: not in libashlar_verify. Where a proof has several faults it may
 * name another of them; *bad_part is the first part that has one. Takes some 3 MiB of scratch for each core. */
status run_verify_fast(run_statement *statement, uint32_t *bad_part, const verifier *v, const digest *expected_program,
                        const run_proof *proof, arena *scratch);

/* The checks on one part alone: `outcome` as proof_verify gives it, the local sums balanced; and the record of what was
 * verified, which must be the one that χ was drawn from: that is for the caller to compare. So is the key's program. */
status run_verify_part(proof_outcome *outcome, boundary_record *record, const verifier *v, const digest *program,
                        const program_key *key, const bus_challenge *shared, uint32_t segment_count,
                        uint32_t ledger_count, const run_part *part, tree_checker checker, arena *scratch);

/* Reads a proof file. Borrowed: the file, which must be 4-byte aligned. PROOF_MALFORMED: not one, cut short, or with
 * something after its end; PROOF_VERSION: of another version. The arena must have room for 5/4 of the file's bytes and 1
 * MiB, or 96 MiB if that is less: only by that much can a hostile file fill it. */
status run_proof_read(run_proof *proof, arena *memory, const verifier *v, bytes file);
/* The most bytes that a file can have that begins like this, so that a reader knows before it reads the rest. `head`: its
 * first RUN_HEAD_BYTES_MAX bytes, or all of it, 4-byte aligned. Statuses of run_proof_read. */
enum { RUN_HEAD_BYTES_MAX = 64 << 10, RUN_PART_BYTES_MAX = 4 << 20 };
status run_proof_most_bytes(uint64_t *most_bytes, const verifier *v, bytes head);
/* Its size, and the file itself, 4-byte aligned. */
size_t run_proof_size_bytes(const run_proof *proof, const verifier *v);
void run_proof_write(uint8_t *file, const run_proof *proof, const verifier *v);

/* One part, as it stands in a proof file, 4-byte aligned; what is read borrows it. PROOF_MALFORMED. */
status run_part_read(run_part *part, const verifier *v, bytes file, arena *scratch);
size_t run_part_size_bytes(const run_part *part, const verifier *v);
void run_part_write(uint8_t *file, const run_part *part, const verifier *v);

#endif
