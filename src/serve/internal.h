/* What the files of the server share: who is connected, what waits for an answer, who answers. */
#ifndef ASHLAR_SERVE_INTERNAL_H
#define ASHLAR_SERVE_INTERNAL_H

#include "base/clock.h"
#include "serve/server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <wslay/wslay.h>

enum {
    CONNECTION_BUCKETS = 1 << 12,
    MAX_JOBS_OF_CONNECTION = 64, /* then it is not read from until some are answered */
    BODY_SECONDS = 30,           /* in which a body has to come */
    IDLE_SECONDS = 120,          /* between requests, for the head of one, for a reader to take something */
    SILENCE_SECONDS = 60,        /* in which the reader of a WebSocket has to take something */
    PING_SECONDS = 60,           /* after which a silent WebSocket is asked whether it is there */
    HANGUP_SECONDS = 75,
};

/* An answer on its way out. */
typedef struct parcel {
    server *server; /* counted there until it is freed */
    size_t size_bytes;
    char data[];
} parcel;

typedef enum { CONNECTION_IDLE, CONNECTION_READS, CONNECTION_WAITS, CONNECTION_WRITES } connection_state;

/* One socket; of HTTP or, after an upgrade, a WebSocket. The service thread's own. */
typedef struct connection {
    struct connection *next, *before; /* of all */
    struct connection *bucket_next;   /* of WebSockets, by their ids */
    server *server;
    int socket;
    rpc_connection id;         /* 0 for HTTP */
    connection_state state;
    uint64_t since_seconds;    /* in that state; of a WebSocket, that something was taken from the queue */
    char *body;                /* of the request, or message, that comes */
    size_t body_bytes, body_capacity_bytes;
    size_t queued_bytes;       /* of answers that are not sent */
    unsigned jobs;
    /* HTTP */
    struct MHD_Connection *http;
    parcel *answer;            /* what a worker made, for when the library asks */
    bool is_dropped, is_half_closed; /* half: the other side has said its last word, and some was answered */
    /* WebSocket */
    struct MHD_UpgradeResponseHandle *upgrade;
    wslay_event_context_ptr websocket;
    const uint8_t *early;      /* what came with the upgrade */
    uint8_t *early_kept;       /* NULL: it is the library's */
    size_t early_bytes;
    uint64_t heard_seconds;    /* when something came */
    uint32_t epoll_events;
    bool is_control, is_pinged, is_gone; /* gone: nothing more can be read */
} connection;

/* A message that workers answer. */
typedef struct job {
    struct job *next;
    connection *from; /* NULL once closed; under the lock */
    rpc_connection id;
    parcel *answer;
    char *message; /* owned; NULL once it is parsed */
    size_t size_bytes;
    bool is_parsed;
    rpc_cost cost;
    void *request; /* what the handler made of it */
    size_t held_bytes;
    uint64_t arrived_ms;
} job;

/* Memory to answer in. A thread has its own for what is answered soon; a heavy message takes one of few, so
 * that what all of them need has a bound. */
typedef struct room {
    struct room *next;
    arena memory;
    char *text;
    unsigned messages;
} room;

typedef struct worker worker;

struct server {
    server_options options;
    rpc_handler handler;
    pthread_t thread;
    worker *workers; /* most_workers of them */

    pthread_mutex_t lock;
    pthread_cond_t work;
    unsigned idle;           /* workers that wait */
    job *queue, *queue_last; /* waiting for a worker */
    unsigned queued;
    job *heavy, *heavy_last; /* waiting for a room */
    room *rooms;             /* that are free */
    room *all_rooms;         /* most_heavy of them */
    job *running;            /* so that a closing connection finds its jobs */
    job *done;
    struct pushed {
        struct pushed *next;
        rpc_connection to;
        size_t size_bytes;
        char text[];
    } *pushes, *pushes_last;
    bool wake, publishing, stopping;
    _Atomic bool ending;         /* nothing new is taken */
    _Atomic unsigned unfinished; /* jobs, answers that are not sent, WebSockets with something unsent */

    /* The service thread's own. */
    struct MHD_Daemon *daemon;
    int epoll, listener, bell; /* the bell: something is done, or to be pushed */
    uint16_t port;
    room own;                  /* what is answered at once */
    connection *connections;
    connection *websockets[CONNECTION_BUCKETS];
    rpc_connection last_id;
    size_t held_bytes; /* of all messages and answers that have not been sent */
    unsigned sockets, most_sockets, half_closed;
    uint64_t swept_seconds;
};

static inline uint64_t server_now_seconds(void) { return clock_microseconds() / 1000000; }

/* ---- connection.c ---- */
connection *connection_open(server *s, int socket);
/* Its jobs lose it, its memory is freed. */
void connection_close(connection *c);
void connection_forget_jobs(connection *c);
void connection_enter(connection *c, connection_state state);
/* It ends as soon as may be, without another word. */
void connection_drop(connection *c);
/* HTTP's code where a piece of a message is not taken; 0: it is. */
unsigned connection_add(connection *c, const void *data, size_t size_bytes);
/* What it holds of unsent bytes changes; may drop who holds most. */
void connection_queue(connection *c, size_t more_bytes);
void connection_sent(connection *c, size_t bytes);
parcel *parcel_of(server *s, const char *text, size_t size_bytes);
void parcel_free(parcel *p);

/* ---- workers.c ---- */
bool workers_open(server *s);
/* Ends them; jobs that nobody took are forgotten. */
void workers_close(server *s);
void workers_free(server *s);
/* Answers the connection's message, in this thread where that is quick. NULL: a worker has it, or there is no
 * memory. */
parcel *workers_answer(connection *c, bool *is_with_worker);
/* As in rpc_carrier; the context is the server. */
void workers_wake(void *context);
void workers_push(void *context, rpc_connection to, const char *text, size_t size_bytes);

/* ---- http.c ---- */
struct MHD_Daemon *http_open(server *s);
/* A worker's answer for a connection that waits. */
void http_answer(connection *c, parcel *answer);
/* Once the library has nothing left to do: who said his last word and was answered goes. It has seen the last
 * edge, and would wait for another request until it loses patience. */
void http_end_half_closed(server *s);

/* ---- websocket.c ---- */
/* The value of Sec-WebSocket-Accept (RFC 6455, section 4.2.2). */
void websocket_accept_value(char out[32], const char *key);
void websocket_begin(connection *c, struct MHD_UpgradeResponseHandle *upgrade, const void *early,
                     size_t early_bytes);
void websocket_event(connection *c, uint32_t events);
/* A job was answered: what came with the upgrade may go on, of which no event tells. May end the
 * connection. */
void websocket_resume(connection *c);
void websocket_send(connection *c, const char *text, size_t size_bytes, bool is_pushed);
/* Pings, hangs up. */
void websocket_tick(connection *c, uint64_t now_seconds);
void websocket_end(connection *c);

#endif
