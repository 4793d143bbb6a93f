/* What the node's files share; nobody else includes it. */
#ifndef ASHLAR_NODE_INTERNAL_H
#define ASHLAR_NODE_INTERNAL_H

#include "node/mempool.h"
#include "node/node.h"
#include "store/store.h"
#include "telemetry/log.h"

#include <stdatomic.h>

enum { NODE_ACCOUNTS = 10, NODE_IMPERSONATED = 256 };

typedef struct mempool mempool;

struct node {
    node_options options;
    store store;
    bool is_temporary;
    /* The state after the head, for the mempool: opened when asked for, closed when the head changes. */
    arena head_memory;
    store_view *head_view;
    store_block head_block;
    state *head_state;
    mempool *pool;
    node_listener listener;
    /* Instant sealing: something executable has come, and no block with it is stored yet. */
    atomic_bool wants_seal;
    bool is_instant;  /* a block as soon as there is a transaction */
    uint64_t retry_ms; /* then again, after a failure; 0: none */
    uint64_t seal_interval_ms; /* 0: none by time */
    uint64_t next_seal_ms;
    int64_t clock_shift_seconds;
    uint64_t next_timestamp; /* 0: the clock's */
    bool has_next_prev_randao;
    hash256 next_prev_randao;
    bool has_next_base_fee;
    u256 next_base_fee;
    uint64_t block_gas_limit; /* of every block, at once; 0: by the rules towards options.gas_limit */
    bool has_timestamp_interval;
    uint64_t timestamp_interval;
    address first_coinbase; /* options.coinbase as it was given */
    address impersonated[NODE_IMPERSONATED];
    size_t impersonated_count;
    bool impersonates_all;
    address accounts[NODE_ACCOUNTS];
    uint8_t account_keys[NODE_ACCOUNTS][32];
    size_t account_count;
};

/* From the ground up: each calls those before it. */

/* ---- head.c ---- */
status node_head_state(node *n, state **out, const store_block **block);
/* It is opened anew when it is asked for. */
void head_close(node *n);

/* ---- choices.c ---- */
/* Of the block after this one: what was chosen, or what follows from it. */
u256 next_base_fee(const node *n, const block_header *parent);

/* ---- senders.c ---- */
/* A transaction of an impersonated sender: what stands where the signature would, and whose it is. */
void unsigned_sign(transaction *tx, const address *sender);
bool unsigned_sender(address *sender, const transaction *tx);

/* ---- accounts.c ---- */
void accounts_open(node *n);
/* Accounts, system contracts and rules of the development chain. */
void development_genesis(chain_genesis *genesis, arena *memory, const address *accounts, size_t count,
                         uint64_t gas_limit);

/* ---- mempool.c ---- */
status mempool_open(mempool **out, node *n);
void mempool_close(mempool *m);
status mempool_load_journal(node *n);
status mempool_revalidate(node *n);
/* What senders signed in blocks that are about to go: in the journal, where it is found if the process ends
 * meanwhile. */
void mempool_keep(node *n, const bytes *encodings, size_t count);
/* Once they are gone: it waits again, in front of all else, in its order. Neither it nor what waits is dropped
 * because the funds for it have gone, too. mempool_revalidate is to follow. How many were taken. */
uint64_t mempool_return(node *n, const bytes *encodings, size_t count);
bool mempool_has_executable(const node *n);
/* By effective tip, the best first; of a sender by nonce. In the arena. */
typedef struct mempool_order mempool_order;
mempool_order *mempool_order_open(const node *n, arena *memory, const u256 *base_fee);
const pooled *mempool_order_best(mempool_order *o); /* NULL: none left */
void mempool_order_next(mempool_order *o, bool skip_sender);

/* ---- advance.c ---- */
/* The head changed by a block (or by being set back): state and mempool follow, listeners hear. */
status node_head_changed(node *n, const store_block *block);
/* For the metrics and the log: a block that was stored, and what it took. */
void node_count_block(log_level level, const char *event, const store_block *block, double seconds);
void node_count_empty_blocks(const store_block *last, uint64_t count, double seconds);

/* ---- development.c ---- */
/* Everything as the node's options say: when it opens, and after a reset. */
void node_start_development(node *n);

#endif
