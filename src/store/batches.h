/* Batches: runs of consecutive blocks that get one proof. Each block of the chain above the genesis comes
 * into exactly one batch, in order: batch 1 begins with the first of them. They lie in the database; a
 * batch goes
 *
 *     sealed → proving → proven
 *                      → failed      where as many attempts as are allowed have failed, or its blocks take
 *                                    more cells than a batch may
 *
 * and away again where a block of it leaves the chain (node_set_head). Proofs are files as `ashlar prove`
 * writes them.
 *
 * Above them grows a tree of links, each one joined proof of 2^level batches that follow each other, the last of which has a
 * number that 2^level divides: made of its two halves, where both are there. */
#ifndef ASHLAR_STORE_BATCHES_H
#define ASHLAR_STORE_BATCHES_H

#include "abi/block_output.h"
#include "store/view.h"

typedef enum { BATCH_SEALED, BATCH_PROVING, BATCH_PROVEN, BATCH_FAILED, BATCH_STATUSES } batch_status;

enum { BATCH_ERROR_BYTES = 256 };

const char *batch_status_name(batch_status s); /* "sealed", … */

typedef struct {
    uint64_t number; /* from 1 */
    batch_status status;
    uint64_t first_block, last_block;
    hash256 parent_hash, last_hash; /* of the first block's parent; of the last block */
    hash256 pre_state_root, post_state_root;
    uint64_t transactions, gas_used;
    uint64_t cycles;   /* of the guest program, block by block; 0 where a block has no count */
    uint64_t attempts; /* begun, but for those that the node's end interrupted */
    uint64_t sealed_ms, started_ms, ended_ms; /* since 1970; 0: not yet. Started: the last attempt */
    hash256 program;                          /* of a proven one: the guest program's id */
    uint64_t proof_bytes;                     /* of a proven one */
    bool is_joined;                           /* of a proven one: one joined proof, not one of its parts */
    hash256 receipts_before;                  /* of its output: of all blocks before it (abi/block_output.h) */
    char error[BATCH_ERROR_BYTES];            /* of the last attempt that failed; "": none */
} batch;

/* 0: there is none yet. */
status store_batch_count(store_view *v, uint64_t *count);
/* BATCH_UNKNOWN. */
status store_batch_by_number(store_view *v, batch *out, uint64_t number);
status store_batch_by_block(store_view *v, batch *out, uint64_t block_number);
/* The proof's file, borrowed from the view. BATCH_UNKNOWN where there is none. */
status store_batch_proof(store_view *v, bytes *proof, uint64_t number);

/* The proof of the link of 2^level batches that ends with this one; borrowed from the view. BATCH_UNKNOWN. */
status store_link_proof(store_view *v, bytes *proof, uint64_t last_batch, uint32_t level);
/* The largest proof that ends with this batch: its level, 0 where it is the batch's own. BATCH_UNKNOWN where it has none. */
status store_link_largest(store_view *v, uint32_t *level, uint64_t last_batch);
/* A link's last batch, of those that have this one in them. */
static inline uint64_t link_last_batch(uint64_t batch, uint32_t level) { return (((batch - 1) >> level) + 1) << level; }
static inline uint64_t link_first_batch(uint64_t last_batch, uint32_t level)
{
    return last_batch - (UINT64_C(1) << level) + 1;
}
enum { LINK_LEVELS_MAX = 32 };

/* ---- when a batch is made ---- */

typedef struct {
    uint64_t blocks;  /* at most in a batch; at least 1 */
    uint64_t gas;     /* used in a batch, but for a single block that uses more */
    uint64_t cells;   /* to prove in a batch, block by block; a block that takes more cannot be proven */
    uint64_t wait_ms; /* how long the oldest block that is in none may wait */
} batch_limits;

/* A block that is in no batch yet. */
typedef struct {
    uint64_t gas_used, cycles, cells;
    bool cannot_be_proven; /* or takes too many cells: known without counting to the end */
} waiting_block;

/* How many of the blocks that wait, the oldest first, make the next batch; 0: none yet. Blocks that cannot be
 * proven come together into batches of their own, which is seen by the first. */
size_t batch_cut(const batch_limits *limits, const waiting_block *blocks, size_t count, uint64_t waited_ms);

#endif
