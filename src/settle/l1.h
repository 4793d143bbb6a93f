/* What L1 says of the rollup, in the node's database: items, batches, proofs, and the blocks that said it. A
 * block of L1 is applied, and undone, in a transaction of the database's: what is under a block goes with it.
 *
 * Reading is for any thread. What reads may return DATABASE_CORRUPT or DATABASE_FAILED besides what is named.
 */
#ifndef ASHLAR_SETTLE_L1_H
#define ASHLAR_SETTLE_L1_H

#include "base/arena.h"
#include "rollup/batch.h"
#include "rollup/item.h"
#include "rollup/outcome.h"
#include "store/database.h"

/* After the last block that was applied. */
typedef struct {
    uint64_t number, time; /* of that block */
    hash256 hash;
    uint64_t item_count; /* of the queue */
    hash256 queue_hash;  /* Queue.rolling(item_count) */
    uint64_t tip, proven; /* batches; 0: none yet */
    uint64_t tip_items, proven_items; /* consumed by them */
    uint64_t tip_time, proven_time; /* when the tip was committed, the last proof came; else deployed */
    hash256 tip_hash;    /* Rollup.batch(tip) */
    bool is_frozen;
} l1_state;

typedef struct {
    uint64_t block; /* of L1, in which it came */
    rollup_item item;
    hash256 hash; /* Queue.rolling(index + 1) */
} l1_item;

typedef struct {
    uint64_t block, time; /* of L1 */
    hash256 transaction;
    hash256 hash, previous_hash; /* Rollup.batch of it, and of the one before */
    rollup_batch batch;
} l1_batch;

typedef struct {
    uint64_t block, first, last;
    hash256 transaction;
    address prover;
    rollup_outcome outcome; /* after `last` */
    hash256 faults;         /* bit i: of batch first + i; big-endian */
} l1_proof;

/* False: no block was applied yet. */
status l1_state_read(database_transaction *t, bool *found, l1_state *out);
/* *found is false where there is none. Data is borrowed from the transaction. */
status l1_item_read(database_transaction *t, bool *found, l1_item *out, uint64_t index);
status l1_batch_read(database_transaction *t, bool *found, l1_batch *out, uint64_t index);
/* By the last of its batches. */
status l1_proof_read(database_transaction *t, bool *found, l1_proof *out, uint64_t last);
/* The one that a batch was proven by. */
status l1_proof_of_batch(database_transaction *t, bool *found, l1_proof *out, uint64_t batch);
/* The block of L1 in which the Bridge paid a message. */
status l1_claim_read(database_transaction *t, bool *found, uint64_t *block, uint64_t message);
/* The hash of a block that is kept: those that may still go, and some more. */
status l1_block_read(database_transaction *t, bool *found, hash256 *hash, uint64_t number);
/* Tip and proven batch after the newest block that is final. False: none is known to be. */
status l1_final_read(database_transaction *t, bool *found, uint64_t *number, uint64_t *tip, uint64_t *proven);

/* ---- writing: follow.c ---- */

typedef enum { L1_ENQUEUED, L1_COMMITTED, L1_PROVEN, L1_DROPPED, L1_FROZEN, L1_CLAIMED } l1_event_kind;
typedef struct {
    l1_event_kind kind;
    uint64_t block, time; /* of L1; the time of batches and proofs alone */
    uint64_t index; /* of the item, or the message; the last batch that stays of those dropped */
    l1_item item;   /* block and time of the records are the event's */
    l1_batch batch;
    l1_proof proof;
} l1_event;

/* Before any block: the one in which the contracts were deployed. */
status l1_begin(database_transaction *t, uint64_t number, uint64_t time, const hash256 *hash);
/* The next block, or where `is_final` any later one with the events of those between. INPUT_MALFORMED: the
 * events cannot be; nothing is to be committed then. */
status l1_apply(database_transaction *t, arena *memory, uint64_t number, uint64_t time, const hash256 *hash,
                const l1_event *events, size_t count, bool is_final);
/* Takes the newest block away. BLOCK_UNKNOWN: what was under it is not known any more. */
status l1_undo(database_transaction *t, arena *memory);
/* Blocks below are not kept for undoing any longer, but for some; `number` is final. */
status l1_finalize(database_transaction *t, uint64_t number);

#endif
