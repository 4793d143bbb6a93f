/* The thread that proves batches, one after another. */
#define _GNU_SOURCE
#include "abi/block_input.h"
#include "base/check.h"
#include "base/clock.h"
#include "chain/input.h"
#include "chain/output.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "proving/internal.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { TELL_INTERVAL_MS = 1000 }; /* between notices of progress */

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
    uint64_t count, number, drops;
    *found = false;
    pthread_mutex_lock(&p->lock);
    number = p->first_open;
    drops = p->drops;
    pthread_mutex_unlock(&p->lock);
    TRY(database_begin(&t, node_store(p->n)->db, false));
    status s = batch_count(t, &count);
    for (; s == OK && number <= count && !*found; number += !*found) {
        s = batch_get(t, &a->b, number);
        *found = s == OK && (a->b.status == BATCH_SEALED || a->b.status == BATCH_PROVING);
    }
    database_abort(t);
    pthread_mutex_lock(&p->lock);
    if (s == OK && p->drops == drops) /* else what was read may be gone */
        p->first_open = number;
    pthread_mutex_unlock(&p->lock);
    return s;
}

/* Changes the batch's record, unless it is not there any more: then *is_there is false. */
static status update(attempt *a, bool *is_there, bytes proof)
{
    database_transaction *t;
    batch stored;
    TRY(database_begin(&t, node_store(a->p->n)->db, true));
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
        node_tell_batch(a->p->n, a->b.number);
    return s;
}

static bool is_still_there(attempt *a)
{
    database_transaction *t;
    batch stored;
    if (database_begin(&t, node_store(a->p->n)->db, false) != OK)
        return true;
    status s = batch_get(t, &stored, a->b.number);
    database_abort(t);
    return s != BATCH_UNKNOWN && (s != OK || same_hash(&stored.last_hash, &a->b.last_hash));
}

static bool watch_prover(void *context, const char *line)
{
    attempt *a = context;
    uint64_t now_ms = clock_milliseconds();
    if (line != NULL)
        proving_take_progress(a->p, line, a->begun_ms);
    if (line != NULL && now_ms - a->told_ms >= TELL_INTERVAL_MS) {
        a->told_ms = now_ms;
        node_tell_batch(a->p->n, a->b.number);
    }
    if (now_ms - a->looked_ms >= TELL_INTERVAL_MS) {
        a->looked_ms = now_ms;
        a->is_dropped = !is_still_there(a);
    }
    return !a->is_dropped && !proving_is_stopping(a->p);
}

/* All inputs one after another, and what a proof of them must make public, from the chain's headers. */
static status gather(attempt *a, bytes *input, block_output *expected)
{
    node *n = a->p->n;
    store_view *v;
    TRY(store_view_open(&v, &a->memory, node_store(n)));
    *expected = (block_output){.chain_id = node_config(n)->chain_id,
                               .pre_state_root = a->b.pre_state_root,
                               .post_state_root = a->b.post_state_root,
                               .parent_hash = a->b.parent_hash,
                               .block_hash = a->b.last_hash,
                               .first_number = a->b.first_block,
                               .last_number = a->b.last_block,
                               .receipts_before = a->b.receipts_before,
                               .receipts_after = a->b.receipts_before,
                               .held_against_parent = true};
    chain_config_hash(&expected->chain_config_hash, node_config(n));
    uint8_t *start = arena_allocate(&a->inputs, BLOCK_INPUT_RECEIPTS_BYTES, 8);
    chain_input_write_receipts(start, &a->b.receipts_before);
    *input = (bytes){start, BLOCK_INPUT_RECEIPTS_BYTES};
    status s = OK;
    for (uint64_t i = a->b.first_block; i <= a->b.last_block && s == OK; i++) {
        store_block block;
        bytes one = {NULL, 0};
        s = store_block_by_number(v, &block, i);
        if (s == OK)
            s = proving_write_input(&one, &a->inputs, v, i);
        if (s != OK)
            break;
        CHECK(one.data == input->data + input->size); /* sizes are multiples of the alignment */
        input->size += one.size;
        expected->timestamp = block.header.timestamp;
        expected->gas_used += block.header.gas_used;
        chain_output_fold(&expected->receipts_after, &block.header.receipts_root);
    }
    store_view_close(v);
    return s;
}

/* Whether the file is a proof of what it should be a proof of. */
static bool holds(char error[BATCH_ERROR_BYTES], bool *is_joined, attempt *a, bytes file, const block_output *expected)
{
    block_output shown;
    bytes output;
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    size_t mark = a->memory.used_bytes;
    status s = proving_verify(&output, is_joined, &a->memory, a->p, file);
    block_output_write(encoding, expected);
    bool fits = s == OK && output.size == sizeof encoding && memcmp(output.data, encoding, sizeof encoding) == 0;
    if (!fits)
        snprintf(error, BATCH_ERROR_BYTES, "the prover's proof is wrong: %s",
                 s != OK ? status_message(s)
                 : block_output_read(&shown, output) == OK && !shown.held_against_parent
                     ? "its blocks were not held against their parent"
                     : "it is about something else");
    arena_rewind(&a->memory, mark);
    return fits;
}

static void show_now(proving *p, const attempt *a)
{
    proving_now now = {.seconds_left = -1};
    if (a != NULL) {
        now.batch = a->b.number;
        now.started_ms = a->b.started_ms;
        now.cycles = a->b.cycles;
        strcpy(now.stage, "start");
    }
    proving_set_now(p, &now);
}

static bytes bytes_of_c_string(const char *text)
{
    return (bytes){(const uint8_t *)text, text != NULL ? strlen(text) + 1 : 0};
}

/* A proof that holds, owned; or false with the reason. */
static bool try_once(bytes *proof, bool *is_joined, char error[BATCH_ERROR_BYTES], attempt *a)
{
    const proving_options *o = &a->p->options;
    bytes input;
    block_output expected;
    *proof = (bytes){NULL, 0};
    status s = gather(a, &input, &expected);
    if (s != OK) {
        snprintf(error, BATCH_ERROR_BYTES, "the witness cannot be made: %s", status_message(s));
        return false;
    }
    bytes inputs[] = {input, bytes_of_c_string(o->queue), bytes_of_c_string(work_open(&a->memory, o, &a->b))};
    job_header job = {.kind = JOB_PROVE, .memory_bytes = o->memory_bytes, .threads = o->threads, .input_count = 3};
    process_watch watch = {.line = watch_prover, .context = a, .silence_ms = o->silence_ms,
                           .memory_bytes = o->memory_bytes + o->memory_bytes / 4};
    bool fine = process_run(proof, error, BATCH_ERROR_BYTES, o->program, &job, inputs, &watch);
    if (fine && proof->size == 0) {
        snprintf(error, BATCH_ERROR_BYTES, "the prover gave no proof");
        fine = false;
    }
    return fine && holds(error, is_joined, a, *proof, &expected);
}

/* The end of an attempt. */
static void report(const attempt *a, const char *error)
{
    const batch *b = &a->b;
    if (b->status == BATCH_PROVEN) {
        metrics_add(METRIC_batches_proven, 1);
        metrics_add(METRIC_cycles_proven, (int64_t)b->cycles);
        log_event(LOG_INFO, "batch proven", log_number("batch", b->number),
                  log_number("first_block", b->first_block), log_number("last_block", b->last_block),
                  log_number("cycles", b->cycles), log_number("proof_bytes", b->proof_bytes),
                  log_real("seconds", (double)(b->ended_ms - b->started_ms) / 1000));
    } else {
        metrics_add(METRIC_proving_attempts_failed, 1);
        metrics_add(METRIC_batches_failed, b->status == BATCH_FAILED);
        log_event(LOG_WARN, "batch not proven", log_number("batch", b->number),
                  log_number("attempt", b->attempts), log_number("attempts", a->p->options.attempts),
                  log_text("error", error));
    }
}

/* A proof has cost too much to be thrown away because the disk is full just now. */
static status keep_outcome(attempt *a, bool *is_there, bytes proof)
{
    status s;
    while ((s = update(a, is_there, proof)) != OK && proof.size > 0 && !proving_is_stopping(a->p)) {
        log_event(LOG_ERROR, "proof not stored", log_number("batch", a->b.number),
                  log_text("error", node_error_text()));
        proving_rest(a->p, PROVING_REST_AFTER_ERROR_MS);
    }
    return s;
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
    b->started_ms = clock_unix_milliseconds();
    b->ended_ms = 0;
    show_now(p, a);
    a->begun_ms = a->looked_ms = clock_milliseconds();
    TRY(update(a, &is_there, (bytes){NULL, 0}));
    if (!is_there)
        return OK;

    bytes proof;
    char error[BATCH_ERROR_BYTES] = "";
    a->is_dropped = false;
    bool is_joined = false, fine = try_once(&proof, &is_joined, error, a), interrupted = !fine && proving_is_stopping(p);
    b->ended_ms = clock_unix_milliseconds();
    if (fine) {
        b->status = BATCH_PROVEN;
        memcpy(b->program.bytes, p->options.program_id, sizeof b->program.bytes);
        b->proof_bytes = proof.size;
        b->is_joined = is_joined;
        b->error[0] = 0;
    } else if (interrupted) {
        b->status = BATCH_SEALED;
        b->attempts--;
        b->ended_ms = 0;
    } else {
        b->status = b->attempts < p->options.attempts ? BATCH_SEALED : BATCH_FAILED;
        strcpy(b->error, error);
    }
    show_now(p, NULL);
    status s = keep_outcome(a, &is_there, fine ? proof : (bytes){NULL, 0});
    if (proof.size > 0)
        munmap((void *)(uintptr_t)proof.data, proof.size);
    if (s == OK && is_there && !interrupted)
        report(a, error);
    if (s == OK && !interrupted && b->status != BATCH_SEALED)
        work_clear(&p->options);
    if (s == OK && is_there && !interrupted && b->status == BATCH_SEALED)
        proving_rest_after(p, b->attempts);
    return s;
}

void *proving_prove(void *context)
{
    attempt a = {.p = context};
    setpriority(PRIO_PROCESS, 0, PROVING_PRIORITY); /* of this thread */
    arena_open(&a.memory, PROVING_ARENA_BYTES);
    arena_open(&a.inputs, PROVING_ARENA_BYTES);
    while (!proving_is_stopping(a.p)) {
        bool found;
        arena_rewind(&a.memory, 0);
        arena_rewind(&a.inputs, 0);
        status s = find_open(&a, &found);
        if (s == OK && found)
            s = attempt_once(&a);
        else if (s == OK)
            s = proving_link(a.p, &a.memory, &found);
        show_now(a.p, NULL);
        if (s != OK)
            log_event(LOG_ERROR, "proving failed", log_text("error", node_error_text()));
        if (s != OK || !found)
            proving_rest(a.p, s != OK ? PROVING_REST_AFTER_ERROR_MS : PROVING_REST_MS);
    }
    arena_close(&a.inputs);
    arena_close(&a.memory);
    return NULL;
}
