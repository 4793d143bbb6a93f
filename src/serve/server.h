/* HTTP and WebSocket on one port: carries JSON-RPC messages to who answers them and the answers back. What
 * the messages mean is not known here. One thread does all input and output. It answers what is light by
 * itself, which takes no switch of threads; the rest is answered in workers, so that a long call delays
 * nobody's connection. */
#ifndef ASHLAR_SERVE_SERVER_H
#define ASHLAR_SERVE_SERVER_H

#include "rpc/handler.h"

typedef struct server server;

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
} server_options;

server_options server_options_default(void);

/* Listens, gives the handler this server as its carrier, and starts the threads. NULL where the port cannot
 * be had. */
server *server_open(const server_options *options, const rpc_handler *handler);
uint16_t server_port(const server *s);

/* Takes nothing new, lets running answers end and be sent (for at most 5 seconds), closes all connections. */
void server_close(server *s);

#endif
