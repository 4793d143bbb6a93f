/* The rollup's node: a chain in an embedded database, a mempool, a sequencer. The command and the RPC server
 * stand on this header alone.
 *
 * One thread calls everything here, but for views and what says so: a view (below) may be opened and read on
 * another thread.
 * Reading. Open a view, a snapshot of the database; whatever comes out of it borrows from it or lies in the
 * arena given with it, and dies with the first of the two. In instant sealing, what was submitted is sealed
 * before the next view opens, or at the next node_tick, so that reads see what was sent before them.
 *
 * Besides those named at functions, everything that reads may return DATABASE_CORRUPT or DATABASE_FAILED, and
 * everything that writes DATABASE_FULL; node_error_text says more. */
#ifndef ASHLAR_NODE_NODE_H
#define ASHLAR_NODE_NODE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"
#include "chain/build.h"
#include "chain/chain.h"
#include "chain/config.h"
#include "chain/header.h"
#include "chain/receipt.h"
#include "chain/transaction.h"
#include "chain/transition.h"
#include "evm/evm.h"
#include "state/state.h"

typedef struct node node;

typedef struct {
    const char *directory;        /* NULL: a temporary one, removed at the end */
    const chain_genesis *genesis; /* borrowed until node_open returns; NULL: what the database has, or the
                                   * development chain */
    bool is_development;          /* ten funded accounts in the development genesis, unlocked */
    bool seals;                   /* false: blocks come by node_import alone */
    bool accepts_blobs;           /* a chain made from an L1 genesis; an L2 refuses blob transactions */
    uint64_t block_time_seconds;  /* 0: a block as soon as there is a transaction */
    uint64_t gas_limit;           /* that sealed blocks move towards; 0: the parent's */
    address coinbase;
    const struct proving_options *proving; /* borrowed until node_open returns; NULL: nothing is proven */
    const volatile int *stop;     /* an import ends early once it is not 0; NULL: never */
    uint64_t history;             /* how many states are kept, the newest, and those that are needed
                                   * to prove blocks; or one of these */
} node_options;
#define NODE_HISTORY_AS_IT_IS ((uint64_t)0)  /* as the database has it; an archive where it is new */
#define NODE_HISTORY_ARCHIVE (UINT64_MAX)    /* all that are there */

/* Opens the database, creates it from the genesis where there is none, and reads the journal of the mempool.
 * DATABASE_CORRUPT, DATABASE_VERSION, DATABASE_OTHER_GENESIS, DATABASE_IN_USE. On failure *out is NULL. */
status node_open(node **out, const node_options *options);
void node_close(node *n);

/* The last failure in words, with what can be done about it: "the database in DIR is of version 2 …". */
const char *node_error_text(void);

const chain_config *node_config(const node *n);
const node_options *node_options_of(const node *n);
const char *node_directory(const node *n);

/* ---- what happens, for subscriptions: called in the thread that caused it; do not call the node back ----
 */

typedef struct node_view node_view; /* below */
typedef struct {
    void (*block)(void *context, uint64_t number, const hash256 *hash); /* a new head, already stored */
    /* The head was set back to `number`: the view still has the blocks above it. */
    void (*removed)(void *context, node_view *before, uint64_t number);
    void (*batch)(void *context, uint64_t number); /* its record has changed, or it is gone; any thread */
    void (*pending_transaction)(void *context, const hash256 *hash);    /* taken into the mempool */
    void *context;
} node_listener;
void node_set_listener(node *n, const node_listener *listener); /* copied; NULL: none */

/* ---- views ---- */


/* Borrowed: node and arena until node_view_close. The arena belongs to the caller and may be shared with
 * other allocations; give it at least NODE_VIEW_ARENA_BYTES (reserved, not used: arena_open): each session
 * reserves what the gas of its block can buy, some 400 MB. */
#define NODE_VIEW_ARENA_BYTES ((size_t)64 << 30)
status node_view_open(node_view **out, arena *memory, node *n);
/* The same without sealing anything: on any thread, at any time. */
status node_view_open_unsealed(node_view **out, arena *memory, node *n);
/* Whether what was submitted still has to be sealed: then node_tick, before such a view sees it. Any thread. */
bool node_waits_to_seal(const node *n);
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
/* As what they are final: there is no L1 yet, so both are the head of an L2 in development. */
uint64_t node_safe_number(const node_view *v);
uint64_t node_finalized_number(const node_view *v);

/* BLOCK_UNKNOWN. */
status node_block_by_number(node_view *v, node_block *out, uint64_t number);
status node_block_by_hash(node_view *v, node_block *out, const hash256 *hash);
status node_block_hash(node_view *v, hash256 *out, uint64_t number);
/* Total difficulty of a chain that began before the merge. */
status node_total_difficulty(node_view *v, u256 *out, const node_block *block);
/* What would be sealed now, not stored: the header's state root and receipts root are those of that block.
 * Its receipts come with it; its state can be opened on the same view from then on. */
typedef struct {
    node_block block;
    const bytes *receipts;
} node_pending;
status node_block_pending(node_view *v, node_pending *out);

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

/* What chain_execute needs for this block: `block`, nodes, codes, and headers (as many as BLOCKHASH asked
 * for, at least the parent). BLOCK_UNKNOWN for the genesis, BLOCK_NOT_PROVABLE (node_block_is_provable). */
status node_witness(node_view *v, chain_input *out, const node_block *block);

/* ---- running things on top of a block ---- */

/* A session: a state, and the environment of one block over it. It does not move while it is used. What runs
 * in it ends with CALL_TIMED_OUT at the view's deadline, and with MEMORY_EXHAUSTED once one message has made
 * the arena grow by NODE_CALL_MEMORY_BYTES, tracers' part included. */
enum { NODE_CALL_MEMORY_BYTES = 256 << 20 };
typedef struct {
    node_view *view;
    size_t memory_mark; /* of the arena, where the message began */
    state *world;
    transition *run; /* run->block is the environment, run->vm the EVM */
    node_block base;
    block_header header; /* of the block that is simulated */
    ancestor_hashes ancestors;
    transaction tx; /* that the last call was made into */
} node_session;

/* Fields that replace those of the environment; each counts where its `has_` is set. */
typedef struct {
    bool has_number, has_timestamp, has_gas_limit, has_coinbase, has_prev_randao, has_base_fee,
        has_blob_base_fee;
    uint64_t number, timestamp, gas_limit;
    address coinbase;
    hash256 prev_randao;
    u256 base_fee, blob_base_fee;
} node_block_overrides;

/* In the environment of `block` itself, on the state after it: as eth_call runs. NULL overrides: none. */
status node_session_open(node_session *s, node_view *v, const node_block *block,
                         const node_block_overrides *overrides);
/* In the environment of `block`, on the state before it, its first `count` transactions already run (with
 * what comes before them). For tracing. */
status node_session_replay(node_session *s, node_view *v, const node_block *block, size_t count);
/* The next transaction of a replayed block, as it was. `s->run` has its receipt afterwards. */
status node_session_next(node_session *s, const node_transaction *tx);
/* The environment of the next simulated block, over the same state (eth_simulateV1); `header` has been filled
 * in by the caller but for what execution gives. Hashes for BLOCKHASH: newest first, the parent's first. */
status node_session_next_block(node_session *s, const block_header *header, const hash256 *ancestors,
                               size_t ancestor_count);

typedef struct {
    u256 key, value;
} node_slot_override;
typedef struct {
    address where;
    bool has_balance, has_nonce, has_code;
    bool moves_precompile; /* which is at `where`, to `destination` */
    bool replaces_storage; /* `slots` is all there is ("state"); false: a difference ("stateDiff") */
    u256 balance;
    uint64_t nonce;
    bytes code;
    const node_slot_override *slots;
    size_t slot_count;
    address destination;
} node_state_override;
/* A precompile that is overridden is none any more. */
status node_session_override(node_session *s, const node_state_override *overrides, size_t count);

typedef struct {
    address from;
    bool creates;
    address to;
    bool has_gas, has_nonce, has_gas_price, has_max_fee, has_max_priority_fee, has_max_blob_fee;
    uint64_t gas;       /* without: what the block has, at most node_call_gas_cap */
    uint64_t nonce;
    u256 gas_price;     /* or max_fee and max_priority_fee; none: free of charge */
    u256 max_fee, max_priority_fee, max_blob_fee;
    u256 value;
    bytes data;
    bytes access_list;    /* RLP items [address, [slot, …]], without the outer list's prefix */
    bool has_access_list; /* makes it a type 1 at least */
    bytes authorizations; /* RLP items as in a set-code transaction, likewise */
    size_t authorization_count;
    const hash256 *blob_hashes;
    size_t blob_hash_count;
} node_call;

typedef struct {
    evm_halt halt;
    bytes output;       /* return or revert data; in the arena */
    uint64_t gas_used;  /* after refunds */
    uint64_t gas_peak;  /* before refunds */
    const log_entry *logs;
    size_t log_count;
    address created;
} node_call_result;

enum { NODE_CALL_GAS_CAP = 50000000, NODE_DEFAULT_TIP = 1000000000 /* wei for each gas */ };

/* Runs a message as eth_call does: nonce and sender's code are not checked, gas is charged only where a price
 * is given. What it changes stays in the session. Refusals are those of transactions: TRANSACTION_… */
status node_session_call(node_session *s, node_call_result *result, const node_call *call);

/* Number and timestamp, where they are not given, of the block that this node would seal on the head: what a
 * contract does may hang on whether time has passed. Nothing where the node seals none. */
void node_overrides_of_next(const node *n, node_block_overrides *overrides, const node_block *head);

/* The least gas with which the call succeeds. OK with result->halt other than SUCCESS: it fails at any gas,
 * result->output has the revert's data. CALL_GAS_ALLOWANCE: the call, its block or what the sender can pay
 * for does not allow as much as it needs. Where it does not succeed, *gas is what was tried. */
status node_estimate_gas(node_view *v, uint64_t *gas, node_call_result *result, const node_block *block,
                         const node_call *call, const node_block_overrides *block_overrides,
                         const node_state_override *overrides, size_t override_count);

/* ---- transactions in ---- */

/* Into the mempool. Everything the mempool refuses (mempool.h), or a TRANSACTION_… status. */
status node_submit(node *n, hash256 *hash, bytes encoding);
/* The same in two steps. What costs most, decoding and recovering the sender, is done by the first, on any
 * thread; the second takes what the first made, whatever comes of it. */
typedef struct node_prepared node_prepared;
status node_prepare(node_prepared **out, const node *n, bytes encoding);
status node_submit_prepared(node *n, hash256 *hash, node_prepared *prepared);
/* Who signed it, or is impersonated. TRANSACTION_SIGNATURE_INVALID. */
status node_sender_of(const node *n, address *sender, arena *memory, const transaction *tx, fork_id fork);

/* Unlocked accounts (development): address and signing; unlocked are those impersonated, too. */
size_t node_account_count(const node *n);
const address *node_account(const node *n, size_t i);
const uint8_t *node_account_key(const node *n, size_t i); /* 32 bytes; printed at the start */
bool node_account_is_unlocked(const node *n, const address *who);
/* r ‖ s ‖ v (27 or 28) over a digest. ACCOUNT_UNKNOWN. */
status node_sign(const node *n, uint8_t signature[65], const address *who, const hash256 *digest);
/* Fills in what the call leaves open (gas, fees, the account's nonce); tx->encoding has no signature.
 * `result` is of the estimate, where there was one: where that failed, the gas limit means nothing. `next`:
 * node_overrides_of_next. TRANSACTION_BLOBS_REFUSED. */
status node_fill_call(node_view *v, transaction *tx, node_call_result *result, const node_call *call,
                      const node_block_overrides *next);
/* The same with the nonce that the mempool has next, signed; eth_sendTransaction
 * is this and node_submit. */
status node_sign_call(node *n, bytes *encoding, arena *memory, const node_call *call);

/* The timestamp that a block sealed now on this one has. */
uint64_t node_timestamp_after(const node *n, const node_block *parent);
/* The base fee of the next block. */
status node_next_base_fee(node_view *v, u256 *out);

/* ---- blocks ---- */

/* Seals now, whether or not there are transactions. NULL hash: not wanted. */
status node_seal(node *n, hash256 *hash);
/* With a timestamp of the caller's. HEADER_TIMESTAMP_NOT_LATER. */
status node_seal_at(node *n, hash256 *hash, uint64_t timestamp);
/* Begins to seal `count` blocks, at least 1: one with what waits, or up to some thousand empty ones in a
 * single transaction of the database. *sealed: how many it has become; call again for the rest.
 * `interval_seconds`: between their timestamps, but before the `first` one; 0: by the clock. */
status node_seal_several(node *n, uint64_t *sealed, uint64_t count, uint64_t interval_seconds, bool first);
/* What time asks for; call it at least as often as node_next_tick_ms says. */
status node_tick(node *n);
int node_next_tick_ms(const node *n); /* until node_tick has something to do; -1: nothing known */

/* ---- what development tools ask for ---- */

/* The clock that blocks go by: seconds since 1970, shifted. */
uint64_t node_clock(const node *n);
int64_t node_clock_shift(const node *n);
void node_set_clock_shift(node *n, int64_t seconds);
/* Of the next block, below 2^62; the clock goes on from there. HEADER_TIMESTAMP_NOT_LATER. */
status node_set_next_timestamp(node *n, uint64_t timestamp);
/* Blocks are that far apart, whatever the clock says, until it is taken back (false: it was not set). */
void node_set_timestamp_interval(node *n, uint64_t seconds);
bool node_remove_timestamp_interval(node *n);
/* Back to the genesis, and to how the node was opened: the clock as it is by itself, nothing chosen, nobody
 * impersonated, nothing waiting. */
status node_reset(node *n);
/* A block as soon as there is a transaction; and blocks by time (0: none). */
bool node_is_instant(const node *n);
void node_set_instant(node *n, bool is_instant);
void node_set_seal_interval(node *n, uint64_t milliseconds);
void node_set_coinbase(node *n, const address *coinbase);
void node_set_next_prev_randao(node *n, const hash256 *value);
uint64_t node_seal_interval_ms(const node *n);

/* The rest makes blocks that follow from no rules. Their extraData says so, and there is no witness and no
 * proof for them (node_block_is_provable); those after them are blocks as all others. */
bool node_block_is_provable(const node_block *block);
/* Transactions of this sender are taken without a signature, as if the node had its key.
 * ACCOUNTS_TOO_MANY. */
status node_impersonate(node *n, const address *who);
bool node_stop_impersonating(node *n, const address *who); /* false: it was not */
void node_impersonate_all(node *n, bool all);
bool node_is_impersonated(const node *n, const address *who);
size_t node_impersonated_count(const node *n);
const address *node_impersonated(const node *n, size_t i);
/* Of the next block, and of all blocks from the next one on. Where the rules say otherwise, such a block is
 * none of theirs. */
void node_set_next_base_fee(node *n, const u256 *wei);
void node_set_block_gas_limit(node *n, uint64_t gas);
/* Sets state that no transaction made: seals an empty block, of its parent's time, after which it holds. */
status node_force_state(node *n, const node_state_override *override);

/* ---- blocks of others ---- */

/* Executes a block on its parent, which must be the head, and stores it. `fault` may be NULL. */
status node_import(node *n, chain_fault *fault, bytes block);
/* Blocks one after another, RLP; those that are there already are passed over. *imported counts the new ones.
 * OK before the end where options->stop said so. */
status node_import_file(node *n, uint64_t *imported, chain_fault *fault, bytes blocks);
/* Sets the head back, for what development tools ask (evm_revert, debug_setHead). BLOCK_UNKNOWN,
 * STATE_UNKNOWN. */
status node_set_head(node *n, uint64_t number);

#endif
