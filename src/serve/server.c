#define _GNU_SOURCE
#include "serve/server.h"

#include "telemetry/metrics.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <time.h>

enum {
    WORKER_ARENA_BYTES_LOG2 = 33, /* reserved, not touched: what a call may need at most */
    CHUNK_BYTES = 1 << 16,
    KEEP_BYTES = 1 << 20,         /* of a room's memory, when it is given back */
    KEEP_MESSAGES = 64,           /* for so many messages a room keeps what it took */
    MAX_JOBS_OF_CONNECTION = 64,
    CONNECTION_BUCKETS = 1 << 12,
    RECEIVE_BYTES = 1 << 12,      /* that the library holds for each WebSocket */
    BODY_SECONDS = 30,            /* in which a body has to come */
    SILENCE_SECONDS = 60,         /* in which a reader has to take something of its answer */
    PING_SECONDS = 60,            /* after which a silent WebSocket is asked whether it is there */
    HANGUP_SECONDS = 75,
    SPARE_FILES = 64,             /* of the process, beside connections */
    EXTRA_WORKER_IDLE_SECONDS = 2, /* then it ends */
};

/* A text on its way out; LWS_PRE bytes before it are the library's. */
typedef struct parcel {
    struct parcel *next;
    size_t size_bytes, sent_bytes;
    char data[];
} parcel;

typedef struct connection {
    struct connection *next, *before; /* of all */
    struct connection *bucket_next;   /* of WebSockets, by their ids */
    struct lws *wsi;
    rpc_connection id; /* 0 for HTTP */
    char *body;
    size_t body_bytes, body_capacity;
    uint64_t body_since_seconds;
    parcel *first, *last;
    size_t queued_bytes;
    unsigned jobs;
    bool headers_sent, overflowed, paused;
} connection;

typedef struct job {
    struct job *next;
    connection *from; /* NULL once closed; under the lock */
    rpc_connection id;
    parcel *answer;
    char *message; /* owned; NULL once it is parsed */
    size_t size_bytes;
    bool is_parsed, is_heavy;
    void *request; /* what the handler made of it */
    size_t held_bytes;
    uint64_t arrived_ms;
} job;

/* Memory to answer in. A worker has its own for what is answered at once; a heavy message takes one of few,
 * so that what all of them need has a bound. */
typedef struct room {
    struct room *next;
    arena memory;
    char *text;
    unsigned messages;
} room;

typedef struct {
    rpc_server *server;
    pthread_t thread;
    bool is_extra;
    enum { WORKER_NONE, WORKER_RUNS, WORKER_ENDED } state; /* under the lock */
    room own;
} worker;

struct rpc_server {
    rpc_server_options options;
    rpc_handler handler;
    struct lws_context *context;
    struct lws_vhost *vhost;
    pthread_t thread;
    worker *workers; /* most_workers of them */

    pthread_mutex_t lock;
    pthread_cond_t work;
    unsigned idle;             /* workers that wait */
    job *queue, *queue_last;   /* waiting for a worker */
    unsigned queued;
    job *heavy, *heavy_last;   /* waiting for a room */
    room *rooms;               /* that are free */
    room *all_rooms;           /* most_heavy of them */
    job *running;              /* so that a closing connection finds its jobs */
    job *done;
    struct pushed {
        struct pushed *next;
        rpc_connection to;
        parcel *what;
    } *pushes, *pushes_last;
    bool wake, publishing, stopping;
    _Atomic bool ending;         /* nothing new is taken */
    _Atomic unsigned unfinished; /* jobs, and texts on their way out */

    /* The service thread's own. */
    connection *connections;
    connection *websockets[CONNECTION_BUCKETS];
    rpc_connection last_id;
    size_t held_bytes; /* of all messages and answers that have not been sent */
    unsigned sockets, most_sockets;
};

/* Per-session memory of the library: a pointer, since ours has to outlive surprises. */
typedef struct {
    connection *c;
} session;

rpc_server_options rpc_server_options_default(void)
{
    return (rpc_server_options){
        .listen_address = "127.0.0.1",
        .port = 8545,
        .workers = 4,
        .most_workers = 32,
        .most_heavy = 4,
        .most_connections = 1 << 14,
        .body_limit_bytes = 5 << 20,
        .answer_limit_bytes = (size_t)256 << 20,
        .push_limit_bytes = 4 << 20,
        .held_limit_bytes = (size_t)512 << 20,
    };
}

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static parcel *parcel_of(const char *text, size_t size_bytes)
{
    parcel *p = malloc(sizeof *p + LWS_PRE + size_bytes);
    if (p == NULL)
        return NULL;
    *p = (parcel){.size_bytes = size_bytes};
    memcpy(p->data + LWS_PRE, text, size_bytes);
    return p;
}

/* ---- workers ---- */

static bool room_open(room *r, size_t text_bytes)
{
    *r = (room){.text = mmap(NULL, text_bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)};
    if (r->text == MAP_FAILED)
        return false;
    arena_open(&r->memory, (size_t)1 << WORKER_ARENA_BYTES_LOG2);
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
    if (++r->messages < KEEP_MESSAGES && now_us() - begun_us < LONG_US)
        return;
    r->messages = 0;
    madvise(r->memory.base + KEEP_BYTES, r->memory.size_bytes - KEEP_BYTES, MADV_DONTNEED);
    madvise(r->text + KEEP_BYTES, text_bytes - KEEP_BYTES, MADV_DONTNEED);
}

static bool has_heavy(const rpc_server *s) { return s->heavy != NULL && s->rooms != NULL; }

static bool has_work(const rpc_server *s)
{
    return s->stopping || s->queue != NULL || has_heavy(s) || (s->wake && !s->publishing);
}

/* False: an extra worker that is not needed any more. Under the lock. */
static bool wait_for_work(rpc_server *s, const worker *me)
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

static void stop_running(rpc_server *s, const job *j)
{
    job **at = &s->running;
    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
}

static void parse(rpc_server *s, job *j)
{
    bool is_heavy = false;
    j->request = s->handler.parse(s->handler.context, j->message, j->size_bytes, &is_heavy);
    j->is_parsed = true;
    j->is_heavy = is_heavy;
    free(j->message);
    j->message = NULL;
}

/* The next that can be answered, and where; NULL: another one has to wait for a room. Under the lock, which
 * is left for parsing. */
static job *take_job(rpc_server *s, worker *me, room **where)
{
    job *j = has_heavy(s) ? pop(&s->heavy) : pop(&s->queue);
    s->queued -= !j->is_parsed;
    j->next = s->running;
    s->running = j;
    if (!j->is_parsed) {
        pthread_mutex_unlock(&s->lock);
        parse(s, j);
        pthread_mutex_lock(&s->lock);
    }
    *where = &me->own;
    if (!j->is_heavy)
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

static void answer_job(rpc_server *s, job *j, room *where)
{
    rpc_writer out;
    rpc_writer_init(&out, where->text, s->options.answer_limit_bytes);
    size_t mark = where->memory.used_bytes;
    uint64_t begun_us = now_us();
    rpc_exchange exchange = {&where->memory, &out, j->id, j->arrived_ms};
    s->handler.answer(s->handler.context, &exchange, j->request);
    j->answer = parcel_of(out.data, out.size_bytes);
    arena_rewind(&where->memory, mark);
    room_leave(where, s->options.answer_limit_bytes, begun_us);
}

static void publish(rpc_server *s, room *where)
{
    rpc_writer out;
    rpc_writer_init(&out, where->text, s->options.answer_limit_bytes);
    size_t mark = where->memory.used_bytes;
    uint64_t begun_us = now_us();
    s->handler.publish(s->handler.context, &where->memory, &out);
    arena_rewind(&where->memory, mark);
    room_leave(where, s->options.answer_limit_bytes, begun_us);
}

/* Under the lock, before something is left for the service thread: once called, it takes all that is there. */
static void call_service(rpc_server *s)
{
    if (s->done == NULL && s->pushes == NULL)
        lws_cancel_service(s->context);
}

static void *work(void *argument)
{
    worker *me = argument;
    rpc_server *s = me->server;
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
        answer_job(s, j, where);
        pthread_mutex_lock(&s->lock);
        if (where != &me->own) {
            where->next = s->rooms;
            s->rooms = where;
        }
        stop_running(s, j);
        call_service(s);
        j->next = s->done;
        s->done = j;
    }
    me->state = WORKER_ENDED;
    pthread_mutex_unlock(&s->lock);
    room_close(&me->own, s->options.answer_limit_bytes);
    return NULL;
}

/* Under the lock, or before there are threads. */
static bool start_worker(rpc_server *s, bool is_extra)
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

static void submit(rpc_server *s, connection *c)
{
    job *j = malloc(sizeof *j);
    if (j == NULL)
        return;
    *j = (job){.from = c,
               .id = c->id,
               .message = c->body,
               .size_bytes = c->body_bytes,
               .held_bytes = c->body_capacity,
               .arrived_ms = now_us() / 1000};
    c->body = NULL;
    c->body_bytes = c->body_capacity = 0;
    c->jobs++;
    s->unfinished++;
    pthread_mutex_lock(&s->lock);
    append(&s->queue, &s->queue_last, j);
    if (++s->queued > s->idle)
        (void)start_worker(s, true);
    pthread_mutex_unlock(&s->lock);
    pthread_cond_signal(&s->work);
}

void rpc_server_wake(rpc_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->wake = true;
    if (s->idle == 0)
        (void)start_worker(s, true);
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
}

void rpc_server_push(rpc_server *s, rpc_connection to, const char *text, size_t size_bytes)
{
    struct pushed *p = malloc(sizeof *p);
    parcel *what = parcel_of(text, size_bytes);
    if (p == NULL || what == NULL) {
        free(p);
        free(what);
        return;
    }
    *p = (struct pushed){.to = to, .what = what};
    pthread_mutex_lock(&s->lock);
    call_service(s);
    if (s->pushes == NULL)
        s->pushes = p;
    else
        s->pushes_last->next = p;
    s->pushes_last = p;
    pthread_mutex_unlock(&s->lock);
}

/* ---- connections: the service thread alone ---- */

static connection *connection_open(rpc_server *s, struct lws *wsi, bool websocket)
{
    connection *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->wsi = wsi;
    c->next = s->connections;
    if (c->next != NULL)
        c->next->before = c;
    s->connections = c;
    if (websocket) {
        c->id = ++s->last_id;
        c->bucket_next = s->websockets[c->id % CONNECTION_BUCKETS];
        s->websockets[c->id % CONNECTION_BUCKETS] = c;
        metrics_add(METRIC_websockets, 1);
    }
    return c;
}

static void drop_parcel(rpc_server *s, parcel *p)
{
    free(p);
    s->unfinished--;
}

static void connection_close(rpc_server *s, connection *c)
{
    pthread_mutex_lock(&s->lock);
    job *lists[] = {s->queue, s->heavy, s->running, s->done};
    for (size_t i = 0; i < 4 && c->jobs > 0; i++)
        for (job *j = lists[i]; j != NULL; j = j->next)
            if (j->from == c)
                j->from = NULL;
    pthread_mutex_unlock(&s->lock);
    if (c->id != 0) {
        connection **at = &s->websockets[c->id % CONNECTION_BUCKETS];
        while (*at != c)
            at = &(*at)->bucket_next;
        *at = c->bucket_next;
        metrics_add(METRIC_websockets, -1);
        s->handler.closed(s->handler.context, c->id);
    }
    if (c->before != NULL)
        c->before->next = c->next;
    else
        s->connections = c->next;
    if (c->next != NULL)
        c->next->before = c->before;
    while (c->first != NULL) {
        parcel *p = c->first;
        c->first = p->next;
        drop_parcel(s, p);
    }
    s->held_bytes -= c->queued_bytes + c->body_capacity;
    free(c->body);
    free(c);
}

/* The connection ends as soon as may be. */
static void drop(connection *c) { lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_ASYNC); }

/* Where readers that are slow, or do not read at all, make too much wait: the one with most of it goes. */
static void drop_greediest(rpc_server *s)
{
    connection *most = s->connections;
    for (connection *c = s->connections; c != NULL; c = c->next)
        if (c->queued_bytes > most->queued_bytes)
            most = c;
    if (most != NULL && most->queued_bytes > 0)
        drop(most);
}

static void enqueue(rpc_server *s, connection *c, parcel *p, bool pushed)
{
    if (pushed && c->queued_bytes + p->size_bytes > s->options.push_limit_bytes) {
        c->overflowed = true;
        free(p);
    } else {
        if (c->first == NULL)
            lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, SILENCE_SECONDS);
        s->unfinished++;
        c->queued_bytes += p->size_bytes;
        s->held_bytes += p->size_bytes;
        if (c->first == NULL)
            c->first = p;
        else
            c->last->next = p;
        c->last = p;
    }
    lws_callback_on_writable(c->wsi);
    if (s->held_bytes > s->options.held_limit_bytes)
        drop_greediest(s);
}

/* What workers finished goes to the connections it is for. */
static void collect(rpc_server *s)
{
    pthread_mutex_lock(&s->lock);
    job *done = s->done;
    s->done = NULL;
    struct pushed *pushes = s->pushes;
    s->pushes = s->pushes_last = NULL;
    pthread_mutex_unlock(&s->lock);
    while (done != NULL) {
        job *j = done;
        done = j->next;
        connection *c = j->from;
        s->held_bytes -= j->held_bytes;
        if (c == NULL || j->answer == NULL) {
            if (c != NULL)
                drop(c);
            free(j->answer);
        } else {
            c->jobs--;
            if (c->paused && c->jobs < MAX_JOBS_OF_CONNECTION / 2) {
                c->paused = false;
                lws_rx_flow_control(c->wsi, 1);
            }
            if (c->id != 0 && j->answer->size_bytes == 0)
                free(j->answer);
            else
                enqueue(s, c, j->answer, false);
            if (c->id != 0)
                s->handler.answered(s->handler.context, c->id);
        }
        free(j);
        s->unfinished--;
    }
    while (pushes != NULL) {
        struct pushed *p = pushes;
        pushes = p->next;
        connection *c = s->websockets[p->to % CONNECTION_BUCKETS];
        while (c != NULL && c->id != p->to)
            c = c->bucket_next;
        if (c == NULL)
            free(p->what);
        else
            enqueue(s, c, p->what, true);
        free(p);
    }
}

/* HTTP's code where it is not taken; 0: it is. */
static unsigned body_add(rpc_server *s, connection *c, const void *data, size_t size_bytes)
{
    size_t needed = c->body_bytes + size_bytes;
    uint64_t now_seconds = now_us() / 1000000;
    if (c->body_bytes == 0)
        c->body_since_seconds = now_seconds;
    if (needed > s->options.body_limit_bytes)
        return 413;
    if (now_seconds - c->body_since_seconds > BODY_SECONDS)
        return 408;
    if (needed > c->body_capacity) {
        size_t capacity = needed > 2 * c->body_capacity ? needed : 2 * c->body_capacity;
        size_t more = capacity - c->body_capacity;
        char *body = s->held_bytes + more > s->options.held_limit_bytes ? NULL : realloc(c->body, capacity);
        if (body == NULL)
            return 503;
        s->held_bytes += more;
        c->body = body;
        c->body_capacity = capacity;
    }
    if (size_bytes > 0)
        memcpy(c->body + c->body_bytes, data, size_bytes);
    c->body_bytes = needed;
    return 0;
}

/* ---- HTTP ---- */

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **at,
                      unsigned char *end)
{
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value,
                                       (int)strlen(value), at, end);
}

static int add_page_headers(struct lws *wsi, const rpc_page *page, unsigned char **at, unsigned char *end)
{
    const struct {
        const char *name, *value;
    } headers[] = {
        {"content-security-policy:", page->content_security_policy},
        {"etag:", page->etag[0] == 0 ? NULL : page->etag},
        {"cache-control:", page->etag[0] == 0 ? "no-store" : "no-cache"}, /* asked again each time */
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", "no-referrer"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        if (headers[i].value != NULL && add_header(wsi, headers[i].name, headers[i].value, at, end))
            return 1;
    return 0;
}

/* `page`: NULL where it is none. */
static int send_headers(rpc_server *s, struct lws *wsi, unsigned code, const char *content_type,
                        size_t size_bytes, const rpc_page *page)
{
    unsigned char memory[LWS_PRE + 2048], *start = memory + LWS_PRE, *at = start,
        *end = memory + sizeof memory;
    if (lws_add_http_common_headers(wsi, code, content_type, size_bytes, &at, end))
        return 1;
    if (s->options.cors_origin != NULL) {
        if (add_header(wsi, "access-control-allow-origin:", s->options.cors_origin, &at, end) ||
            add_header(wsi, "access-control-allow-methods:", "POST, GET, OPTIONS", &at, end) ||
            add_header(wsi, "access-control-allow-headers:", "Content-Type, Authorization", &at, end) ||
            add_header(wsi, "access-control-max-age:", "600", &at, end) ||
            add_header(wsi, "vary:", "Origin", &at, end))
            return 1;
    }
    if (page != NULL && add_page_headers(wsi, page, &at, end))
        return 1;
    return lws_finalize_write_http_header(wsi, start, &at, end);
}

static bool is_head(struct lws *wsi) { return lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0; }

/* An answer that is known at once. */
static int reply(rpc_server *s, struct lws *wsi, unsigned code, const char *content_type, const void *body,
                 size_t size_bytes, const rpc_page *page)
{
    if (send_headers(s, wsi, code, content_type, size_bytes, page))
        return 1;
    if (size_bytes > 0 && !is_head(wsi)) {
        parcel *p = parcel_of(body, size_bytes);
        if (p == NULL)
            return 1;
        int written = lws_write(wsi, (unsigned char *)p->data + LWS_PRE, size_bytes, LWS_WRITE_HTTP_FINAL);
        free(p);
        if (written < 0)
            return 1;
    }
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int reply_text(rpc_server *s, struct lws *wsi, unsigned code, const char *text)
{
    return reply(s, wsi, code, "text/plain; charset=utf-8", text, strlen(text), NULL);
}

static int reply_page(rpc_server *s, struct lws *wsi, const char *path)
{
    rpc_page page = {0};
    if (s->handler.page == NULL || !s->handler.page(s->handler.context, path, &page))
        return strcmp(path, "/") == 0 ? reply_text(s, wsi, 200, "") : reply_text(s, wsi, 404, "not found\n");
    char known[sizeof page.etag];
    if (page.etag[0] != 0 && lws_hdr_copy(wsi, known, sizeof known, WSI_TOKEN_HTTP_IF_NONE_MATCH) > 0 &&
        strcmp(known, page.etag) == 0)
        return reply(s, wsi, 304, page.content_type, NULL, 0, &page);
    return reply(s, wsi, page.code == 0 ? 200 : page.code, page.content_type, page.body.data, page.body.size,
                 &page);
}

/* False where there is none. One that is too long, as attackers may choose it, is "?", which nothing allows. */
static bool read_header(char *text, int size_bytes, struct lws *wsi, enum lws_token_indexes header)
{
    if (lws_hdr_total_length(wsi, header) <= 0)
        return false;
    if (lws_hdr_copy(wsi, text, size_bytes, header) <= 0)
        strcpy(text, "?");
    return true;
}

/* A page elsewhere whose name an attacker points at this machine must not be able to use the node. */
static bool host_allowed(const rpc_server *s, struct lws *wsi)
{
    char host[256];
    if (s->options.any_host || !read_header(host, sizeof host, wsi, WSI_TOKEN_HOST))
        return true;
    if (host[0] == '[')
        return true;
    char *colon = strchr(host, ':');
    if (colon != NULL)
        *colon = 0;
    return strcmp(host, "localhost") == 0 || strspn(host, "0123456789.") == strlen(host);
}

static int http_begin(rpc_server *s, struct lws *wsi, session *own, const char *path)
{
    if (!host_allowed(s, wsi))
        return reply_text(s, wsi, 403, "invalid host specified\n");
    if (lws_hdr_total_length(wsi, WSI_TOKEN_OPTIONS_URI) > 0)
        return reply(s, wsi, s->options.cors_origin != NULL ? 200 : 405, "text/plain", NULL, 0,
                     NULL);
    if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0 || is_head(wsi))
        return reply_page(s, wsi, path);
    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) <= 0 || s->handler.answer == NULL)
        return reply_text(s, wsi, 405, "method not allowed\n");
    if (s->ending)
        return reply_text(s, wsi, 503, "the node is stopping\n");
    /* Pages elsewhere may post without asking first where the type is none, or a plain one. */
    char type[128];
    if (!read_header(type, sizeof type, wsi, WSI_TOKEN_HTTP_CONTENT_TYPE) ||
        strncmp(type, "application/json", 16) != 0)
        return reply_text(s, wsi, 415, "invalid content type, only application/json is supported\n");
    char length[32];
    if (lws_hdr_copy(wsi, length, sizeof length, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 &&
        strtoull(length, NULL, 10) > s->options.body_limit_bytes)
        return reply_text(s, wsi, 413, "content length too large\n");
    if (own->c == NULL)
        own->c = connection_open(s, wsi, false);
    if (own->c == NULL)
        return -1;
    own->c->body_bytes = 0;
    own->c->headers_sent = false;
    return 0;
}

static int http_body(rpc_server *s, struct lws *wsi, connection *c, const void *data, size_t size_bytes)
{
    unsigned refused = body_add(s, c, data, size_bytes);
    if (refused == 0)
        return 0;
    reply_text(s, wsi, refused, refused == 413   ? "content length too large\n"
                                : refused == 408 ? "the body took too long\n"
                                                 : "too much is waiting to be answered: try again later\n");
    return 1;
}

/* The first is sent. */
static void sent_parcel(rpc_server *s, connection *c)
{
    parcel *p = c->first;
    c->queued_bytes -= p->size_bytes;
    s->held_bytes -= p->size_bytes;
    c->first = p->next;
    if (c->first == NULL)
        c->last = NULL;
    drop_parcel(s, p);
}

static int http_write(rpc_server *s, struct lws *wsi, connection *c)
{
    parcel *p = c == NULL ? NULL : c->first;
    if (p == NULL)
        return 0;
    if (!c->headers_sent) {
        if (send_headers(s, wsi, 200, "application/json", p->size_bytes, NULL))
            return 1;
        c->headers_sent = true;
        if (p->size_bytes > 0) {
            lws_callback_on_writable(wsi);
            return 0;
        }
    }
    size_t size = p->size_bytes - p->sent_bytes;
    size = size > CHUNK_BYTES ? CHUNK_BYTES : size;
    bool last = p->sent_bytes + size == p->size_bytes;
    /* The library writes into the bytes before the text, which have been sent. */
    if (size > 0 && lws_write(wsi, (unsigned char *)p->data + LWS_PRE + p->sent_bytes, size,
                              last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
        return 1;
    p->sent_bytes += size;
    if (!last) {
        lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, SILENCE_SECONDS);
        lws_callback_on_writable(wsi);
        return 0;
    }
    sent_parcel(s, c);
    c->headers_sent = false;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* ---- WebSocket ---- */

static int websocket_receive(rpc_server *s, struct lws *wsi, connection *c, const void *data,
                             size_t size_bytes)
{
    if (s->ending)
        return 0;
    unsigned refused = body_add(s, c, data, size_bytes);
    if (refused != 0) {
        lws_close_reason(wsi, refused == 413 ? LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE
                                             : LWS_CLOSE_STATUS_POLICY_VIOLATION, NULL, 0);
        return -1;
    }
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return 0;
    submit(s, c);
    if (c->jobs >= MAX_JOBS_OF_CONNECTION && !c->paused) {
        c->paused = true;
        lws_rx_flow_control(wsi, 0);
    }
    return 0;
}

static int websocket_write(rpc_server *s, struct lws *wsi, connection *c)
{
    if (c->overflowed) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, (unsigned char *)"too slow", 8);
        return -1;
    }
    parcel *p = c->first;
    if (p == NULL)
        return 0;
    size_t size = p->size_bytes - p->sent_bytes;
    size = size > CHUNK_BYTES ? CHUNK_BYTES : size;
    int flags = lws_write_ws_flags(LWS_WRITE_TEXT, p->sent_bytes == 0, p->sent_bytes + size == p->size_bytes);
    if (lws_write(wsi, (unsigned char *)p->data + LWS_PRE + p->sent_bytes, size,
                  (enum lws_write_protocol)flags) < 0)
        return -1;
    p->sent_bytes += size;
    if (p->sent_bytes == p->size_bytes)
        sent_parcel(s, c);
    if (c->first == NULL) {
        lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    } else {
        lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, SILENCE_SECONDS);
        lws_callback_on_writable(wsi);
    }
    return 0;
}

static bool origin_allowed(const rpc_server *s, struct lws *wsi)
{
    char origin[256];
    if (!read_header(origin, sizeof origin, wsi, WSI_TOKEN_ORIGIN))
        return true; /* not a browser */
    if (s->options.cors_origin != NULL &&
        (strcmp(s->options.cors_origin, "*") == 0 || strcmp(s->options.cors_origin, origin) == 0))
        return true;
    /* A page that this server itself gave. */
    char host[256];
    const char *name = strstr(origin, "://");
    return name != NULL && read_header(host, sizeof host, wsi, WSI_TOKEN_HOST) && strcmp(name + 3, host) == 0;
}

/* One too many: told before it is let go, without anything kept for it. */
static int refuse_socket(int socket)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\n"
                               "connection: close\r\n\r\ntoo many connections: try again later\n";
    ssize_t sent = send(socket, text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent; /* who does not take it learns it by the connection's end */
    return 1;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    rpc_server *s = wsi == NULL ? NULL : lws_context_user(lws_get_context(wsi));
    session *own = user;
    switch ((int)reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return s->sockets < s->most_sockets ? 0 : refuse_socket((int)(intptr_t)in);
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        s->sockets++;
        lws_set_opaque_user_data(wsi, s); /* it is counted */
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        s->sockets -= lws_get_opaque_user_data(wsi) != NULL;
        return 0;
    case LWS_CALLBACK_HTTP:
        return http_begin(s, wsi, own, in);
    case LWS_CALLBACK_HTTP_BODY:
        if (own == NULL || own->c == NULL)
            return 0;
        return http_body(s, wsi, own->c, in, size);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        if (own->c == NULL)
            return 0;
        lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0); /* a call takes as long as it takes */
        submit(s, own->c);
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return http_write(s, wsi, own->c);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return s->handler.answer != NULL && host_allowed(s, wsi) && origin_allowed(s, wsi) ? 0 : 1;
    case LWS_CALLBACK_ESTABLISHED:
        own->c = connection_open(s, wsi, true);
        return own->c == NULL ? -1 : 0;
    case LWS_CALLBACK_RECEIVE:
        return websocket_receive(s, wsi, own->c, in, size);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return own->c == NULL ? 0 : websocket_write(s, wsi, own->c);
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (own != NULL && own->c != NULL) {
            connection_close(s, own->c);
            own->c = NULL;
        }
        return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        collect(s);
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols PROTOCOLS[] = {
    {"json-rpc", on_event, sizeof(session), RECEIVE_BYTES, 0, NULL, 0},
    {0},
};

static const lws_retry_bo_t PRESENCE = {.secs_since_valid_ping = PING_SECONDS,
                                        .secs_since_valid_hangup = HANGUP_SECONDS};

static void *serve(void *argument)
{
    rpc_server *s = argument;
    for (;;) {
        pthread_mutex_lock(&s->lock);
        bool stopping = s->stopping;
        pthread_mutex_unlock(&s->lock);
        if (stopping || lws_service(s->context, 0) < 0)
            return NULL;
    }
}

static void free_all(rpc_server *s)
{
    job *lists[] = {s->queue, s->heavy, s->done};
    for (size_t i = 0; i < 3; i++)
        while (lists[i] != NULL) {
            job *j = pop(&lists[i]);
            if (j->is_parsed && j->answer == NULL)
                s->handler.forget(s->handler.context, j->request);
            free(j->message);
            free(j->answer);
            free(j);
        }
    for (unsigned i = 0; s->all_rooms != NULL && i < s->options.most_heavy; i++)
        if (s->all_rooms[i].memory.base != NULL)
            room_close(&s->all_rooms[i], s->options.answer_limit_bytes);
    free(s->all_rooms);
    while (s->pushes != NULL) {
        struct pushed *p = s->pushes;
        s->pushes = p->next;
        free(p->what);
        free(p);
    }
    free(s->workers);
    free(s);
}

/* All, or false. */
static bool open_rooms(rpc_server *s)
{
    if (s->all_rooms != NULL)
        return true;
    s->all_rooms = calloc(s->options.most_heavy, sizeof *s->all_rooms);
    for (unsigned i = 0; s->all_rooms != NULL && i < s->options.most_heavy; i++) {
        if (!room_open(&s->all_rooms[i], s->options.answer_limit_bytes))
            return false;
        s->all_rooms[i].next = s->rooms;
        s->rooms = &s->all_rooms[i];
    }
    return s->all_rooms != NULL;
}

rpc_server *rpc_server_open(const rpc_server_options *options, const rpc_handler *handler)
{
    rpc_server *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->options = *options;
    s->handler = *handler;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    lws_set_log_level(0, NULL);
    struct rlimit files = {.rlim_cur = 1024};
    getrlimit(RLIMIT_NOFILE, &files);
    rlim_t room = files.rlim_cur > 2 * SPARE_FILES ? files.rlim_cur - SPARE_FILES : SPARE_FILES;
    s->most_sockets = options->most_connections < room ? options->most_connections : (unsigned)room;
    bool is_ipv6 = strchr(options->listen_address, ':') != NULL;
    struct lws_context_creation_info info = {
        .port = options->port,
        .iface = options->listen_address,
        .protocols = PROTOCOLS,
        .options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   (is_ipv6 ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6),
        .user = s,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .keepalive_timeout = 120,
        .timeout_secs = BODY_SECONDS,
        .retry_and_idle_policy = &PRESENCE,
        .pt_serv_buf_size = CHUNK_BYTES,
        .max_http_header_data = 8192,
        .server_string = "ashlar",
    };
    s->context = lws_create_context(&info);
    s->vhost = s->context == NULL ? NULL : lws_get_vhost_by_name(s->context, "default");
    if (s->context == NULL) {
        free_all(s);
        return NULL;
    }
    if (s->options.most_workers < s->options.workers)
        s->options.most_workers = s->options.workers;
    s->workers = calloc(s->options.most_workers, sizeof *s->workers);
    unsigned started = 0;
    while (s->workers != NULL && open_rooms(s) && started < options->workers && start_worker(s, false))
        started++;
    if ((started == 0 && options->workers > 0) || pthread_create(&s->thread, NULL, serve, s) != 0) {
        lws_context_destroy(s->context);
        free_all(s);
        return NULL;
    }
    return s;
}

uint16_t rpc_server_port(const rpc_server *s)
{
    return (uint16_t)lws_get_vhost_listen_port(s->vhost);
}

/* A slow reader is not waited for without end. */
static void finish(rpc_server *s)
{
    enum { MOST_WAITS = 500, WAIT_MICROSECONDS = 10000 };
    s->ending = true;
    for (int i = 0; i < MOST_WAITS && s->unfinished > 0; i++)
        usleep(WAIT_MICROSECONDS);
}

void rpc_server_close(rpc_server *s)
{
    finish(s);
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
    lws_cancel_service(s->context);
    pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < s->options.most_workers; i++) {
        pthread_mutex_lock(&s->lock);
        bool was_started = s->workers[i].state != WORKER_NONE;
        pthread_mutex_unlock(&s->lock);
        if (was_started)
            pthread_join(s->workers[i].thread, NULL);
    }
    lws_context_destroy(s->context);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->work);
    free_all(s);
}
