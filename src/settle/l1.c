#include "settle/l1.h"

#include "base/check.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "rollup/batch.h"

#include <string.h>

/* Blocks kept behind the final one: a development chain may undo what it called final. */
enum { KEPT_BLOCKS = 128 };

#define STATE_KEY "l1"
#define FINAL_KEY "l1_final"

static status corrupt(const char *what)
{
    return database_error(DATABASE_CORRUPT, "the database is corrupt (%s of L1): move it away and start anew",
                          what);
}

/* ---- records ---- */

static void write_state(rlp_writer *w, const l1_state *s)
{
    size_t list = rlp_begin_list(w);
    rlp_write_u64(w, s->number);
    rlp_write_u64(w, s->time);
    rlp_write_hash(w, &s->hash);
    rlp_write_u64(w, s->item_count);
    rlp_write_hash(w, &s->queue_hash);
    rlp_write_u64(w, s->tip);
    rlp_write_u64(w, s->proven);
    rlp_write_u64(w, s->tip_items);
    rlp_write_u64(w, s->proven_items);
    rlp_write_u64(w, s->tip_time);
    rlp_write_u64(w, s->proven_time);
    rlp_write_hash(w, &s->tip_hash);
    rlp_write_u64(w, s->is_frozen);
    rlp_end_list(w, list);
}

static status read_state(l1_state *s, bytes value)
{
    bytes list;
    uint64_t frozen;
    TRY(rlp_list(&list, &value));
    TRY(rlp_u64(&s->number, &list));
    TRY(rlp_u64(&s->time, &list));
    TRY(rlp_hash(&s->hash, &list));
    TRY(rlp_u64(&s->item_count, &list));
    TRY(rlp_hash(&s->queue_hash, &list));
    TRY(rlp_u64(&s->tip, &list));
    TRY(rlp_u64(&s->proven, &list));
    TRY(rlp_u64(&s->tip_items, &list));
    TRY(rlp_u64(&s->proven_items, &list));
    TRY(rlp_u64(&s->tip_time, &list));
    TRY(rlp_u64(&s->proven_time, &list));
    TRY(rlp_hash(&s->tip_hash, &list));
    TRY(rlp_u64(&frozen, &list));
    s->is_frozen = frozen != 0;
    return rlp_expect_end(list);
}

static void write_item(rlp_writer *w, const l1_item *i)
{
    size_t list = rlp_begin_list(w);
    rlp_write_u64(w, i->block);
    rlp_write_u64(w, i->item.kind);
    rlp_write_address(w, &i->item.sender);
    rlp_write_address(w, &i->item.from);
    rlp_write_address(w, &i->item.to);
    rlp_write_u256(w, i->item.mint);
    rlp_write_u256(w, i->item.value);
    rlp_write_u256(w, i->item.fee);
    rlp_write_u64(w, i->item.gas_limit);
    rlp_write_u64(w, i->item.time);
    rlp_write_bytes(w, i->item.data.data, i->item.data.size);
    rlp_write_hash(w, &i->hash);
    rlp_end_list(w, list);
}

static status read_item(l1_item *i, bytes value)
{
    bytes list;
    TRY(rlp_list(&list, &value));
    TRY(rlp_u64(&i->block, &list));
    TRY(rlp_u64(&i->item.kind, &list));
    TRY(rlp_address(&i->item.sender, &list));
    TRY(rlp_address(&i->item.from, &list));
    TRY(rlp_address(&i->item.to, &list));
    TRY(rlp_u256(&i->item.mint, &list));
    TRY(rlp_u256(&i->item.value, &list));
    TRY(rlp_u256(&i->item.fee, &list));
    TRY(rlp_u64(&i->item.gas_limit, &list));
    TRY(rlp_u64(&i->item.time, &list));
    TRY(rlp_bytes(&i->item.data, &list));
    TRY(rlp_hash(&i->hash, &list));
    return rlp_expect_end(list);
}

static void write_batch(rlp_writer *w, const l1_batch *b)
{
    size_t list = rlp_begin_list(w);
    rlp_write_u64(w, b->block);
    rlp_write_u64(w, b->time);
    rlp_write_hash(w, &b->transaction);
    rlp_write_hash(w, &b->hash);
    rlp_write_hash(w, &b->previous_hash);
    rlp_write_u64(w, b->batch.index);
    rlp_write_address(w, &b->batch.committer);
    rlp_write_u64(w, b->batch.last_time);
    rlp_write_u64(w, b->batch.queue_index);
    rlp_write_bytes(w, b->batch.data.data, b->batch.data.size);
    rlp_end_list(w, list);
}

static status read_batch(l1_batch *b, bytes value)
{
    bytes list;
    TRY(rlp_list(&list, &value));
    TRY(rlp_u64(&b->block, &list));
    TRY(rlp_u64(&b->time, &list));
    TRY(rlp_hash(&b->transaction, &list));
    TRY(rlp_hash(&b->hash, &list));
    TRY(rlp_hash(&b->previous_hash, &list));
    TRY(rlp_u64(&b->batch.index, &list));
    TRY(rlp_address(&b->batch.committer, &list));
    TRY(rlp_u64(&b->batch.last_time, &list));
    TRY(rlp_u64(&b->batch.queue_index, &list));
    TRY(rlp_bytes(&b->batch.data, &list));
    return rlp_expect_end(list);
}

static void write_proof(rlp_writer *w, const l1_proof *p)
{
    size_t list = rlp_begin_list(w);
    rlp_write_u64(w, p->block);
    rlp_write_u64(w, p->first);
    rlp_write_u64(w, p->last);
    rlp_write_hash(w, &p->transaction);
    rlp_write_address(w, &p->prover);
    rollup_outcome_write(w, &p->outcome);
    rlp_write_hash(w, &p->faults);
    rlp_end_list(w, list);
}

static status read_proof(l1_proof *p, bytes value)
{
    bytes list;
    TRY(rlp_list(&list, &value));
    TRY(rlp_u64(&p->block, &list));
    TRY(rlp_u64(&p->first, &list));
    TRY(rlp_u64(&p->last, &list));
    TRY(rlp_hash(&p->transaction, &list));
    TRY(rlp_address(&p->prover, &list));
    TRY(rollup_outcome_read(&p->outcome, &list));
    TRY(rlp_hash(&p->faults, &list));
    return rlp_expect_end(list);
}

/* ---- reading ---- */

status l1_state_read(database_transaction *t, bool *found, l1_state *out)
{
    bytes value;
    TRY(database_get(t, &value, TABLE_META, bytes_of_text(STATE_KEY)));
    *found = value.data != NULL;
    return !*found || read_state(out, value) == OK ? OK : corrupt("the state");
}

status l1_item_read(database_transaction *t, bool *found, l1_item *out, uint64_t index)
{
    bytes value;
    number_key key = number_key_of(index);
    TRY(database_get(t, &value, TABLE_L1_ITEMS, bytes_of_number(&key)));
    *found = value.data != NULL;
    return !*found || read_item(out, value) == OK ? OK : corrupt("an item");
}

status l1_batch_read(database_transaction *t, bool *found, l1_batch *out, uint64_t index)
{
    bytes value;
    number_key key = number_key_of(index);
    TRY(database_get(t, &value, TABLE_L1_BATCHES, bytes_of_number(&key)));
    *found = value.data != NULL;
    return !*found || read_batch(out, value) == OK ? OK : corrupt("a batch");
}

status l1_proof_read(database_transaction *t, bool *found, l1_proof *out, uint64_t last)
{
    bytes value;
    number_key key = number_key_of(last);
    TRY(database_get(t, &value, TABLE_L1_PROOFS, bytes_of_number(&key)));
    *found = value.data != NULL;
    return !*found || read_proof(out, value) == OK ? OK : corrupt("a proof");
}

status l1_proof_of_batch(database_transaction *t, bool *found, l1_proof *out, uint64_t batch)
{
    l1_state state;
    TRY(l1_state_read(t, found, &state));
    if (!*found || batch > state.proven)
        *found = false;
    else
        for (*found = false; !*found && batch <= state.proven; batch++)
            TRY(l1_proof_read(t, found, out, batch));
    return OK;
}

status l1_claim_read(database_transaction *t, bool *found, uint64_t *block, uint64_t message)
{
    bytes value;
    number_key key = number_key_of(message);
    TRY(database_get(t, &value, TABLE_L1_CLAIMS, bytes_of_number(&key)));
    *found = value.data != NULL;
    return !*found || rlp_u64(block, &value) == OK ? OK : corrupt("a claim");
}

/* [hash, tip, proven, [[table, key, was there, value], …]]: what was before the block, to be put back. */
typedef struct {
    hash256 hash;
    uint64_t tip, proven;
    bytes undo;
} block_record;

static status get_block(database_transaction *t, bool *found, block_record *out, uint64_t number)
{
    bytes value, list;
    number_key key = number_key_of(number);
    TRY(database_get(t, &value, TABLE_L1_BLOCKS, bytes_of_number(&key)));
    *found = value.data != NULL;
    if (!*found)
        return OK;
    if (rlp_list(&list, &value) != OK || rlp_hash(&out->hash, &list) != OK ||
        rlp_u64(&out->tip, &list) != OK || rlp_u64(&out->proven, &list) != OK ||
        rlp_list(&out->undo, &list) != OK)
        return corrupt("a block");
    return OK;
}

status l1_block_read(database_transaction *t, bool *found, hash256 *hash, uint64_t number)
{
    block_record r;
    TRY(get_block(t, found, &r, number));
    if (*found)
        *hash = r.hash;
    return OK;
}

status l1_final_read(database_transaction *t, bool *found, uint64_t *number, uint64_t *tip, uint64_t *proven)
{
    bytes value;
    block_record r;
    TRY(database_get(t, &value, TABLE_META, bytes_of_text(FINAL_KEY)));
    *found = value.data != NULL;
    if (!*found)
        return OK;
    if (rlp_u64(number, &value) != OK)
        return corrupt("the final block");
    TRY(get_block(t, found, &r, *number));
    if (*found) {
        *tip = r.tip;
        *proven = r.proven;
    }
    return OK;
}

/* ---- writing ---- */

typedef struct {
    database_transaction *t;
    arena *memory;
    rlp_writer undo; /* of the items of the list */
    size_t capacity_bytes;
} change;

static void make_room(change *c, size_t more_bytes)
{
    if (c->undo.used_bytes + more_bytes <= c->capacity_bytes)
        return;
    size_t capacity = 2 * (c->undo.used_bytes + more_bytes) + 4096;
    uint8_t *larger = arena_allocate(c->memory, capacity, 1);
    if (c->undo.used_bytes != 0)
        memcpy(larger, c->undo.data, c->undo.used_bytes);
    size_t used = c->undo.used_bytes;
    rlp_writer_init(&c->undo, larger, capacity);
    c->undo.used_bytes = used;
    c->capacity_bytes = capacity;
}

/* NULL data deletes. */
static status put(change *c, database_table table, bytes key, bytes value)
{
    bytes before;
    TRY(database_get(c->t, &before, table, key));
    make_room(c, before.size + key.size + 64);
    size_t list = rlp_begin_list(&c->undo);
    rlp_write_u64(&c->undo, table);
    rlp_write_bytes(&c->undo, key.data, key.size);
    rlp_write_u64(&c->undo, before.data != NULL);
    rlp_write_bytes(&c->undo, before.data, before.size);
    rlp_end_list(&c->undo, list);
    if (value.data == NULL)
        return before.data == NULL ? OK : database_delete(c->t, table, key);
    return database_put(c->t, table, key, value);
}

static status put_state(change *c, const l1_state *s)
{
    uint8_t memory[512];
    rlp_writer w;
    rlp_writer_init(&w, memory, sizeof memory);
    write_state(&w, s);
    return put(c, TABLE_META, bytes_of_text(STATE_KEY), rlp_written(&w));
}

static status apply_event(change *c, l1_state *s, const l1_event *e)
{
    rlp_writer w;
    size_t size = 1024 + e->item.item.data.size + e->batch.batch.data.size;
    rlp_writer_init(&w, arena_allocate(c->memory, size, 1), size);
    number_key key;
    switch (e->kind) {
    case L1_ENQUEUED: {
        l1_item item = e->item;
        if (e->index != s->item_count)
            return INPUT_MALFORMED;
        item.block = e->block;
        rollup_item_hash(&s->queue_hash, &s->queue_hash, e->index, &item.item);
        item.hash = s->queue_hash;
        s->item_count++;
        write_item(&w, &item);
        key = number_key_of(e->index);
        return put(c, TABLE_L1_ITEMS, bytes_of_number(&key), rlp_written(&w));
    }
    case L1_COMMITTED: {
        hash256 own;
        l1_batch batch = e->batch;
        rollup_batch_hash(&own, &s->tip_hash, &e->batch.batch);
        if (e->batch.batch.index != s->tip + 1 || memcmp(&own, &e->batch.hash, 32) != 0 ||
            e->batch.batch.queue_index > s->item_count)
            return INPUT_MALFORMED;
        s->tip = e->batch.batch.index;
        s->tip_items = e->batch.batch.queue_index;
        s->tip_time = batch.time = e->time;
        batch.block = e->block;
        s->tip_hash = own;
        write_batch(&w, &batch);
        key = number_key_of(s->tip);
        return put(c, TABLE_L1_BATCHES, bytes_of_number(&key), rlp_written(&w));
    }
    case L1_PROVEN: {
        l1_proof proof = e->proof;
        if (e->proof.last > s->tip || e->proof.last <= s->proven)
            return INPUT_MALFORMED;
        s->proven = e->proof.last;
        s->proven_items = e->proof.outcome.queue_index;
        s->proven_time = e->time;
        proof.block = e->block;
        write_proof(&w, &proof);
        key = number_key_of(s->proven);
        return put(c, TABLE_L1_PROOFS, bytes_of_number(&key), rlp_written(&w));
    }
    case L1_DROPPED: {
        if (e->index != s->proven)
            return INPUT_MALFORMED;
        for (uint64_t i = s->tip; i > e->index; i--) {
            key = number_key_of(i);
            TRY(put(c, TABLE_L1_BATCHES, bytes_of_number(&key), (bytes){0}));
        }
        bool found = false;
        l1_batch last = {0};
        if (e->index > 0)
            TRY(l1_batch_read(c->t, &found, &last, e->index));
        s->tip = e->index;
        s->tip_items = s->proven_items;
        s->tip_time = s->proven_time;
        s->tip_hash = last.hash;
        return OK;
    }
    case L1_FROZEN:
        s->is_frozen = true;
        return OK;
    case L1_CLAIMED:
        rlp_write_u64(&w, e->block);
        key = number_key_of(e->index);
        return put(c, TABLE_L1_CLAIMS, bytes_of_number(&key), rlp_written(&w));
    }
    return INPUT_MALFORMED;
}

static status put_block(change *c, const l1_state *s)
{
    size_t size = c->undo.used_bytes + 256;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(c->memory, size, 1), size);
    size_t list = rlp_begin_list(&w);
    rlp_write_hash(&w, &s->hash);
    rlp_write_u64(&w, s->tip);
    rlp_write_u64(&w, s->proven);
    rlp_write_list_header(&w, c->undo.used_bytes);
    rlp_write_raw(&w, c->undo.data, c->undo.used_bytes);
    rlp_end_list(&w, list);
    number_key key = number_key_of(s->number);
    return database_put(c->t, TABLE_L1_BLOCKS, bytes_of_number(&key), rlp_written(&w));
}

status l1_begin(database_transaction *t, uint64_t number, uint64_t time, const hash256 *hash)
{
    uint8_t memory[1024];
    arena a;
    arena_init(&a, memory, sizeof memory);
    l1_state s = {.number = number, .time = time, .hash = *hash, .tip_time = time, .proven_time = time};
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(&a, 512, 1), 512);
    write_state(&w, &s);
    TRY(database_put(t, TABLE_META, bytes_of_text(STATE_KEY), rlp_written(&w)));
    change c = {.t = t, .memory = &a};
    return put_block(&c, &s);
}

status l1_apply(database_transaction *t, arena *memory, uint64_t number, uint64_t time, const hash256 *hash,
                const l1_event *events, size_t count, bool is_final)
{
    bool found;
    l1_state s;
    size_t mark = memory->used_bytes;
    TRY(l1_state_read(t, &found, &s));
    CHECK(found && (is_final ? number > s.number : number == s.number + 1));
    change c = {.t = t, .memory = memory};
    s.number = number;
    s.time = time;
    s.hash = *hash;
    status result = OK;
    for (size_t i = 0; i < count && result == OK; i++)
        result = apply_event(&c, &s, &events[i]);
    if (result == OK)
        result = put_state(&c, &s);
    if (is_final)
        c.undo.used_bytes = 0;
    if (result == OK)
        result = put_block(&c, &s);
    arena_rewind(memory, mark);
    return result;
}

/* The changes of a list, the last one first. */
static status put_back(database_transaction *t, arena *memory, bytes changes)
{
    size_t count, i = 0;
    if (rlp_count(&count, changes) != OK)
        return corrupt("a block");
    rlp_item *all = ARENA_NEW(memory, rlp_item, count);
    while (i < count && rlp_decode(&all[i], &changes) == OK)
        i++;
    while (i-- > 0) {
        uint64_t table, was_there;
        bytes fields = all[i].payload, key, value;
        if (rlp_u64(&table, &fields) != OK || table >= TABLE_COUNT || rlp_bytes(&key, &fields) != OK ||
            rlp_u64(&was_there, &fields) != OK || rlp_bytes(&value, &fields) != OK)
            return corrupt("a block");
        bytes now;
        TRY(database_get(t, &now, (database_table)table, key));
        if (was_there)
            TRY(database_put(t, (database_table)table, key, value));
        else if (now.data != NULL)
            TRY(database_delete(t, (database_table)table, key));
    }
    return OK;
}

status l1_undo(database_transaction *t, arena *memory)
{
    bool found, has_before;
    l1_state s;
    block_record r, before;
    size_t mark = memory->used_bytes;
    TRY(l1_state_read(t, &found, &s));
    CHECK(found);
    TRY(get_block(t, &found, &r, s.number));
    TRY(get_block(t, &has_before, &before, s.number - 1));
    if (!found || !has_before || r.undo.size == 0)
        return BLOCK_UNKNOWN;
    /* It lies in the database, which is written to. */
    uint8_t *copy = arena_allocate(memory, r.undo.size, 1);
    memcpy(copy, r.undo.data, r.undo.size);
    number_key key = number_key_of(s.number);
    status result = put_back(t, memory, (bytes){copy, r.undo.size});
    if (result == OK)
        result = database_delete(t, TABLE_L1_BLOCKS, bytes_of_number(&key));
    arena_rewind(memory, mark);
    return result;
}

status l1_finalize(database_transaction *t, uint64_t number)
{
    uint8_t memory[16];
    rlp_writer w;
    rlp_writer_init(&w, memory, sizeof memory);
    rlp_write_u64(&w, number);
    TRY(database_put(t, TABLE_META, bytes_of_text(FINAL_KEY), rlp_written(&w)));
    if (number <= KEPT_BLOCKS)
        return OK;
    bool found = true;
    for (uint64_t n = number - KEPT_BLOCKS - 1; found; n--) {
        block_record r;
        number_key key = number_key_of(n);
        TRY(get_block(t, &found, &r, n));
        if (found)
            TRY(database_delete(t, TABLE_L1_BLOCKS, bytes_of_number(&key)));
        if (n == 0)
            break;
    }
    return OK;
}
