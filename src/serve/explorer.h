/* The explorer: a page at / that shows the chain by the node's own JSON-RPC. Its files (web/explorer)
 * are part of the binary; they ask for nothing from elsewhere. */
#ifndef ASHLAR_SERVE_EXPLORER_H
#define ASHLAR_SERVE_EXPLORER_H

#include "serve/server.h"

/* For rpc_options.page; it needs no context. Paths that are not of the explorer get a page with code 404. */
bool explorer_page(void *context, const char *path, rpc_page *page);

#endif
