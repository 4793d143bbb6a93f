/* Asking an Ethereum node over JSON-RPC, by HTTP or HTTPS. */
#ifndef ASHLAR_SETTLE_RPC_CLIENT_H
#define ASHLAR_SETTLE_RPC_CLIENT_H

#include "base/status.h"
#include "base/types.h"

#include <jansson.h>
#include <stdatomic.h>

typedef struct rpc_client rpc_client;

typedef struct {
    const char *url;
    unsigned timeout_seconds; /* of one answer, from the first byte sent to the last one read */
    size_t most_bytes;        /* of one answer */
    void (*progress)(
        uint64_t come_bytes); /* of an answer, a mebibyte at least; UINT64_MAX once it ends. NULL: none */
} rpc_client_options;

/* REMOTE_URL_WRONG. On failure *out is NULL. */
status rpc_client_open(rpc_client **out, const rpc_client_options *options);
void rpc_client_close(rpc_client *c);

/* Once it is true nothing is asked any more, and what is being asked is given up (REMOTE_FAILED).
 * Borrowed. */
void rpc_client_give_up_on(rpc_client *c, const atomic_bool *stop);

/* Scheme and host of the URL: what may be shown, since paths and users carry keys. */
const char *rpc_client_host(const rpc_client *c);

/* *result: owned (json_decref), never NULL on OK; JSON's null is one. The parameters are taken over.
 * REMOTE_FAILED: no answer, or none of JSON-RPC. REMOTE_REFUSED: the node itself answers with an error. */
status rpc_client_call(rpc_client *c, json_t **result, const char *method, json_t *parameters);

/* Of the last call that failed, until the next one. The text is a line with the host in it. */
const char *rpc_client_error_text(const rpc_client *c);
/* Whether the answer was larger, or took longer, than it may: less might be answered. */
bool rpc_client_asked_too_much(const rpc_client *c);
/* Where it was refused: the error as the node gave it, printable. */
typedef struct {
    int code;
    const char *message;
    const char *data; /* hex, as of a revert; NULL: none */
    bool is_for_now;  /* too many questions, not too large a one: later it is answered */
} rpc_client_refusal;
rpc_client_refusal rpc_client_refused(const rpc_client *c);

#endif
