#include "settle/follow.h"

#include "base/check.h"
#include "crypto/keccak.h"
#include "settle/events.h"
#include "settle/rollup_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLLOWER_ARENA_BYTES ((size_t)8 << 30)

/* Of final blocks in one question; blocks that may still go, taken over at once. */
enum { RANGE_BLOCKS = 2000, STEP_BLOCKS = 256 };

struct follower {
    database *db;
    endpoint *l1;
    const rollup_deployment *d;
    address contracts[3];
    hash256 enqueued, committed, proven, dropped, frozen, claimed;
    arena memory; /* of a step */
    char text[1024];
};

status follower_open(follower **out, database *db, endpoint *l1, const rollup_deployment *d)
{
    follower *f = calloc(1, sizeof *f);
    CHECK(f != NULL);
    f->db = db;
    f->l1 = l1;
    f->d = d;
    f->contracts[0] = d->queue;
    f->contracts[1] = d->rollup;
    f->contracts[2] = d->bridge;
    calldata_topic(&f->enqueued, EVENT_ENQUEUED);
    calldata_topic(&f->committed, EVENT_COMMITTED);
    calldata_topic(&f->proven, EVENT_PROVEN);
    calldata_topic(&f->dropped, EVENT_DROPPED);
    calldata_topic(&f->frozen, EVENT_FROZEN);
    calldata_topic(&f->claimed, EVENT_CLAIMED);
    arena_open(&f->memory, FOLLOWER_ARENA_BYTES);
    *out = f;
    return OK;
}

void follower_close(follower *f)
{
    if (f == NULL)
        return;
    arena_close(&f->memory);
    free(f);
}

const char *follower_error_text(const follower *f) { return f->text; }

static status fail(follower *f, status s, const char *format, ...) __attribute__((format(printf, 3, 4)));
static status fail(follower *f, status s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->text, sizeof f->text, format, arguments);
    va_end(arguments);
    return s;
}

/* What an endpoint or the database said goes into the text. */
static status remote(follower *f, status s)
{
    return s == OK ? OK : fail(f, s, "%s", endpoint_error_text(f->l1));
}
static status stored(follower *f, status s)
{
    return s == OK ? OK
                   : fail(f, s, "%s",
                          s == INPUT_MALFORMED ? "L1's node tells events that do not follow each other"
                                               : database_error_text());
}

/* ---- events ---- */

static bool topic_u64(uint64_t *out, const endpoint_log *log, size_t i)
{
    u256 value = u256_from_be(log->topics[i].bytes, 32);
    *out = value.limb[0];
    return i < log->topic_count && u256_fits_u64(value);
}

static bool read_item(l1_event *e, const endpoint_log *log)
{
    rollup_item *i = &e->item.item;
    e->kind = L1_ENQUEUED;
    if (log->topic_count != 4)
        return false;
    memcpy(i->sender.bytes, log->topics[2].bytes + 12, 20);
    memcpy(i->from.bytes, log->topics[3].bytes + 12, 20);
    return topic_u64(&e->index, log, 1) && calldata_read_u64(&i->kind, log->data, 0) &&
           calldata_read_address(&i->to, log->data, 1) && calldata_read_u256(&i->mint, log->data, 2) &&
           calldata_read_u256(&i->value, log->data, 3) && calldata_read_u256(&i->fee, log->data, 4) &&
           calldata_read_u64(&i->gas_limit, log->data, 5) && calldata_read_u64(&i->time, log->data, 6) &&
           calldata_read_bytes(&i->data, log->data, 7);
}

/* The data of a batch stands in the transaction alone: whoever committed it called Rollup directly. */
static status read_batch(follower *f, l1_event *e, const endpoint_log *log)
{
    rollup_batch *b = &e->batch.batch;
    endpoint_transaction tx;
    hash256 da_hash, own;
    e->kind = L1_COMMITTED;
    e->batch.transaction = log->transaction_hash;
    TRY(remote(f, endpoint_transaction_of(f->l1, &tx, &f->memory, &log->transaction_hash)));
    bytes arguments = {tx.input.data + 4, tx.input.size - 4};
    bool good =
        log->topic_count == 4 && tx.input.size > 4 && memcmp(&tx.to, &f->d->rollup, 20) == 0 &&
        topic_u64(&b->index, log, 1) && calldata_read_hash(&e->batch.previous_hash, log->data, 0) &&
        calldata_read_hash(&da_hash, log->data, 2) && calldata_read_u64(&b->last_time, log->data, 3) &&
        calldata_read_u64(&b->queue_index, log->data, 4) && calldata_read_bytes(&b->data, arguments, 4);
    if (!good)
        return fail(f, INPUT_MALFORMED,
                    "L1's node gives another transaction than the one that committed a batch");
    if (b->data.size > ROLLUP_MAX_DATA_BYTES) /* at once, since many of them would fill the memory */
        return fail(f, INPUT_MALFORMED, "L1's node gives more data than a batch may have");
    e->batch.hash = log->topics[2];
    memcpy(b->committer.bytes, log->topics[3].bytes + 12, 20);
    keccak256(&own, b->data.data, b->data.size);
    if (memcmp(&own, &da_hash, 32) != 0)
        return fail(f, INPUT_MALFORMED, "L1's node gives other data than that of batch %llu",
                    (unsigned long long)b->index);
    return OK;
}

static bool read_proof(l1_event *e, const endpoint_log *log)
{
    l1_proof *p = &e->proof;
    e->kind = L1_PROVEN;
    p->transaction = log->transaction_hash;
    if (log->topic_count != 4)
        return false;
    memcpy(p->prover.bytes, log->topics[3].bytes + 12, 20);
    return topic_u64(&p->first, log, 1) && topic_u64(&p->last, log, 2) &&
           calldata_read_outcome(&p->outcome, log->data, 0) &&
           calldata_read_hash(&p->faults, log->data, 7);
}

static bool is_topic(const endpoint_log *log, const hash256 *topic)
{
    return log->topic_count > 0 && memcmp(&log->topics[0], topic, 32) == 0;
}

/* *count grows by one where the log is an event of ours. */
static status read_event(follower *f, l1_event *e, size_t *count, const endpoint_log *log)
{
    bool is_queue = memcmp(&log->where, &f->d->queue, 20) == 0,
         is_rollup = memcmp(&log->where, &f->d->rollup, 20) == 0,
         is_bridge = memcmp(&log->where, &f->d->bridge, 20) == 0, good = true;
    *e = (l1_event){.block = log->block_number};
    (*count)++;
    if (is_queue && is_topic(log, &f->enqueued)) {
        good = read_item(e, log);
    } else if (is_rollup && is_topic(log, &f->committed)) {
        return read_batch(f, e, log);
    } else if (is_rollup && is_topic(log, &f->proven)) {
        good = read_proof(e, log);
    } else if (is_rollup && is_topic(log, &f->dropped)) {
        e->kind = L1_DROPPED;
        good = calldata_read_u64(&e->index, log->data, 1);
    } else if (is_rollup && is_topic(log, &f->frozen)) {
        e->kind = L1_FROZEN;
    } else if (is_bridge && is_topic(log, &f->claimed)) {
        e->kind = L1_CLAIMED;
        good = topic_u64(&e->index, log, 1);
    } else {
        (*count)--;
    }
    return good ? OK
                : fail(f, INPUT_MALFORMED, "L1's node gives an event that is not as the contracts write it");
}

static status read_events(follower *f, l1_event **out, size_t *count, const endpoint_log *logs,
                          size_t log_count)
{
    *out = ARENA_NEW(&f->memory, l1_event, log_count);
    *count = 0;
    for (size_t i = 0; i < log_count; i++)
        TRY(read_event(f, &(*out)[*count], count, &logs[i]));
    return OK;
}

/* ---- a step ---- */

typedef struct {
    endpoint_block block;
    l1_event *events;
    size_t event_count;
    bool is_final;
} next_block;

static status read_state(follower *f, bool *found, l1_state *state, uint64_t *ancestor,
                         const endpoint_block *head)
{
    database_transaction *t;
    TRY(stored(f, database_begin(&t, f->db, false)));
    status s = stored(f, l1_state_read(t, found, state));
    /* Back to a block that both know. */
    for (*ancestor = state->number; s == OK && *found; (*ancestor)--) {
        hash256 own;
        endpoint_block there;
        bool is_kept;
        if ((s = stored(f, l1_block_read(t, &is_kept, &own, *ancestor))) != OK)
            break;
        if (!is_kept) {
            s = fail(f, BLOCK_UNKNOWN,
                     "L1 is another chain than the one that the database follows, or took back more of it "
                     "than can be "
                     "undone: move the database away and start anew");
            break;
        }
        if (*ancestor > head->number)
            continue;
        if (*ancestor == head->number)
            there = *head;
        else if ((s = remote(f, endpoint_block_by_number(f->l1, &there, *ancestor))) != OK)
            break;
        if (memcmp(&there.hash, &own, 32) == 0)
            break;
    }
    database_abort(t);
    return s;
}

/* Blocks that are final come by ranges, since nothing of them is undone. */
static status fetch_range(follower *f, next_block *out, uint64_t after, uint64_t final_number)
{
    uint64_t last = final_number - after > RANGE_BLOCKS ? after + RANGE_BLOCKS : final_number;
    endpoint_log *logs;
    size_t count;
    out->is_final = true;
    uint64_t first = after + 1;
    TRY(remote(f, endpoint_logs(f->l1, &logs, &count, &f->memory, &first, &last, false, f->contracts, 3,
                                NULL)));
    TRY(remote(f, endpoint_block_by_number(f->l1, &out->block, last)));
    TRY(read_events(f, &out->events, &out->event_count, logs, count));
    endpoint_block at = {.number = UINT64_MAX};
    for (size_t i = 0; i < out->event_count; i++) {
        l1_event *e = &out->events[i];
        if (e->kind != L1_COMMITTED && e->kind != L1_PROVEN)
            continue;
        if (at.number != e->block)
            TRY(remote(f, endpoint_block_by_number(f->l1, &at, e->block)));
        e->time = at.timestamp;
    }
    return OK;
}

/* The block after `parent`. *fits is false where L1 has gone on to another chain meanwhile. */
static status fetch_one(follower *f, next_block *out, bool *fits, uint64_t number, const hash256 *parent)
{
    endpoint_log *logs;
    size_t count;
    *fits = false;
    status s = endpoint_block_by_number(f->l1, &out->block, number);
    if (s == BLOCK_UNKNOWN)
        return OK;
    TRY(remote(f, s));
    if (memcmp(&out->block.parent_hash, parent, 32) != 0)
        return OK;
    s = endpoint_block_logs(f->l1, &logs, &count, &f->memory, &out->block.hash, f->contracts, 3);
    if (s == BLOCK_UNKNOWN)
        return OK;
    TRY(remote(f, s));
    s = read_events(f, &out->events, &out->event_count, logs, count);
    if (s == TRANSACTION_UNKNOWN)
        return OK;
    TRY(s);
    for (size_t i = 0; i < out->event_count; i++)
        out->events[i].time = out->block.timestamp;
    *fits = true;
    return OK;
}

static status begin(follower *f, follower_step *out)
{
    endpoint_block first;
    database_transaction *t;
    TRY(remote(f, endpoint_block_by_number(f->l1, &first, f->d->l1_block)));
    TRY(stored(f, database_begin(&t, f->db, true)));
    status s = stored(f, l1_begin(t, first.number, first.timestamp, &first.hash));
    if (s != OK) {
        database_abort(t);
        return s;
    }
    out->changed = out->is_behind = true;
    return stored(f, database_commit(t));
}

/* Undo and apply, all or nothing. */
static status take(follower *f, const l1_state *state, uint64_t ancestor, const next_block *blocks,
                   size_t count, uint64_t final_number)
{
    database_transaction *t;
    uint64_t last = count > 0 ? blocks[count - 1].block.number : ancestor;
    TRY(stored(f, database_begin(&t, f->db, true)));
    status s = OK;
    for (uint64_t n = state->number; n > ancestor && s == OK; n--) {
        s = stored(f, l1_undo(t, &f->memory));
        if (s == BLOCK_UNKNOWN)
            s = fail(
                f, s,
                "L1 took back a block under which nothing is known: move the database away and start anew");
    }
    for (size_t i = 0; i < count && s == OK; i++)
        s = stored(f, l1_apply(t, &f->memory, blocks[i].block.number, blocks[i].block.timestamp,
                               &blocks[i].block.hash, blocks[i].events, blocks[i].event_count,
                               blocks[i].is_final));
    hash256 ignored;
    bool is_kept = false;
    if (s == OK && final_number <= last)
        s = stored(f, l1_block_read(t, &is_kept, &ignored, final_number));
    if (s == OK && is_kept)
        s = stored(f, l1_finalize(t, final_number));
    if (s != OK) {
        database_abort(t);
        return s;
    }
    return stored(f, database_commit(t));
}

static status step(follower *f, follower_step *out)
{
    endpoint_block head, final = {0};
    bool found;
    l1_state state = {0};
    uint64_t ancestor = 0;
    TRY(remote(f, endpoint_block_by_tag(f->l1, &head, "latest")));
    status s = endpoint_block_by_tag(f->l1, &final, "finalized");
    if (s != OK && s != BLOCK_UNKNOWN && s != REMOTE_REFUSED) /* a young chain has none */
        return remote(f, s);
    out->head = head.number;
    out->head_time = head.timestamp;
    TRY(read_state(f, &found, &state, &ancestor, &head));
    if (!found)
        return begin(f, out);
    next_block *blocks = ARENA_NEW(&f->memory, next_block, STEP_BLOCKS);
    size_t count = 0;
    if (ancestor == state.number && final.number > ancestor) {
        TRY(fetch_range(f, &blocks[count++], ancestor, final.number));
    } else {
        hash256 parent;
        database_transaction *t;
        TRY(stored(f, database_begin(&t, f->db, false)));
        s = stored(f, l1_block_read(t, &found, &parent, ancestor));
        database_abort(t);
        TRY(s);
        bool fits = true;
        while (fits && count < STEP_BLOCKS && ancestor + count < head.number) {
            TRY(fetch_one(f, &blocks[count], &fits, ancestor + count + 1, &parent));
            if (fits)
                parent = blocks[count++].block.hash;
        }
    }
    uint64_t last = count > 0 ? blocks[count - 1].block.number : ancestor;
    out->undone = state.number - ancestor;
    out->applied = last - ancestor;
    out->changed = out->undone != 0 || out->applied != 0;
    out->is_behind = out->changed && last < head.number; /* else L1's node is, and is given time */
    if (out->changed)
        TRY(take(f, &state, ancestor, blocks, count, final.number));
    return OK;
}

status follower_take(follower *f, follower_step *out)
{
    *out = (follower_step){0};
    f->text[0] = 0;
    status s = step(f, out);
    arena_rewind(&f->memory, 0);
    return s;
}
