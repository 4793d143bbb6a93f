/* What the node's files share; nobody else includes it. */
#ifndef ASHLAR_NODE_INTERNAL_H
#define ASHLAR_NODE_INTERNAL_H

#include "chain/store.h"
#include "store/batches.h"
#include "store/database.h"
#include "telemetry/log.h"
#include "node/mempool.h"
#include "node/node.h"

#include <stdatomic.h>

enum { NODE_ACCOUNTS = 10, NODE_IMPERSONATED = 256 };

typedef struct mempool mempool;
typedef struct proving proving;

struct node_view {
    node *owner;
    arena *memory;
    database_transaction *read;
    uint64_t first, head;
    uint64_t oldest; /* the oldest block whose state is kept */
    uint64_t deadline_ms; /* 0: none */
    bool has_pending;     /* a pending block was made: what its state has besides the database */
    byte_store pending_nodes, pending_codes;
};

struct node {
    node_options options;
    chain_config config;
    char directory[4096];
    bool is_temporary;
    database *db;
    uint64_t history; /* states that are kept; 0: all */
    arena memory; /* of a block that is being made or imported */
    /* The state after the head, for the mempool: opened when asked for, closed when the head changes. */
    arena head_memory;
    node_view *head_view;
    node_block head_block;
    state *head_state;
    mempool *pool;
    proving *proving; /* NULL: nothing is proven */
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

/* ---- keys and values ---- */
typedef struct {
    uint8_t bytes[8];
} number_key;
number_key number_key_of(uint64_t number);
uint64_t number_of_key(bytes key);
static inline bytes bytes_of_number(const number_key *key) { return (bytes){key->bytes, sizeof key->bytes}; }
static inline bytes bytes_of_hash(const hash256 *hash) { return (bytes){hash->bytes, sizeof hash->bytes}; }
bytes bytes_of_text(const char *text);
static inline bool same_hash(const hash256 *a, const hash256 *b)
{
    const uint64_t *x = (const uint64_t *)(const void *)a->bytes,
                   *y = (const uint64_t *)(const void *)b->bytes;
    return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

/* ---- view.c ---- */
/* Without sealing what waits. */
status view_open(node_view **out, arena *memory, node *n);
status block_parse(node_block *out, arena *memory, const chain_config *config, bytes encoding);
witness *view_witness(node_view *v);
status view_block_hash(void *view, hash256 *out, uint64_t number); /* an evm_block_hash without limits */

/* ---- store.c ---- */
/* Adds a block with its indexes and makes it the head; its nodes and codes are there already. */
status store_block(database_transaction *t, arena *memory, const node_block *block, const address *senders,
                   const bytes *receipts, const u256 *total_difficulty);
status store_genesis(database *db, arena *memory, const chain_genesis *genesis);
/* Takes nodes and codes into a transaction; the first failure is kept. */
typedef struct hash_chunk hash_chunk;
typedef struct {
    arena *memory;
    hash_chunk *last; /* NULL: none yet */
    size_t count;
} hash_list;
typedef struct {
    database_transaction *write;
    status failure;
    hash_list fresh; /* nodes that were not there; without an arena nobody asks */
} store_sink_context;
void store_sink_open(store_sink_context *sinks, node *n);
void store_node_sink(void *context, const hash256 *hash, bytes node);
void store_code_sink(void *context, const hash256 *hash, bytes code);

/* ---- activity.c ---- */
/* With a block that is stored, and before the newest is removed; `senders` and `receipts`: one each for its
 * transactions. */
status activity_add(database_transaction *t, arena *memory, const node_block *block, const address *senders,
                    const node_receipt *receipts);
status activity_remove(database_transaction *t, node_view *v, const node_block *block,
                       const node_receipt *receipts);
/* DATABASE_CORRUPT where an entry is missing. */
status activity_check(node_view *v, const node_block *block, const node_receipt *receipts);
/* Indexes the blocks that a version without the index has stored. */
status activity_open(node *n);

/* ---- history.c ---- */
void hash_list_add(hash_list *l, const uint8_t hash[32]);
/* Makes of the database what the options ask for. */
status history_open(node *n);
/* After a block was stored: counts its state's nodes, and drops states that are too old. The view is of
 * before. */
status history_add(store_sink_context *sinks, const node_view *base, uint64_t number);
/* Before the newest block is removed. */
status history_remove(database_transaction *t, const node_view *base, uint64_t number);
/* That exactly the nodes of the kept states are there, and counted. */
status history_check(node_view *v);

/* ---- node.c ---- */
/* The head changed by a block (or by being set back): state and mempool follow, listeners hear. */
status node_head_changed(node *n, const node_block *block);
/* For the metrics and the log: a block that was stored, and what it took. */
void node_count_block(log_level level, const char *event, const node_block *block, double seconds);
void node_count_empty_blocks(const node_block *last, uint64_t count, double seconds);
status node_head_state(node *n, state **out, const node_block **block);

/* ---- seal.c ---- */
typedef struct {
    const node_state_override *forced; /* an empty block after which this holds; NULL: none */
    bool is_empty;                     /* whatever waits */
} seal_choices;
typedef struct {
    node_block block;
    state *world;
    transition *run;
    address *senders;
    u256 total_difficulty;
} built;
/* Where new nodes and codes go. */
typedef struct {
    trie_node_sink node, code;
    void *node_context, *code_context;
} seal_sinks;
/* Of the block after this one: what was chosen, or what follows from it. */
u256 next_base_fee(const node *n, const block_header *parent);
/* A block on the view's head from the mempool. */
status seal_build(built *out, node_view *v, const seal_choices *choices, const seal_sinks *sinks);


/* ---- development.c ---- */
/* A transaction of an impersonated sender: what stands where the signature would, and whose it is. */
void unsigned_sign(transaction *tx, const address *sender);
bool unsigned_sender(address *sender, const transaction *tx);
/* Everything as the node's options say: when it opens, and after a reset. */
void node_start_development(node *n);
/* What the header of a block has that follows from no rules. */
bytes unprovable_extra_data(void);

/* ---- session.c ---- */
/* Within a transaction of the state's. */
status override_state(state *world, const node_state_override *o);

/* ---- mempool.c ---- */
status mempool_open(mempool **out, node *n);
void mempool_close(mempool *m);
status mempool_load_journal(node *n);
status mempool_add(node *n, hash256 *hash, bytes encoding, bool is_new);
status mempool_revalidate(node *n);
bool mempool_has_executable(const node *n);
/* By effective tip, the best first; of a sender by nonce. In the arena. */
typedef struct mempool_order mempool_order;
mempool_order *mempool_order_open(const node *n, arena *memory, const u256 *base_fee);
const pooled *mempool_order_best(mempool_order *o); /* NULL: none left */
void mempool_order_next(mempool_order *o, bool skip_sender);

/* ---- batches.c ---- */
status batch_count(database_transaction *t, uint64_t *count);
/* BATCH_UNKNOWN. */
status batch_get(database_transaction *t, batch *out, uint64_t number);
status batch_put(database_transaction *t, arena *memory, const batch *b);
/* Those with blocks above that number, and their proofs. *dropped: the first of them, or 0. */
status batch_drop_above(database_transaction *t, uint64_t *dropped, uint64_t block_number);
typedef struct {
    uint64_t cycles;
    char reason[256]; /* why it cannot be proven; "": it can */
} block_cycles;
status batch_put_cycles(database_transaction *t, uint64_t block_number, const hash256 *hash,
                        const block_cycles *cycles);
status batch_get_cycles(database_transaction *t, block_cycles *out, bool *found, uint64_t block_number,
                        const hash256 *hash);

/* ---- proving.c ---- */
proving *proving_open(node *n, const struct proving_options *options);
void proving_close(proving *p); /* NULL: nothing */
/* There are new blocks; `dropped` not 0: batches from that number on are gone. NULL: nothing. */
void proving_head_changed(proving *p, uint64_t dropped);

/* The number of the oldest block whose state is still needed to prove the next ones; UINT64_MAX for NULL. */
status proving_oldest_needed(proving *p, uint64_t *number, node_view *v);

/* ---- accounts.c ---- */
void accounts_open(node *n);
/* Accounts, system contracts and rules of the development chain. */
void development_genesis(chain_genesis *genesis, arena *memory, const address *accounts, size_t count,
                         uint64_t gas_limit);

#endif
