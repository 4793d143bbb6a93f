/* The proving side of stark.h. Hosted: uses both cores and takes a lot of memory. */
#ifndef ASHLAR_STARK_PROVE_H
#define ASHLAR_STARK_PROVE_H

#include "stark/stark.h"

/* One table's cells. Column-major, natural row order: column c at columns[phase] + c·rows. */
typedef struct {
    uint32_t chip; /* index in the machine; tables come in rising order of it */
    uint32_t rows; /* a power of two, but for stark_check */
    const fp *columns[AIR_PHASES];
} stark_table;

/* Of a power of two. */
static inline unsigned stark_log2_rows(const stark_table *t)
{
    return (unsigned)__builtin_ctz(t->rows);
}

/* Preprocessed columns, extended and hashed once for a program. Lives in the arena; copies the columns. stark_prove
 * takes them from here and looks at no table's columns[AIR_PREPROCESSED]. */
typedef struct stark_proving_key stark_proving_key;
stark_proving_key *stark_setup(stark_key *key, arena *memory, const stark_machine *m, const stark_table *preprocessed,
                               uint32_t count);

/* The boundary commitment alone, as the shared challenge needs it before any proof. Must give the
 * same cap as stark_prove does for the same tables. */
void stark_boundary_cap(digest cap[16], const stark_machine *m, const stark_table *tables, uint32_t count,
                        arena *scratch);

/* Called between phases with a name and a share done in 0…1; may be NULL. */
typedef void (*stark_progress)(void *context, const char *stage, double done);

/* What a lying prover may change, for tests; every member may be NULL. Everything downstream of a
 * change is computed honestly. */
typedef struct {
    void *context;
    /* after the bus columns are computed, before they are committed: claimed contributions */
    void (*change_sums)(void *context, uint32_t chip, fp5 *local, fp5 *shared);
    void (*change_bus_column)(void *context, uint32_t chip, fp *columns, uint64_t rows);
    /* the ten columns of q_0 and q_1 on the first coset, before they are extended to the second */
    void (*change_quotient)(void *context, uint32_t chip, fp *columns, uint64_t rows);
    /* what the columns are claimed to be at ζ and ζ·g, in the order of the proof */
    void (*change_openings)(void *context, fp5 *openings, size_t count);
    /* the values of a layer in bit-reversed order, before they are committed; `layer` may also be the layer count: the
     * values that the final coefficients are made of */
    void (*change_fri_layer)(void *context, uint32_t layer, fp5 *values, uint64_t count);
    /* the batched quotient of the tables of one height, in bit-reversed order */
    void (*change_deep)(void *context, unsigned log2_rows, fp5 *values, uint64_t count);
    void (*change_proof)(void *context, uint32_t *words, size_t count);
} stark_lies;

typedef struct {
    stark_progress progress;
    void *progress_context;
    const stark_lies *lies;
} stark_options;

/* Bytes of arena that stark_prove takes at most for these heights. */
size_t stark_prove_memory_bytes(const stark_machine *m, const stark_parameters *parameters, const stark_claim *claim);

/* Proves. `proof` has stark_proof_words() words. The tables must be valid: with invalid ones the proof
 * will not verify. Deterministic. `claim->log2_rows` must agree with the tables. */
void stark_prove(uint32_t *proof, stark_outcome *outcome, const stark_machine *m, const stark_parameters *parameters,
                 const stark_proving_key *key, const stark_claim *claim, const stark_table *tables, uint32_t count,
                 const stark_options *options, arena *memory);

/* stark_verify, hosted: sixteen hashes at a time, on the caller's core. Where a proof has several faults it may name
 * another of them. */
status stark_verify_fast(stark_outcome *outcome, const stark_machine *m, const stark_parameters *parameters,
                         const stark_key *key, const stark_claim *claim, const uint32_t *proof, size_t proof_words,
                         arena *scratch);

/* Debug check: every constraint of every row, and every bus as a multiset (counting exact messages, no
 * challenge; buses under χ too). The tables' preprocessed columns must be there. Calls `report` with a sentence naming
 * chip, row and constraint, or bus and message, for each failure (at most `limit`), and returns the number of failures.
 * `external` gives interactions that no table has (the verifier's own). */
typedef struct {
    uint32_t tag;
    bool receive;
    uint32_t length;
    uint32_t message[AIR_MAX_MESSAGE]; /* canonical */
} stark_external_message;
typedef void (*stark_report)(void *context, uint32_t chip, const char *sentence);
uint64_t stark_check(const stark_machine *m, const stark_claim *claim, const stark_table *tables, uint32_t count,
                     const stark_external_message *external, uint32_t external_count, uint64_t limit,
                     stark_report report, void *context, arena *scratch);

#endif
