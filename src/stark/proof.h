/* One proof over several tables (protocol.md): constraints of degree at most 3 and LogUp buses, multilinear. Tables have
 * any number of rows up to 2^23 that is a multiple of their grain. This is what prover and verifier share; it is
 * freestanding. proof_prover.h is the other half.
 *
 * A chip's preprocessed columns have a formula, or are in the key's matrix preprocessed_tree − 1. On every wire and in the transcript a field element is its Montgomery word (fp.h), below p and so unique. */
#ifndef ASHLAR_STARK_PROOF_H
#define ASHLAR_STARK_PROOF_H

#include "stark/gkr.h"
#include "stark/opening.h"

enum {
    PROOF_KEY_MATRICES = STARK_MAX_PREPROCESSED_TREES - 1,
    PROOF_MAIN = 0, /* matrices of a proof: then those of the key that it opens */
    PROOF_BOUNDARY = 1,
    PROOF_LOG2_CAP_MAX = 9,
    PROOF_PROTOCOL_VERSION = 2, /* bumped when the meaning of any part of a proof changes */
};

/* What soundness depends on. The command line accepts PROOF_FULL alone. */
typedef struct {
    const opening_parameters *opening;
    uint32_t shared_grinding_bits; /* before χ */
    uint32_t bus_grinding_bits;    /* before α, γ */
} proof_parameters;

extern const proof_parameters PROOF_FULL; /* 16, 16 bits */
extern const proof_parameters PROOF_TINY; /* for tests only: nothing is proven by it */

/* The verifying key. Roots follow from caps: proof_key_roots. */
typedef struct {
    uint32_t rows[STARK_MAX_CHIPS]; /* of chips with preprocessed columns, those in formulas too; else 0 */
    digest root[PROOF_KEY_MATRICES];
    alignas(8) digest cap[PROOF_KEY_MATRICES][1 << PROOF_LOG2_CAP_MAX]; /* so that the machine reads them in place */
} proof_key;

/* Digest of everything that fixes what a proof says: parameters, rows of the formula tables, tapes, widths, buses. */
void proof_machine_id(digest *id, const stark_machine *m, const proof_parameters *parameters);

void proof_key_roots(proof_key *key, const proof_parameters *parameters);

/* What the caller of prover and verifier says of one proof. The statement must contain all that it is bound to: χ, and
 * what the public values follow from. */
typedef struct {
    const fp *statement;
    uint32_t statement_count;
    bus_challenge shared;           /* χ */
    uint32_t rows[STARK_MAX_CHIPS]; /* 0: the chip is absent */
    /* Which of the key's matrices this kind opens: all chips of those must be present, and none of others. */
    bool opens[PROOF_KEY_MATRICES];
    fp public_values[STARK_MAX_CHIPS][STARK_MAX_PUBLIC_VALUES]; /* 0 where nothing else is said */
} proof_claim;

/* What follows from a valid proof; the caller must still check that the sums are as they must be. */
typedef struct {
    bus_challenge local;
    fp5 local_sum; /* over all tables */
    fp5 shared_sum;
    digest boundary_root;
    uint64_t shared_count; /* Σ rows × interactions under χ */
} proof_outcome;

/* What follows from the rows alone, made once: everything else takes widths, places and lengths from it. */
typedef struct {
    unsigned log2_rows; /* H */
    bus_slots slots;
    uint32_t first_value[STARK_MAX_CHIPS][AIR_PHASES]; /* of committed columns, in the order in which they are absorbed */
    uint32_t value_count;
    uint32_t matrix_count;
    struct {
        air_phase phase;
        uint32_t tree; /* of the key's */
        uint32_t table_count;
        layout_table tables[STARK_MAX_CHIPS];
        uint32_t chips[STARK_MAX_CHIPS];
    } matrices[OPENING_MAX_MATRICES];
    opening_shape opening;
    uint64_t shared_count;
    size_t words;
} proof_shape;

/* PROOF_SHAPE: no table; rows that are not allowed, or not those of a formula; a table of a key's matrix that is missing, or there without its matrix
 * being opened; a matrix with too many slots, or none; as many interactions of a tag as p, or 2^33 in all. */
status proof_shape_make(proof_shape *s, const stark_machine *m, const proof_parameters *parameters,
                        const proof_claim *claim);

/* Elements of a proof for this claim; 0 where proof_verify gives PROOF_SHAPE. */
size_t proof_words(const stark_machine *m, const proof_parameters *parameters, const proof_claim *claim, arena *scratch);

/* The start of the transcript: the caller's statement, the rows of every chip, the roots of the key's matrices that are
 * opened. */
void proof_absorb_claim(transcript *t, const stark_machine *m, const proof_key *key, const proof_claim *claim);

/* Verifies. `words` is hostile, and so may be the claim's rows. The outcome is all zero unless the status is OK. Else:
 * PROOF_MALFORMED (wrong length, a word ≥ p, a filling word other than 0), PROOF_SHAPE (also rows other than the key's),
 * PROOF_GRINDING, PROOF_BUS (a zero denominator, a layer), PROOF_CONSTRAINTS, PROOF_OPENING (a Merkle path), PROOF_FOLDING (a
 * value). What is not checked here: that the sums are what they must be, that the key's roots, the machine and χ are those
 * that the caller expects.
 * The scratch takes less than 2 MiB and 24 bytes for each block of the machine's list of constraints. */
status proof_verify(proof_outcome *outcome, const stark_machine *m, const proof_parameters *parameters,
                    const proof_key *key, const proof_claim *claim, const uint32_t *words, size_t word_count,
                    arena *scratch);

/* The same with another way to check trees (tree.h); a hosted verifier gives tree_check_fast. */
status proof_verify_with(proof_outcome *outcome, const stark_machine *m, const proof_parameters *parameters,
                         const proof_key *key, const proof_claim *claim, const uint32_t *words, size_t word_count,
                         tree_checker checker, arena *scratch);

#endif
