/* Asking an Ethereum node over JSON-RPC, by HTTP or HTTPS. */
#ifndef ASHLAR_CLI_RPC_CLIENT_H
#define ASHLAR_CLI_RPC_CLIENT_H

#include "cli/cli.h"

#include <jansson.h>

typedef struct rpc_client rpc_client;

typedef struct {
    const char *url;
    unsigned timeout_seconds; /* of one answer, from the first byte sent to the last one read */
    size_t most_bytes;        /* of one answer */
    bool shows_progress;      /* how much has come, on the error stream */
} rpc_client_options;

/* EXIT_USAGE with a line where the URL is none. */
int rpc_client_open(rpc_client **out, const command *c, const rpc_client_options *options);
void rpc_client_close(rpc_client *c);

/* Scheme and host of the URL: what may be shown, since paths and users carry keys. */
const char *rpc_client_host(const rpc_client *c);

/* *result: owned (json_decref), never NULL on EXIT_FINE; JSON's null is one. The parameters are taken over.
 * EXIT_INPUT with a line, but where the node itself answers with an error: EXIT_FINE, *result NULL, and the
 * error in *code and *message (borrowed until the next call). */
int rpc_client_call(rpc_client *c, json_t **result, int *code, const char **message, const char *method,
                    json_t *parameters);

#endif
