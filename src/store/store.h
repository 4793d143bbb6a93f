/* The store as those see it who write to it: the node, and what proves. */
#ifndef ASHLAR_STORE_STORE_H
#define ASHLAR_STORE_STORE_H

#include "chain/build.h"
#include "chain/store.h"
#include "store/batches.h"
#include "store/database.h"
#include "store/session.h"
#include "store/view.h"

typedef struct store store;
struct store {
    char directory[4096];
    database *db;
    chain_config config;
    uint64_t history; /* states that are kept; 0: all */
    arena memory;     /* of what is being written: a block that is made or imported */
    /* The oldest block whose state is still needed, however many are kept; UINT64_MAX: none is. May be
     * NULL. */
    status (*oldest_needed)(void *context, uint64_t *number, store_view *v);
    void *oldest_needed_context;
};

struct store_view {
    store *store;
    arena *memory;
    database_transaction *read;
    uint64_t first, head;
    uint64_t oldest; /* the oldest block whose state is kept */
    uint64_t deadline_ms; /* 0: none */
    bool has_pending;     /* a pending block was made: what its state has besides the database */
    byte_store pending_nodes, pending_codes;
    bool has_derived; /* states were made again that are not stored: their nodes */
    arena derived_memory;
    byte_store derived_nodes;
};

/* ---- views ---- */

status store_view_open(store_view **out, arena *memory, store *store);
status block_parse(store_block *out, arena *memory, const chain_config *config, bytes encoding);
witness *store_view_witness(store_view *v);
/* An evm_block_hash without limits. */
status store_view_block_hash(void *view, hash256 *out, uint64_t number);

/* ---- states that are not stored (derive.c) ---- */

/* As many empty blocks are made at once, at most, with a state that is stored at their end: the more, the
 * less is written, and the longer it takes to make a state between. */
enum { STORE_MOST_EMPTY_BLOCKS = 512 };
/* Of `from`, what is there of the state with that root, from the root down. */
void store_nodes_below(byte_store *out, const byte_store *from, const hash256 *root);
/* Makes the view have the state after that block, its own, if it is not stored. As store_state_open. */
status store_state_derive(store_view *v, uint64_t number, const hash256 *root);
/* A state that is stored, or was made again. STATE_UNKNOWN. */
status store_state_at(store_view *v, state **out, const hash256 *root);
/* Puts those states of these blocks that are not stored into the transaction, which the view reads by, or is
 * of before. */
status store_states_put(database_transaction *t, store_view *v, uint64_t first, uint64_t last);

/* Within a transaction of the state's. */
status override_state(state *world, const store_state_override *o);

/* What the header of a block has that follows from no rules. */
bytes unprovable_extra_data(void);

/* In TABLE_META: number_key of a block. */
#define STORE_SAFE_KEY "safe"
#define STORE_FINALIZED_KEY "finalized"

/* ---- blocks ---- */

/* Adds a block with its indexes and makes it the head; its nodes and codes are there already. */
status store_add_block(database_transaction *t, arena *memory, const store_block *block,
                       const transaction_origin *origins, const bytes *receipts,
                       const u256 *total_difficulty);
status store_genesis(database *db, arena *memory, const chain_genesis *genesis);
/* Another id for a chain that has no transaction, so that nothing names the one before. *done: it had
 * none. */
status store_set_chain_id(store *store, bool *done, uint64_t chain_id);
/* Removes the blocks of the view above that number, which it has. *dropped: the first batch that went with
 * them, or 0. */
status store_set_head(store *store, store_view *v, uint64_t *dropped, uint64_t number);
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
void store_sink_open(store_sink_context *sinks, store *store);
void store_node_sink(void *context, const hash256 *hash, bytes node);
void store_code_sink(void *context, const hash256 *hash, bytes code);
/* What a key of a trie is the hash of. */
void store_preimage_sink(void *context, const hash256 *hash, bytes preimage);
status store_genesis_preimages(database_transaction *t, const chain_genesis *genesis);

/* ---- what accounts have to do with transactions ---- */

/* With a block that is stored, and before the newest is removed; `origins` and `receipts`: one each for its
 * transactions. */
status activity_add(database_transaction *t, arena *memory, const store_block *block,
                    const transaction_origin *origins, const store_receipt *receipts);
status activity_remove(database_transaction *t, store_view *v, const store_block *block,
                       const store_receipt *receipts);
/* DATABASE_CORRUPT where an entry is missing. */
status activity_check(store_view *v, const store_block *block, const store_receipt *receipts);
/* Indexes the blocks that a version without the index has stored. */
status activity_open(store *store);

/* ---- which states are kept ---- */

void hash_list_add(hash_list *l, const uint8_t hash[32]);
/* Makes of the database what is asked for: so many states, or STORE_HISTORY_…. */
status history_open(store *store, uint64_t states);
/* After a block was stored: counts its state's nodes, and drops states that are too old. The view is of
 * before. */
status history_add(store_sink_context *sinks, const store_view *base, uint64_t number);
/* Before the newest block is removed. */
status history_remove(database_transaction *t, const store_view *base, uint64_t number);
/* That exactly the nodes of the kept states are there, and counted. */
status history_check(store_view *v);

/* ---- batches ---- */

status batch_count(database_transaction *t, uint64_t *count);
/* BATCH_UNKNOWN. */
status batch_get(database_transaction *t, batch *out, uint64_t number);
status batch_put(database_transaction *t, arena *memory, const batch *b);
/* Key in TABLE_LINKS. */
typedef struct {
    uint8_t bytes[9];
} link_key;
link_key link_key_of(uint64_t last_batch, uint32_t level);
static inline bytes bytes_of_link(const link_key *key) { return (bytes){key->bytes, sizeof key->bytes}; }
/* Those with blocks above that number, and their proofs and links. *dropped: the first of them, or 0. */
status batch_drop_above(database_transaction *t, uint64_t *dropped, uint64_t block_number);
typedef struct {
    uint64_t cycles, cells;
    char reason[256]; /* why it cannot be proven; "": it can */
} block_cost;
status batch_put_cost(database_transaction *t, uint64_t block_number, const hash256 *hash, const block_cost *cost);
status batch_get_cost(database_transaction *t, block_cost *out, bool *found, uint64_t block_number, const hash256 *hash);

#endif
