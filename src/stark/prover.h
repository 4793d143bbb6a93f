/* What the files of the prover share: prove_host.c goes through the phases, the others are one phase each. Hosted. */
#ifndef ASHLAR_STARK_PROVER_H
#define ASHLAR_STARK_PROVER_H

#include "stark/evaluator.h"
#include "stark/merkle.h"
#include "stark/ntt.h"
#include "stark/prove.h"
#include "stark/prove_kernels.h"
#include "stark/shape.h"
#include "stark/transcript.h"

enum { CACHE_LINE = 64, POINT_CHUNK_ROWS = 1024 };

struct stark_proving_key {
    stark_key key;
    const fp *columns[STARK_MAX_CHIPS]; /* NULL where a chip has none */
    const fp *extended[STARK_MAX_CHIPS];
    merkle_tree trees[STARK_MAX_PREPROCESSED_TREES];
};

typedef struct {
    merkle_tree tree;
    merkle_matrix matrices[STARK_MAX_CHIPS]; /* in key order */
    uint32_t matrix_count;
} committed_tree;

typedef struct {
    fp *inverse, *inverse_next; /* 1/(x − ζ), 1/(x − ζ·g) over the first coset: five columns each */
    fp5 *deep;                  /* in bit-reversed order */
} height_data;

typedef struct {
    const stark_machine *machine;
    const stark_parameters *parameters;
    const stark_proving_key *key;
    const stark_claim *claim;
    const stark_options *options;
    const prove_kernel_set *kernels;
    const stark_lies *lies; /* never NULL */
    arena *memory;
    const ntt_tables *ntt;
    stark_shape shape;
    transcript transcript;
    uint32_t *next; /* where the proof continues */
    const fp *traces[STARK_MAX_CHIPS][AIR_PHASES];      /* by place in the shape, as all of these */
    const fp *extended[STARK_MAX_CHIPS][SHAPE_PHASES];
    committed_tree trees[SHAPE_MAX_TREES];
    bus_challenge challenges[SHAPE_GROUPS];
    fp5 alpha_powers[SHAPE_GROUPS][AIR_MAX_MESSAGE + 1];
    fp5 sums[STARK_MAX_CHIPS][SHAPE_GROUPS];
    fp5 lambda, zeta, theta;
    fp5 *openings;
    height_data heights[STARK_MAX_LOG2_ROWS + 1];
    merkle_tree layer_trees[SHAPE_MAX_FRI_LAYERS];
    const fp5 *layers[SHAPE_MAX_FRI_LAYERS];
} prover;

/* From one extended column to the next. Columns a power of two apart would fall into the same few sets of a cache; so
 * tall ones are moved on by nine lines each. */
static inline size_t extension_stride(unsigned log2_rows)
{
    enum { PADDED_FROM_LOG2_ROWS = 9, PADDING = 9 * CACHE_LINE / sizeof(fp) };
    return ((size_t)2 << log2_rows) + (log2_rows >= PADDED_FROM_LOG2_ROWS ? PADDING : 0);
}

/* prove_host.c: columns in an arena, and what is written, absorbed at once where the verifier reads it so. */

fp *prove_new_columns(arena *memory, size_t count, size_t rows);
fp *prove_new_extension(arena *memory, size_t count, unsigned log2_rows);
void prove_write_words(prover *p, const fp *words, size_t count);
void prove_write_fp5s(prover *p, const fp5 *x, size_t count);
void prove_write_cap(prover *p, const digest *cap);
void prove_write_nonce(prover *p, unsigned bits);

/* prove_commit_host.c */

void prove_extend_into(const ntt_tables *ntt, arena *scratch, fp *extended, const fp *columns, size_t count,
                       unsigned log2_rows);
void prove_extend_phase(prover *p, unsigned phase);
/* Builds the tree of a phase over what is extended, and writes its cap. No tree, no cap. */
void prove_commit_phase(prover *p, unsigned phase);

/* prove_evaluate_host.c: evaluation of tapes. */

/* One domain: the trace, or a coset of the extension. */
typedef struct {
    table_evaluation table;
    const fp **columns; /* of the evaluator: the first row */
    size_t rows;
    const fp *bus; /* for the quotient */
    size_t bus_stride;
    uint32_t sum_column[SHAPE_GROUPS];
    fp vanishing_inverse;
    fp *out;
    size_t out_stride;
} domain_evaluation;

/* Makes everything but the domain's own columns. */
void prove_prepare_evaluation(prover *p, domain_evaluation *d, uint32_t table, bool quotient);
void prove_evaluate_domain(const prover *p, const domain_evaluation *d, bool quotient);

/* prove_columns_host.c: the columns that are computed from those of the trace. */

void prove_make_bus_columns(prover *p, uint32_t table);
void prove_make_quotient(prover *p, uint32_t table);

/* prove_open_host.c */

void prove_open_height(prover *p, unsigned height);
/* The batched quotient of one height, from the powers of θ. */
void prove_make_deep(prover *p, unsigned height, const fp5 *powers);

/* prove_fold_host.c: FRI, and the answers to queries. */

void prove_fold_all(prover *p);
void prove_answer_query(prover *p, uint32_t index);

#endif
