/* One STARK proof over several tables: AIR constraints of degree at most 3, LogUp buses, DEEP
 * quotients, FRI over tables of mixed heights. docs/protocol.md §4 says what is committed and drawn, in which
 * order.
 *
 * On every wire and in the transcript a field element is its Montgomery word (fp.h), below p and so unique.
 *
 * This header is what prover and verifier share; it is freestanding. */
#ifndef ASHLAR_STARK_STARK_H
#define ASHLAR_STARK_STARK_H

#include "base/arena.h"
#include "base/status.h"
#include "field/fp.h"
#include "field/fp5.h"
#include "stark/air.h"
#include "stark/hash.h"

enum {
    STARK_MAX_CHIPS = 64,
    STARK_MAX_PREPROCESSED_TREES = 3,
    STARK_MIN_LOG2_ROWS = 6,
    STARK_MAX_LOG2_ROWS = 23,
    STARK_LOG2_BLOWUP = 1,
    STARK_MAX_PUBLIC_VALUES = 32,
};

/* What soundness depends on. The command line accepts STARK_FULL alone. */
typedef struct {
    uint32_t queries;
    uint32_t shared_grinding_bits; /* before χ */
    uint32_t bus_grinding_bits;    /* before α, γ */
    uint32_t point_grinding_bits;  /* before ζ */
    uint32_t batch_grinding_bits;
    uint32_t fold_grinding_bits;   /* before each β */
    uint32_t query_grinding_bits;
} stark_parameters;

extern const stark_parameters STARK_FULL; /* 262 queries; 16, 16, 8, 14, 8, 20 bits */
extern const stark_parameters STARK_TINY; /* for tests only: nothing is proven by it */

/* The chips of a machine, in key order, with their recorded tapes. */
typedef struct {
    uint32_t count;
    const air *chip[STARK_MAX_CHIPS];
    /* Which preprocessed tree a chip with preprocessed columns belongs to; ignored for others. */
    uint8_t preprocessed_tree[STARK_MAX_CHIPS];
    const air_tape *tape[STARK_MAX_CHIPS];
} stark_machine;

/* Records every chip's tape. CHECKs what soundness assumes of a machine: a row of zeros is padding; constraints of a chip
 * and of all together below 2^12, values opened by all together below 2^14. */
void stark_machine_open(stark_machine *m, arena *memory, const air *const *chips, const uint8_t *preprocessed_tree,
                        uint32_t count);
/* Everything that fixes the constraints: widths, tapes, buses. */
void stark_absorb_machine(hash_sponge *s, const stark_machine *m);
/* Digest of everything that fixes the constraints: tapes, widths, buses, parameters. */
void stark_machine_id(digest *id, const stark_machine *m, const stark_parameters *parameters, arena *scratch);

/* The verifying key: the preprocessed commitments. */
typedef struct {
    uint8_t log2_rows[STARK_MAX_CHIPS];            /* of chips with preprocessed columns; else 0 */
    digest cap[STARK_MAX_PREPROCESSED_TREES][16];
} stark_key;

typedef struct {
    fp5 alpha, gamma;
} bus_challenge;

/* What the caller of prover and verifier says of one proof; the caller has absorbed all that it is
 * bound to into `statement`. */
typedef struct {
    const fp *statement; /* absorbed first, before the shape */
    uint32_t statement_count;
    bus_challenge shared;                          /* χ; the caller's statement must contain it */
    uint8_t log2_rows[STARK_MAX_CHIPS];            /* 0: the chip is absent */
    /* Which preprocessed trees this kind opens: all chips of those must be present, and none of others. */
    uint8_t opens_tree[STARK_MAX_PREPROCESSED_TREES];
    fp public_values[STARK_MAX_CHIPS][STARK_MAX_PUBLIC_VALUES];
} stark_claim;

/* What follows from a valid proof; the caller must still check that the sums are as they must be. */
typedef struct {
    bus_challenge local;
    fp5 local_sum;  /* over all tables */
    fp5 shared_sum;
    digest boundary_cap[16];
    uint64_t shared_count; /* Σ 2^h × interactions under χ */
} stark_outcome;

/* Elements of a proof for this claim: a function of the shape alone; 0 where stark_verify gives PROOF_SHAPE. */
size_t stark_proof_words(const stark_machine *m, const stark_parameters *parameters, const stark_claim *claim);

/* Verifies. `proof` is hostile, and so may be the claim's heights. The scratch takes less than 1 MiB and 20 bytes for
 * each operation of the longest tape. The outcome is all zero unless the status is OK. Else: PROOF_MALFORMED (wrong
 * length, a word ≥ p), PROOF_SHAPE (a height out of range or other than the key's, a table missing, a counting rule
 * broken), PROOF_GRINDING, PROOF_CONSTRAINTS, PROOF_OPENING (a Merkle path), PROOF_FOLDING (a DEEP value, fold or final
 * coefficient disagrees). What is not checked here: that the sums are what they must be, that the key, the machine and
 * χ are those that the caller expects. */
status stark_verify(stark_outcome *outcome, const stark_machine *m, const stark_parameters *parameters,
                    const stark_key *key, const stark_claim *claim, const uint32_t *proof, size_t proof_words,
                    arena *scratch);

#endif
