/* Transactions that wait: by sender and nonce, gaps allowed, with limits. No two threads at once. */
#ifndef ASHLAR_NODE_MEMPOOL_H
#define ASHLAR_NODE_MEMPOOL_H

#include "node/node.h"

enum {
    MEMPOOL_MOST = 16384,            /* transactions */
    MEMPOOL_MOST_BYTES = 64 << 20,
    MEMPOOL_MOST_PER_SENDER = 4096,
    MEMPOOL_MOST_NONCE_GAP = 4096,   /* above the sender's next nonce */
    MEMPOOL_MOST_TRANSACTION_BYTES = 128 << 10,
    MEMPOOL_MOST_BLOBS_BYTES = 4 << 20, /* of a transaction with its blobs */
    MEMPOOL_PRICE_BUMP_PERCENT = 10,
};

/* Of a transaction on this chain: on a rollup it must fit a batch. */
size_t mempool_most_bytes(const node *n, bool has_blobs);

typedef struct pooled pooled;
/* One that waits. Borrowed from the mempool until it changes. */
struct pooled {
    transaction tx;
    hash256 hash;
    address sender;
    bool is_executable; /* no gap before it, and paid for: "pending"; else "queued" */
    bool waits_for_funds; /* it was paid for before the head was set back, and may be again */
    uint64_t received; /* a count: who came first */
    /* the mempool's own */
    pooled *next; /* of the sender, by nonce */
    void *owner;
};

size_t mempool_pending_count(const node *n);
size_t mempool_queued_count(const node *n);
/* NULL where it is not there. */
const pooled *mempool_find(const node *n, const hash256 *hash);
const pooled *mempool_find_nonce(const node *n, const address *sender, uint64_t nonce);
/* All of them, ordered by sender and nonce; in the arena. */
size_t mempool_list(const node *n, const pooled ***out, arena *memory);
/* The nonce of the sender's next transaction, `nonce` being the account's. */
uint64_t mempool_next_nonce(const node *n, const address *sender, uint64_t nonce);
/* Takes one out. TRANSACTION_UNKNOWN. */
status mempool_drop(node *n, const hash256 *hash);
void mempool_drop_sender(node *n, const address *sender);
void mempool_drop_all(node *n);

#endif
