/* Running things on top of a block: calls, estimates, replays. */
#ifndef ASHLAR_STORE_SESSION_H
#define ASHLAR_STORE_SESSION_H

#include "chain/transition.h"
#include "evm/evm.h"
#include "store/view.h"

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
/* The root of an account's storage as the session has it; the view has its nodes until it is asked again. */
status node_session_storage(node_session *s, hash256 *root, const address *where);
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

/* The least gas with which the call succeeds. OK with result->halt other than SUCCESS: it fails at any gas,
 * result->output has the revert's data. CALL_GAS_ALLOWANCE: the call, its block or what the sender can pay
 * for does not allow as much as it needs. Where it does not succeed, *gas is what was tried. */
status node_estimate_gas(node_view *v, uint64_t *gas, node_call_result *result, const node_block *block,
                         const node_call *call, const node_block_overrides *block_overrides,
                         const node_state_override *overrides, size_t override_count);

/* The transaction that a call makes, without gas, fees and nonce that it does not have; unsigned. */
status node_session_transaction(node_session *s, transaction *tx, const node_call *call);

#endif
