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
#include "settle/turn.h"
#include "store/store.h"
#include "telemetry/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How many items are looked through for L1's last block that L2 was told of. */
enum { L1_TIMEOUT_SECONDS = 20, ANCHOR_ITEMS_MOST = 4096 };

struct settle {
    settle_options options;
    node *n;
    endpoint *l1, *second; /* the second is compared with; NULL: none */
    uint64_t compared_number, compared_at; /* L1's final block that both have, or not; seconds */
    bool disagrees;
    follower *follow;
    sender *send; /* NULL: it sends nothing */
    attester *attest; /* NULL: it proves nothing */
    u256 batch_bond;
    uint64_t max_lag; /* seconds that a batch may lie back when it is committed */
    arena memory;
    pthread_t thread;
    bool is_started;
    atomic_bool stop;
    uint64_t last_seal;        /* seconds */
    uint64_t waiting_since_ms; /* for a batch; 0: no block waits */
    uint64_t l1_number, l1_time; /* of L1's head */
    turn turn;
    uint64_t turn_l1_number, turn_asked_at; /* the head and the time that it was asked for */
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

/* For those who ask this node. */
static status write_role(settle *s)
{
    database *db = node_store(s->n)->db;
    turn_record r = {.account = s->options.key.address, .is_sequencer = s->options.is_sequencer,
                     .proves = s->options.prover != SETTLE_PROVER_OFF, .turn = s->turn};
    return r.is_sequencer || r.proves ? turn_record_write(db, &r) : turn_record_remove(db);
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
    endpoint_give_up_on(s->l1, &s->stop);
    if (options->second_l1_url != NULL &&
        endpoint_open(&s->second, options->second_l1_url, L1_TIMEOUT_SECONDS) != OK)
        return fail_open(s, status_message(REMOTE_URL_WRONG));
    status code = deployment_check(&wrong, s->l1, &s->memory, d);
    u256 lag = U256_ZERO;
    if (code == OK && wrong == NULL)
        code = rollup_get_u256(s->l1, &s->batch_bond, &s->memory, &d->rollup, "BATCH_BOND()", NULL);
    if (code == OK && wrong == NULL)
        code = rollup_get_u256(s->l1, &lag, &s->memory, &d->rollup, "MAX_LAG()", NULL);
    s->max_lag = lag.limb[0];
    if (code != OK)
        return fail_open(s, endpoint_error_text(s->l1)[0] != 0 ? endpoint_error_text(s->l1)
                                                               : status_message(code));
    if (wrong != NULL) {
        snprintf(text, sizeof text, "%s: %s", endpoint_host(s->l1), wrong);
        return fail_open(s, text);
    }
    uint64_t second_chain_id = d->l1_chain_id;
    if (s->second != NULL) {
        endpoint_give_up_on(s->second, &s->stop);
        if (endpoint_chain_id(s->second, &second_chain_id) != OK)
            return fail_open(s, endpoint_error_text(s->second));
    }
    if (second_chain_id != d->l1_chain_id) {
        snprintf(text, sizeof text, "%s: is of chain %llu, not of %llu", endpoint_host(s->second),
                 (unsigned long long)second_chain_id, (unsigned long long)d->l1_chain_id);
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
    if ((code = write_role(s)) != OK)
        return fail_open(s, database_error_text());
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
    endpoint_close(s->second);
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
        s->l1_number = step.head;
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
            log_event(LOG_WARN, "L2 was set back", log_number("block", step.unwound_to),
                      log_number("transactions_returned", step.returned));
    }
    status code = chain_set_tags(s->n);
    if (code == OUTPUT_MISMATCH) { /* whoever errs, nothing is to be built on it */
        complain(s, "L1 has proven another outcome than this node derives", code,
                 "this node or the verifier on L1 errs; nothing more is made, committed or proven");
        return false;
    }
    if (code != OK)
        complain(s, "the tags cannot be set", code, database_error_text());
    return !s->stop;
}

/* A development chain's clock may be ahead of the system's. */
static uint64_t time_now(const settle *s)
{
    uint64_t now = clock_unix_seconds();
    return s->l1_time > now ? s->l1_time : now;
}

static status read_l1(settle *s, l1_state *state)
{
    database_transaction *t;
    bool found;
    TRY(database_begin(&t, node_store(s->n)->db, false));
    status code = l1_state_read(t, &found, state);
    database_abort(t);
    return code == OK && !found ? BLOCK_UNKNOWN : code;
}

/* Whose turn it is: asked anew with each block of L1, and while there is none every few seconds. */
static bool look_at_turn(settle *s)
{
    enum { ASK_SECONDS = 5 };
    const turn before = s->turn;
    const uint64_t now = time_now(s);
    l1_state l1;
    if (s->turn_l1_number == s->l1_number && now < s->turn_asked_at + ASK_SECONDS)
        return s->turn.is_ours;
    size_t mark = s->memory.used_bytes;
    status code = read_l1(s, &l1);
    if (code == OK)
        code = turn_ask(&s->turn, s->l1, &s->memory, &s->options.rollup, &s->options.key.address, now,
                        l1.tip_time);
    arena_rewind(&s->memory, mark);
    if (code != OK) {
        s->turn = before;
        complain(s, "nobody says whose turn it is", code, endpoint_error_text(s->l1));
        return false;
    }
    if ((code = write_role(s)) != OK)
        complain(s, "whose turn it is cannot be stored", code, database_error_text());
    bool is_first = s->turn_asked_at == 0;
    s->turn_l1_number = s->l1_number;
    s->turn_asked_at = now;
    if (is_first && !s->turn.has_leader)
        log_event(LOG_WARN, "no operator has a seat", log_text("so", "anybody may commit batches"));
    if (s->turn.has_leader && (is_first || before.is_ours != s->turn.is_ours))
        log_event(LOG_INFO, "turn", log_text("whose", s->turn.is_ours ? "ours" : "another operator's"));
    return s->turn.is_ours;
}

/* ---- a second node of L1 ---- */

static status read_final(settle *s, bool *found, uint64_t *number, hash256 *hash)
{
    database_transaction *t;
    uint64_t tip, proven;
    TRY(database_begin(&t, node_store(s->n)->db, false));
    status code = l1_final_read(t, found, number, &tip, &proven);
    if (code == OK && *found)
        code = l1_block_read(t, found, hash, *number);
    database_abort(t);
    return code;
}

static void say_disagreement(settle *s, uint64_t number)
{
    char text[600];
    snprintf(text, sizeof text,
             "block %llu of L1 is another one for %s than for %s; nothing is made or sent until they agree",
             (unsigned long long)number, endpoint_host(s->second), endpoint_host(s->l1));
    complain(s, "two nodes of L1 disagree", OK, text);
}

/* Whether the second node has L1's final block as the first one has it. One that is behind, or does not
 * answer, changes nothing. */
static bool is_agreed(settle *s)
{
    enum { ASK_SECONDS = 5 };
    const uint64_t now = clock_unix_seconds();
    uint64_t number;
    hash256 own;
    endpoint_block there;
    bool found;
    if (s->second == NULL || read_final(s, &found, &number, &own) != OK || !found ||
        (number == s->compared_number && !s->disagrees) || now < s->compared_at + ASK_SECONDS)
        return !s->disagrees;
    s->compared_at = now;
    status code = endpoint_block_by_number(s->second, &there, number);
    if (code == BLOCK_UNKNOWN)
        return !s->disagrees;
    if (code != OK) {
        complain(s, "the second node of L1 does not answer", code, endpoint_error_text(s->second));
        return !s->disagrees;
    }
    bool disagreed = s->disagrees;
    s->disagrees = memcmp(&there.hash, &own, sizeof own) != 0;
    s->compared_number = number;
    if (s->disagrees)
        say_disagreement(s, number);
    else if (disagreed)
        log_event(LOG_INFO, "two nodes of L1 agree again", log_number("block", number));
    return !s->disagrees;
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
    uint64_t now = time_now(s), limit;
    bool sealed = false;
    if (!s->turn.may_seal || now < s->last_seal + s->options.block_seconds)
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
    /* The turn's last chance is taken at once. */
    if (s->turn.may_seal && now < s->waiting_since_ms + 1000 * s->options.batch_seconds)
        return OK;
    TRY(sender_has(s->send, &has, PURPOSE_COMMIT, batch));
    *due = !has;
    return OK;
}

static status commit_batch(settle *s)
{
    chain_batch batch;
    chain_terms terms = {.committer = &s->options.key.address, .latest_time = s->l1_time};
    /* A quarter is left for the transaction's way into a block. */
    uint64_t lag = s->max_lag - s->max_lag / 4;
    terms.oldest_time = s->l1_time > lag ? s->l1_time - lag : 0;
    TRY(item_limit(s, &terms.item_limit));
    TRY(chain_make_batch(s->n, &s->memory, &batch, &terms));
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

/* ---- telling L2 of L1's blocks ---- */

/* The last item that Queue.anchor sent, and what it said of the base fee; of none: the genesis. */
static status last_anchor(settle *s, const l1_state *l1, uint64_t *items, uint64_t *time, u256 *base_fee)
{
    const address *queue = &s->options.rollup.queue;
    database_transaction *t;
    *items = 0;
    *time = s->options.rollup.genesis_time;
    *base_fee = U256_ZERO;
    TRY(database_begin(&t, node_store(s->n)->db, false));
    status code = OK;
    for (uint64_t i = l1->item_count; code == OK && i > 0 && i + ANCHOR_ITEMS_MOST > l1->item_count; i--) {
        l1_item item;
        bool found;
        code = l1_item_read(t, &found, &item, i - 1);
        bytes data = item.item.data;
        if (code != OK || !found || memcmp(&item.item.sender, queue, sizeof *queue) != 0 || data.size < 4)
            continue;
        calldata_read_u256(base_fee, (bytes){data.data + 4, data.size - 4}, 2);
        *time = item.item.time;
        *items = i;
        break;
    }
    database_abort(t);
    return code;
}

/* A tenth more or less. */
static bool has_moved(u256 from, u256 to)
{
    u256 tenth, difference = u256_less(from, to) ? u256_sub(to, from) : u256_sub(from, to);
    u256_divide(&tenth, NULL, from, u256_from_u64(10));
    return u256_less(tenth, difference);
}

/* Once in a while, and sooner where L1's base fee has moved. */
static status anchor_if_due(settle *s)
{
    enum { SOONER = 12 };
    l1_state l1;
    uint64_t items, time, now = time_now(s), wait = s->options.anchor_seconds;
    u256 base_fee, none = U256_ZERO;
    bool under_way;
    endpoint_block head;
    TRY(read_l1(s, &l1));
    if (l1.is_frozen)
        return OK;
    TRY(last_anchor(s, &l1, &items, &time, &base_fee));
    if (now < time + wait / SOONER)
        return OK;
    TRY(sender_has(s->send, &under_way, PURPOSE_ANCHOR, items));
    if (under_way)
        return OK;
    if (now < time + wait) {
        if (items == 0)
            return OK;
        TRY(endpoint_block_by_tag(s->l1, &head, "latest"));
        if (!has_moved(base_fee, head.base_fee))
            return OK;
    }
    calldata *c = ARENA_NEW(&s->memory, calldata, 1);
    calldata_begin(c, &s->memory, "anchor()");
    return sender_plan(s->send, PURPOSE_ANCHOR, items, &s->options.rollup.queue, &none, calldata_end(c));
}

static void anchor(settle *s)
{
    size_t mark = s->memory.used_bytes;
    status code = anchor_if_due(s);
    if (code != OK)
        complain(s, "L2 is not told of L1's blocks", code, sender_error_text(s->send));
    arena_rewind(&s->memory, mark);
}

/* ---- proofs ---- */

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
                 code == REMOTE_FAILED || code == REMOTE_REFUSED || code == CONTRACT_REVERTED ||
                         code == MEMPOOL_SENDER_FULL
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
        if (follow_l1(s) && follow_chain(s) && is_agreed(s)) {
            if (s->send != NULL)
                look_after_transactions(s);
            if (s->options.is_sequencer && look_at_turn(s)) {
                make_block(s);
                commit_batches(s);
                if (s->options.anchor_seconds != 0)
                    anchor(s);
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
