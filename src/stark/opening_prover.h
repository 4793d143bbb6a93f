/* The proving side of opening.h. Hosted: uses all cores. */
#ifndef ASHLAR_STARK_OPENING_PROVER_H
#define ASHLAR_STARK_OPENING_PROVER_H

#include "stark/ntt.h"
#include "stark/opening.h"
#include "stark/opening_kernels.h"

/* One matrix: its slots one after another, their code, and the tree over it. */
typedef struct {
    uint32_t slots;
    unsigned log2_height, log2_inverse_rate;
    const fp *cells;   /* slot s at cells + s·2^log2_height; borrowed */
    const fp **code;   /* of each slot, as ntt_forward gives it */
    tree tree;
} opening_commitment;

/* Puts columns at their cells: columns[0 …], one pointer for each column of each table of the layout, in
 * order. Writes all slots, zeros where no piece is. */
void opening_fill(fp *cells, const layout *l, const fp *const *columns);

/* Encodes and hashes `slots` slots, as matrix number `matrix` (0, or one that joins) of a proof with these
 * parameters. Takes opening_commit_bytes of the arena, which live as long as the commitment. */
void opening_commit(opening_commitment *c, const opening_parameters *parameters, uint32_t matrix, const fp *cells,
                    uint32_t slots, const ntt_tables *ntt, arena *memory);
size_t opening_commit_bytes(const opening_parameters *parameters, uint32_t matrix, uint32_t slots);

/* log2 of the size of ntt_tables that these parameters need. */
unsigned opening_log2_ntt(const opening_parameters *parameters);

/* What a lying prover may change, for tests; every member may be NULL. What follows is computed from the
 * change. */
typedef struct {
    void *context;
    /* What round polynomial k of round `round` (OPENING_ROUNDS: of the tail) sends. */
    void (*change_polynomial)(void *context, unsigned round, unsigned k, fp sent[2 * FP5_DEGREE]);
    /* The folded vector of a round, before it is committed or sent, and its weights. */
    void (*change_folded)(void *context, unsigned round, planes folded, planes weights, size_t count);
    /* The indices that a round answers. */
    void (*change_indices)(void *context, unsigned round, uint32_t *indices, uint32_t count);
} opening_lies;

/* Writes shape->words words. `values` are those of the columns at r. The transcript is where opening_verify
 * gets it. The arena is rewound; it takes at most opening_prove_bytes. */
void opening_prove(fp *words, const opening_shape *shape, transcript *t, const opening_commitment *const *matrices,
                   const fp5 *values, const fp5 *r, const ntt_tables *ntt, const opening_lies *lies, arena *memory);
size_t opening_prove_bytes(const opening_shape *shape);

#endif
