/* L2's chain in the node as L1 says it: batches become blocks, blocks that rest on what L1 took back go, and
 * the sequencer's new blocks come on top. Whoever calls holds the node (rpc_lock), but for what says so.
 *
 * Every block is made by the derivation (rollup/derive.h), the sequencer's too: as the only block of a batch
 * that nobody commits. So what is derived from the batch in which it is committed is the same block. */
#ifndef ASHLAR_SETTLE_CHAIN_H
#define ASHLAR_SETTLE_CHAIN_H

#include "node/node.h"
#include "rollup/run.h"
#include "settle/deployment.h"
#include "settle/l1.h"

/* What was derived from a batch. */
typedef struct {
    hash256 batch_hash; /* Rollup.batch of it */
    hash256 root;       /* of its transactions: the leaf in the tree of batches */
    rollup_position position; /* after it */
    uint64_t message_count;   /* to L1, up to then: messages.h */
    bool has_fault;
} batch_outcome;

/* Of batch 0 it is the genesis'. *found is false where the batch was not derived yet. Any thread. */
status outcome_read(database_transaction *t, bool *found, batch_outcome *out, uint64_t batch);
/* The last batch that was derived. Any thread. */
status outcome_count(database_transaction *t, uint64_t *count);

/* Where nothing is derived yet: writes outcome 0. */
status chain_begin(node *n, const rollup_deployment *d);

typedef struct {
    uint64_t unwound_to; /* the head was set back to this block; UINT64_MAX: it was not */
    uint64_t derived;    /* batches */
    uint64_t faults;
    uint64_t returned;   /* transactions of blocks that went, to the pool */
    bool is_behind;      /* there are more of them */
} chain_step;
/* Takes back what L1 took back, and derives at most one batch. `follows_alone`: blocks above the last batch
 * are not ours to keep (a replica's). Transactions of blocks that go return to the pool, where they are not
 * a replica's. */
status chain_follow(node *n, arena *memory, chain_step *out, bool follows_alone);

/* Sets the tags: `safe` is the last block of the last batch that a final block of L1 has, `finalized` that of
 * the last one whose proof it has, if the outcome that was proven is the one that was derived here.
 * OUTPUT_MISMATCH: L1 has proven another one, so that this node or the verifier on L1 errs; `finalized` stays
 * then. Any thread. */
status chain_set_tags(node *n);

/* A block of this time with what waits in the pool and with items up to `item_limit`, as many as fit; none
 * (*sealed false) where there is nothing for it. */
status chain_seal(node *n, arena *memory, bool *sealed, uint64_t timestamp, uint64_t item_limit,
                  const address *committer);

/* How many blocks stand above the last batch that is derived, and the number of the next one. Any thread,
 * without the node. */
status chain_waiting(node *n, arena *memory, uint64_t *blocks, uint64_t *batch);

/* What L1 will take, and who commits. */
typedef struct {
    const address *committer;
    uint64_t oldest_time, latest_time; /* of the batch */
    uint64_t item_limit;               /* as chain_seal has it */
} chain_terms;
/* The next batch from the blocks above the last one that is derived: as many as fit, none later than
 * `latest_time`. Where the last of them is older than `oldest_time` a closing block at `latest_time` comes
 * behind it, with items that wait; what stood there goes once the batch is derived. *block_count 0: there are
 * no blocks. What it says was derived, and gave these blocks. Any thread, without the node. OUTPUT_MISMATCH:
 * it gives others, so it must not be committed. */
typedef struct {
    uint64_t block_count, first_block;
    hash256 previous_hash, queue_hash; /* for Rollup.commit */
    rollup_batch batch;
} chain_batch;
status chain_make_batch(node *n, arena *memory, chain_batch *out, const chain_terms *terms);

/* What the guest program needs to prove these batches, which are derived, and the sixteen words it makes
 * public; by an execution of the same. Any thread, without the node. */
status chain_run(node *n, arena *memory, bytes *input, batch_output *output, uint64_t first, uint64_t last,
                 const rollup_deployment *d, const address *prover);

#endif
