/* Answers: what is quick at once, the rest by threads that take jobs from a queue; both in rooms of
 * memory. */
#define _GNU_SOURCE
#include "serve/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    ROOM_BYTES_LOG2 = 33,       /* reserved, not touched: what a call may need at most */
    LEAST_ROOM_BYTES_LOG2 = 26, /* where so much address space cannot be had */
    AT_ONCE_BYTES = 1 << 12,    /* a message that is longer is a worker's */
    KEEP_BYTES = 1 << 20,       /* of a room's memory, when it is given back */
    KEEP_MESSAGES = 64,         /* for so many messages a room keeps what it took */
    EXTRA_WORKER_IDLE_SECONDS = 2, /* then it ends */
};

struct worker {
    server *server;
    pthread_t thread;
    bool is_extra;
    enum { WORKER_NONE, WORKER_RUNS, WORKER_ENDED } state; /* under the lock */
    room own;
};

/* ---- rooms ---- */

static bool room_open(room *r, size_t text_bytes)
{
    *r = (room){.text = mmap(NULL, text_bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)};
    if (r->text == MAP_FAILED)
        return false;
    if (!arena_try_open(&r->memory, (size_t)1 << ROOM_BYTES_LOG2, (size_t)1 << LEAST_ROOM_BYTES_LOG2)) {
        munmap(r->text, text_bytes);
        return false;
    }
    /* A call touches a little in many places. */
    madvise(r->memory.base, r->memory.size_bytes, MADV_NOHUGEPAGE);
    return true;
}

static void room_close(room *r, size_t text_bytes)
{
    arena_close(&r->memory);
    munmap(r->text, text_bytes);
}

/* Gives memory back that a message took: after one that ran long enough to take much, else now and then. */
static void room_leave(room *r, size_t text_bytes, uint64_t begun_us)
{
    enum { LONG_US = 2000 };
    if (++r->messages < KEEP_MESSAGES && clock_microseconds() - begun_us < LONG_US)
        return;
    r->messages = 0;
    madvise(r->memory.base + KEEP_BYTES, r->memory.size_bytes - KEEP_BYTES, MADV_DONTNEED);
    madvise(r->text + KEEP_BYTES, text_bytes - KEEP_BYTES, MADV_DONTNEED);
}

/* False: it took too long for answering at once, and is to be asked again elsewhere. */
static bool room_answer(server *s, room *where, job *j, bool at_once)
{
    rpc_writer out;
    rpc_writer_init(&out, where->text, s->options.answer_limit_bytes);
    size_t mark = where->memory.used_bytes;
    uint64_t begun_us = clock_microseconds();
    rpc_exchange exchange = {&where->memory, &out, j->id, j->arrived_ms, at_once};
    bool is_answered = s->handler.answer(s->handler.context, &exchange, j->request);
    if (is_answered)
        j->answer = parcel_of(s, out.data, out.size_bytes);
    arena_rewind(&where->memory, mark);
    room_leave(where, s->options.answer_limit_bytes, begun_us);
    return is_answered;
}

static void publish(server *s, room *where)
{
    rpc_writer out;
    rpc_writer_init(&out, where->text, s->options.answer_limit_bytes);
    size_t mark = where->memory.used_bytes;
    uint64_t begun_us = clock_microseconds();
    s->handler.publish(s->handler.context, &where->memory, &out);
    arena_rewind(&where->memory, mark);
    room_leave(where, s->options.answer_limit_bytes, begun_us);
}

/* ---- jobs ---- */

static bool has_heavy(const server *s) { return s->heavy != NULL && s->rooms != NULL; }

static bool has_work(const server *s)
{
    return s->stopping || s->queue != NULL || has_heavy(s) || (s->wake && !s->publishing);
}

/* False: an extra worker that is not needed any more. Under the lock. */
static bool wait_for_work(server *s, const worker *me)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += EXTRA_WORKER_IDLE_SECONDS;
    int outcome = 0;
    s->idle++;
    while (!has_work(s) && outcome == 0)
        outcome = me->is_extra ? pthread_cond_timedwait(&s->work, &s->lock, &until)
                               : pthread_cond_wait(&s->work, &s->lock);
    s->idle--;
    return has_work(s);
}

static job *pop(job **first)
{
    job *j = *first;
    *first = j->next;
    return j;
}

static void append(job **first, job **last, job *j)
{
    j->next = NULL;
    if (*first == NULL)
        *first = j;
    else
        (*last)->next = j;
    *last = j;
}

static void stop_running(server *s, const job *j)
{
    job **at = &s->running;
    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
}

/* The next that can be answered, and where; NULL: another one has to wait for a room. Under the lock, which
 * is left for parsing. */
static job *take_job(server *s, worker *me, room **where)
{
    bool waited_for_room = has_heavy(s);
    job *j = pop(waited_for_room ? &s->heavy : &s->queue);
    s->queued -= !waited_for_room;
    j->next = s->running;
    s->running = j;
    if (!j->is_parsed) {
        pthread_mutex_unlock(&s->lock);
        j->request = s->handler.parse(s->handler.context, j->message, j->size_bytes, &j->cost);
        j->is_parsed = true;
        free(j->message);
        j->message = NULL;
        pthread_mutex_lock(&s->lock);
    }
    *where = &me->own;
    if (j->cost != RPC_COST_HEAVY)
        return j;
    if (s->rooms == NULL) {
        stop_running(s, j);
        append(&s->heavy, &s->heavy_last, j);
        return NULL;
    }
    *where = s->rooms;
    s->rooms = s->rooms->next;
    return j;
}

/* Under the lock, before something is left for the service thread: once called, it takes all that is
 * there. */
static void ring(server *s)
{
    if (s->done == NULL && s->pushes == NULL)
        eventfd_write(s->bell, 1);
}

static void *work(void *argument)
{
    worker *me = argument;
    server *s = me->server;
    pthread_mutex_lock(&s->lock);
    while (wait_for_work(s, me) && !s->stopping) {
        if (s->wake && !s->publishing) {
            s->wake = false;
            s->publishing = true;
            pthread_mutex_unlock(&s->lock);
            publish(s, &me->own);
            pthread_mutex_lock(&s->lock);
            s->publishing = false;
            continue;
        }
        room *where;
        job *j = take_job(s, me, &where);
        if (j == NULL)
            continue;
        pthread_mutex_unlock(&s->lock);
        room_answer(s, where, j, false);
        pthread_mutex_lock(&s->lock);
        if (where != &me->own) {
            where->next = s->rooms;
            s->rooms = where;
        }
        stop_running(s, j);
        ring(s);
        j->next = s->done;
        s->done = j;
    }
    me->state = WORKER_ENDED;
    pthread_mutex_unlock(&s->lock);
    room_close(&me->own, s->options.answer_limit_bytes);
    return NULL;
}

/* Under the lock, or before there are threads. */
static bool start_worker(server *s, bool is_extra)
{
    worker *w = s->workers;
    while (w < s->workers + s->options.most_workers && w->state == WORKER_RUNS)
        w++;
    if (s->stopping || w == s->workers + s->options.most_workers) /* at the end nobody would wait for it */
        return false;
    if (w->state == WORKER_ENDED)
        pthread_join(w->thread, NULL);
    *w = (worker){.server = s, .is_extra = is_extra};
    if (!room_open(&w->own, s->options.answer_limit_bytes))
        return false;
    w->state = WORKER_RUNS;
    if (pthread_create(&w->thread, NULL, work, w) == 0)
        return true;
    w->state = WORKER_NONE;
    room_close(&w->own, s->options.answer_limit_bytes);
    return false;
}

/* The job becomes the workers'; it comes back in s->done, with the bell. */
static void give(server *s, job *j)
{
    pthread_mutex_lock(&s->lock);
    if (j->is_parsed && j->cost == RPC_COST_HEAVY) {
        append(&s->heavy, &s->heavy_last, j);
    } else {
        append(&s->queue, &s->queue_last, j);
        s->queued++;
    }
    if (s->idle == 0 || s->queued > s->idle)
        (void)start_worker(s, true);
    pthread_mutex_unlock(&s->lock);
    pthread_cond_signal(&s->work);
}

static void submit(connection *c, job *j)
{
    server *s = c->server;
    if (!j->is_parsed) {
        j->message = c->body;
        j->size_bytes = c->body_bytes;
        j->held_bytes = c->body_capacity_bytes;
        c->body = NULL;
        c->body_capacity_bytes = 0;
    }
    c->body_bytes = 0;
    c->jobs++;
    s->unfinished++;
    give(s, j);
}

parcel *workers_answer(connection *c, bool *is_with_worker)
{
    server *s = c->server;
    *is_with_worker = false;
    job *j = malloc(sizeof *j);
    if (j == NULL)
        return NULL;
    *j = (job){.from = c, .id = c->id, .cost = RPC_COST_ORDINARY, .arrived_ms = clock_microseconds() / 1000};
    if (c->body_bytes <= AT_ONCE_BYTES) {
        j->request = s->handler.parse(s->handler.context, c->body_bytes == 0 ? "" : c->body, c->body_bytes,
                                      &j->cost);
        j->is_parsed = true;
        bool is_tried = j->cost == RPC_COST_LIGHT || j->cost == RPC_COST_UNKNOWN;
        if (is_tried && room_answer(s, &s->own, j, true)) {
            parcel *answer = j->answer;
            c->body_bytes = 0;
            free(j);
            return answer;
        }
        if (is_tried)
            j->cost = j->cost == RPC_COST_UNKNOWN ? RPC_COST_HEAVY : RPC_COST_ORDINARY;
    }
    *is_with_worker = true;
    submit(c, j);
    return NULL;
}

void workers_wake(void *context)
{
    server *s = context;
    pthread_mutex_lock(&s->lock);
    s->wake = true;
    if (s->idle == 0)
        (void)start_worker(s, true);
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
}

void workers_push(void *context, rpc_connection to, const char *text, size_t size_bytes)
{
    server *s = context;
    struct pushed *p = malloc(sizeof *p + size_bytes);
    if (p == NULL)
        return;
    p->next = NULL;
    p->to = to;
    p->size_bytes = size_bytes;
    memcpy(p->text, text, size_bytes);
    pthread_mutex_lock(&s->lock);
    ring(s);
    if (s->pushes == NULL)
        s->pushes = p;
    else
        s->pushes_last->next = p;
    s->pushes_last = p;
    pthread_mutex_unlock(&s->lock);
}

/* ---- from beginning to end ---- */

bool workers_open(server *s)
{
    if (s->options.workers == 0)
        return true;
    if (s->options.most_workers < s->options.workers)
        s->options.most_workers = s->options.workers;
    s->workers = calloc(s->options.most_workers, sizeof *s->workers);
    s->all_rooms = calloc(s->options.most_heavy, sizeof *s->all_rooms);
    if (s->workers == NULL || s->all_rooms == NULL || !room_open(&s->own, s->options.answer_limit_bytes))
        return false;
    for (unsigned i = 0; i < s->options.most_heavy; i++) {
        if (!room_open(&s->all_rooms[i], s->options.answer_limit_bytes))
            return i > 0; /* fewer at once */
        s->all_rooms[i].next = s->rooms;
        s->rooms = &s->all_rooms[i];
    }
    unsigned started = 0;
    while (started < s->options.workers && start_worker(s, false))
        started++;
    return started > 0;
}

void workers_close(server *s)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
    for (unsigned i = 0; s->workers != NULL && i < s->options.most_workers; i++) {
        pthread_mutex_lock(&s->lock);
        bool was_started = s->workers[i].state != WORKER_NONE;
        pthread_mutex_unlock(&s->lock);
        if (was_started)
            pthread_join(s->workers[i].thread, NULL);
    }
}

void workers_free(server *s)
{
    job *lists[] = {s->queue, s->heavy, s->done};
    for (size_t i = 0; i < 3; i++)
        while (lists[i] != NULL) {
            job *j = pop(&lists[i]);
            if (j->is_parsed && j->answer == NULL)
                s->handler.forget(s->handler.context, j->request);
            free(j->message);
            if (j->answer != NULL)
                parcel_free(j->answer);
            free(j);
        }
    for (unsigned i = 0; s->all_rooms != NULL && i < s->options.most_heavy; i++)
        if (s->all_rooms[i].memory.base != NULL)
            room_close(&s->all_rooms[i], s->options.answer_limit_bytes);
    if (s->own.memory.base != NULL)
        room_close(&s->own, s->options.answer_limit_bytes);
    free(s->all_rooms);
    while (s->pushes != NULL) {
        struct pushed *p = s->pushes;
        s->pushes = p->next;
        free(p);
    }
    free(s->workers);
}
