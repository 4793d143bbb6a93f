/* Reading the chain: a view is a snapshot of the database. Whatever comes out of it borrows from it or lies
 * in the arena given with it, and dies with the first of the two. On any thread, one at a time.
 *
 * Besides those named at functions, all of it may return DATABASE_CORRUPT or DATABASE_FAILED. */
#ifndef ASHLAR_STORE_VIEW_H
#define ASHLAR_STORE_VIEW_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"
#include "chain/chain.h"
#include "chain/config.h"
#include "chain/header.h"
#include "chain/receipt.h"
#include "chain/transaction.h"
#include "state/state.h"

typedef struct store_view store_view;

/* How many states a database keeps, the newest, and those that are needed to prove blocks; or one of
 * these. */
#define STORE_HISTORY_AS_IT_IS ((uint64_t)0) /* as the database has it; an archive where it is new */
#define STORE_HISTORY_ARCHIVE (UINT64_MAX)   /* all that are there */

/* Borrowed: node and arena until store_view_close. The arena belongs to the caller and may be shared with
 * other allocations; give it at least STORE_VIEW_ARENA_BYTES (reserved, not used: arena_open): each session
 * reserves what the gas of its block can buy, some 400 MB. */
#define STORE_VIEW_ARENA_BYTES ((size_t)64 << 30)
void store_view_close(store_view *v);
arena *store_view_memory(const store_view *v);
/* What runs on the view ends with CALL_TIMED_OUT once that has passed (clock_milliseconds; 0: never). */
void store_view_set_deadline(store_view *v, uint64_t deadline_ms);
bool store_view_is_late(const store_view *v);
const chain_config *store_view_config(const store_view *v);

typedef struct {
    hash256 hash;
    bytes encoding; /* RLP of [header, transactions, ommers, withdrawals] */
    bytes header_encoding;
    block_header header;
    const bytes *transactions; /* each as its hash takes it */
    size_t transaction_count;
    bytes ommers;      /* a cursor over headers */
    bytes withdrawals; /* a cursor over [index, validator, address, gwei]; from Shanghai on */
    bool has_withdrawals;
    fork_id fork;
} store_block;

uint64_t store_head_number(const store_view *v);
uint64_t store_first_number(const store_view *v); /* the genesis' */
uint64_t store_oldest_state(const store_view *v); /* the number of its block */
/* The last blocks of what L1 has for good: of batches, and of proofs (settle/chain.h). On a chain without L1
 * both are the head. */
uint64_t store_safe_number(const store_view *v);
uint64_t store_finalized_number(const store_view *v);

/* Whether it follows from the rules alone. A block that development methods made says in its extraData that
 * it does not, and has neither witness nor proof; those after it are blocks as all others. */
bool store_block_is_provable(const store_block *block);

/* BLOCK_UNKNOWN. */
status store_block_by_number(store_view *v, store_block *out, uint64_t number);
status store_block_by_hash(store_view *v, store_block *out, const hash256 *hash);
status store_block_hash(store_view *v, hash256 *out, uint64_t number);
/* Total difficulty of a chain that began before the merge. */
status store_total_difficulty(store_view *v, u256 *out, const store_block *block);
/* Decoded once; `sender` comes from the database, so it costs nothing. */
typedef struct {
    transaction tx;
    hash256 hash;
    address sender;
    u256 gas_price; /* effective, for the block */
    uint64_t block_number; /* UINT64_MAX where pending */
    hash256 block_hash;
    size_t index;
} store_transaction;
/* TRANSACTION_UNKNOWN. */
status store_transaction_at(store_view *v, store_transaction *out, const store_block *block, size_t index);
/* In a block; those of the mempool: mempool.h. */
status store_transaction_by_hash(store_view *v, store_transaction *out, const hash256 *hash);

typedef struct {
    bytes encoding; /* as the receipts trie has it */
    transaction_type type;
    bool has_status; /* from Byzantium on; before it a state root */
    bool succeeded;
    hash256 state_root;
    uint64_t cumulative_gas_used;
    uint64_t gas_used;
    const uint8_t *logs_bloom;
    log_entry *logs;
    size_t log_count;
    size_t first_log_index; /* in the block */
} store_receipt;
/* All of a block, `block->transaction_count` of them. */
status store_receipts(store_view *v, store_receipt **out, const store_block *block);
/* The same for encodings that are not in the database (a pending block's). */
status store_receipts_decode(store_receipt **out, arena *memory, const bytes *encodings, size_t count);

/* ---- what accounts have to do with transactions ---- */

typedef enum {
    STORE_TRANSACTIONS,    /* from the account, to it, or that made it */
    STORE_TOKEN_TRANSFERS, /* with a Transfer (ERC-20, ERC-721), TransferSingle or -Batch (ERC-1155) of it */
} store_activity_kind;

typedef struct {
    uint64_t block;
    uint32_t index; /* of the transaction in it */
} store_place;

/* At most so many, newest first, none newer than `newest`. */
status store_activity(store_view *v, store_place *out, size_t *count, size_t most, store_activity_kind kind,
                      const address *who, store_place newest);
/* Which topic of such a log is the account that gives; the next is the one that gets. 0: it is none. */
unsigned store_transfer_topic(const log_entry *entry);

/* Block numbers from `first` to `last`, ascending, in which a log of one of the addresses (none: of any),
 * with topics as eth_getLogs has them, may be: the index knows blocks, so the caller looks at the receipts.
 * *count is at most `most`; go on from the last number plus one. CALL_TIMED_OUT at the view's deadline. */
typedef struct {
    const address *addresses;
    size_t address_count;
    const hash256 *topics[4]; /* alternatives at each position; NULL and 0: any */
    size_t topic_counts[4];
} store_log_filter;
status store_log_blocks(store_view *v, uint64_t *numbers, size_t *count, size_t most,
                        const store_log_filter *filter, uint64_t first, uint64_t last);
bool store_log_matches(const store_log_filter *filter, const log_entry *entry);

/* ---- state ---- */

/* The state after a block: read it with state/state.h. STATE_UNKNOWN where it is not kept; where it has
 * to be made again (store.h) MEMORY_EXHAUSTED, and CALL_TIMED_OUT at the view's deadline. */
status store_state_open(store_view *v, state **out, const store_block *block);
/* Its root, by which accounts are read then: the same otherwise. */
status store_state_root(store_view *v, hash256 *out, const store_block *block);
/* The root of the head's, without the rest of its block. */
status store_head_state_root(store_view *v, hash256 *out);

/* Nodes from the root to where the key is or would be (EIP-1186); lists lie in the arena. */
typedef struct {
    const bytes *nodes;
    size_t node_count;
    u256 value; /* of a slot */
} store_proof;
typedef struct {
    uint64_t nonce;
    u256 balance;
    hash256 storage_root;
    hash256 code_hash;
    store_proof account;
    store_proof *slots;
} store_account_proof;
status store_prove(store_view *v, store_account_proof *out, const store_block *block, const address *who,
                   const u256 *keys, size_t key_count);

/* An account as the state's trie has it. RLP_MALFORMED. */
typedef struct {
    uint64_t nonce;
    u256 balance;
    hash256 storage_root, code_hash;
} store_trie_account;
status store_trie_account_read(store_trie_account *out, bytes value);
/* One account, the empty one where it is not there; one slot; a code. With less work than a state to run on
 * takes. STATE_UNKNOWN, WITNESS_…. */
status store_read_account(store_view *v, store_trie_account *out, const hash256 *state_root,
                          const address *who);
status store_read_slot(store_view *v, u256 *out, const store_trie_account *a, const u256 *key);
status store_read_code(store_view *v, bytes *out, const store_trie_account *a);
/* All keys of a trie of a state that is kept, from one on, in order (trie.h). */
status store_visit_keys(store_view *v, const hash256 *root, const hash256 *from, trie_visitor visit,
                        void *context);
/* What a key is the hash of, an address or a slot of 32 bytes; NULL data where that is not known. It is of
 * what stands in the genesis and in blocks that a development node made. */
status store_preimage(store_view *v, bytes *out, const hash256 *key);

/* What chain_execute needs for this block: `block`, nodes, codes, and headers (as many as BLOCKHASH asked
 * for, at least the parent). BLOCK_UNKNOWN for the genesis, BLOCK_NOT_PROVABLE (store_block_is_provable). */
status store_witness(store_view *v, chain_input *out, const store_block *block);

/* The block access list (EIP-7928) whose hash is in the block's header, as RLP; in the view's arena.
 * BLOCK_UNKNOWN before Amsterdam, BLOCK_NOT_PROVABLE, STATE_UNKNOWN where the parent's state is not kept. */
status store_access_list(store_view *v, bytes *out, const store_block *block);

#endif
