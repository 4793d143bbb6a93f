/* A table's cells, and the check of them that needs no proof. Hosted. */
#ifndef ASHLAR_STARK_TABLE_H
#define ASHLAR_STARK_TABLE_H

#include "stark/proof.h"

/* One table's cells. Column-major, natural row order: column c at columns[phase] + c·rows. */
typedef struct {
    uint32_t chip; /* index in the machine; tables come in rising order of it */
    uint32_t rows;
    const fp *columns[AIR_PHASES];
} stark_table;

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
uint64_t stark_check(const stark_machine *m, const proof_claim *claim, const stark_table *tables, uint32_t count,
                     const stark_external_message *external, uint32_t external_count, uint64_t limit,
                     stark_report report, void *context, arena *scratch);

#endif
