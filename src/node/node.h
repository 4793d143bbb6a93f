/* The rollup's node: a chain in an embedded database, a mempool, a sequencer. With what it includes, which
 * reads the chain, it is all that the command and the RPC stand on.
 *
 * One thread calls everything here, but for views and what says so: a view (store/view.h) may be opened and
 * read on another thread.
 * Reading. Open a view, a snapshot of the database; whatever comes out of it borrows from it or lies in the
 * arena given with it, and dies with the first of the two. In instant sealing, what was submitted is sealed
 * before the next view opens, or at the next node_tick, so that reads see what was sent before them.
 *
 * Besides those named at functions, everything that reads may return DATABASE_CORRUPT or DATABASE_FAILED, and
 * everything that writes DATABASE_FULL; node_error_text says more. */
#ifndef ASHLAR_NODE_NODE_H
#define ASHLAR_NODE_NODE_H

#include "chain/build.h"
#include "store/session.h"
#include "store/view.h"

typedef struct node node;
typedef struct store store;

/* Who works on the chain beside the node (proving). All zero: nobody. */
typedef struct {
    void *context;
    /* The oldest block whose state it still needs; UINT64_MAX: none. Already while the node is opened. */
    status (*oldest_needed)(void *context, uint64_t *number, store_view *v);
    /* There is a new head; `dropped` not 0: batches from that number on are gone. */
    void (*head_changed)(void *context, uint64_t dropped);
} node_follower;

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
    node_follower follower;
    const volatile int *stop;     /* an import ends early once it is not 0; NULL: never */
    uint64_t history;             /* how many states are kept, or STORE_HISTORY_… */
} node_options;

/* Opens the database, creates it from the genesis where there is none, and reads the journal of the mempool.
 * DATABASE_CORRUPT, DATABASE_VERSION, DATABASE_OTHER_GENESIS, DATABASE_IN_USE. On failure *out is NULL. */
status node_open(node **out, const node_options *options);
void node_close(node *n);

/* The last failure in words, with what can be done about it: "the database in DIR is of version 2 …". */
const char *node_error_text(void);

const chain_config *node_config(const node *n);
const node_options *node_options_of(const node *n);
const char *node_directory(const node *n);
/* What it keeps, for checks and for those who write beside it (store/store.h). */
struct store *node_store(node *n);

/* ---- what happens, for subscriptions: called in the thread that caused it; do not call the node back
 * ---- */

typedef struct {
    void (*block)(void *context, uint64_t number, const hash256 *hash); /* a new head, already stored */
    /* The head was set back to `number`: the view still has the blocks above it. */
    void (*removed)(void *context, store_view *before, uint64_t number);
    void (*batch)(void *context, uint64_t number); /* its record has changed, or it is gone; any thread */
    void (*pending_transaction)(void *context, const hash256 *hash);    /* taken into the mempool */
    void *context;
} node_listener;
void node_set_listener(node *n, const node_listener *listener); /* copied; NULL: none */
/* Tells it that a batch's record has changed. Any thread. */
void node_tell_batch(const node *n, uint64_t number);

/* ---- views ---- */

status node_view_open(store_view **out, arena *memory, node *n);
/* The same without sealing anything: on any thread, at any time. */
status node_view_open_unsealed(store_view **out, arena *memory, node *n);
/* Whether what was submitted still has to be sealed: then node_tick, before such a view sees it. Any
 * thread. */
bool node_waits_to_seal(const node *n);

/* What would be sealed now, not stored: the header's state root and receipts root are those of that block.
 * Its receipts come with it; its state can be opened on the same view from then on. */
typedef struct {
    store_block block;
    const bytes *receipts;
} node_pending;
status node_block_pending(node *n, store_view *v, node_pending *out);

/* Number and timestamp, where they are not given, of the block that this node would seal on the head: what a
 * contract does may hang on whether time has passed. Nothing where the node seals none. */
void node_overrides_of_next(const node *n, store_block_overrides *overrides, const store_block *head);

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
status node_fill_call(const node *n, store_view *v, transaction *tx, store_call_result *result,
                      const store_call *call, const store_block_overrides *next);
/* The same with the nonce that the mempool has next, signed; eth_sendTransaction
 * is this and node_submit. */
status node_sign_call(node *n, bytes *encoding, arena *memory, const store_call *call);

/* The timestamp that a block sealed now on this one has. */
uint64_t node_timestamp_after(const node *n, const store_block *parent);
/* The base fee of the next block. */
status node_next_base_fee(const node *n, store_view *v, u256 *out);

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
/* Another id for the chain. *done: it is false where a transaction has the one before, in a block or waiting,
 * or where blocks are proven by it. */
status node_set_chain_id(node *n, bool *done, uint64_t chain_id);
/* A block as soon as there is a transaction; and blocks by time (0: none). */
bool node_is_instant(const node *n);
void node_set_instant(node *n, bool is_instant);
void node_set_seal_interval(node *n, uint64_t milliseconds);
void node_set_coinbase(node *n, const address *coinbase);
void node_set_next_prev_randao(node *n, const hash256 *value);
uint64_t node_seal_interval_ms(const node *n);

/* The rest makes blocks that follow from no rules. Their extraData says so, and there is no witness and no
 * proof for them (store_block_is_provable); those after them are blocks as all others. */
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
status node_force_states(node *n, const store_state_override *overrides, size_t count);

/* ---- blocks of others ---- */

/* Executes a block on its parent, which must be the head, and stores it. `fault` may be NULL. */
status node_import(node *n, chain_fault *fault, bytes block);
/* Blocks one after another, RLP; those that are there already are passed over. *imported counts the new ones.
 * OK before the end where options->stop said so. */
status node_import_file(node *n, uint64_t *imported, chain_fault *fault, bytes blocks);
/* Sets the head back, for what development tools ask (evm_revert, debug_setHead). BLOCK_UNKNOWN,
 * STATE_UNKNOWN. */
status node_set_head(node *n, uint64_t number);
/* The same where L1 has taken blocks back: what senders signed in them waits again, in front of all else and in
 * its order, wherever the process ends; also where the funds for it come again only later. *returned: how
 * many. */
status node_unwind(node *n, uint64_t *returned, uint64_t number);

#endif
