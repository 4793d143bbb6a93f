/* The thread that counts what new blocks cost to prove and groups them into batches. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "chain/output.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "proving/internal.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { MOST_COUNTED_AT_ONCE = 64 };

typedef struct {
    uint64_t number;
    hash256 hash;
    waiting_block what;
    bool is_counted;
    uint64_t transactions;
    char reason[BATCH_ERROR_BYTES];
} candidate;

typedef struct {
    proving *p;
    arena memory, inputs;
    uint64_t oldest, oldest_since_ms; /* the first block that waits, and since when */
    candidate *waiting;
    size_t count;
    uint64_t failing, failures; /* a block whose count failed, and how often in a row */
} grouping;

static status first_waiting(uint64_t *number, store_view *v)
{
    uint64_t batches;
    batch last;
    TRY(store_batch_count(v, &batches));
    *number = v->first + 1;
    if (batches == 0)
        return OK;
    TRY(store_batch_by_number(v, &last, batches));
    *number = last.last_block + 1;
    return OK;
}

/* One more than a batch may have, so that it is seen to be full. */
static status find_waiting(grouping *g, store_view *v, uint64_t first)
{
    uint64_t most = g->p->options.limits.blocks + 1;
    if (most > v->head - first + 1)
        most = v->head - first + 1;
    g->waiting = ARENA_NEW(&g->memory, candidate, most);
    for (g->count = 0; g->count < most; g->count++) {
        candidate *c = &g->waiting[g->count];
        store_block block;
        block_cost cost;
        TRY(store_block_by_number(v, &block, first + g->count));
        c->number = block.header.number;
        c->hash = block.hash;
        c->transactions = block.transaction_count;
        c->what.gas_used = block.header.gas_used;
        TRY(batch_get_cost(v->read, &cost, &c->is_counted, c->number, &c->hash));
        if (!c->is_counted)
            continue;
        c->what.cycles = cost.cycles;
        c->what.cells = cost.cells;
        c->what.cannot_be_proven = cost.reason[0] != 0;
        strcpy(c->reason, cost.reason);
    }
    return OK;
}

typedef struct {
    proving *p;
    candidate **blocks;
    size_t count, counted;
} counting;

static void refuse_block(candidate *block, const char *why)
{
    snprintf(block->reason, sizeof block->reason, "block %llu cannot be proven: %.200s",
             (unsigned long long)block->number, why);
}

static bool take_count(void *context, const char *line)
{
    counting *c = context;
    unsigned long long cycles, cells;
    if (line != NULL && c->counted < c->count) {
        candidate *block = c->blocks[c->counted];
        uint64_t most = c->p->options.limits.cells;
        if (sscanf(line, "cost %llu %llu", &cycles, &cells) == 2) {
            block->what.cycles = cycles;
            block->what.cells = cells;
            if (cells > most)
                snprintf(block->reason, sizeof block->reason,
                         "block %llu takes more than %llu cells to prove, the most that a batch may take",
                         (unsigned long long)block->number, (unsigned long long)most);
            c->counted++;
        } else if (strncmp(line, "refused ", 8) == 0) {
            refuse_block(block, line + 8);
            c->counted++;
        }
    }
    return !proving_is_stopping(c->p);
}

static status store_counts(grouping *g, const counting *c)
{
    database_transaction *t;
    TRY(database_begin(&t, node_store(g->p->n)->db, true));
    for (size_t i = 0; i < c->counted; i++) {
        const candidate *block = c->blocks[i];
        block_cost cost = {.cycles = block->what.cycles, .cells = block->what.cells};
        snprintf(cost.reason, sizeof cost.reason, "%s", block->reason);
        status s = batch_put_cost(t, block->number, &block->hash, &cost);
        if (s != OK) {
            database_abort(t);
            return s;
        }
    }
    return database_commit(t);
}

/* Whether the count of that block has failed as often as it may: what ended the process need not have been
 * the block. Rests where it has not. */
static bool is_given_up(grouping *g, uint64_t number, const char *error)
{
    g->failures = g->failing == number ? g->failures + 1 : 1;
    g->failing = number;
    if (g->failures >= g->p->options.attempts)
        return true;
    log_event(LOG_WARN, "block not counted", log_number("number", number), log_text("error", error));
    proving_rest_after(g->p, g->failures);
    return false;
}

/* Counts some of those that are not counted yet. A block whose counts end the process is given up. */
static status count_some(grouping *g, store_view *v)
{
    proving *p = g->p;
    counting c = {.p = p, .blocks = ARENA_NEW(&g->memory, candidate *, MOST_COUNTED_AT_ONCE)};
    bytes inputs[MOST_COUNTED_AT_ONCE], result;
    status s = OK;
    for (size_t i = 0; i < g->count && c.count < MOST_COUNTED_AT_ONCE && s == OK; i++) {
        if (g->waiting[i].is_counted)
            continue;
        s = proving_write_input(&inputs[c.count], &g->inputs, v, g->waiting[i].number);
        c.blocks[c.count] = &g->waiting[i];
        c.count += s == OK;
    }
    if (c.count == 0 && (s == STATE_UNKNOWN /* not kept any more */ || s == BLOCK_NOT_PROVABLE)) {
        refuse_block(c.blocks[0], status_message(s));
        c.counted = 1;
        return store_counts(g, &c);
    }
    if (c.count == 0)
        return s;
    job_header job = {.kind = JOB_COUNT, .threads = 1, .max_cells = p->options.limits.cells,
                      .input_count = c.count};
    process_watch watch = {.line = take_count, .context = &c, .memory_bytes = p->options.memory_bytes,
                           .silence_ms = p->options.silence_ms};
    char error[BATCH_ERROR_BYTES];
    bool fine = process_run(&result, error, sizeof error, p->options.program, &job, inputs, &watch);
    if (result.size > 0)
        munmap((void *)(uintptr_t)result.data, result.size);
    if (proving_is_stopping(p))
        return OK;
    if (c.counted == 0) {
        if (fine)
            snprintf(error, sizeof error, "the prover gave no count");
        if (!is_given_up(g, c.blocks[0]->number, error))
            return OK;
        refuse_block(c.blocks[0], error);
        c.counted = 1;
    }
    return store_counts(g, &c);
}

/* Of the next batch: the last one's, with the roots of its blocks. */
static status receipts_before(hash256 *receipts, store_view *v)
{
    uint64_t batches;
    batch last;
    *receipts = (hash256){0};
    TRY(store_batch_count(v, &batches));
    if (batches == 0)
        return OK;
    TRY(store_batch_by_number(v, &last, batches));
    *receipts = last.receipts_before;
    for (uint64_t i = last.first_block; i <= last.last_block; i++) {
        store_block block;
        TRY(store_block_by_number(v, &block, i));
        chain_output_fold(receipts, &block.header.receipts_root);
    }
    return OK;
}

static status fill_batch(batch *b, grouping *g, store_view *v, size_t count)
{
    store_block first, last, parent;
    TRY(store_block_by_number(v, &first, g->waiting[0].number));
    TRY(store_block_by_number(v, &last, g->waiting[count - 1].number));
    TRY(store_block_by_number(v, &parent, first.header.number - 1));
    *b = (batch){.first_block = first.header.number,
                 .last_block = last.header.number,
                 .parent_hash = parent.hash,
                 .last_hash = last.hash,
                 .pre_state_root = parent.header.state_root,
                 .post_state_root = last.header.state_root,
                 .sealed_ms = clock_unix_milliseconds()};
    TRY(receipts_before(&b->receipts_before, v));
    for (size_t i = 0; i < count; i++) {
        b->transactions += g->waiting[i].transactions;
        b->gas_used += g->waiting[i].what.gas_used;
        b->cycles += g->waiting[i].what.cycles;
    }
    if (g->waiting[0].what.cannot_be_proven) {
        b->status = BATCH_FAILED;
        strcpy(b->error, g->waiting[0].reason);
    }
    return OK;
}

/* Unless the chain has changed meanwhile. */
static status store_batch(grouping *g, batch *b, uint64_t after, bool *is_stored)
{
    database_transaction *t;
    bytes record;
    uint64_t count = 0;
    number_key key = number_key_of(b->last_block);
    *is_stored = false;
    TRY(database_begin(&t, node_store(g->p->n)->db, true));
    status s = database_get(t, &record, TABLE_CANONICAL, bytes_of_number(&key));
    if (s == OK)
        s = batch_count(t, &count);
    *is_stored = s == OK && count == after && record.size == 64 &&
                 memcmp(record.data, b->last_hash.bytes, 32) == 0;
    b->number = count + 1;
    if (*is_stored)
        s = batch_put(t, &g->memory, b);
    if (s == OK && *is_stored)
        return database_commit(t);
    database_abort(t);
    return s;
}

static status group_in(grouping *g, store_view *v, bool *again)
{
    proving *p = g->p;
    uint64_t first, batches, now = clock_milliseconds();
    TRY(first_waiting(&first, v));
    if (first > v->head) {
        g->oldest = 0;
        return OK;
    }
    if (g->oldest != first) {
        g->oldest = first;
        g->oldest_since_ms = now;
    }
    TRY(find_waiting(g, v, first));
    for (size_t i = 0; i < g->count; i++)
        if (!g->waiting[i].is_counted) {
            *again = true;
            return count_some(g, v);
        }
    waiting_block *what = ARENA_NEW(&g->memory, waiting_block, g->count);
    for (size_t i = 0; i < g->count; i++)
        what[i] = g->waiting[i].what;
    size_t cut = batch_cut(&p->options.limits, what, g->count, now - g->oldest_since_ms);
    if (cut == 0)
        return OK;
    batch b;
    bool is_stored;
    TRY(fill_batch(&b, g, v, cut));
    TRY(store_batch_count(v, &batches));
    TRY(store_batch(g, &b, batches, &is_stored));
    *again = true;
    if (is_stored) {
        pthread_mutex_lock(&p->lock);
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->lock);
        metrics_add(METRIC_batches_sealed, 1);
        metrics_add(METRIC_batches_failed, b.status == BATCH_FAILED);
        log_event(b.status == BATCH_FAILED ? LOG_WARN : LOG_INFO, "batch sealed",
                  log_number("batch", b.number), log_number("first_block", b.first_block),
                  log_number("last_block", b.last_block),
                  log_number("cycles", b.cycles), log_text("error", b.error));
        node_tell_batch(p->n, b.number);
    }
    return OK;
}

void *proving_group(void *context)
{
    grouping g = {.p = context};
    setpriority(PRIO_PROCESS, 0, PROVING_PRIORITY); /* of this thread */
    arena_open(&g.memory, PROVING_ARENA_BYTES);
    arena_open(&g.inputs, PROVING_ARENA_BYTES);
    while (!proving_is_stopping(g.p)) {
        store_view *v;
        bool again = false;
        arena_rewind(&g.memory, 0);
        arena_rewind(&g.inputs, 0);
        status s = store_view_open(&v, &g.memory, node_store(g.p->n));
        if (s == OK) {
            s = group_in(&g, v, &again);
            store_view_close(v);
        }
        if (s != OK)
            log_event(LOG_ERROR, "grouping failed", log_text("error", node_error_text()));
        if (s != OK || !again)
            proving_rest(g.p, s != OK ? PROVING_REST_AFTER_ERROR_MS : PROVING_REST_MS);
    }
    arena_close(&g.inputs);
    arena_close(&g.memory);
    return NULL;
}
