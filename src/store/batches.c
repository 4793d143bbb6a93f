#define _GNU_SOURCE
#include "store/batches.h"

#include "base/check.h"
#include "codec/rlp.h"
#include "store/store.h"

#include <string.h>

const char *batch_status_name(batch_status s)
{
    static const char *const names[BATCH_STATUSES] = {"sealed", "proving", "proven", "failed"};
    return names[s];
}

size_t batch_cut(const batch_limits *limits, const waiting_block *blocks, size_t count, uint64_t waited_ms)
{
    uint64_t gas = 0, cells = 0;
    bool unprovable = count > 0 && blocks[0].cannot_be_proven;
    size_t taken = 0;
    for (; taken < count; taken++) {
        const waiting_block *b = &blocks[taken];
        if (taken == limits->blocks || b->cannot_be_proven != unprovable)
            return taken;
        bool fits = b->gas_used <= limits->gas && gas <= limits->gas - b->gas_used &&
                    b->cells <= limits->cells && cells <= limits->cells - b->cells;
        if (taken > 0 && !fits && !unprovable)
            return taken;
        gas += b->gas_used;
        cells += b->cells;
    }
    bool full = taken == limits->blocks || (taken > 0 && (gas >= limits->gas || cells >= limits->cells));
    return full || waited_ms >= limits->wait_ms ? taken : 0;
}

/* ---- records ---- */

static bytes encode(arena *memory, const batch *b)
{
    enum { MOST_BYTES = 1024 };
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, MOST_BYTES, 8), MOST_BYTES);
    size_t list = rlp_begin_list(&w);
    rlp_write_u64(&w, b->status);
    rlp_write_u64(&w, b->first_block);
    rlp_write_u64(&w, b->last_block);
    rlp_write_hash(&w, &b->parent_hash);
    rlp_write_hash(&w, &b->last_hash);
    rlp_write_hash(&w, &b->pre_state_root);
    rlp_write_hash(&w, &b->post_state_root);
    rlp_write_u64(&w, b->transactions);
    rlp_write_u64(&w, b->gas_used);
    rlp_write_u64(&w, b->cycles);
    rlp_write_u64(&w, b->attempts);
    rlp_write_u64(&w, b->sealed_ms);
    rlp_write_u64(&w, b->started_ms);
    rlp_write_u64(&w, b->ended_ms);
    rlp_write_hash(&w, &b->program);
    rlp_write_u64(&w, b->proof_bytes);
    rlp_write_bytes(&w, (const uint8_t *)b->error, strnlen(b->error, sizeof b->error - 1));
    rlp_write_u64(&w, b->is_joined);
    rlp_write_hash(&w, &b->receipts_before);
    rlp_end_list(&w, list);
    return rlp_written(&w);
}

static status decode_fields(batch *b, bytes record)
{
    bytes fields, error;
    uint64_t state, is_joined = 0;
    TRY(rlp_list(&fields, &record));
    TRY(rlp_u64(&state, &fields));
    TRY(rlp_u64(&b->first_block, &fields));
    TRY(rlp_u64(&b->last_block, &fields));
    TRY(rlp_hash(&b->parent_hash, &fields));
    TRY(rlp_hash(&b->last_hash, &fields));
    TRY(rlp_hash(&b->pre_state_root, &fields));
    TRY(rlp_hash(&b->post_state_root, &fields));
    TRY(rlp_u64(&b->transactions, &fields));
    TRY(rlp_u64(&b->gas_used, &fields));
    TRY(rlp_u64(&b->cycles, &fields));
    TRY(rlp_u64(&b->attempts, &fields));
    TRY(rlp_u64(&b->sealed_ms, &fields));
    TRY(rlp_u64(&b->started_ms, &fields));
    TRY(rlp_u64(&b->ended_ms, &fields));
    TRY(rlp_hash(&b->program, &fields));
    TRY(rlp_u64(&b->proof_bytes, &fields));
    TRY(rlp_bytes(&error, &fields));
    if (fields.size > 0) { /* those of versions that joined nothing end here */
        TRY(rlp_u64(&is_joined, &fields));
        TRY(rlp_hash(&b->receipts_before, &fields));
    }
    TRY(rlp_expect_end(fields));
    if (state >= BATCH_STATUSES || is_joined > 1 || error.size >= sizeof b->error)
        return RLP_MALFORMED;
    b->status = (batch_status)state;
    b->is_joined = is_joined == 1;
    memcpy(b->error, error.data, error.size);
    b->error[error.size] = 0;
    return OK;
}

status batch_get(database_transaction *t, batch *out, uint64_t number)
{
    number_key key = number_key_of(number);
    bytes record;
    TRY(database_get(t, &record, TABLE_BATCHES, bytes_of_number(&key)));
    if (record.data == NULL)
        return BATCH_UNKNOWN;
    memset(out, 0, sizeof *out);
    out->number = number;
    if (decode_fields(out, record) != OK)
        return database_error(DATABASE_CORRUPT, "the database is corrupt (batch %llu): run `ashlar db check`",
                              (unsigned long long)number);
    return OK;
}

status batch_put(database_transaction *t, arena *memory, const batch *b)
{
    size_t mark = memory->used_bytes;
    number_key key = number_key_of(b->number);
    status s = database_put(t, TABLE_BATCHES, bytes_of_number(&key), encode(memory, b));
    arena_rewind(memory, mark);
    return s;
}

status batch_count(database_transaction *t, uint64_t *count)
{
    return database_count(t, count, TABLE_BATCHES);
}

link_key link_key_of(uint64_t last_batch, uint32_t level)
{
    link_key key;
    number_key number = number_key_of(last_batch);
    memcpy(key.bytes, number.bytes, sizeof number.bytes);
    key.bytes[sizeof number.bytes] = (uint8_t)level;
    return key;
}

static bool is_end_of_link(uint64_t batch, uint32_t level)
{
    return level <= LINK_LEVELS_MAX && (batch & ((UINT64_C(1) << level) - 1)) == 0;
}

static status drop_links(database_transaction *t, uint64_t last_batch)
{
    for (uint32_t level = 1; is_end_of_link(last_batch, level); level++) {
        link_key key = link_key_of(last_batch, level);
        TRY(database_delete(t, TABLE_LINKS, bytes_of_link(&key)));
    }
    return OK;
}

status batch_drop_above(database_transaction *t, uint64_t *dropped, uint64_t block_number)
{
    uint64_t count;
    *dropped = 0;
    TRY(batch_count(t, &count));
    for (; count > 0; count--) {
        batch b;
        TRY(batch_get(t, &b, count));
        if (b.last_block <= block_number)
            break;
        number_key key = number_key_of(count);
        TRY(database_delete(t, TABLE_BATCHES, bytes_of_number(&key)));
        TRY(database_delete(t, TABLE_PROOFS, bytes_of_number(&key)));
        TRY(drop_links(t, count));
        *dropped = count;
    }
    return OK;
}

/* ---- views ---- */

status store_batch_count(store_view *v, uint64_t *count) { return batch_count(v->read, count); }

status store_batch_by_number(store_view *v, batch *out, uint64_t number)
{
    return batch_get(v->read, out, number);
}

status store_batch_by_block(store_view *v, batch *out, uint64_t block_number)
{
    uint64_t low = 1, high;
    TRY(batch_count(v->read, &high));
    while (low <= high) {
        uint64_t middle = low + (high - low) / 2;
        TRY(batch_get(v->read, out, middle));
        if (block_number < out->first_block)
            high = middle - 1;
        else if (block_number > out->last_block)
            low = middle + 1;
        else
            return OK;
    }
    return BATCH_UNKNOWN;
}

status store_batch_proof(store_view *v, bytes *proof, uint64_t number)
{
    number_key key = number_key_of(number);
    TRY(database_get(v->read, proof, TABLE_PROOFS, bytes_of_number(&key)));
    return proof->data != NULL ? OK : BATCH_UNKNOWN;
}

status store_link_proof(store_view *v, bytes *proof, uint64_t last_batch, uint32_t level)
{
    if (level == 0)
        return store_batch_proof(v, proof, last_batch);
    if (!is_end_of_link(last_batch, level))
        return BATCH_UNKNOWN;
    link_key key = link_key_of(last_batch, level);
    TRY(database_get(v->read, proof, TABLE_LINKS, bytes_of_link(&key)));
    return proof->data != NULL ? OK : BATCH_UNKNOWN;
}

status store_link_largest(store_view *v, uint32_t *level, uint64_t last_batch)
{
    bytes proof;
    TRY(store_batch_proof(v, &proof, last_batch));
    *level = 0;
    for (uint32_t next = 1; is_end_of_link(last_batch, next); next++) {
        status s = store_link_proof(v, &proof, last_batch, next);
        if (s == BATCH_UNKNOWN) /* a larger one would be made of it */
            break;
        TRY(s);
        *level = next;
    }
    return OK;
}

/* ---- what blocks cost to prove ---- */

enum { COST_BYTES = 32 + 8 + 8 }; /* hash, cycles, cells; the reason follows */

status batch_put_cost(database_transaction *t, uint64_t block_number, const hash256 *hash, const block_cost *cost)
{
    uint8_t record[COST_BYTES + sizeof cost->reason];
    number_key key = number_key_of(block_number), cycles = number_key_of(cost->cycles), cells = number_key_of(cost->cells);
    size_t size = strnlen(cost->reason, sizeof cost->reason - 1);
    memcpy(record, hash->bytes, 32);
    memcpy(record + 32, cycles.bytes, 8);
    memcpy(record + 40, cells.bytes, 8);
    memcpy(record + COST_BYTES, cost->reason, size);
    return database_put(t, TABLE_COSTS, bytes_of_number(&key), (bytes){record, COST_BYTES + size});
}

status batch_get_cost(database_transaction *t, block_cost *out, bool *found, uint64_t block_number, const hash256 *hash)
{
    number_key key = number_key_of(block_number);
    bytes record;
    TRY(database_get(t, &record, TABLE_COSTS, bytes_of_number(&key)));
    /* Those of a block that left the chain are of another hash. */
    *found = record.size >= COST_BYTES && record.size < COST_BYTES + sizeof out->reason &&
             memcmp(record.data, hash->bytes, 32) == 0;
    if (!*found)
        return OK;
    *out = (block_cost){.cycles = number_of_key((bytes){record.data + 32, 8}),
                        .cells = number_of_key((bytes){record.data + 40, 8})};
    memcpy(out->reason, record.data + COST_BYTES, record.size - COST_BYTES);
    return OK;
}
