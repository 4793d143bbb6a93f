/* Between the JSON-RPC and what carries its messages (HTTP and WebSocket: serve/server.h): the carrier calls
 * a handler for each message that comes, and is called back where something is to be pushed. */
#ifndef ASHLAR_RPC_HANDLER_H
#define ASHLAR_RPC_HANDLER_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "rpc/writer.h"

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

/* How the RPC comes back to whoever carries its messages. Any thread. */
typedef struct {
    void *context;
    void (*wake)(void *context); /* `publish` is to be called soon */
    /* A text for a connection, if it is still there. Copied. */
    void (*push)(void *context, rpc_connection connection, const char *text, size_t size_bytes);
} rpc_carrier;

typedef struct {
    void *context;
    /* Before all others: by what answers go. Copied. NULL: nothing is carried any more. May be NULL. */
    void (*carried)(void *context, const rpc_carrier *carrier);
    /* Makes a request of a message, and says what answering it takes. Any thread. */
    void *(*parse)(void *context, const char *message, size_t size_bytes, rpc_cost *cost);
    /* Answers a request, which ends with it; what it leaves empty is no answer (notifications). False, with
     * the request still there: it cannot be answered at once. Any thread. */
    bool (*answer)(void *context, rpc_exchange *exchange, void *request);
    void (*forget)(void *context, void *request); /* unanswered */
    /* The answer to that message is on its way, so what was subscribed to by it may follow. */
    void (*answered)(void *context, rpc_connection connection);
    void (*closed)(void *context, rpc_connection connection);
    /* After the carrier was woken, in a worker's thread, never in two at once: what is pushed to whom. */
    void (*publish)(void *context, arena *memory, rpc_writer *out);
    /* A page for GET and HEAD; false where there is none. In the server's own thread: quickly. May be NULL.
     * The page comes all zero. */
    bool (*page)(void *context, const char *path, rpc_page *page);
} rpc_handler;

#endif
