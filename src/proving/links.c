/* Joins proofs of batches with each other, two at a time. */
#define _GNU_SOURCE
#include "base/check.h"
#include "base/clock.h"
#include "proving/internal.h"
#include "store/store.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "verify/joined.h"
#include "verify/link.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { LOOK_INTERVAL_MS = 1000 };

/* A link that is to be made: of its halves' proofs, copied, and what it will make public. */
typedef struct {
    proving *p;
    arena *memory;
    uint64_t last_batch;
    uint32_t level; /* 0: there is none to be made */
    hash256 last_hash;
    bytes halves[2], output;
    bool is_dropped;
    uint64_t looked_ms, begun_ms;
} linking;

/* Proofs by other programs than this build's stay as they are. */
static bool can_be_joined(linking *l)
{
    verifier v;
    digest program, join;
    joined_proof half[2];
    uint32_t word;
    verifier_open(&v, l->memory, &PROOF_FULL);
    CHECK(program_id_read(&program, l->p->options.program_id) == OK && program_id_read(&join, l->p->options.join_id) == OK);
    for (int i = 0; i < 2; i++)
        if (!joined_proof_is(l->halves[i]) || joined_proof_read(&half[i], l->memory, &v, l->halves[i]) != OK ||
            !digest_equal(&half[i].said.self, &join) || !digest_equal(&half[i].said.header.program, &program))
            return false;
    const link_format *format = half[0].output.size < LINK_WORD_BYTES ? NULL : link_format_of(half[0].output.data);
    if (format == NULL || half[0].output.size != link_bytes(format) || half[1].output.size != link_bytes(format) ||
        link_alone(format, &word, half[0].output.data) != OK || link_alone(format, &word, half[1].output.data) != OK)
        return false;
    uint8_t *output = arena_allocate(l->memory, half[0].output.size, 8);
    memcpy(output, half[0].output.data, half[0].output.size);
    l->output = (bytes){output, half[0].output.size};
    return link_join(format, &word, output, half[1].output.data) == OK;
}

static bytes copy_of(arena *memory, bytes from)
{
    uint8_t *copy = arena_allocate(memory, from.size, 8);
    memcpy(copy, from.data, from.size);
    return (bytes){copy, from.size};
}

/* The smallest link that ends with this batch and is not there, if its halves are. */
static status look_at(linking *l, store_view *v, uint64_t last_batch)
{
    for (uint32_t level = 1; level <= LINK_LEVELS_MAX && link_last_batch(last_batch, level) == last_batch; level++) {
        bytes left, right;
        batch b;
        status s = store_link_proof(v, &left, last_batch, level);
        if (s == OK)
            continue;
        if (s == BATCH_UNKNOWN)
            s = store_link_proof(v, &left, last_batch - (UINT64_C(1) << (level - 1)), level - 1);
        if (s == OK)
            s = store_link_proof(v, &right, last_batch, level - 1);
        if (s == OK)
            s = store_batch_by_number(v, &b, last_batch);
        if (s != OK)
            return s == BATCH_UNKNOWN ? OK : s;
        l->halves[0] = copy_of(l->memory, left);
        l->halves[1] = copy_of(l->memory, right);
        l->last_hash = b.last_hash;
        if (can_be_joined(l)) {
            l->last_batch = last_batch;
            l->level = level;
        }
        return OK;
    }
    return OK;
}

/* Batches that wait come first, so there is one only where all are finished. */
static status find(linking *l)
{
    proving *p = l->p;
    store_view *v;
    uint64_t drops, next, first_open;
    pthread_mutex_lock(&p->lock);
    drops = p->drops;
    next = p->first_unlinked;
    first_open = p->first_open;
    pthread_mutex_unlock(&p->lock);
    if (next >= first_open)
        return OK;
    TRY(store_view_open(&v, l->memory, node_store(p->n)));
    status s = OK;
    for (; next < first_open && s == OK && l->level == 0; next += l->level == 0)
        s = look_at(l, v, next);
    store_view_close(v);
    pthread_mutex_lock(&p->lock);
    if (s == OK && p->drops == drops)
        p->first_unlinked = next;
    pthread_mutex_unlock(&p->lock);
    return s;
}

/* The last batch goes wherever one of the others does. */
static status is_still_there(bool *is_there, const linking *l, database_transaction *t)
{
    batch stored;
    status s = batch_get(t, &stored, l->last_batch);
    *is_there = s == OK && same_hash(&stored.last_hash, &l->last_hash);
    return s == BATCH_UNKNOWN ? OK : s;
}

static bool watch(void *context, const char *line)
{
    linking *l = context;
    database_transaction *t;
    bool is_there = true;
    if (line != NULL)
        proving_take_progress(l->p, line, l->begun_ms);
    uint64_t now_ms = clock_milliseconds();
    if (now_ms - l->looked_ms >= LOOK_INTERVAL_MS && database_begin(&t, node_store(l->p->n)->db, false) == OK) {
        l->looked_ms = now_ms;
        l->is_dropped = is_still_there(&is_there, l, t) == OK && !is_there;
        database_abort(t);
    }
    return !l->is_dropped && !proving_is_stopping(l->p);
}

static status keep(linking *l, bytes proof)
{
    database_transaction *t;
    bool is_there;
    link_key key = link_key_of(l->last_batch, l->level);
    TRY(database_begin(&t, node_store(l->p->n)->db, true));
    status s = is_still_there(&is_there, l, t);
    if (s == OK && is_there)
        s = database_put(t, TABLE_LINKS, bytes_of_link(&key), proof);
    if (s != OK || !is_there) {
        database_abort(t);
        return s;
    }
    TRY(database_commit(t));
    node_tell_batch(l->p->n, l->last_batch);
    log_event(LOG_INFO, "batches joined", log_number("first_batch", link_first_batch(l->last_batch, l->level)),
              log_number("last_batch", l->last_batch), log_number("proof_bytes", proof.size),
              log_real("seconds", (double)(clock_milliseconds() - l->begun_ms) / 1000));
    return OK;
}

static bool holds(char error[BATCH_ERROR_BYTES], linking *l, bytes proof)
{
    bytes output;
    bool is_joined;
    status s = proving_verify(&output, &is_joined, l->memory, l->p, proof);
    bool fits = s == OK && is_joined && output.size == l->output.size &&
                memcmp(output.data, l->output.data, output.size) == 0;
    if (!fits)
        snprintf(error, BATCH_ERROR_BYTES, "the prover's proof is wrong: %s",
                 s != OK ? status_message(s) : "it is about something else");
    return fits;
}

/* It is tried as often as a batch, and then left. */
static void give_up(linking *l, const char *error)
{
    proving *p = l->p;
    bool is_last = ++p->link_failures >= p->options.attempts;
    log_event(LOG_WARN, "batches not joined", log_number("first_batch", link_first_batch(l->last_batch, l->level)),
              log_number("last_batch", l->last_batch), log_text("error", error));
    if (!is_last) {
        proving_rest_after(p, p->link_failures);
        return;
    }
    p->link_failures = 0;
    pthread_mutex_lock(&p->lock);
    if (p->first_unlinked == l->last_batch)
        p->first_unlinked++;
    pthread_mutex_unlock(&p->lock);
}

status proving_link(proving *p, arena *memory, bool *found)
{
    linking l = {.p = p, .memory = memory};
    TRY(find(&l));
    *found = l.level > 0;
    if (!*found)
        return OK;
    proving_now now = {.link_first = link_first_batch(l.last_batch, l.level), .link_last = l.last_batch,
                       .started_ms = clock_unix_milliseconds(), .stage = "join", .seconds_left = -1};
    proving_set_now(p, &now);
    l.begun_ms = l.looked_ms = clock_milliseconds();
    node_tell_batch(p->n, l.last_batch);
    const proving_options *o = &p->options;
    bytes proof;
    char error[BATCH_ERROR_BYTES] = "the prover gave no proof";
    job_header job = {.kind = JOB_LINK, .memory_bytes = o->memory_bytes, .threads = o->threads, .input_count = 2};
    process_watch watching = {.line = watch, .context = &l, .silence_ms = o->silence_ms,
                              .memory_bytes = o->memory_bytes + o->memory_bytes / 4};
    bool fine = process_run(&proof, error, sizeof error, o->program, &job, l.halves, &watching) && proof.size > 0 &&
                holds(error, &l, proof);
    status s = OK;
    if (fine) {
        p->link_failures = 0;
        s = keep(&l, proof);
    } else if (!l.is_dropped && !proving_is_stopping(p)) {
        give_up(&l, error);
    }
    if (proof.size > 0)
        munmap((void *)(uintptr_t)proof.data, proof.size);
    return s;
}
