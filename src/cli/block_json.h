/* Blocks and headers as JSON-RPC gives them (eth_getBlockByNumber with full transactions), back into RLP. */
#ifndef ASHLAR_CLI_BLOCK_JSON_H
#define ASHLAR_CLI_BLOCK_JSON_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"

#include <jansson.h>

/* INPUT_MALFORMED where a field is missing or of another kind: *field then names it. The hash of what comes
 * out has to be compared with the one that was asked for: then every field is right. */
status block_json_header(bytes *out, const char **field, arena *memory, const json_t *header);
/* A block without ommers. UNSUPPORTED_FORK where it has some, TRANSACTION_TYPE_UNKNOWN. */
status block_json_block(bytes *out, const char **field, arena *memory, const json_t *block);

#endif
