/* Running things on top of a block: calls, estimates, replays. */
#ifndef ASHLAR_STORE_SESSION_H
#define ASHLAR_STORE_SESSION_H

#include "chain/transition.h"
#include "evm/evm.h"
#include "store/view.h"

/* A session: a state, and the environment of one block over it. It does not move while it is used. What runs
 * in it ends with CALL_TIMED_OUT at the view's deadline, and with MEMORY_EXHAUSTED once one message has made
 * the arena grow by STORE_CALL_MEMORY_BYTES, tracers' part included. */
enum { STORE_CALL_MEMORY_BYTES = 256 << 20 };
typedef struct {
    store_view *view;
    size_t memory_mark; /* of the arena, where the message began */
    state *world;
    transition *run; /* run->block is the environment, run->vm the EVM */
    store_block base;
    block_header header; /* of the block that is simulated */
    ancestor_hashes ancestors;
    transaction tx; /* that the last call was made into */
} store_session;

/* Fields that replace those of the environment; each counts where its `has_` is set. */
typedef struct {
    bool has_number, has_timestamp, has_gas_limit, has_coinbase, has_prev_randao, has_base_fee,
        has_blob_base_fee;
    uint64_t number, timestamp, gas_limit;
    address coinbase;
    hash256 prev_randao;
    u256 base_fee, blob_base_fee;
} store_block_overrides;

/* In the environment of `block` itself, on the state after it: as eth_call runs. NULL overrides: none. */
status store_session_open(store_session *s, store_view *v, const store_block *block,
                          const store_block_overrides *overrides);
/* In the environment of `block`, on the state before it, its first `count` transactions already run (with
 * what comes before them). For tracing. */
status store_session_replay(store_session *s, store_view *v, const store_block *block, size_t count);
/* The next transaction of a replayed block, as it was. `s->run` has its receipt afterwards. */
status store_session_next(store_session *s, const store_transaction *tx);
/* The root of an account's storage as the session has it; the view has its nodes until it is asked again. */
status store_session_storage(store_session *s, hash256 *root, const address *where);
/* The environment of the next simulated block, over the same state (eth_simulateV1); `header` has been filled
 * in by the caller but for what execution gives. Hashes for BLOCKHASH: newest first, the parent's first. */
status store_session_next_block(store_session *s, const block_header *header, const hash256 *ancestors,
                                size_t ancestor_count);

typedef struct {
    u256 key, value;
} store_slot_override;
typedef struct {
    address where;
    bool has_balance, has_nonce, has_code;
    bool moves_precompile; /* which is at `where`, to `destination` */
    bool replaces_storage; /* `slots` is all there is ("state"); false: a difference ("stateDiff") */
    u256 balance;
    uint64_t nonce;
    bytes code;
    const store_slot_override *slots;
    size_t slot_count;
    address destination;
} store_state_override;
/* A precompile that is overridden is none any more. */
status store_session_override(store_session *s, const store_state_override *overrides, size_t count);

typedef struct {
    address from;
    bool creates;
    address to;
    bool has_gas, has_nonce, has_gas_price, has_max_fee, has_max_priority_fee, has_max_blob_fee;
    uint64_t gas;       /* without: what the block has, at most STORE_CALL_GAS_CAP */
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
} store_call;

typedef struct {
    evm_halt halt;
    bytes output;       /* return or revert data; in the arena */
    uint64_t gas_used;  /* after refunds */
    uint64_t gas_peak;  /* before refunds */
    const log_entry *logs;
    size_t log_count;
    address created;
} store_call_result;

enum { STORE_CALL_GAS_CAP = 50000000, STORE_DEFAULT_TIP = 1000000000 /* wei for each gas */ };

/* Runs a message as eth_call does: nonce and sender's code are not checked, gas is charged only where a price
 * is given. What it changes stays in the session. Refusals are those of transactions: TRANSACTION_… */
status store_session_call(store_session *s, store_call_result *result, const store_call *call);

/* The least gas with which the call succeeds. OK with result->halt other than SUCCESS: it fails at any gas,
 * result->output has the revert's data. CALL_GAS_ALLOWANCE: the call, its block or what the sender can pay
 * for does not allow as much as it needs. Where it does not succeed, *gas is what was tried. */
status store_estimate_gas(store_view *v, uint64_t *gas, store_call_result *result, const store_block *block,
                          const store_call *call, const store_block_overrides *block_overrides,
                          const store_state_override *overrides, size_t override_count);

/* The transaction that a call makes, without gas, fees and nonce that it does not have; unsigned. */
status store_session_transaction(store_session *s, transaction *tx, const store_call *call);

#endif
