/* What follows from which tables a proof has and how high they are: widths, trees, FRI layers, where everything stands
 * in the proof. One source for prover and verifier. Freestanding.
 *
 * A proof is, in words: [boundary cap] [main cap] nonce [bus cap] sums [quotient cap] nonce, openings, nonce;
 * for each FRI layer its cap and nonce; 64 final coefficients, nonce; the queries. Caps of trees without columns are
 * left out. Sums: for each table its local one, then its shared one, where it has such interactions. Openings: for each
 * table all columns at ζ (preprocessed, boundary, main, bus, quotient), then at ζ·g the running sums. A query: for each tree (preprocessed ones, boundary, main, bus,
 * quotient) the rows in falling height, within a height by chip, then the path; then for each FRI layer its leaf and
 * path. */
#ifndef ASHLAR_STARK_SHAPE_H
#define ASHLAR_STARK_SHAPE_H

#include "stark/merkle.h"
#include "stark/stark.h"
#include "stark/transcript.h"

enum { SHAPE_BUS = AIR_PHASES, SHAPE_QUOTIENT, SHAPE_PHASES };
enum { SHAPE_LOCAL, SHAPE_SHARED, SHAPE_GROUPS };

enum {
    SHAPE_MAX_TREES = STARK_MAX_PREPROCESSED_TREES + 4,
    SHAPE_MAX_FRI_LAYERS = STARK_MAX_LOG2_ROWS - STARK_MIN_LOG2_ROWS,
    SHAPE_MAX_LOG2_ARITY = 3,
    SHAPE_MAX_TAGS = 128,
    SHAPE_QUOTIENT_WIDTH = 2 * FP5_DEGREE,
    FRI_FINAL_LOG2 = STARK_MIN_LOG2_ROWS,
    FRI_FINAL_COUNT = 1 << FRI_FINAL_LOG2,
    SHAPE_CAP_DIGESTS = 1 << MERKLE_LOG2_CAP,
};

typedef struct {
    uint32_t chip;
    unsigned log2_rows;
    uint32_t width[SHAPE_PHASES];              /* base columns */
    uint32_t interactions[SHAPE_GROUPS];
    uint32_t sum_column[SHAPE_GROUPS];         /* first of the five base columns of S in the bus phase */
    uint32_t here_count, next_count;           /* values opened at ζ and at ζ·g */
    uint32_t constraint_count;                 /* of the tape and the buses */
    uint32_t opening;                          /* place of its first opened value among all of the proof */
    uint32_t batch;                            /* exponent of its first value in the batch of its height */
} shape_table;

typedef struct {
    unsigned phase;
    unsigned preprocessed_tree;
    unsigned log2_leaves;
    uint32_t width[STARK_MAX_LOG2_ROWS + 1]; /* elements of a leaf of tables of this height */
} shape_tree;

typedef struct {
    uint32_t table_count;
    shape_table tables[STARK_MAX_CHIPS];
    uint32_t tree_count;
    shape_tree trees[SHAPE_MAX_TREES];
    unsigned log2_rows;                         /* the greatest */
    uint32_t height_tables[STARK_MAX_LOG2_ROWS + 1]; /* tables of each height */
    uint32_t opening_count;
    uint32_t batch_count;                       /* the longest batch of a height */
    uint32_t layer_count;
    unsigned layer_log2_rows[SHAPE_MAX_FRI_LAYERS];  /* its domain is twice as large */
    unsigned layer_log2_arity[SHAPE_MAX_FRI_LAYERS];
    uint64_t shared_count;                      /* Σ 2^h × interactions under χ */
    size_t query_words, words;
} stark_shape;

/* PROOF_SHAPE: no table; a height out of range; a table of a preprocessed tree that is missing, or there without its
 * tree being opened; more interactions of a tag than p, or than 2^33 in all. */
status stark_shape_make(stark_shape *s, const stark_machine *m, const stark_parameters *parameters,
                        const stark_claim *claim);

/* Everything of a table that does not depend on heights. */
void shape_table_make(shape_table *t, const stark_machine *m, uint32_t chip);

/* Whether tables of this chip have columns in the tree. */
bool shape_in_tree(const shape_tree *tree, const shape_table *t, const stark_machine *m);

/* The start of the transcript: the caller's statement, heights, opened trees and their caps, χ, public values. The
 * boundary cap follows. */
void stark_absorb_claim(transcript *transcript, const stark_machine *m, const stark_shape *s, const stark_key *key,
                        const stark_claim *claim);

/* Whether ζ lies in a trace domain or evaluation coset of a table. */
bool stark_point_is_inside(const stark_shape *s, fp5 zeta);

/* Σ c_i·X^i for the extension's generator X: an element from what five base columns hold. */
fp5 fp5_from_columns(const fp5 columns[FP5_DEGREE]);

/* The last `bits` bits of x reversed; bits ≤ 32. */
static inline uint32_t reverse_bits(uint32_t x, unsigned bits)
{
    uint32_t r = 0;
    for (unsigned i = 0; i < bits; i++, x >>= 1)
        r = r << 1 | (x & 1);
    return r;
}

/* One fold of FRI: `values` are the 2^log2_arity values of a leaf in its (bit-reversed) order, overwritten; y_inverse is
 * the inverse of the point of values[0]. */
fp5 fri_fold(fp5 *values, unsigned log2_arity, fp5 beta, fp y_inverse);

#endif
