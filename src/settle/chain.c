#include "settle/chain.h"

#include "base/check.h"
#include "codec/rlp.h"
#include "rollup/genesis.h"
#include "settle/calldata.h"
#include "settle/events.h"
#include "settle/messages.h"
#include "store/store.h"
#include "telemetry/log.h"

#include <string.h>

#define SCRATCH_BYTES ((size_t)8 << 30)
#define COUNT_KEY "outcomes"

enum { BLOCKS_PER_BATCH = 512, HEADERS = 257 };

static bool same(const hash256 *a, const hash256 *b) { return memcmp(a, b, 32) == 0; }

/* ---- outcomes ---- */

static void write_outcome(rlp_writer *w, const batch_outcome *o)
{
    size_t list = rlp_begin_list(w);
    rlp_write_hash(w, &o->batch_hash);
    rlp_write_u64(w, o->has_fault);
    rlp_write_hash(w, &o->root);
    rlp_write_u64(w, o->message_count);
    rollup_position_write(w, &o->position);
    rlp_end_list(w, list);
}

static status read_outcome(batch_outcome *o, bytes value)
{
    bytes list;
    uint64_t fault;
    TRY(rlp_list(&list, &value));
    TRY(rlp_hash(&o->batch_hash, &list));
    TRY(rlp_u64(&fault, &list));
    TRY(rlp_hash(&o->root, &list));
    TRY(rlp_u64(&o->message_count, &list));
    TRY(rollup_position_read(&o->position, &list));
    o->has_fault = fault != 0;
    return rlp_expect_end(list);
}

status outcome_read(database_transaction *t, bool *found, batch_outcome *out, uint64_t batch)
{
    bytes value;
    number_key key = number_key_of(batch);
    TRY(database_get(t, &value, TABLE_OUTCOMES, bytes_of_number(&key)));
    *found = value.data != NULL;
    return !*found || read_outcome(out, value) == OK
               ? OK
               : database_error(DATABASE_CORRUPT,
                                "the database is corrupt (an outcome): move it away and start anew");
}

status outcome_count(database_transaction *t, uint64_t *count)
{
    bytes value;
    *count = 0;
    TRY(database_get(t, &value, TABLE_META, bytes_of_text(COUNT_KEY)));
    return value.data == NULL || rlp_u64(count, &value) == OK
               ? OK
               : database_error(DATABASE_CORRUPT,
                                "the database is corrupt (outcomes): move it away and start anew");
}

static status put_count(database_transaction *t, uint64_t count)
{
    uint8_t memory[16];
    rlp_writer w;
    rlp_writer_init(&w, memory, sizeof memory);
    rlp_write_u64(&w, count);
    return database_put(t, TABLE_META, bytes_of_text(COUNT_KEY), rlp_written(&w));
}

/* The leaves of the messages that come with it. */
typedef struct {
    hash256 *all;
    size_t count, capacity;
} leaf_list;

static status put_outcome(node *n, batch_outcome *o, uint64_t batch, const leaf_list *messages)
{
    uint8_t memory[2048];
    rlp_writer w;
    database_transaction *t;
    number_key key = number_key_of(batch);
    status s = OK;
    TRY(database_begin(&t, node_store(n)->db, true));
    for (size_t i = 0; i < messages->count && s == OK; i++)
        s = messages_append(t, &o->message_count, &messages->all[i]);
    rlp_writer_init(&w, memory, sizeof memory);
    write_outcome(&w, o);
    if (s == OK)
        s = database_put(t, TABLE_OUTCOMES, bytes_of_number(&key), rlp_written(&w));
    if (s == OK)
        s = put_count(t, batch);
    if (s == OK)
        return database_commit(t);
    database_abort(t);
    return s;
}

status chain_begin(node *n, const rollup_deployment *d)
{
    arena memory;
    store_view *v;
    store_block genesis;
    batch_outcome o = {0};
    bool found = false;
    arena_open(&memory, STORE_VIEW_ARENA_BYTES);
    status s = node_view_open_unsealed(&v, &memory, n);
    if (s == OK) {
        s = store_block_by_number(v, &genesis, 0);
        if (s == OK)
            s = outcome_read(v->read, &found, &o, 0);
        if (s == OK && !same(&genesis.hash, &d->genesis_hash))
            s = database_error(DATABASE_OTHER_GENESIS,
                               "the database in %s is of another chain than the rollup's", node_directory(n));
        if (s == OK && !found)
            rollup_position_init(&o.position, &genesis.hash, &genesis.header.state_root,
                                 genesis.header.timestamp);
        store_view_close(v);
    }
    arena_close(&memory);
    return s == OK && !found ? put_outcome(n, &o, 0, &(leaf_list){0}) : s;
}

/* ---- deriving ---- */

typedef struct {
    arena *memory;
    bytes *blocks; /* copies */
    hash256 *hashes;
    size_t count, capacity;
} block_list;

static status keep_block(void *context, const rollup_derived_block *block)
{
    block_list *l = context;
    if (l->count == l->capacity) {
        size_t capacity = l->capacity == 0 ? 16 : 2 * l->capacity;
        bytes *blocks = ARENA_NEW(l->memory, bytes, capacity);
        hash256 *hashes = ARENA_NEW(l->memory, hash256, capacity);
        if (l->count != 0) {
            memcpy(blocks, l->blocks, l->count * sizeof *blocks);
            memcpy(hashes, l->hashes, l->count * sizeof *hashes);
        }
        l->blocks = blocks, l->hashes = hashes, l->capacity = capacity;
    }
    uint8_t *copy = arena_allocate(l->memory, block->encoding.size, 1);
    memcpy(copy, block->encoding.data, block->encoding.size);
    l->blocks[l->count] = (bytes){copy, block->encoding.size};
    l->hashes[l->count++] = block->hash;
    return OK;
}

/* Headers up to the base, as many as BLOCKHASH reaches. */
static status read_headers(bytes **out, size_t *count, arena *memory, store_view *v, uint64_t base)
{
    uint64_t first = base + 1 > HEADERS ? base + 1 - HEADERS : 0;
    *count = (size_t)(base - first + 1);
    *out = ARENA_NEW(memory, bytes, *count);
    for (uint64_t i = first; i <= base; i++) {
        store_block block;
        TRY(store_block_by_number(v, &block, i));
        (*out)[i - first] = block.header_encoding;
    }
    return OK;
}

static status read_items(rollup_item **out, database_transaction *t, arena *memory, uint64_t first,
                         uint64_t end)
{
    *out = ARENA_NEW(memory, rollup_item, end - first);
    for (uint64_t i = first; i < end; i++) {
        bool found;
        l1_item item;
        TRY(l1_item_read(t, &found, &item, i));
        if (!found)
            return BLOCK_UNKNOWN;
        (*out)[i - first] = item.item;
    }
    return OK;
}

/* The state before is that of the view's block `position->outcome.last_block`. The new position is written
 * over the old. */
static status derive(block_list *blocks, rollup_batch_result *result, rollup_position *position,
                     store_view *v, arena *memory, const rollup_batch *batch, witness *known)
{
    arena scratch;
    rollup_derivation *d;
    rollup_item *items;
    size_t header_count;
    bytes *headers;
    TRY(read_headers(&headers, &header_count, memory, v, position->outcome.last_block));
    TRY(read_items(&items, v->read, memory, position->outcome.queue_index, batch->queue_index));
    rollup_source source = {.config = store_view_config(v), .known = known, .headers = headers,
                            .header_count = header_count, .block_sink = keep_block, .context = blocks};
    arena_open(&scratch, SCRATCH_BYTES);
    status s = rollup_derive_open(&d, memory, &scratch, &source, position);
    if (s == OK)
        s = rollup_derive(d, result, batch, items,
                          (size_t)(batch->queue_index - position->outcome.queue_index));
    if (s == OK)
        *position = *rollup_derive_position(d);
    arena_close(&scratch);
    return s;
}

/* ---- following ---- */

/* The first block above `base` that L1's queue does not bear out, or the head's number + 1. *items: consumed
 * before it. */
static status first_wrong_block(uint64_t *number, uint64_t *items, store_view *v, uint64_t base,
                                uint64_t queue_index)
{
    *items = queue_index;
    for (*number = base + 1; *number <= store_head_number(v); (*number)++) {
        size_t mark = v->memory->used_bytes;
        store_block block;
        uint64_t index = *items;
        TRY(store_block_by_number(v, &block, *number));
        for (size_t i = 0; i < block.transaction_count && block.transactions[i].data[0] == TRANSACTION_QUEUED;
             i++) {
            transaction tx;
            l1_item item;
            bool found;
            TRY(transaction_decode(&tx, v->memory, block.transactions[i]));
            TRY(l1_item_read(v->read, &found, &item, index++));
            if (!found || !same(&item.hash, &tx.source_hash)) {
                arena_rewind(v->memory, mark);
                return OK;
            }
        }
        *items = index;
        arena_rewind(v->memory, mark);
    }
    return OK;
}

typedef struct {
    uint64_t count;        /* of batches whose outcome holds */
    batch_outcome outcome; /* of the last of them */
    l1_state l1;
    uint64_t keep;         /* blocks up to this one hold */
    uint64_t head;
} standing;

static status look(standing *out, store_view *v, bool follows_alone)
{
    bool found;
    uint64_t taken;
    TRY(l1_state_read(v->read, &found, &out->l1));
    TRY(outcome_count(v->read, &out->count));
    out->head = store_head_number(v);
    for (;; out->count--) {
        l1_batch batch;
        TRY(outcome_read(v->read, &found, &out->outcome, out->count));
        if (!found)
            return database_error(DATABASE_CORRUPT,
                                  "the database is corrupt (outcomes): move it away and start anew");
        if (out->count == 0)
            break;
        TRY(l1_batch_read(v->read, &found, &batch, out->count));
        /* The hash of a batch names items by their number: the same batch may take others after L1's
         * reorganization. */
        uint64_t items = out->outcome.position.outcome.queue_index;
        if (!found || !same(&batch.hash, &out->outcome.batch_hash))
            continue;
        if (items == 0)
            break;
        l1_item last;
        TRY(l1_item_read(v->read, &found, &last, items - 1));
        if (found && same(&last.hash, &out->outcome.position.queue_hash))
            break;
    }
    const rollup_outcome *o = &out->outcome.position.outcome;
    if (out->head < o->last_block) { /* it was set back for another reason, and comes again */
        out->keep = out->head;
        return OK;
    }
    TRY(first_wrong_block(&out->keep, &taken, v, o->last_block, o->queue_index));
    out->keep = follows_alone && out->count == out->l1.tip ? o->last_block : out->keep - 1;
    return OK;
}

/* Sets the head back. What senders signed in blocks that go waits again, but for a replica's. */
static status unwind(node *n, chain_step *out, uint64_t to, bool follows_alone)
{
    uint64_t returned = 0;
    out->unwound_to = to;
    TRY(follows_alone ? node_set_head(n, to) : node_unwind(n, &returned, to));
    out->returned += returned;
    return OK;
}

/* Makes the derived blocks the chain's: those that are there stay, and what stands on the last of them. */
static status take_blocks(node *n, arena *memory, chain_step *out, const block_list *blocks, uint64_t base,
                          bool follows_alone)
{
    store_view *v;
    size_t there = 0;
    TRY(node_view_open_unsealed(&v, memory, n));
    uint64_t head = store_head_number(v);
    for (hash256 hash; there < blocks->count && base + 1 + there <= head; there++)
        if (store_block_hash(v, &hash, base + 1 + there) != OK || !same(&hash, &blocks->hashes[there]))
            break;
    store_view_close(v);
    if (there < blocks->count && head > base + there)
        TRY(unwind(n, out, base + there, follows_alone));
    for (size_t i = there; i < blocks->count; i++) {
        chain_fault fault;
        TRY(node_import(n, &fault, blocks->blocks[i]));
    }
    return OK;
}

static void add_leaf(leaf_list *l, arena *memory, const hash256 *leaf)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity == 0 ? 64 : 2 * l->capacity;
        hash256 *larger = ARENA_NEW(memory, hash256, capacity);
        if (l->count != 0)
            memcpy(larger, l->all, l->count * sizeof *larger);
        l->all = larger, l->capacity = capacity;
    }
    l->all[l->count++] = *leaf;
}

/* Of the messages in these blocks, in order. */
static status read_messages(leaf_list *out, node *n, arena *memory, uint64_t first, uint64_t last)
{
    enum { AT_ONCE = 256 };
    uint64_t numbers[AT_ONCE];
    size_t count = 1;
    hash256 topic;
    store_view *v;
    status s = OK;
    *out = (leaf_list){0};
    calldata_topic(&topic, EVENT_WITHDRAWAL);
    store_log_filter filter = {.addresses = &ROLLUP_MESSAGE_PASSER, .address_count = 1, .topics = {&topic},
                               .topic_counts = {1}};
    TRY(node_view_open_unsealed(&v, memory, n));
    for (; s == OK && count > 0 && first <= last; first = count > 0 ? numbers[count - 1] + 1 : first) {
        s = store_log_blocks(v, numbers, &count, AT_ONCE, &filter, first, last);
        for (size_t i = 0; s == OK && i < count; i++) {
            store_block block;
            store_receipt *receipts;
            s = store_block_by_number(v, &block, numbers[i]);
            if (s == OK)
                s = store_receipts(v, &receipts, &block);
            for (size_t r = 0; s == OK && r < block.transaction_count; r++)
                for (size_t k = 0; k < receipts[r].log_count; k++) {
                    hash256 leaf;
                    const log_entry *log = &receipts[r].logs[k];
                    if (store_log_matches(&filter, log) && calldata_read_hash(&leaf, log->data, 2))
                        add_leaf(out, memory, &leaf);
                }
        }
    }
    store_view_close(v);
    return s;
}

/* The batch after the last one whose outcome holds. BLOCK_UNKNOWN: L1 went on meanwhile. */
static status derive_next(node *n, arena *memory, chain_step *out, const standing *now, bool follows_alone)
{
    block_list blocks = {.memory = memory};
    rollup_batch_result result;
    batch_outcome next = now->outcome;
    l1_batch batch;
    store_view *v;
    bool found;
    const uint64_t base = now->outcome.position.outcome.last_block;
    TRY(node_view_open_unsealed(&v, memory, n));
    status s = l1_batch_read(v->read, &found, &batch, now->count + 1);
    if (s == OK && !found)
        s = BLOCK_UNKNOWN;
    if (s == OK)
        s = derive(&blocks, &result, &next.position, v, memory, &batch.batch, store_view_witness(v));
    store_view_close(v);
    TRY(s);
    TRY(take_blocks(n, memory, out, &blocks, base, follows_alone));
    next.batch_hash = batch.hash;
    next.has_fault = result.has_fault;
    next.root = result.root;
    leaf_list messages;
    TRY(read_messages(&messages, n, memory, base + 1, next.position.outcome.last_block));
    TRY(put_outcome(n, &next, now->count + 1, &messages));
    out->derived = 1;
    out->faults = result.has_fault;
    out->is_behind = now->count + 1 < now->l1.tip;
    const char *fault = "none";
    if (result.has_fault)
        fault = status_message(result.cut != OK ? result.cut : result.first_skip);
    log_event(result.has_fault ? LOG_WARN : LOG_INFO, "batch derived", log_number("batch", now->count + 1),
              log_number("last_block", next.position.outcome.last_block),
              log_number("items", next.position.outcome.queue_index), log_text("fault", fault));
    return OK;
}

status chain_follow(node *n, arena *memory, chain_step *out, bool follows_alone)
{
    standing now = {0};
    store_view *v;
    uint64_t count;
    size_t mark = memory->used_bytes;
    *out = (chain_step){.unwound_to = UINT64_MAX};
    TRY(node_view_open_unsealed(&v, memory, n));
    status s = outcome_count(v->read, &count);
    if (s == OK)
        s = look(&now, v, follows_alone);
    store_view_close(v);
    if (s == OK && now.count != count)
        s = put_outcome(n, &now.outcome, now.count, &(leaf_list){0});
    if (s == OK && now.keep < now.head)
        s = unwind(n, out, now.keep, follows_alone);
    if (s == OK && now.count < now.l1.tip)
        s = derive_next(n, memory, out, &now, follows_alone);
    if (s == BLOCK_UNKNOWN)
        s = OK;
    arena_rewind(memory, mark);
    return s;
}

static status set_tag(database_transaction *t, const char *name, uint64_t batch, uint64_t count)
{
    batch_outcome o;
    bool found;
    bytes before;
    TRY(outcome_read(t, &found, &o, batch < count ? batch : count));
    number_key number = number_key_of(found ? o.position.outcome.last_block : 0);
    TRY(database_get(t, &before, TABLE_META, bytes_of_text(name)));
    if (before.size == sizeof number && memcmp(before.data, &number, sizeof number) == 0)
        return OK;
    return database_put(t, TABLE_META, bytes_of_text(name), bytes_of_number(&number));
}

/* The last batch up to `limit` with which a proof ends; 0: none. OUTPUT_MISMATCH. */
static status last_proof(database_transaction *t, uint64_t *batch, uint64_t limit)
{
    for (*batch = limit; *batch > 0; --*batch) {
        bool found;
        l1_proof proof;
        batch_outcome own;
        hash256 proven, derived;
        TRY(l1_proof_read(t, &found, &proof, *batch));
        if (!found)
            continue;
        TRY(outcome_read(t, &found, &own, *batch));
        rollup_outcome_hash(&proven, &proof.outcome);
        rollup_outcome_hash(&derived, &own.position.outcome);
        return found && same(&proven, &derived) ? OK : OUTPUT_MISMATCH;
    }
    return OK;
}

/* The last batch up to `limit` that L1's final block has: after one was dropped its number may be of another, which is not
 * final. */
static status last_final(database_transaction *t, uint64_t *batch, uint64_t limit, uint64_t final_block)
{
    for (*batch = limit; *batch > 0; --*batch) {
        l1_batch b;
        bool found;
        TRY(l1_batch_read(t, &found, &b, *batch));
        if (found && b.block <= final_block)
            break;
    }
    return OK;
}

static status set_tags(database_transaction *t)
{
    bool found, has_l1;
    l1_state l1;
    uint64_t number, tip, proven, count, ignored;
    TRY(l1_state_read(t, &has_l1, &l1));
    TRY(outcome_count(t, &count));
    TRY(l1_final_read(t, &found, &number, &tip, &proven));
    if (found) {
        TRY(last_final(t, &tip, tip < count ? tip : count, number));
        TRY(set_tag(t, STORE_SAFE_KEY, tip, count));
    }
    if (!has_l1)
        return OK;
    /* Also what is not final yet tells that something is wrong. */
    TRY(last_proof(t, &ignored, l1.proven < count ? l1.proven : count));
    if (!found)
        return OK;
    TRY(last_proof(t, &proven, proven < count ? proven : count));
    return set_tag(t, STORE_FINALIZED_KEY, proven, count);
}

status chain_set_tags(node *n)
{
    database_transaction *t;
    TRY(database_begin(&t, node_store(n)->db, true));
    status s = set_tags(t);
    if (s == OK || s == OUTPUT_MISMATCH) {
        status committed = database_commit(t);
        return committed != OK ? committed : s;
    }
    database_abort(t);
    return s;
}

/* ---- sealing ---- */

/* Where L2's head stands, as if it were the end of a batch. */
static status head_position(rollup_position *out, store_view *v, store_block *head)
{
    standing now = {0};
    uint64_t wrong, items;
    bool found;
    TRY(look(&now, v, false));
    TRY(store_block_by_number(v, head, now.head));
    *out = now.outcome.position;
    TRY(first_wrong_block(&wrong, &items, v, out->outcome.last_block, out->outcome.queue_index));
    if (items != out->outcome.queue_index) {
        l1_item item;
        TRY(l1_item_read(v->read, &found, &item, items - 1));
        out->queue_hash = item.hash;
    }
    out->outcome.queue_index = items;
    out->outcome.block_hash = head->hash;
    out->outcome.state_root = head->header.state_root;
    out->outcome.last_block = head->header.number;
    out->outcome.last_time = head->header.timestamp;
    return OK;
}

static status count_items(uint64_t *end, database_transaction *t, uint64_t from, uint64_t limit, uint64_t gas,
                          uint64_t latest_time)
{
    for (*end = from; *end < limit; (*end)++) {
        l1_item item;
        bool found;
        TRY(l1_item_read(t, &found, &item, *end));
        if (!found || item.item.gas_limit > gas || item.item.time > latest_time)
            break;
        gas -= item.item.gas_limit;
    }
    return OK;
}

static status seal(node *n, store_view *v, arena *memory, block_list *blocks, uint64_t timestamp,
                   uint64_t item_limit, const address *committer)
{
    rollup_position position;
    rollup_batch_result result;
    store_block head;
    node_pending pending;
    uint64_t end;
    TRY(head_position(&position, v, &head));
    const rollup_parameters *limits = &store_view_config(v)->rollup;
    TRY(count_items(&end, v->read, position.outcome.queue_index, item_limit, limits->item_gas, timestamp));
    TRY(node_block_pending(n, v, &pending));
    if (timestamp <= head.header.timestamp ||
        (end == position.outcome.queue_index && pending.block.transaction_count == 0))
        return OK;
    rollup_block block = {.timestamp = timestamp,
                          .item_count = end - position.outcome.queue_index,
                          .transactions = pending.block.transactions,
                          .transaction_count = pending.block.transaction_count};
    rollup_batch batch = {.index = position.batches.count, .committer = *committer, .last_time = timestamp,
                          .queue_index = end};
    batch.data = rollup_compress(memory, rollup_write_blocks(memory, head.header.timestamp, &block, 1));
    return derive(blocks, &result, &position, v, memory, &batch, store_view_witness(v));
}

status chain_seal(node *n, arena *memory, bool *sealed, uint64_t timestamp, uint64_t item_limit,
                  const address *committer)
{
    store_view *v;
    block_list blocks = {.memory = memory};
    size_t mark = memory->used_bytes;
    *sealed = false;
    TRY(node_view_open_unsealed(&v, memory, n));
    status s = seal(n, v, memory, &blocks, timestamp, item_limit, committer);
    store_view_close(v);
    for (size_t i = 0; s == OK && i < blocks.count; i++) {
        chain_fault fault;
        s = node_import(n, &fault, blocks.blocks[i]);
        *sealed = true;
    }
    arena_rewind(memory, mark);
    return s;
}

/* ---- batches ---- */

status chain_waiting(node *n, arena *memory, uint64_t *blocks, uint64_t *batch)
{
    store_view *v;
    bool found = false;
    batch_outcome o;
    uint64_t count = 0, head = 0;
    size_t mark = memory->used_bytes;
    TRY(node_view_open_unsealed(&v, memory, n));
    status s = outcome_count(v->read, &count);
    if (s == OK)
        s = outcome_read(v->read, &found, &o, count);
    head = store_head_number(v);
    store_view_close(v);
    arena_rewind(memory, mark);
    *batch = count + 1;
    *blocks = found && head > o.position.outcome.last_block ? head - o.position.outcome.last_block : 0;
    return s;
}

/* What goes into one batch. */
typedef struct {
    rollup_block blocks[BLOCKS_PER_BATCH];
    size_t count;
    uint64_t queue_index; /* after them */
    uint64_t item_gas;
} choice;

/* As many blocks as fit, but no more than `most`: their transactions' gas is counted as the derivation counts
 * it, or more. */
static status choose_blocks(choice *out, store_view *v, arena *memory, const rollup_outcome *from,
                            uint64_t latest_time, size_t most)
{
    const rollup_parameters *limits = &store_view_config(v)->rollup;
    uint64_t gas = 0;
    out->item_gas = 0;
    out->queue_index = from->queue_index;
    for (out->count = 0; out->count < most; out->count++) {
        store_block block;
        size_t queued = 0;
        uint64_t number = from->last_block + 1 + out->count;
        if (number > store_head_number(v))
            break;
        TRY(store_block_by_number(v, &block, number));
        if (block.header.timestamp > latest_time)
            break;
        uint64_t block_gas = 0, block_items = 0;
        for (size_t i = 0; i < block.transaction_count; i++) {
            transaction tx;
            TRY(transaction_decode(&tx, memory, block.transactions[i]));
            queued += tx.type == TRANSACTION_QUEUED;
            *(tx.type == TRANSACTION_QUEUED ? &block_items : &block_gas) += tx.gas_limit;
        }
        if (gas + block_gas > limits->transaction_gas && out->count > 0)
            break;
        if (out->item_gas + block_items > limits->item_gas && out->count > 0)
            break;
        gas += block.header.gas_used;
        out->item_gas += block_items;
        out->queue_index += queued;
        out->blocks[out->count] = (rollup_block){.timestamp = block.header.timestamp,
                                                 .item_count = queued,
                                                 .transactions = block.transactions + queued,
                                                 .transaction_count = block.transaction_count - queued};
    }
    return OK;
}

/* Too old to be committed by themselves: a closing block comes behind them, with more of the queue. */
static status close_later(choice *c, store_view *v, const chain_terms *terms)
{
    uint64_t gas = store_view_config(v)->rollup.item_gas;
    gas -= c->item_gas < gas ? c->item_gas : gas;
    return count_items(&c->queue_index, v->read, c->queue_index,
                       terms->item_limit > c->queue_index ? terms->item_limit : c->queue_index, gas,
                       terms->latest_time);
}

static status queue_hash_at(hash256 *out, database_transaction *t, uint64_t items)
{
    l1_item last;
    bool found = true;
    *out = (hash256){0};
    if (items == 0)
        return OK;
    TRY(l1_item_read(t, &found, &last, items - 1));
    *out = last.hash;
    return found ? OK : BLOCK_UNKNOWN;
}

/* Whether the derivation gives the blocks that were chosen, and a closing block only where it should. */
static status expect_blocks(store_view *v, arena *memory, const standing *now, const chain_batch *made,
                            bool closes)
{
    block_list blocks = {.memory = memory};
    rollup_batch_result result;
    rollup_position position = now->outcome.position;
    hash256 own;
    TRY(derive(&blocks, &result, &position, v, memory, &made->batch, store_view_witness(v)));
    if (result.has_fault || result.has_closing_block != closes ||
        blocks.count != made->block_count + (closes ? 1 : 0))
        return OUTPUT_MISMATCH;
    TRY(store_block_hash(v, &own, made->first_block + made->block_count - 1));
    return same(&own, &blocks.hashes[made->block_count - 1]) ? OK : OUTPUT_MISMATCH;
}

static status make_batch(store_view *v, arena *memory, chain_batch *out, const chain_terms *terms)
{
    standing now = {0};
    choice *c = ARENA_NEW(memory, choice, 1);
    size_t most = BLOCKS_PER_BATCH;
    TRY(look(&now, v, false));
    /* Only on the tip, and only where nothing is to be unwound first. */
    if (now.count != now.l1.tip || now.keep != now.head || now.l1.is_frozen)
        return OK;
    const rollup_outcome *from = &now.outcome.position.outcome;
    for (;; most = c->count / 2) {
        TRY(choose_blocks(c, v, memory, from, terms->latest_time, most));
        if (c->count == 0)
            return OK;
        out->batch.data =
            rollup_compress(memory, rollup_write_blocks(memory, from->last_time, c->blocks, c->count));
        if (out->batch.data.size <= ROLLUP_MAX_DATA_BYTES || c->count == 1)
            break;
    }
    uint64_t last_time = c->blocks[c->count - 1].timestamp;
    bool closes = last_time < terms->oldest_time;
    if (closes)
        TRY(close_later(c, v, terms));
    out->block_count = c->count;
    out->first_block = from->last_block + 1;
    out->previous_hash = now.l1.tip_hash;
    out->batch.index = now.count + 1;
    out->batch.committer = *terms->committer;
    out->batch.last_time = closes ? terms->latest_time : last_time;
    out->batch.queue_index = c->queue_index;
    TRY(queue_hash_at(&out->queue_hash, v->read, c->queue_index));
    return expect_blocks(v, memory, &now, out, closes);
}

/* Out of a view, which closes before the result is used: its data is copied. */
status chain_make_batch(node *n, arena *memory, chain_batch *out, const chain_terms *terms)
{
    store_view *v;
    *out = (chain_batch){0};
    TRY(node_view_open_unsealed(&v, memory, n));
    status s = make_batch(v, memory, out, terms);
    store_view_close(v);
    if (s != OK)
        out->block_count = 0;
    return s;
}

/* ---- proofs ---- */

static status make_run(store_view *v, arena *memory, bytes *input, batch_output *output, uint64_t first,
                       uint64_t last, const rollup_deployment *d, const address *prover)
{
    batch_outcome before;
    bool found;
    size_t count = (size_t)(last - first + 1), header_count;
    rollup_step *steps = ARENA_NEW(memory, rollup_step, count);
    bytes *headers;
    TRY(outcome_read(v->read, &found, &before, first - 1));
    if (!found)
        return BATCH_UNKNOWN;
    rollup_position position = before.position;
    uint64_t queue_index = position.outcome.queue_index;
    TRY(read_headers(&headers, &header_count, memory, v, position.outcome.last_block));
    witness *known = store_view_witness(v);
    rollup_source source = {.config = store_view_config(v), .known = known, .headers = headers,
                            .header_count = header_count};
    arena scratch;
    rollup_derivation *derivation;
    arena_open(&scratch, SCRATCH_BYTES);
    status s = rollup_derive_open(&derivation, memory, &scratch, &source, &position);
    for (size_t i = 0; i < count && s == OK; i++) {
        l1_batch b;
        rollup_item *items = NULL;
        rollup_batch_result result;
        s = l1_batch_read(v->read, &found, &b, first + i);
        if (s == OK && !found)
            s = BATCH_UNKNOWN;
        if (s == OK)
            s = read_items(&items, v->read, memory, queue_index, b.batch.queue_index);
        if (s != OK)
            break;
        steps[i] = (rollup_step){.batch = b.batch, .items = items,
                                 .item_count = (size_t)(b.batch.queue_index - queue_index)};
        queue_index = b.batch.queue_index;
        s = rollup_derive(derivation, &result, &steps[i].batch, items, steps[i].item_count);
    }
    arena_close(&scratch);
    TRY(s);
    rollup_run run = {.l1_chain_id = d->l1_chain_id,
                      .rollup = d->rollup,
                      .prover = *prover,
                      .position = position,
                      .steps = steps,
                      .step_count = count,
                      .node_count = witness_used_node_count(known),
                      .code_count = witness_used_code_count(known)};
    bytes *nodes = ARENA_NEW(memory, bytes, run.node_count),
          *codes = ARENA_NEW(memory, bytes, run.code_count);
    witness_used_nodes(known, nodes);
    witness_used_codes(known, codes);
    run.nodes = nodes, run.codes = codes;
    /* Ancestors are needed for BLOCKHASH alone: first without. */
    for (size_t tried = 1;; tried = header_count) {
        run.headers = headers + (header_count - tried);
        run.header_count = tried;
        arena_open(&scratch, SCRATCH_BYTES);
        s = rollup_run_derive(output, NULL, memory, &scratch, store_view_config(v), &run);
        arena_close(&scratch);
        if (s != WITNESS_HEADER_MISSING || tried == header_count)
            break;
    }
    if (s == OK)
        *input = rollup_run_write(memory, store_view_config(v), &run);
    return s;
}

status chain_run(node *n, arena *memory, bytes *input, batch_output *output, uint64_t first, uint64_t last,
                 const rollup_deployment *d, const address *prover)
{
    store_view *v;
    TRY(node_view_open_unsealed(&v, memory, n));
    status s = make_run(v, memory, input, output, first, last, d, prover);
    store_view_close(v);
    return s;
}
