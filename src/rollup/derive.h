/* From batches as L1 has them to blocks: what a replica does, and the guest program. It is total: whatever a
 * batch's bytes are, it has exactly one outcome, and a status here is never the batch's fault.
 *
 *     rollup_derivation *d;
 *     TRY(rollup_derive_open(&d, memory, scratch, &source, &position));
 *     for each batch: TRY(rollup_derive(d, &result, &batch, items, item_count));
 *     rollup_derive_position(d): where the chain stands now
 */
#ifndef ASHLAR_ROLLUP_DERIVE_H
#define ASHLAR_ROLLUP_DERIVE_H

#include "base/arena.h"
#include "base/status.h"
#include "chain/config.h"
#include "chain/header.h"
#include "chain/transaction.h"
#include "rollup/batch.h"
#include "rollup/item.h"
#include "rollup/outcome.h"
#include "state/state.h"

/* A block that was derived; everything in it is valid during the call alone. */
typedef struct {
    bytes encoding; /* RLP, as chain_execute takes it */
    const block_header *header;
    hash256 hash;
    const bytes *transactions; /* those of L1 first */
    const bytes *receipts;     /* as the receipts trie takes them */
    const transaction_origin *origins;
    size_t transaction_count;
    size_t item_count; /* so many are L1's */
} rollup_derived_block;

/* What a derivation reads, and whom it tells. Borrowed for as long as the derivation. */
typedef struct {
    const chain_config *config; /* of a rollup */
    /* the state before the first batch, and codes; over a database or by itself */
    const witness *known;
    /* RLP, ascending; the last one is that of the last block before. As many as BLOCKHASH asks for */
    const bytes *headers;
    size_t header_count;
    trie_node_sink node_sink, code_sink; /* of new nodes and codes; may be NULL */
    /* Told of each block, after its nodes; anything but OK ends the derivation with it. May be NULL. */
    status (*block_sink)(void *context, const rollup_derived_block *block);
    void *context;
} rollup_source;

typedef struct rollup_derivation rollup_derivation;

/* Everything lives in `memory`; `scratch` is left as it was after each batch. BATCH_POSITION_WRONG: the last
 * header, or the frontier of the tree of batches, is not that of the outcome. WITNESS_HEADER_MISSING,
 * WITNESS_HEADERS_BROKEN, RLP_MALFORMED. */
status rollup_derive_open(rollup_derivation **out, arena *memory, arena *scratch, const rollup_source *source,
                          const rollup_position *position);

/* What became of a batch. */
typedef struct {
    size_t block_count;
    size_t transaction_count; /* included, L1's among them */
    size_t skipped_count;
    bool has_closing_block;
    bool has_fault;       /* something of what it says was not taken: its bond and stake are at risk */
    status cut;           /* OK, or why its list of blocks ends early (drop.def) */
    status first_skip;    /* OK, or why the first transaction that was skipped was (drop.def) */
    hash256 root;         /* of its transactions: leaf `index` of the tree of batches */
    const hash256 *leaves; /* transaction_count of them; in `memory` */
} rollup_batch_result;

/* The next batch, with the items that it takes: those from the position's queue index up to the batch's. An
 * item's place is what binds it: the queue's hash is in the position afterwards, to be held against L1's.
 * BATCH_RANGE_WRONG: index, time or items do not go on from the position; L1 has no such batch. Everything
 * else is the state's: WITNESS_INCOMPLETE, WITNESS_CODE_MISSING, WITNESS_HEADER_MISSING, INPUT_MALFORMED,
 * MEMORY_EXHAUSTED. After either the derivation is not to be used again. */
status rollup_derive(rollup_derivation *d, rollup_batch_result *out, const rollup_batch *batch,
                     const rollup_item *items, size_t item_count);

const rollup_position *rollup_derive_position(const rollup_derivation *d);

/* After WITNESS_INCOMPLETE or WITNESS_CODE_MISSING. */
const state_missing_item *rollup_derive_missing(const rollup_derivation *d);

/* What counts of a batch's gas so far. The sequencer holds its blocks against the same rule. */
enum { ROLLUP_SKIPPED_GAS = 21000 };

#endif
