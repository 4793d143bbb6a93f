/* Two threads: one counts the cycles of new blocks and groups them, the other proves batches. Both work on
 * snapshots of the database and write short transactions that look again at what they are about. */
#define _GNU_SOURCE
#include "node/proving.h"

#include "base/check.h"
#include "chain/input.h"
#include "chain/output.h"
#include "crypto/keccak.h"
#include "node/internal.h"
#include "node/log.h"
#include "node/proving_internal.h"
#include "verify/run.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Reserved, not taken. */
#define WORK_ARENA_BYTES ((size_t)64 << 30)
enum {
    REST_MS = 500,          /* at most until a thread looks again */
    REST_AFTER_ERROR_MS = 5000,
    TELL_INTERVAL_MS = 1000, /* between notices of progress */
    MOST_COUNTED_AT_ONCE = 64,
    LOWEST_PRIORITY = 19,
    ERROR_BYTES = sizeof((batch *)0)->error,
};

struct proving {
    node *n;
    proving_options options;
    bool is_started;
    pthread_t grouper, prover;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop;
    uint64_t first_open; /* batches below it are proven or failed */
    proving_now now;
};

proving_options proving_options_default(void)
{
    return (proving_options){
        .limits = {.blocks = 100, .gas = 30000000, .cycles = (uint64_t)1 << 30, .wait_ms = 10000},
        .attempts = 3,
        .memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2,
        .silence_ms = 600000,
    };
}

static uint64_t now_since_1970_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void tell(const proving *p, uint64_t number)
{
    const node_listener *l = &p->n->listener;
    if (l->batch != NULL)
        l->batch(l->context, number);
}

static bool is_stopping(proving *p)
{
    pthread_mutex_lock(&p->lock);
    bool stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return stop;
}

/* Until something changes, but not for longer. */
static void rest(proving *p, uint64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&p->lock);
    if (!p->stop)
        pthread_cond_timedwait(&p->changed, &p->lock, &until);
    pthread_mutex_unlock(&p->lock);
}

/* ---- grouping ---- */

typedef struct {
    uint64_t number;
    hash256 hash;
    waiting_block what;
    bool is_counted;
    uint64_t transactions;
    char reason[ERROR_BYTES];
} candidate;

typedef struct {
    proving *p;
    arena memory, inputs;
    uint64_t oldest, oldest_since_ms; /* the first block that waits, and since when */
    candidate *waiting;
    size_t count;
} grouping;

static status first_waiting(uint64_t *number, node_view *v)
{
    uint64_t batches;
    batch last;
    TRY(node_batch_count(v, &batches));
    *number = v->first + 1;
    if (batches == 0)
        return OK;
    TRY(node_batch_by_number(v, &last, batches));
    *number = last.last_block + 1;
    return OK;
}

/* One more than a batch may have, so that it is seen to be full. */
static status find_waiting(grouping *g, node_view *v, uint64_t first)
{
    uint64_t most = g->p->options.limits.blocks + 1;
    if (most > v->head - first + 1)
        most = v->head - first + 1;
    g->waiting = ARENA_NEW(&g->memory, candidate, most);
    for (g->count = 0; g->count < most; g->count++) {
        candidate *c = &g->waiting[g->count];
        node_block block;
        block_cycles cycles;
        TRY(node_block_by_number(v, &block, first + g->count));
        c->number = block.header.number;
        c->hash = block.hash;
        c->transactions = block.transaction_count;
        c->what.gas_used = block.header.gas_used;
        TRY(batch_get_cycles(v->read, &cycles, &c->is_counted, c->number, &c->hash));
        if (!c->is_counted)
            continue;
        c->what.cycles = cycles.cycles;
        c->what.cannot_be_proven = cycles.reason[0] != 0;
        strcpy(c->reason, cycles.reason);
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
    unsigned long long cycles;
    if (line != NULL && c->counted < c->count) {
        candidate *block = c->blocks[c->counted];
        uint64_t most = c->p->options.limits.cycles;
        if (sscanf(line, "cycles %llu", &cycles) == 1) {
            block->what.cycles = cycles;
            if (cycles > most)
                snprintf(block->reason, sizeof block->reason,
                         "block %llu takes more than %llu cycles, the most that a batch may take",
                         (unsigned long long)block->number, (unsigned long long)most);
            c->counted++;
        } else if (strncmp(line, "refused ", 8) == 0) {
            refuse_block(block, line + 8);
            c->counted++;
        }
    }
    return !is_stopping(c->p);
}

static status store_counts(grouping *g, const counting *c)
{
    database_transaction *t;
    TRY(database_begin(&t, g->p->n->db, true));
    for (size_t i = 0; i < c->counted; i++) {
        const candidate *block = c->blocks[i];
        block_cycles cycles = {.cycles = block->what.cycles};
        snprintf(cycles.reason, sizeof cycles.reason, "%s", block->reason);
        status s = batch_put_cycles(t, block->number, &block->hash, &cycles);
        if (s != OK) {
            database_abort(t);
            return s;
        }
    }
    return database_commit(t);
}

/* The witness of a block, as the guest reads it. */
static status write_input(bytes *out, arena *to, node_view *v, uint64_t number)
{
    node_block block;
    chain_input input;
    size_t mark = v->memory->used_bytes;
    TRY(node_block_by_number(v, &block, number));
    TRY(node_witness(v, &input, &block));
    *out = chain_input_write(to, &v->owner->config, &input);
    arena_rewind(v->memory, mark);
    return OK;
}

/* Counts some of those that are not counted yet. A block whose count ends the process is not counted
 * again. */
static status count_some(grouping *g, node_view *v)
{
    proving *p = g->p;
    counting c = {.p = p, .blocks = ARENA_NEW(&g->memory, candidate *, MOST_COUNTED_AT_ONCE)};
    bytes inputs[MOST_COUNTED_AT_ONCE], result;
    status s = OK;
    for (size_t i = 0; i < g->count && c.count < MOST_COUNTED_AT_ONCE && s == OK; i++) {
        if (g->waiting[i].is_counted)
            continue;
        s = write_input(&inputs[c.count], &g->inputs, v, g->waiting[i].number);
        c.blocks[c.count] = &g->waiting[i];
        c.count += s == OK;
    }
    if (c.count == 0 && s == STATE_UNKNOWN) { /* it is not kept any more */
        refuse_block(c.blocks[0], status_message(s));
        c.counted = 1;
        return store_counts(g, &c);
    }
    if (c.count == 0)
        return s;
    job_header job = {.kind = JOB_COUNT, .threads = 1, .max_cycles = p->options.limits.cycles,
                      .input_count = c.count};
    process_watch watch = {.line = take_count, .context = &c, .memory_bytes = p->options.memory_bytes,
                           .silence_ms = p->options.silence_ms};
    char error[ERROR_BYTES];
    bool fine = process_run(&result, error, sizeof error, p->options.program, &job, inputs, &watch);
    if (result.size > 0)
        munmap((void *)(uintptr_t)result.data, result.size);
    if (is_stopping(p))
        return OK;
    if (!fine && c.counted == 0) {
        refuse_block(c.blocks[0], error);
        c.counted = 1;
    }
    return store_counts(g, &c);
}

static status fill_batch(batch *b, grouping *g, node_view *v, size_t count)
{
    node_block first, last, parent;
    TRY(node_block_by_number(v, &first, g->waiting[0].number));
    TRY(node_block_by_number(v, &last, g->waiting[count - 1].number));
    TRY(node_block_by_number(v, &parent, first.header.number - 1));
    *b = (batch){.first_block = first.header.number,
                 .last_block = last.header.number,
                 .parent_hash = parent.hash,
                 .last_hash = last.hash,
                 .pre_state_root = parent.header.state_root,
                 .post_state_root = last.header.state_root,
                 .sealed_ms = now_since_1970_ms()};
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
    TRY(database_begin(&t, g->p->n->db, true));
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

static status group_in(grouping *g, node_view *v, bool *again)
{
    proving *p = g->p;
    uint64_t first, batches, now = node_now_milliseconds();
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
    TRY(node_batch_count(v, &batches));
    TRY(store_batch(g, &b, batches, &is_stored));
    *again = true;
    if (is_stored) {
        pthread_mutex_lock(&p->lock);
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->lock);
        log_event(b.status == BATCH_FAILED ? LOG_WARN : LOG_INFO, "batch sealed", log_number("batch", b.number),
                  log_number("first_block", b.first_block), log_number("last_block", b.last_block),
                  log_number("cycles", b.cycles), log_text("error", b.error));
        tell(p, b.number);
    }
    return OK;
}

static void *group(void *context)
{
    grouping g = {.p = context};
    setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY); /* of this thread */
    arena_open(&g.memory, WORK_ARENA_BYTES);
    arena_open(&g.inputs, WORK_ARENA_BYTES);
    while (!is_stopping(g.p)) {
        node_view *v;
        bool again = false;
        arena_rewind(&g.memory, 0);
        arena_rewind(&g.inputs, 0);
        status s = view_open(&v, &g.memory, g.p->n);
        if (s == OK) {
            s = group_in(&g, v, &again);
            node_view_close(v);
        }
        if (s != OK)
            log_event(LOG_ERROR, "grouping failed", log_text("error", node_error_text()));
        if (s != OK || !again)
            rest(g.p, s != OK ? REST_AFTER_ERROR_MS : REST_MS);
    }
    arena_close(&g.inputs);
    arena_close(&g.memory);
    return NULL;
}

/* ---- proving ---- */

typedef struct {
    proving *p;
    arena memory, inputs;
    batch b;
    bool is_dropped;  /* its blocks have left the chain */
    uint64_t told_ms, looked_ms, begun_ms;
} attempt;

/* The lowest batch that is not finished: one that is still being proven was interrupted by the node's end. */
static status find_open(attempt *a, bool *found)
{
    proving *p = a->p;
    database_transaction *t;
    uint64_t count, number, first;
    *found = false;
    pthread_mutex_lock(&p->lock);
    number = first = p->first_open;
    pthread_mutex_unlock(&p->lock);
    TRY(database_begin(&t, p->n->db, false));
    status s = batch_count(t, &count);
    for (; s == OK && number <= count && !*found; number += !*found) {
        s = batch_get(t, &a->b, number);
        *found = s == OK && (a->b.status == BATCH_SEALED || a->b.status == BATCH_PROVING);
    }
    database_abort(t);
    pthread_mutex_lock(&p->lock);
    if (s == OK && p->first_open == first) /* it may have been set back */
        p->first_open = number;
    pthread_mutex_unlock(&p->lock);
    return s;
}

/* Changes the batch's record, unless it is not there any more: then *is_there is false. */
static status update(attempt *a, bool *is_there, bytes proof)
{
    database_transaction *t;
    batch stored;
    TRY(database_begin(&t, a->p->n->db, true));
    status s = batch_get(t, &stored, a->b.number);
    *is_there = s == OK && same_hash(&stored.last_hash, &a->b.last_hash);
    if (s == BATCH_UNKNOWN)
        s = OK;
    number_key key = number_key_of(a->b.number);
    if (*is_there && proof.size > 0)
        s = database_put(t, TABLE_PROOFS, bytes_of_number(&key), proof);
    if (s == OK && *is_there)
        s = batch_put(t, &a->memory, &a->b);
    if (s == OK && *is_there)
        s = database_commit(t);
    else
        database_abort(t);
    if (s == OK && *is_there)
        tell(a->p, a->b.number);
    return s;
}

static bool is_still_there(attempt *a)
{
    database_transaction *t;
    batch stored;
    if (database_begin(&t, a->p->n->db, false) != OK)
        return true;
    status s = batch_get(t, &stored, a->b.number);
    database_abort(t);
    return s != BATCH_UNKNOWN && (s != OK || same_hash(&stored.last_hash, &a->b.last_hash));
}

static void take_progress(attempt *a, const char *line)
{
    unsigned part, parts;
    unsigned long long done, cycles;
    double left;
    int stage, process;
    if (sscanf(line, "process %d", &process) == 1) {
        pthread_mutex_lock(&a->p->lock);
        a->p->now.process = process;
        pthread_mutex_unlock(&a->p->lock);
    }
    if (sscanf(line, "progress %u %u %llu %llu %lf %n", &part, &parts, &done, &cycles, &left, &stage) < 5)
        return;
    double spent = (double)(node_now_milliseconds() - a->begun_ms) / 1000;
    proving_now *now = &a->p->now;
    pthread_mutex_lock(&a->p->lock);
    now->part = part;
    now->parts = parts;
    now->cycles_done = done;
    now->cycles = cycles;
    now->seconds_left = left;
    if (left >= 0 && spent / (spent + left + 0.001) > now->share_done)
        now->share_done = spent / (spent + left + 0.001);
    snprintf(now->stage, sizeof now->stage, "%s", line + stage);
    pthread_mutex_unlock(&a->p->lock);
}

static bool watch_prover(void *context, const char *line)
{
    attempt *a = context;
    uint64_t now_ms = node_now_milliseconds();
    if (line != NULL)
        take_progress(a, line);
    if (line != NULL && now_ms - a->told_ms >= TELL_INTERVAL_MS) {
        a->told_ms = now_ms;
        tell(a->p, a->b.number);
    }
    if (now_ms - a->looked_ms >= TELL_INTERVAL_MS) {
        a->looked_ms = now_ms;
        a->is_dropped = !is_still_there(a);
    }
    return !a->is_dropped && !is_stopping(a->p);
}

/* All inputs one after another, and what a proof of them must make public, from the chain's headers. */
static status gather(attempt *a, bytes *input, block_output *expected)
{
    node *n = a->p->n;
    node_view *v;
    TRY(view_open(&v, &a->memory, n));
    *expected = (block_output){.chain_id = n->config.chain_id,
                               .pre_state_root = a->b.pre_state_root,
                               .post_state_root = a->b.post_state_root,
                               .parent_hash = a->b.parent_hash,
                               .block_hash = a->b.last_hash,
                               .first_number = a->b.first_block,
                               .last_number = a->b.last_block,
                               .anchored = true};
    chain_config_hash(&expected->chain_config_hash, &n->config);
    *input = (bytes){NULL, 0};
    status s = OK;
    for (uint64_t i = a->b.first_block; i <= a->b.last_block && s == OK; i++) {
        node_block block;
        bytes one = {NULL, 0};
        s = node_block_by_number(v, &block, i);
        if (s == OK)
            s = write_input(&one, &a->inputs, v, i);
        if (s != OK)
            break;
        if (i == a->b.first_block)
            input->data = one.data;
        CHECK(one.data == input->data + input->size); /* sizes are multiples of the alignment */
        input->size += one.size;
        expected->timestamp = block.header.timestamp;
        expected->gas_used += block.header.gas_used;
        if (i == a->b.first_block)
            expected->receipts_root = block.header.receipts_root;
        else
            chain_output_fold(&expected->receipts_root, &block.header.receipts_root);
    }
    node_view_close(v);
    return s;
}

/* Whether the file is a proof of what it should be a proof of. */
static bool holds(char error[ERROR_BYTES], attempt *a, bytes file, const block_output *expected)
{
    verifier v;
    run_proof proof;
    run_statement statement;
    digest id;
    uint8_t output[BLOCK_OUTPUT_BYTES];
    status s = program_id_read(&id, a->p->options.program_id);
    CHECK(s == OK);
    size_t mark = a->memory.used_bytes;
    verifier_open(&v, &a->memory, &STARK_FULL);
    s = run_proof_read(&proof, &a->memory, &v, file);
    if (s == OK)
        s = run_verify(&statement, NULL, &v, &id, &proof, &a->memory);
    block_output_write(output, expected);
    bool fits = s == OK && statement.output.size == sizeof output &&
                memcmp(statement.output.data, output, sizeof output) == 0;
    arena_rewind(&a->memory, mark);
    if (!fits)
        snprintf(error, ERROR_BYTES, "the prover's proof is wrong: %s",
                 s != OK ? status_message(s) : "it is about something else");
    return fits;
}

static void set_now(proving *p, const attempt *a)
{
    pthread_mutex_lock(&p->lock);
    p->now = (proving_now){.seconds_left = -1};
    if (a != NULL) {
        p->now.batch = a->b.number;
        p->now.started_ms = a->b.started_ms;
        p->now.cycles = a->b.cycles;
        strcpy(p->now.stage, "start");
    }
    pthread_mutex_unlock(&p->lock);
}

/* A proof that holds, owned; or false with the reason. */
static bool try_once(bytes *proof, char error[ERROR_BYTES], attempt *a)
{
    const proving_options *o = &a->p->options;
    bytes input;
    block_output expected;
    *proof = (bytes){NULL, 0};
    status s = gather(a, &input, &expected);
    if (s != OK) {
        snprintf(error, ERROR_BYTES, "the witness cannot be made: %s", status_message(s));
        return false;
    }
    job_header job = {.kind = JOB_PROVE, .memory_bytes = o->memory_bytes, .threads = o->threads,
                      .input_count = 1};
    process_watch watch = {.line = watch_prover, .context = a, .silence_ms = o->silence_ms,
                           .memory_bytes = o->memory_bytes + o->memory_bytes / 4};
    bool fine = process_run(proof, error, ERROR_BYTES, o->program, &job, &input, &watch);
    if (fine && proof->size == 0) {
        snprintf(error, ERROR_BYTES, "the prover gave no proof");
        fine = false;
    }
    return fine && holds(error, a, *proof, &expected);
}

static status attempt_once(attempt *a)
{
    proving *p = a->p;
    batch *b = &a->b;
    bool is_there;
    if (b->status == BATCH_PROVING)
        b->attempts--;
    b->status = BATCH_PROVING;
    b->attempts++;
    b->started_ms = now_since_1970_ms();
    b->ended_ms = 0;
    set_now(p, a);
    a->begun_ms = a->looked_ms = node_now_milliseconds();
    TRY(update(a, &is_there, (bytes){NULL, 0}));
    if (!is_there)
        return OK;

    bytes proof;
    char error[ERROR_BYTES] = "";
    a->is_dropped = false;
    bool fine = try_once(&proof, error, a), interrupted = !fine && is_stopping(p);
    b->ended_ms = now_since_1970_ms();
    if (fine) {
        b->status = BATCH_PROVEN;
        b->proof_bytes = proof.size;
        b->error[0] = 0;
    } else if (interrupted) {
        b->status = BATCH_SEALED;
        b->attempts--;
        b->ended_ms = 0;
    } else {
        b->status = b->attempts < p->options.attempts ? BATCH_SEALED : BATCH_FAILED;
        strcpy(b->error, error);
    }
    set_now(p, NULL);
    status s = update(a, &is_there, fine ? proof : (bytes){NULL, 0});
    if (proof.size > 0)
        munmap((void *)(uintptr_t)proof.data, proof.size);
    if (fine && s == OK && is_there)
        log_event(LOG_INFO, "batch proven", log_number("batch", b->number),
                  log_number("first_block", b->first_block), log_number("last_block", b->last_block),
                  log_number("cycles", b->cycles), log_number("proof_bytes", b->proof_bytes),
                  log_real("seconds", (double)(b->ended_ms - b->started_ms) / 1000));
    if (!fine && !interrupted && !a->is_dropped && is_there) {
        log_event(LOG_WARN, "batch not proven", log_number("batch", b->number),
                  log_number("attempt", b->attempts), log_number("attempts", p->options.attempts), log_text("error", error));
        if (s == OK && b->status == BATCH_SEALED)
            rest(p, 1000 << (b->attempts < 5 ? b->attempts : 5));
    }
    return s;
}

static void *prove(void *context)
{
    attempt a = {.p = context};
    setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY); /* of this thread */
    arena_open(&a.memory, WORK_ARENA_BYTES);
    arena_open(&a.inputs, WORK_ARENA_BYTES);
    while (!is_stopping(a.p)) {
        bool found;
        arena_rewind(&a.memory, 0);
        arena_rewind(&a.inputs, 0);
        status s = find_open(&a, &found);
        if (s == OK && found)
            s = attempt_once(&a);
        set_now(a.p, NULL);
        if (s != OK)
            log_event(LOG_ERROR, "proving failed", log_text("error", node_error_text()));
        if (s != OK || !found)
            rest(a.p, s != OK ? REST_AFTER_ERROR_MS : REST_MS);
    }
    arena_close(&a.inputs);
    arena_close(&a.memory);
    return NULL;
}

/* ---- from outside ---- */

proving *proving_open(node *n, const proving_options *options)
{
    proving *p = calloc(1, sizeof *p);
    CHECK(p != NULL);
    p->n = n;
    p->options = *options;
    p->first_open = 1;
    p->now.seconds_left = -1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &clock);
    pthread_condattr_destroy(&clock);
    return p;
}

void proving_close(proving *p)
{
    if (p == NULL)
        return;
    node_proving_stop(p->n);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p);
}

void proving_head_changed(proving *p, uint64_t dropped)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    if (dropped != 0 && dropped < p->first_open)
        p->first_open = dropped;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void node_proving_start(node *n)
{
    proving *p = n->proving;
    if (p == NULL || p->is_started)
        return;
    p->stop = false;
    int failed = pthread_create(&p->grouper, NULL, group, p);
    CHECK(failed == 0);
    failed = pthread_create(&p->prover, NULL, prove, p);
    CHECK(failed == 0);
    p->is_started = true;
}

void node_proving_stop(node *n)
{
    proving *p = n->proving;
    if (p == NULL || !p->is_started)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->grouper, NULL);
    pthread_join(p->prover, NULL);
    p->is_started = false;
}

void node_proving_now(node *n, proving_now *out)
{
    *out = (proving_now){.seconds_left = -1};
    if (n->proving == NULL)
        return;
    pthread_mutex_lock(&n->proving->lock);
    *out = n->proving->now;
    out->is_on = true;
    out->first_open = n->proving->first_open;
    pthread_mutex_unlock(&n->proving->lock);
}
