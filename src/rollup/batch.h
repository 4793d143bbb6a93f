/* A batch as L1 has it, and what its bytes say. Any bytes are one list of blocks, whoever reads them.
 *
 *     data      a raw DEFLATE stream; anything may follow it
 *     text      at most 1 MiB: blocks, one RLP item after another, no list around them
 *     block     [seconds since the block before, items of the queue that it takes, [transaction, …]],
 *               transactions as a block's body has them
 */
#ifndef ASHLAR_ROLLUP_BATCH_H
#define ASHLAR_ROLLUP_BATCH_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"

enum {
    ROLLUP_MODE_CALLDATA = 0,
    ROLLUP_MAX_DATA_BYTES = 120000, /* Rollup.DATA_MAX */
    ROLLUP_MAX_TEXT_BYTES = 1 << 20,
    ROLLUP_MAX_BLOCKS = 1024, /* that a text names; a closing one comes besides */
};

/* What Rollup.commit was given. Borrowed: data. */
typedef struct {
    uint64_t index; /* 1 for the first */
    address committer;
    uint64_t last_time;   /* seconds: of its last block */
    uint64_t queue_index; /* items of the queue that are consumed after it */
    bytes data;
} rollup_batch;

/* Rollup.batch[index]; `previous` is batch[index − 1], zero for batch 0. */
void rollup_batch_hash(hash256 *out, const hash256 *previous, const rollup_batch *batch);

/* A block as its batch names it. */
typedef struct {
    uint64_t timestamp;
    uint64_t item_count;       /* that it takes from the queue */
    const bytes *transactions; /* each as the transactions trie has it; items are not among them */
    size_t transaction_count;
} rollup_block;

typedef struct {
    const rollup_block *blocks; /* at least one, and the last stands at the batch's last time */
    size_t block_count;
    bool has_closing_block; /* the last one is not in the text: it takes the items that remain */
    /* OK, or why what the text says beyond was not taken, which is a fault of the batch: a status of
     * rollup/drop.def */
    status cut;
} rollup_blocks;

/* Reads a batch whose parent's last block stands at parent_time < last_time and which takes item_count items.
 * Blocks are in the arena; transactions point into the text, which is there too. The list ends before a block
 * that is no canonical RLP of this form, has a transaction that cannot be decoded or is of another type than
 * 0, 1, 2 and 4, is not later than the block before or later than last_time, takes more items than remain,
 * stands at last_time and leaves some, or is one beyond ROLLUP_MAX_BLOCKS. It is empty where data is no
 * stream or the text too long. */
void rollup_read_blocks(rollup_blocks *out, arena *memory, bytes data, uint64_t parent_time,
                        uint64_t last_time, uint64_t item_count);

/* The text that says these blocks, in the arena; timestamps grow from parent_time on. A last block at the
 * batch's last time that has no transactions and takes all items that remain may be left out. */
bytes rollup_write_blocks(arena *memory, uint64_t parent_time, const rollup_block *blocks, size_t count);

#ifndef ASHLAR_GUEST
/* The stream of a text, in the arena, by zlib at its strongest. */
bytes rollup_compress(arena *memory, bytes text);
#endif

#endif
