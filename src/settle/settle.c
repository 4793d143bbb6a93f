#define _GNU_SOURCE
#include "settle/settle.h"

#include "base/check.h"
#include "base/clock.h"
#include "crypto/keccak.h"
#include "settle/attest.h"
#include "settle/chain.h"
#include "settle/events.h"
#include "settle/follow.h"
#include "settle/rollup_state.h"
#include "store/store.h"
#include "telemetry/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { L1_TIMEOUT_SECONDS = 20 };

struct settle {
    settle_options options;
    node *n;
    endpoint *l1;
    follower *follow;
    sender *send; /* NULL: it sends nothing */
    attester *attest; /* NULL: it proves nothing */
    u256 batch_bond;
    arena memory;
    pthread_t thread;
    bool is_started;
    atomic_bool stop;
    uint64_t last_seal;        /* seconds */
    uint64_t waiting_since_ms; /* for a batch; 0: no block waits */
    uint64_t l1_time;
    char complaint[1024]; /* the last, so that it is said once */
};

static char open_error[1200];
const char *settle_open_error(void) { return open_error; }

static bool fail_open(settle *s, const char *text)
{
    snprintf(open_error, sizeof open_error, "%s", text);
    settle_close(s);
    return false;
}

bool settle_open(settle **out, node *n, const settle_options *options)
{
    settle *s = calloc(1, sizeof *s);
    const char *wrong;
    char text[1200];
    CHECK(s != NULL);
    *out = NULL;
    s->options = *options;
    s->n = n;
    arena_open(&s->memory, STORE_VIEW_ARENA_BYTES);
    const rollup_deployment *d = &s->options.rollup;
    if (endpoint_open(&s->l1, options->l1_url, L1_TIMEOUT_SECONDS) != OK)
        return fail_open(s, status_message(REMOTE_URL_WRONG));
    status code = deployment_check(&wrong, s->l1, &s->memory, d);
    if (code == OK && wrong == NULL)
        code = rollup_get_u256(s->l1, &s->batch_bond, &s->memory, &d->rollup, "BATCH_BOND()", NULL);
    if (code != OK)
        return fail_open(s, endpoint_error_text(s->l1));
    if (wrong != NULL) {
        snprintf(text, sizeof text, "%s: %s", endpoint_host(s->l1), wrong);
        return fail_open(s, text);
    }
    if ((code = chain_begin(n, d)) != OK)
        return fail_open(s, database_error_text());
    database *db = node_store(n)->db;
    CHECK(follower_open(&s->follow, db, s->l1, d) == OK);
    if (options->is_sequencer || options->prover != SETTLE_PROVER_OFF)
        CHECK(sender_open(&s->send, db, s->l1, &s->options.key, d->l1_chain_id, &options->sender) == OK);
    if (options->prover != SETTLE_PROVER_OFF)
        attester_open(&s->attest, n, &s->options);
    arena_rewind(&s->memory, 0);
    *out = s;
    return true;
}

void settle_close(settle *s)
{
    if (s == NULL)
        return;
    s->stop = true;
    if (s->is_started)
        pthread_join(s->thread, NULL);
    attester_close(s->attest);
    sender_close(s->send);
    follower_close(s->follow);
    endpoint_close(s->l1);
    arena_close(&s->memory);
    explicit_bzero(&s->options, sizeof s->options);
    free(s);
}

static void lock(settle *s) { s->options.lock(s->options.lock_context); }
static void unlock(settle *s) { s->options.unlock(s->options.lock_context); }

/* Says what is wrong, once for as long as it is the same. */
static void complain(settle *s, const char *event, status code, const char *text)
{
    const char *why = text != NULL && text[0] != 0 ? text : status_message(code);
    if (strcmp(s->complaint, why) == 0)
        return;
    snprintf(s->complaint, sizeof s->complaint, "%s", why);
    log_event(LOG_WARN, event, log_text("why", why));
}

/* ---- the steps of a turn; false: the turn is over ---- */

static bool follow_l1(settle *s)
{
    follower_step step = {.is_behind = true};
    while (step.is_behind && !s->stop) {
        status code = follower_take(s->follow, &step);
        if (code != OK) {
            complain(s, "L1 cannot be followed", code, follower_error_text(s->follow));
            return false;
        }
        s->l1_time = step.head_time;
        if (step.undone != 0)
            log_event(LOG_WARN, "L1 took blocks back", log_number("blocks", step.undone),
                      log_number("head", step.head));
    }
    return !s->stop;
}

static bool follow_chain(settle *s)
{
    chain_step step = {.is_behind = true};
    while (step.is_behind && !s->stop) {
        lock(s);
        status code = chain_follow(s->n, &s->memory, &step, !s->options.is_sequencer);
        unlock(s);
        if (code != OK) {
            complain(s, "a batch cannot be derived", code,
                     code == DATABASE_CORRUPT ? database_error_text() : NULL);
            return false;
        }
        if (step.unwound_to != UINT64_MAX)
            log_event(LOG_WARN, "L2 was set back", log_number("block", step.unwound_to));
    }
    status code = chain_set_tags(s->n);
    if (code != OK)
        complain(s, "the tags cannot be set", code, database_error_text());
    return !s->stop;
}

/* Items that are deep enough, or final. */
static status item_limit(settle *s, uint64_t *limit)
{
    database_transaction *t;
    bool found;
    l1_state state;
    uint64_t final_number = 0, tip, proven;
    TRY(database_begin(&t, node_store(s->n)->db, false));
    status code = l1_state_read(t, &found, &state);
    bool has_final = false;
    if (code == OK)
        code = l1_final_read(t, &has_final, &final_number, &tip, &proven);
    *limit = found ? state.item_count : 0;
    while (code == OK && *limit > 0) {
        l1_item item;
        code = l1_item_read(t, &found, &item, *limit - 1);
        if (code != OK || !found || item.block + s->options.item_depth <= state.number ||
            (has_final && item.block <= final_number))
            break;
        --*limit;
    }
    database_abort(t);
    return code;
}

static void make_block(settle *s)
{
    uint64_t now = clock_unix_seconds(), limit;
    bool sealed = false;
    if (s->l1_time > now) /* a development chain's clock may be ahead */
        now = s->l1_time;
    if (now < s->last_seal + s->options.block_seconds)
        return;
    status code = item_limit(s, &limit);
    if (code == OK) {
        lock(s);
        code = chain_seal(s->n, &s->memory, &sealed, now, limit, &s->options.key.address);
        unlock(s);
    }
    if (code != OK)
        complain(s, "block not made", code, NULL);
    if (sealed)
        s->last_seal = now;
}

/* Whether it is time for a batch: blocks have waited long enough, and none is under way. */
static status is_batch_due(settle *s, bool *due)
{
    uint64_t blocks, batch, now = clock_milliseconds();
    bool has;
    *due = false;
    TRY(chain_waiting(s->n, &s->memory, &blocks, &batch));
    if (blocks == 0) {
        s->waiting_since_ms = 0;
        return OK;
    }
    if (s->waiting_since_ms == 0)
        s->waiting_since_ms = now;
    if (now < s->waiting_since_ms + 1000 * s->options.batch_seconds)
        return OK;
    TRY(sender_has(s->send, &has, PURPOSE_COMMIT, batch));
    *due = !has;
    return OK;
}

static status commit_batch(settle *s)
{
    chain_batch batch;
    TRY(chain_make_batch(s->n, &s->memory, &batch, &s->options.key.address, s->l1_time));
    if (batch.block_count == 0)
        return OK;
    calldata *c = ARENA_NEW(&s->memory, calldata, 1);
    calldata_begin(c, &s->memory, CALL_COMMIT);
    calldata_hash(c, &batch.previous_hash);
    calldata_hash(c, &batch.queue_hash);
    calldata_u64(c, batch.batch.last_time);
    calldata_u64(c, batch.batch.queue_index);
    calldata_bytes(c, batch.batch.data);
    TRY(sender_plan(s->send, PURPOSE_COMMIT, batch.batch.index, &s->options.rollup.rollup, &s->batch_bond,
                    calldata_end(c)));
    s->waiting_since_ms = 0;
    return OK;
}

static void commit_batches(settle *s)
{
    bool due;
    size_t mark = s->memory.used_bytes;
    status code = is_batch_due(s, &due);
    if (code == OK && due)
        code = commit_batch(s);
    if (code != OK)
        complain(s, "batch not committed", code, code == OUTPUT_MISMATCH ? NULL : sender_error_text(s->send));
    arena_rewind(&s->memory, mark);
}

static status bring_proof(settle *s, const attestation *a)
{
    calldata *c = ARENA_NEW(&s->memory, calldata, 1);
    u256 none = U256_ZERO;
    calldata_begin(c, &s->memory, CALL_PROVE);
    calldata_u64(c, a->first);
    calldata_u64(c, a->last);
    calldata_outcome(c, &a->before);
    calldata_outcome(c, &a->after);
    calldata_hash(c, &a->faults);
    calldata_bytes(c, (bytes){0});
    calldata_bytes(c, (bytes){a->signature, sizeof a->signature});
    return sender_plan(s->send, PURPOSE_PROVE, a->last, &s->options.rollup.rollup, &none, calldata_end(c));
}

static void prove_batches(settle *s)
{
    attestation a;
    bool ready = false;
    size_t mark = s->memory.used_bytes;
    status code = attester_step(s->attest, &s->memory, &ready, &a);
    bool has = false;
    if (code == OK && ready)
        code = sender_has(s->send, &has, PURPOSE_PROVE, a.last);
    if (code == OK && ready && !has)
        code = bring_proof(s, &a);
    if (code != OK)
        complain(s, "batches not proven", code,
                 code == REMOTE_FAILED || code == REMOTE_REFUSED || code == CONTRACT_REVERTED
                     ? sender_error_text(s->send)
                     : attester_error_text(s->attest));
    arena_rewind(&s->memory, mark);
}

static void look_after_transactions(settle *s)
{
    database_transaction *t;
    bool found;
    uint64_t number = 0, tip, proven;
    status code = database_begin(&t, node_store(s->n)->db, false);
    if (code == OK) {
        code = l1_final_read(t, &found, &number, &tip, &proven);
        database_abort(t);
    }
    if (code == OK)
        code = sender_step(s->send, number);
    if (code != OK)
        complain(s, "L1 takes no transactions", code, sender_error_text(s->send));
}

static void *run(void *context)
{
    settle *s = context;
    while (!s->stop) {
        if (follow_l1(s) && follow_chain(s)) {
            if (s->send != NULL)
                look_after_transactions(s);
            if (s->options.is_sequencer) {
                make_block(s);
                commit_batches(s);
            }
            if (s->attest != NULL)
                prove_batches(s);
        }
        for (uint64_t waited = 0; waited < s->options.poll_ms && !s->stop; waited += 50)
            nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    return NULL;
}

void settle_start(settle *s)
{
    if (s == NULL)
        return;
    s->is_started = true;
    CHECK(pthread_create(&s->thread, NULL, run, s) == 0);
}
