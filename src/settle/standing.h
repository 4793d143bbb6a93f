/* What a node can say of its rollup: for JSON-RPC. On any thread, from a view. */
#ifndef ASHLAR_SETTLE_STANDING_H
#define ASHLAR_SETTLE_STANDING_H

#include "rollup/outcome.h"
#include "settle/l1.h"
#include "settle/sender.h"
#include "settle/turn.h"
#include "store/view.h"

/* False where the node follows no L1. */
status standing_read(store_view *v, bool *follows, l1_state *l1, uint64_t *derived);

typedef enum { STANDING_SEALED, STANDING_COMMITTED, STANDING_PROVEN, STANDING_CONTRADICTED } standing_status;

/* What has become of a block of L2. Contradicted: L1 has proven another outcome than was derived here. */
typedef struct {
    standing_status status;
    uint64_t batch;        /* that it is in; 0: in none */
    uint64_t last_batch;   /* that L1 has */
    uint64_t l1_block;     /* that has its batch; 0 where there is none */
    bool is_l1_final;      /* that block is */
    uint64_t proven_batch; /* of a proven one: the last batch whose outcome L1 has, and that outcome */
    rollup_outcome outcome;
} block_standing;
status standing_of_block(store_view *v, block_standing *out, uint64_t block);

/* What L1 has, and what has become of it; *found is false where it has none. */
status standing_item(store_view *v, bool *found, l1_item *out, uint64_t index);
status standing_claim(store_view *v, bool *found, uint64_t *l1_block, uint64_t message);
typedef struct {
    l1_batch batch;
    bool is_derived, has_fault, has_proof;
    uint64_t first_block, last_block; /* of a derived one */
    standing_status status;           /* not sealed */
    bool is_l1_final;
    l1_proof proof;
} batch_standing;
status standing_of_batch(store_view *v, bool *found, batch_standing *out, uint64_t number);

/* What this node does for the rollup, and its transactions to L1 that are not final; in the view's arena.
 * *found is false where it is a replica alone. */
status standing_operator(store_view *v, bool *found, turn_record *out, sender_entry **entries, size_t *count);

/* Paths by which L1 believes what is proven. All of them want that the block's standing is STANDING_PROVEN.
 * BLOCK_UNKNOWN: something that they need is not there. */

/* A message's, up to outcome.withdrawal_root (Bridge.claim). */
status standing_message_path(store_view *v, hash256 path[ROLLUP_BATCHES_DEPTH], const block_standing *s,
                             uint64_t message);
/* A transaction's, up to outcome.batch_tree (Rollup.verifyTransaction); *index: its place in its batch. */
status standing_transaction_path(store_view *v, uint32_t *index, hash256 path[ROLLUP_TRANSACTIONS_DEPTH],
                                 hash256 batch_path[ROLLUP_BATCHES_DEPTH], const block_standing *s,
                                 uint64_t block, size_t index_in_block);

#endif
