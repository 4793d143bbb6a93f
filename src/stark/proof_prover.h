/* The proving side of proof.h. Hosted: uses all cores and takes a lot of memory. */
#ifndef ASHLAR_STARK_PROOF_PROVER_H
#define ASHLAR_STARK_PROOF_PROVER_H

#include "stark/opening_prover.h"
#include "stark/proof.h"
#include "stark/table.h"
#include "stark/rounds.h"

/* Preprocessed columns, committed once for a program. Lives in the arena; borrows the columns. proof_prove takes them from
 * here and looks at no table's columns[AIR_PREPROCESSED]. */
typedef struct proof_proving_key proof_proving_key;
proof_proving_key *proof_setup(proof_key *key, arena *memory, const stark_machine *m, const proof_parameters *parameters,
                               const stark_table *preprocessed, uint32_t count);

/* The root of the boundary matrix alone, as the shared challenge needs it before any proof; the same that proof_prove
 * commits to for the same tables. */
void proof_boundary_root(digest *root, const stark_machine *m, const proof_parameters *parameters,
                         const proof_claim *claim, const stark_table *tables, uint32_t count, arena *scratch);

/* Called between phases with a name and a share done in 0…1; may be NULL. */
typedef void (*proof_progress)(void *context, const char *stage, double done);

/* What a lying prover may change, for tests; every member may be NULL. */
typedef struct {
    rounds_lies rounds;
    opening_lies opening;
    /* the cells of a matrix (PROOF_MAIN, PROOF_BOUNDARY) before they are committed; of `used` some are columns' */
    void (*change_cells)(void *context, unsigned matrix, fp *cells, size_t used, size_t count);
    /* the tables that buses and constraints are about, once others are committed */
    void (*change_tables)(void *context, rounds *tables);
    void (*change_words)(void *context, uint32_t *words, size_t count);
} proof_lies; /* context is that of `rounds` */

typedef struct {
    proof_progress progress;
    void *progress_context;
    const proof_lies *lies;
} proof_options;

/* Bytes of arena that proof_prove takes at most for these rows; 0 where there is no proof. */
size_t proof_prove_memory_bytes(const stark_machine *m, const proof_parameters *parameters, const proof_claim *claim,
                                arena *scratch);

/* Proves. `words` has proof_words() words. The tables must be valid: with invalid ones the proof will not verify.
 * Deterministic. `claim->rows` must agree with the tables. `options` may be NULL. */
void proof_prove(uint32_t *words, proof_outcome *outcome, const stark_machine *m, const proof_parameters *parameters,
                 const proof_proving_key *key, const proof_claim *claim, const stark_table *tables, uint32_t count,
                 const proof_options *options, arena *memory);

#endif
