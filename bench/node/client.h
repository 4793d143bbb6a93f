/* A load of JSON-RPC requests over HTTP: connections that are kept, each with one request under way, all in
 * one thread. */
#ifndef ASHLAR_BENCH_NODE_CLIENT_H
#define ASHLAR_BENCH_NODE_CLIENT_H

#include <stddef.h>
#include <stdint.h>

typedef struct client client;

client *client_open(uint16_t port, unsigned connections);
void client_close(client *c);

typedef struct {
    void *context;
    /* The next request of a connection; NULL: it has none left. Borrowed until the answer is there. */
    const char *(*next)(void *context, unsigned connection);
    /* Its answer's body, zero at the end, before `next` is called again. Whatever is not a result ends the
     * program before that. */
    void (*answered)(void *context, unsigned connection, const char *body, size_t size_bytes);
} client_load;

typedef struct {
    uint64_t requests;
    double seconds;
    double p50_ms, p99_ms;
} client_figures;

/* Until all have an answer. */
client_figures client_run(client *c, const client_load *load);
double client_now(void); /* seconds */

#endif
