/* What the guest program `batch` does: from a private input to the sixteen words of its public output.
 *
 * The private input is laid out as that of `block` (abi/block_input.h): the chain's configuration; in the
 * place of the block an RLP list, below; and the witness of the state before the first batch, one for the
 * whole run, with the headers of the last block before and as many ancestors as are asked for.
 *
 *     run       [L1 chain id, address of Rollup, prover, position, [batch, …]]
 *     position  [state root, block hash, withdrawal root, batch tree, last block, last time, queue index,
 * batch hash,
 *                queue hash, batches so far with batch 0, frontier]: the frontier is its nodes one after
 * another
 *     batch     [mode, committer, last time, queue index, data, [item, …]]
 *     item      [kind, sender, from, to, mint, value, fee, gas limit, time, data] */
#ifndef ASHLAR_ROLLUP_RUN_H
#define ASHLAR_ROLLUP_RUN_H

#include "abi/batch_output.h"
#include "rollup/derive.h"

/* A batch and the items that it takes. */
typedef struct {
    rollup_batch batch;
    const rollup_item *items;
    size_t item_count;
} rollup_step;

/* Everything that a run is told. Borrowed throughout. */
typedef struct {
    uint64_t l1_chain_id;
    address rollup;
    address prover;
    rollup_position position;
    const rollup_step *steps;
    size_t step_count;
    const bytes *nodes;
    size_t node_count;
    const bytes *codes;
    size_t code_count;
    bool codes_are_padded; /* as those of a chain_input */
    const bytes *headers;
    size_t header_count;
} rollup_run;

/* The private input, 8-byte aligned, in the arena. Batches are numbered from the position on; their indices
 * are not read. */
bytes rollup_run_write(arena *memory, const chain_config *config, const rollup_run *run);

/* Parses: everything points into `input`, but for arrays, which lie in the arena. INPUT_MALFORMED,
 * RLP_MALFORMED; BATCHES_TOO_MANY: more than BATCH_OUTPUT_MOST_BATCHES, or none. */
status rollup_run_parse(chain_config *config, rollup_run *run, arena *memory, bytes input);

/* Derives all batches and gives what that makes public. `results`, if any, has room for step_count. Statuses
 * of rollup_derive and its opening; WITNESS_DUPLICATE. */
status rollup_run_derive(batch_output *output, rollup_batch_result *results, arena *memory, arena *scratch,
                         const chain_config *config, const rollup_run *run);

/* The whole program: parses, derives. Half of the arena's room is scratch. */
status rollup_execute(batch_output *output, arena *memory, bytes input);

#endif
