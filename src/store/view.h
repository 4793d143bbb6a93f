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

typedef struct node_view node_view;

/* How many states a database keeps, the newest, and those that are needed to prove blocks; or one of
 * these. */
#define NODE_HISTORY_AS_IT_IS ((uint64_t)0) /* as the database has it; an archive where it is new */
#define NODE_HISTORY_ARCHIVE (UINT64_MAX)   /* all that are there */

/* Borrowed: node and arena until node_view_close. The arena belongs to the caller and may be shared with
 * other allocations; give it at least NODE_VIEW_ARENA_BYTES (reserved, not used: arena_open): each session
 * reserves what the gas of its block can buy, some 400 MB. */
#define NODE_VIEW_ARENA_BYTES ((size_t)64 << 30)
void node_view_close(node_view *v);
arena *node_view_memory(const node_view *v);
/* What runs on the view ends with CALL_TIMED_OUT once that has passed (clock_milliseconds; 0: never). */
void node_view_set_deadline(node_view *v, uint64_t deadline_ms);
bool node_view_is_late(const node_view *v);
const chain_config *node_view_config(const node_view *v);

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
} node_block;

uint64_t node_head_number(const node_view *v);
uint64_t node_first_number(const node_view *v); /* the genesis' */
uint64_t node_oldest_state(const node_view *v); /* the number of its block */
/* The last blocks of what L1 has for good: of batches, and of proofs (settle/chain.h). On a chain without L1 both are the
 * head. */
uint64_t node_safe_number(const node_view *v);
uint64_t node_finalized_number(const node_view *v);

/* Whether it follows from the rules alone. A block that development methods made says in its extraData that
 * it does not, and has neither witness nor proof; those after it are blocks as all others. */
bool node_block_is_provable(const node_block *block);

/* BLOCK_UNKNOWN. */
status node_block_by_number(node_view *v, node_block *out, uint64_t number);
status node_block_by_hash(node_view *v, node_block *out, const hash256 *hash);
status node_block_hash(node_view *v, hash256 *out, uint64_t number);
/* Total difficulty of a chain that began before the merge. */
status node_total_difficulty(node_view *v, u256 *out, const node_block *block);
/* Decoded once; `sender` comes from the database, so it costs nothing. */
typedef struct {
    transaction tx;
    hash256 hash;
    address sender;
    u256 gas_price; /* effective, for the block */
    uint64_t block_number; /* UINT64_MAX where pending */
    hash256 block_hash;
    size_t index;
} node_transaction;
/* TRANSACTION_UNKNOWN. */
status node_transaction_at(node_view *v, node_transaction *out, const node_block *block, size_t index);
/* In a block; those of the mempool: mempool.h. */
status node_transaction_by_hash(node_view *v, node_transaction *out, const hash256 *hash);

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
} node_receipt;
/* All of a block, `block->transaction_count` of them. */
status node_receipts(node_view *v, node_receipt **out, const node_block *block);
/* The same for encodings that are not in the database (a pending block's). */
status node_receipts_decode(node_receipt **out, arena *memory, const bytes *encodings, size_t count);

/* ---- what accounts have to do with transactions ---- */

typedef enum {
    NODE_TRANSACTIONS,    /* from the account, to it, or that made it */
    NODE_TOKEN_TRANSFERS, /* with a Transfer (ERC-20, ERC-721) or TransferSingle or -Batch (ERC-1155) of it */
} node_activity_kind;

typedef struct {
    uint64_t block;
    uint32_t index; /* of the transaction in it */
} node_place;

/* At most so many, newest first, none newer than `newest`. */
status node_activity(node_view *v, node_place *out, size_t *count, size_t most, node_activity_kind kind,
                     const address *who, node_place newest);
/* Which topic of such a log is the account that gives; the next is the one that gets. 0: it is none. */
unsigned node_transfer_topic(const log_entry *entry);

/* Block numbers from `first` to `last`, ascending, in which a log of one of the addresses (none: of any),
 * with topics as eth_getLogs has them, may be: the index knows blocks, so the caller looks at the receipts.
 * *count is at most `most`; go on from the last number plus one. CALL_TIMED_OUT at the view's deadline. */
typedef struct {
    const address *addresses;
    size_t address_count;
    const hash256 *topics[4]; /* alternatives at each position; NULL and 0: any */
    size_t topic_counts[4];
} node_log_filter;
status node_log_blocks(node_view *v, uint64_t *numbers, size_t *count, size_t most,
                       const node_log_filter *filter, uint64_t first, uint64_t last);
bool node_log_matches(const node_log_filter *filter, const log_entry *entry);

/* ---- state ---- */

/* The state after a block: read it with state/state.h. STATE_UNKNOWN where it is not kept. */
status node_state_open(node_view *v, state **out, const node_block *block);
/* The same by its root; that of the head without the rest of its block. */
status node_state_at(node_view *v, state **out, const hash256 *state_root);
status node_head_state_root(node_view *v, hash256 *out);

/* Nodes from the root to where the key is or would be (EIP-1186); lists lie in the arena. */
typedef struct {
    const bytes *nodes;
    size_t node_count;
    u256 value; /* of a slot */
} node_proof;
typedef struct {
    uint64_t nonce;
    u256 balance;
    hash256 storage_root;
    hash256 code_hash;
    node_proof account;
    node_proof *slots;
} node_account_proof;
status node_prove(node_view *v, node_account_proof *out, const node_block *block, const address *who,
                  const u256 *keys, size_t key_count);

/* An account as the state's trie has it. RLP_MALFORMED. */
typedef struct {
    uint64_t nonce;
    u256 balance;
    hash256 storage_root, code_hash;
} node_trie_account;
status node_trie_account_read(node_trie_account *out, bytes value);
/* One account, the empty one where it is not there; one slot; a code. With less work than a state to run on
 * takes. STATE_UNKNOWN, WITNESS_…. */
status node_read_account(node_view *v, node_trie_account *out, const hash256 *state_root,
                         const address *who);
status node_read_slot(node_view *v, u256 *out, const node_trie_account *a, const u256 *key);
status node_read_code(node_view *v, bytes *out, const node_trie_account *a);
/* All keys of a trie of a state that is kept, from one on, in order (trie.h). */
status node_visit_keys(node_view *v, const hash256 *root, const hash256 *from, trie_visitor visit,
                       void *context);
/* What a key is the hash of, an address or a slot of 32 bytes; NULL data where that is not known. It is of
 * what stands in the genesis and in blocks that a development node made. */
status node_preimage(node_view *v, bytes *out, const hash256 *key);

/* What chain_execute needs for this block: `block`, nodes, codes, and headers (as many as BLOCKHASH asked
 * for, at least the parent). BLOCK_UNKNOWN for the genesis, BLOCK_NOT_PROVABLE (node_block_is_provable). */
status node_witness(node_view *v, chain_input *out, const node_block *block);

#endif
