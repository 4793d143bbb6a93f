/* HTTP and WebSocket on one port: carries JSON-RPC messages to who answers them and the answers back. What the
 * messages mean is not known here (rpc.h). One thread does all input and output. It answers what is light by
 * itself, which takes no switch of threads; the rest is answered in workers, so that a long call delays
 * nobody's connection. */
#ifndef ASHLAR_SERVE_SERVER_H
#define ASHLAR_SERVE_SERVER_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "rpc/writer.h"

typedef struct rpc_server rpc_server;

/* Names a WebSocket connection; 0 for HTTP, which cannot be pushed to. Never used twice. */
typedef uint64_t rpc_connection;

/* What a worker has at hand for one message. The arena is rewound afterwards. */
typedef struct {
    arena *memory;
    rpc_writer *out;
    rpc_connection connection;
    uint64_t arrived_ms; /* clock_milliseconds; 0: now */
    bool at_once;        /* in the thread that serves everybody: within a few milliseconds, or not at all */
} rpc_exchange;

/* What answering a request takes. */
typedef enum {
    RPC_COST_LIGHT,    /* little, and it waits for nobody */
    RPC_COST_ORDINARY, /* it may wait */
    RPC_COST_UNKNOWN,  /* little or much */
    RPC_COST_HEAVY,    /* long, or much memory */
} rpc_cost;

/* What GET gets. Borrowed until the next page is asked for. */
typedef struct {
    unsigned code;                       /* of HTTP; 200 where it is left 0 */
    const char *content_type;
    const char *content_security_policy; /* NULL: none */
    char etag[40];                       /* with its quotes; empty: the page is not to be kept */
    bytes body;
} rpc_page;

typedef struct {
    void *context;
    /* Makes a request of a message, and says what answering it takes. Any thread. */
    void *(*parse)(void *context, const char *message, size_t size_bytes, rpc_cost *cost);
    /* Answers a request, which ends with it; what it leaves empty is no answer (notifications). False, with
     * the request still there: it cannot be answered at once. Any thread. */
    bool (*answer)(void *context, rpc_exchange *exchange, void *request);
    void (*forget)(void *context, void *request); /* unanswered */
    /* The answer to that message is on its way, so what was subscribed to by it may follow. */
    void (*answered)(void *context, rpc_connection connection);
    void (*closed)(void *context, rpc_connection connection);
    /* After rpc_server_wake, in a worker's thread, never in two at once: what is pushed to whom. */
    void (*publish)(void *context, arena *memory, rpc_writer *out);
    /* A page for GET and HEAD; false where there is none. In the server's own thread: quickly. May be NULL.
     * The page comes all zero. */
    bool (*page)(void *context, const char *path, rpc_page *page);
} rpc_handler;

typedef struct {
    const char *listen_address; /* an IPv4 or IPv6 address, "127.0.0.1" */
    uint16_t port;              /* 0: any that is free */
    const char *cors_origin;    /* "*" or one origin; NULL: none */
    bool any_host;              /* also answer where the Host header is a name other than localhost */
    /* 0 where the handler answers nothing: pages alone. */
    unsigned workers;      /* threads that always are there; more come while all are busy with calls that */
    unsigned most_workers; /* take long, up to so many */
    unsigned most_heavy;   /* requests that are answered at once; others wait, and light ones pass them */
    unsigned most_connections;
    size_t body_limit_bytes;
    size_t answer_limit_bytes;
    size_t push_limit_bytes;    /* a WebSocket that leaves more than this unread is closed */
    size_t held_limit_bytes;    /* messages and unsent answers of all connections */
} rpc_server_options;

rpc_server_options rpc_server_options_default(void);

/* Listens and starts the threads. NULL where the port cannot be had. */
rpc_server *rpc_server_open(const rpc_server_options *options, const rpc_handler *handler);
uint16_t rpc_server_port(const rpc_server *s);

/* From any thread: `publish` is to be called soon. */
void rpc_server_wake(rpc_server *s);
/* From any thread: a text for a connection, if it is still there. Copied. */
void rpc_server_push(rpc_server *s, rpc_connection connection, const char *text, size_t size_bytes);

/* Takes nothing new, lets running answers end and be sent (for at most 5 seconds), closes all connections. */
void rpc_server_close(rpc_server *s);

#endif
