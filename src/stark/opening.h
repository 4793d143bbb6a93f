/* The opening of protocol.md, section 8: that the columns of some committed matrices have given values at a
 * point. Every round has an interleaved codeword of 2^K slots and a claim on its cells; the sumcheck over the
 * slots folds them into one, which is cut and committed again, and queries tie the two. The first matrix is
 * that of round 0; the others join in round 1. Freestanding; opening_prover.h is the other half.
 *
 * All sizes follow from the shape, and the shape from the tables' rows and widths. */
#ifndef ASHLAR_STARK_OPENING_H
#define ASHLAR_STARK_OPENING_H

#include "base/arena.h"
#include "stark/layout.h"
#include "stark/transcript.h"
#include "stark/tree.h"

enum { OPENING_ROUNDS = 3, OPENING_MAX_MATRICES = 4, OPENING_LOG2_SLOTS_MAX = 9, OPENING_VALUES_MAX = 1 << 13 };

/* What soundness depends on. A proof never brings it. */
typedef struct {
    struct {
        unsigned log2_height;       /* coefficients of a slot */
        unsigned log2_inverse_rate;
        uint32_t queries;
    } rounds[OPENING_ROUNDS];
    unsigned log2_cap;
    unsigned query_grinding_bits;
} opening_parameters;

/* 2^20, 2^15, 2^10; rates 1/2, 1/4, 1/8; 268, 164, 134 queries; caps of 2^9; 20 bits */
extern const opening_parameters OPENING_FULL;
extern const opening_parameters OPENING_TINY; /* for tests only: nothing is proven by it */

/* The columns of one matrix. */
typedef struct {
    const layout_table *tables; /* in key order */
    uint32_t count;
} opening_columns;

typedef struct {
    opening_parameters parameters;
    unsigned log2_rows; /* coordinates of the point */
    uint32_t value_count;
    uint32_t matrix_count;
    layout layouts[OPENING_MAX_MATRICES];
    uint32_t first_slot[OPENING_MAX_MATRICES]; /* in its round */
    unsigned log2_slots[OPENING_ROUNDS];       /* K */
    size_t words;                              /* of the opening in a proof */
} opening_shape;

static inline unsigned opening_log2_domain(const opening_shape *s, unsigned round)
{
    return s->parameters.rounds[round].log2_height + s->parameters.rounds[round].log2_inverse_rate;
}

/* Slots of what round `round` commits to for the next. */
static inline uint32_t opening_folded_slots(const opening_shape *s, unsigned round)
{
    return (uint32_t)1 << (s->parameters.rounds[round].log2_height - s->parameters.rounds[round + 1].log2_height);
}

/* The round in which a matrix is opened. */
static inline uint32_t opening_matrix_round(uint32_t matrix)
{
    return matrix == 0 ? 0 : 1;
}

/* matrices[0] is that of round 0. Values are numbered by the tables' first_value, below value_count.
 * PROOF_SHAPE: rows that are not allowed or need more than log2_rows coordinates; a matrix without cells;
 * more than 2^9 slots in a round; value numbers beyond value_count, value_count beyond OPENING_VALUES_MAX. */
status opening_shape_make(opening_shape *s, const opening_parameters *parameters, unsigned log2_rows,
                          uint32_t value_count, const opening_columns *matrices, uint32_t matrix_count);

/* Absorbs the values, draws θ and goes through all rounds. caps[k]: the cap of matrix k; the caller has
 * absorbed its root. values[c] is what the column with number c is at r, log2_rows coordinates. `words` is
 * hostile. PROOF_MALFORMED: not s->words many, or a word that is no element; PROOF_GRINDING; PROOF_OPENING: a
 * path; PROOF_FOLDING: the claim at the end. `checker` is tree_check, or another that says the same. Scratch:
 * less than 256 KiB. */
status opening_verify(const opening_shape *s, transcript *t, const digest *const *caps, const fp5 *values,
                      const fp5 *r, const fp *words, size_t word_count, tree_checker checker, arena *scratch);

#endif
