#include "rollup/batch.h"

#include "base/check.h"
#include "chain/transaction.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "rollup/inflate.h"
#include "rollup/words.h"

void rollup_batch_hash(hash256 *out, const hash256 *previous, const rollup_batch *batch)
{
    hash256 data_hash;
    keccak256(&data_hash, batch->data.data, batch->data.size);
    alignas(8) uint8_t words[7 * 32];
    uint8_t *at = word_hash(words, previous);
    at = word_u64(at, batch->index);
    at = word_u64(at, ROLLUP_MODE_CALLDATA);
    at = word_hash(at, &data_hash);
    at = word_u64(at, batch->last_time);
    at = word_u64(at, batch->queue_index);
    word_address(at, &batch->committer);
    keccak256(out, words, sizeof words);
}

/* ---- reading ---- */

static bool skips(status s)
{
    switch (s) {
#define SKIPS(name) case name:
#include "rollup/drop.def"
        return true;
    default:
        return false;
    }
}

/* A transaction that can be decoded, though it may be invalid: that is for its place to say. */
static status read_transaction(bytes *out, arena *memory, bytes *cursor)
{
    rlp_item item;
    TRY(rlp_decode(&item, cursor));
    /* A string that holds a legacy transaction would be a second encoding of it. */
    if (!item.is_list && (item.payload.size == 0 || item.payload.data[0] >= 0xc0))
        return RLP_MALFORMED;
    *out = item.is_list ? item.encoding : item.payload;
    if (!item.is_list && (out->data[0] == TRANSACTION_BLOB || out->data[0] == TRANSACTION_QUEUED))
        return TRANSACTION_TYPE_UNKNOWN;
    size_t mark = memory->used_bytes;
    transaction tx;
    status s = transaction_decode(&tx, memory, *out);
    arena_rewind(memory, mark);
    return skips(s) ? OK : s;
}

static status read_transactions(rollup_block *block, arena *memory, bytes list)
{
    size_t count;
    TRY(rlp_count(&count, list));
    bytes *transactions = ARENA_NEW(memory, bytes, count);
    for (size_t i = 0; i < count; i++)
        TRY(read_transaction(&transactions[i], memory, &list));
    block->transactions = transactions;
    block->transaction_count = count;
    return OK;
}

static status read_block(rollup_block *block, arena *memory, bytes *text, uint64_t parent_time,
                         uint64_t last_time, uint64_t items_left)
{
    bytes fields, list;
    uint64_t seconds;
    TRY(rlp_list(&fields, text));
    TRY(rlp_u64(&seconds, &fields));
    TRY(rlp_u64(&block->item_count, &fields));
    TRY(rlp_list(&list, &fields));
    TRY(rlp_expect_end(fields));
    if (seconds == 0 || seconds > last_time - parent_time)
        return BATCH_TIME_WRONG;
    block->timestamp = parent_time + seconds;
    if (block->item_count > items_left || (block->timestamp == last_time && block->item_count < items_left))
        return BATCH_ITEMS_WRONG;
    return read_transactions(block, memory, list);
}

void rollup_read_blocks(rollup_blocks *out, arena *memory, bytes data, uint64_t parent_time,
                        uint64_t last_time, uint64_t item_count)
{
    CHECK(parent_time < last_time);
    *out = (rollup_blocks){0};
    rollup_block *blocks = ARENA_NEW(memory, rollup_block, ROLLUP_MAX_BLOCKS + 1);
    bytes text = {NULL, 0};
    out->cut = rollup_inflate(&text, memory, ROLLUP_MAX_TEXT_BYTES, data);
    while (out->cut == OK && !rlp_at_end(text)) {
        size_t mark = memory->used_bytes;
        if (out->block_count == ROLLUP_MAX_BLOCKS) {
            out->cut = BATCH_BLOCKS_TOO_MANY;
            break;
        }
        rollup_block *block = &blocks[out->block_count];
        out->cut = read_block(block, memory, &text, parent_time, last_time, item_count);
        if (out->cut != OK) {
            arena_rewind(memory, mark);
            break;
        }
        parent_time = block->timestamp;
        item_count -= block->item_count;
        out->block_count++;
    }
    if (parent_time < last_time) {
        blocks[out->block_count++] = (rollup_block){.timestamp = last_time, .item_count = item_count};
        out->has_closing_block = true;
    }
    out->blocks = blocks;
}

/* ---- writing ---- */

static size_t transactions_size(const rollup_block *block)
{
    size_t size_bytes = 0;
    for (size_t i = 0; i < block->transaction_count; i++) {
        bytes tx = block->transactions[i];
        size_bytes += tx.data[0] >= 0xc0 ? tx.size : rlp_bytes_size(tx.data, tx.size);
    }
    return size_bytes;
}

bytes rollup_write_blocks(arena *memory, uint64_t parent_time, const rollup_block *blocks, size_t count)
{
    size_t capacity = 0;
    for (size_t i = 0; i < count; i++)
        capacity += rlp_list_size(2 * 9 + rlp_list_size(transactions_size(&blocks[i])));
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, capacity, 8), capacity);
    for (size_t i = 0; i < count; i++) {
        const rollup_block *block = &blocks[i];
        CHECK(block->timestamp > parent_time);
        uint64_t seconds = block->timestamp - parent_time;
        size_t transactions_bytes = transactions_size(block);
        rlp_write_list_header(&w, rlp_u64_size(seconds) + rlp_u64_size(block->item_count) +
                                      rlp_list_size(transactions_bytes));
        rlp_write_u64(&w, seconds);
        rlp_write_u64(&w, block->item_count);
        rlp_write_list_header(&w, transactions_bytes);
        for (size_t j = 0; j < block->transaction_count; j++) {
            bytes tx = block->transactions[j];
            if (tx.data[0] >= 0xc0)
                rlp_write_raw(&w, tx.data, tx.size);
            else
                rlp_write_bytes(&w, tx.data, tx.size);
        }
        parent_time = block->timestamp;
    }
    return rlp_written(&w);
}
