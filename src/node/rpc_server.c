#define _GNU_SOURCE
#include "node/rpc_server.h"

#include "node/metrics.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <time.h>

enum {
    WORKER_ARENA_BYTES_LOG2 = 33, /* reserved, not touched: what a call may need at most */
    CHUNK_BYTES = 1 << 16,
    KEEP_BYTES = 1 << 24,         /* of a worker's memory from one message to the next */
    MAX_JOBS_OF_CONNECTION = 64,
    EXTRA_WORKER_IDLE_SECONDS = 2, /* then it ends */
};

/* A text on its way out; LWS_PRE bytes before it are the library's. */
typedef struct parcel {
    struct parcel *next;
    size_t size_bytes, sent_bytes;
    char data[];
} parcel;

typedef struct connection {
    struct connection *next;
    struct lws *wsi;
    rpc_connection id; /* 0 for HTTP */
    char *body;
    size_t body_bytes, body_capacity;
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
    size_t size_bytes;
    char message[];
} job;

typedef struct {
    rpc_server *server;
    pthread_t thread;
    bool is_extra;
    enum { WORKER_NONE, WORKER_RUNS, WORKER_ENDED } state; /* under the lock */
    arena memory;
    char *text;
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

    connection *websockets; /* the service thread's own */
    rpc_connection last_id;
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
        .body_limit_bytes = 5 << 20,
        .answer_limit_bytes = (size_t)256 << 20,
        .push_limit_bytes = 4 << 20,
    };
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

static void give_back(void *memory, size_t used_bytes, size_t all_bytes)
{
    if (used_bytes > KEEP_BYTES)
        madvise((uint8_t *)memory + KEEP_BYTES, all_bytes - KEEP_BYTES, MADV_DONTNEED);
}

static bool has_work(const rpc_server *s)
{
    return s->stopping || s->queue != NULL || (s->wake && !s->publishing);
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

static void *work(void *argument)
{
    worker *me = argument;
    rpc_server *s = me->server;
    pthread_mutex_lock(&s->lock);
    while (wait_for_work(s, me) && !s->stopping) {
        rpc_writer out;
        rpc_writer_init(&out, me->text, s->options.answer_limit_bytes);
        size_t mark = me->memory.used_bytes;
        if (s->wake && !s->publishing) {
            s->wake = false;
            s->publishing = true;
            pthread_mutex_unlock(&s->lock);
            s->handler.publish(s->handler.context, &me->memory, &out);
            arena_rewind(&me->memory, mark);
            pthread_mutex_lock(&s->lock);
            s->publishing = false;
            continue;
        }
        job *j = s->queue;
        s->queue = j->next;
        s->queued--;
        j->next = s->running;
        s->running = j;
        pthread_mutex_unlock(&s->lock);

        rpc_exchange exchange = {&me->memory, &out, j->id};
        s->handler.answer(s->handler.context, &exchange, j->message, j->size_bytes);
        j->answer = parcel_of(out.data, out.size_bytes);
        arena_rewind(&me->memory, mark);
        give_back(me->text, out.size_bytes, s->options.answer_limit_bytes);
        give_back(me->memory.base, SIZE_MAX, me->memory.size_bytes);

        pthread_mutex_lock(&s->lock);
        for (job **at = &s->running; *at != NULL; at = &(*at)->next)
            if (*at == j) {
                *at = j->next;
                break;
            }
        j->next = s->done;
        s->done = j;
        lws_cancel_service(s->context);
    }
    me->state = WORKER_ENDED;
    pthread_mutex_unlock(&s->lock);
    arena_close(&me->memory);
    munmap(me->text, s->options.answer_limit_bytes);
    return NULL;
}

/* Under the lock, or before there are threads. */
static bool start_worker(rpc_server *s, bool is_extra)
{
    worker *w = s->workers;
    while (w < s->workers + s->options.most_workers && w->state == WORKER_RUNS)
        w++;
    if (w == s->workers + s->options.most_workers)
        return false;
    if (w->state == WORKER_ENDED)
        pthread_join(w->thread, NULL);
    *w = (worker){.server = s, .is_extra = is_extra};
    w->text = mmap(NULL, s->options.answer_limit_bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (w->text == MAP_FAILED)
        return false;
    arena_open(&w->memory, (size_t)1 << WORKER_ARENA_BYTES_LOG2);
    w->state = WORKER_RUNS;
    if (pthread_create(&w->thread, NULL, work, w) == 0)
        return true;
    w->state = WORKER_NONE;
    arena_close(&w->memory);
    munmap(w->text, s->options.answer_limit_bytes);
    return false;
}

static void submit(rpc_server *s, connection *c)
{
    job *j = malloc(sizeof *j + c->body_bytes + 1);
    if (j == NULL)
        return;
    *j = (job){.from = c, .id = c->id, .size_bytes = c->body_bytes};
    if (c->body_bytes > 0)
        memcpy(j->message, c->body, c->body_bytes);
    j->message[c->body_bytes] = 0;
    c->jobs++;
    s->unfinished++;
    pthread_mutex_lock(&s->lock);
    if (s->queue == NULL)
        s->queue = j;
    else
        s->queue_last->next = j;
    s->queue_last = j;
    if (++s->queued > s->idle)
        (void)start_worker(s, true);
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
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
    if (s->pushes == NULL)
        s->pushes = p;
    else
        s->pushes_last->next = p;
    s->pushes_last = p;
    lws_cancel_service(s->context);
    pthread_mutex_unlock(&s->lock);
}

/* ---- connections: the service thread alone ---- */

static connection *connection_open(rpc_server *s, struct lws *wsi, bool websocket)
{
    connection *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->wsi = wsi;
    if (websocket) {
        c->id = ++s->last_id;
        c->next = s->websockets;
        s->websockets = c;
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
    job *lists[] = {s->queue, s->running, s->done};
    for (size_t i = 0; i < 3; i++)
        for (job *j = lists[i]; j != NULL; j = j->next)
            if (j->from == c)
                j->from = NULL;
    pthread_mutex_unlock(&s->lock);
    if (c->id != 0) {
        for (connection **at = &s->websockets; *at != NULL; at = &(*at)->next)
            if (*at == c) {
                *at = c->next;
                break;
            }
        metrics_add(METRIC_websockets, -1);
        s->handler.closed(s->handler.context, c->id);
    }
    while (c->first != NULL) {
        parcel *p = c->first;
        c->first = p->next;
        drop_parcel(s, p);
    }
    free(c->body);
    free(c);
}

static void enqueue(rpc_server *s, connection *c, parcel *p, bool pushed)
{
    if (pushed && c->queued_bytes + p->size_bytes > s->options.push_limit_bytes) {
        c->overflowed = true;
        free(p);
    } else {
        s->unfinished++;
        c->queued_bytes += p->size_bytes;
        if (c->first == NULL)
            c->first = p;
        else
            c->last->next = p;
        c->last = p;
    }
    lws_callback_on_writable(c->wsi);
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
        if (c == NULL || j->answer == NULL) {
            if (c != NULL)
                lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_ASYNC);
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
        connection *c = s->websockets;
        while (c != NULL && c->id != p->to)
            c = c->next;
        if (c == NULL)
            free(p->what);
        else
            enqueue(s, c, p->what, true);
        free(p);
    }
}

static bool body_add(rpc_server *s, connection *c, const void *data, size_t size_bytes)
{
    size_t needed = c->body_bytes + size_bytes;
    if (needed > s->options.body_limit_bytes)
        return false;
    if (needed > c->body_capacity) {
        size_t capacity = needed > 2 * c->body_capacity ? needed : 2 * c->body_capacity;
        char *body = realloc(c->body, capacity);
        if (body == NULL)
            return false;
        c->body = body;
        c->body_capacity = capacity;
    }
    if (size_bytes > 0)
        memcpy(c->body + c->body_bytes, data, size_bytes);
    c->body_bytes = needed;
    return true;
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

/* A page elsewhere whose name an attacker points at this machine must not be able to use the node. */
static bool host_allowed(const rpc_server *s, struct lws *wsi)
{
    char host[256];
    int size = lws_hdr_copy(wsi, host, sizeof host, WSI_TOKEN_HOST);
    if (s->options.any_host || size <= 0)
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
    char type[128];
    if (lws_hdr_copy(wsi, type, sizeof type, WSI_TOKEN_HTTP_CONTENT_TYPE) > 0 &&
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
        lws_callback_on_writable(wsi);
        return 0;
    }
    c->first = c->last = NULL;
    c->queued_bytes = 0;
    c->headers_sent = false;
    drop_parcel(s, p);
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* ---- WebSocket ---- */

static int websocket_receive(rpc_server *s, struct lws *wsi, connection *c, const void *data,
                             size_t size_bytes)
{
    if (s->ending)
        return 0;
    if (!body_add(s, c, data, size_bytes)) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
        return -1;
    }
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return 0;
    submit(s, c);
    c->body_bytes = 0;
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
    if (p->sent_bytes == p->size_bytes) {
        c->queued_bytes -= p->size_bytes;
        c->first = p->next;
        if (c->first == NULL)
            c->last = NULL;
        drop_parcel(s, p);
    }
    if (c->first != NULL)
        lws_callback_on_writable(wsi);
    return 0;
}

static bool origin_allowed(const rpc_server *s, struct lws *wsi)
{
    char origin[256];
    if (lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN) <= 0)
        return true; /* not a browser */
    if (s->options.cors_origin != NULL &&
        (strcmp(s->options.cors_origin, "*") == 0 || strcmp(s->options.cors_origin, origin) == 0))
        return true;
    /* A page that this server itself gave. */
    char host[256];
    const char *name = strstr(origin, "://");
    return name != NULL && lws_hdr_copy(wsi, host, sizeof host, WSI_TOKEN_HOST) > 0 &&
           strcmp(name + 3, host) == 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    rpc_server *s = wsi == NULL ? NULL : lws_context_user(lws_get_context(wsi));
    session *own = user;
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP:
        return http_begin(s, wsi, own, in);
    case LWS_CALLBACK_HTTP_BODY:
        if (own == NULL || own->c == NULL)
            return 0;
        return body_add(s, own->c, in, size) ? 0 : reply_text(s, wsi, 413, "content length too large\n") | 1;
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
    {"json-rpc", on_event, sizeof(session), CHUNK_BYTES, 0, NULL, 0},
    {0},
};

static const struct lws_extension EXTENSIONS[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate"},
    {0},
};

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
    job *lists[] = {s->queue, s->done};
    for (size_t i = 0; i < 2; i++)
        while (lists[i] != NULL) {
            job *j = lists[i];
            lists[i] = j->next;
            free(j->answer);
            free(j);
        }
    while (s->pushes != NULL) {
        struct pushed *p = s->pushes;
        s->pushes = p->next;
        free(p->what);
        free(p);
    }
    free(s->workers);
    free(s);
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
    bool is_ipv6 = strchr(options->listen_address, ':') != NULL;
    struct lws_context_creation_info info = {
        .port = options->port,
        .iface = options->listen_address,
        .protocols = PROTOCOLS,
        .extensions = EXTENSIONS,
        .options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   (is_ipv6 ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6),
        .user = s,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .keepalive_timeout = 120,
        .timeout_secs = 120,
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
    while (s->workers != NULL && started < options->workers && start_worker(s, false))
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
    pthread_join(s->thread, NULL); /* which starts workers */
    for (unsigned i = 0; i < s->options.most_workers; i++)
        if (s->workers[i].state != WORKER_NONE)
            pthread_join(s->workers[i].thread, NULL);
    lws_context_destroy(s->context);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->work);
    free_all(s);
}
