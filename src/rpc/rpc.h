/* The node's JSON-RPC: Ethereum's methods (methods.def), with error codes and messages as geth gives them. A
 * node that is served is called by its RPC alone, from several threads under one lock; whoever else has
 * business with it takes the lock (rpc_lock). */
#ifndef ASHLAR_RPC_RPC_H
#define ASHLAR_RPC_RPC_H

#include "node/node.h"
#include "proving/proving.h"
#include "rpc/handler.h"

typedef struct rpc rpc;

typedef struct {
    proving *proving;         /* of the node, borrowed; NULL: nothing is proven */
    bool development_methods; /* evm_*, hardhat_*, anvil_*, eth_sendTransaction, eth_sign */
    bool debug_methods;       /* debug_*, txpool_* */
    bool testing_methods;     /* testing_buildBlockV1 */
    uint64_t call_timeout_ms; /* of eth_call and its like */
    uint64_t log_limit;       /* logs that one query may give */
    unsigned batch_limit;     /* requests in one batch */
    /* A page for GET beside the proofs (the explorer, health); NULL: none. As in rpc_handler. */
    bool (*page)(void *context, const char *path, rpc_page *page);
    void *page_context;
} rpc_options;

rpc_options rpc_options_default(void);

/* Answers for the node until rpc_close. Borrowed: the node, whose listener it becomes. NULL: out of
 * memory. */
rpc *rpc_open(node *n, const rpc_options *options);
/* Whoever carries its messages has ended before. */
void rpc_close(rpc *r);
/* For who carries its messages (serve/server.h); without one there is rpc_answer alone. */
rpc_handler rpc_handler_of(rpc *r);

/* Does what time asks of the node (node_tick), waits for more of it, and so on until *stop. */
void rpc_run(rpc *r, volatile int *stop);

/* Around any call of the node's functions while it is served. */
void rpc_lock(rpc *r);
void rpc_unlock(rpc *r);

/* One message, a request or a batch: answers into `out`. Any thread. */
void rpc_answer(rpc *r, rpc_exchange *exchange, const char *message, size_t size_bytes);

#endif
