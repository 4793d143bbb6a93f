/* An Ethereum node that is asked over JSON-RPC, with its answers as values: L1, or an L2 beside this one.
 * What comes is checked for its shape alone: whom to believe is the caller's matter. Functions that ask
 * return REMOTE_FAILED or REMOTE_REFUSED besides what is named; endpoint_error_text says more. One thread at
 * a time. */
#ifndef ASHLAR_SETTLE_ENDPOINT_H
#define ASHLAR_SETTLE_ENDPOINT_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"
#include "settle/rpc_client.h"

typedef struct endpoint endpoint;

/* REMOTE_URL_WRONG. Nothing is asked yet. */
status endpoint_open(endpoint **out, const char *url, unsigned timeout_seconds);
void endpoint_close(endpoint *e);
/* rpc_client_give_up_on. */
void endpoint_give_up_on(endpoint *e, const atomic_bool *stop);
/* Of the last failure: a line that names the node. Where a contract reverted, with the error's name and
 * arguments. */
const char *endpoint_error_text(const endpoint *e);
const char *endpoint_host(const endpoint *e);

status endpoint_chain_id(endpoint *e, uint64_t *chain_id);

typedef struct {
    uint64_t number, timestamp;
    hash256 hash, parent_hash, state_root;
    bool has_base_fee;
    u256 base_fee;
} endpoint_block;
/* BLOCK_UNKNOWN. The tag is "latest", "finalized", … */
status endpoint_block_by_tag(endpoint *e, endpoint_block *out, const char *tag);
status endpoint_block_by_number(endpoint *e, endpoint_block *out, uint64_t number);

/* After the newest block. */
status endpoint_balance(endpoint *e, u256 *wei, const address *who);
status endpoint_code(endpoint *e, bytes *code, arena *memory, const address *who);
/* After that block. */
status endpoint_code_at(endpoint *e, bytes *code, arena *memory, const address *who, uint64_t block_number);
/* Of transactions in blocks, or with those that wait. */
status endpoint_nonce(endpoint *e, uint64_t *nonce, const address *who, bool with_pending);
status endpoint_storage(endpoint *e, hash256 *out, const address *who, const hash256 *slot);

typedef struct {
    const address *from; /* NULL: nobody */
    const address *to;   /* NULL: creates */
    u256 value;
    bytes data;
} endpoint_message;
/* After the newest block. CONTRACT_REVERTED. */
status endpoint_call(endpoint *e, bytes *out, arena *memory, const endpoint_message *m);
status endpoint_estimate(endpoint *e, uint64_t *gas, const endpoint_message *m);
/* What to offer above the base fee, in wei a gas. */
status endpoint_priority_fee(endpoint *e, u256 *wei);

/* The node took it, or has it already. REMOTE_REFUSED with the node's words. */
status endpoint_send(endpoint *e, bytes transaction);

typedef struct {
    address where;
    hash256 topics[4];
    size_t topic_count;
    bytes data;
    uint64_t block_number;
    hash256 block_hash, transaction_hash;
    uint64_t index; /* in the block */
} endpoint_log;

typedef struct {
    bool succeeded;
    uint64_t block_number, gas_used;
    hash256 block_hash;
    u256 gas_price;
    bool has_created;
    address created;
    endpoint_log *logs;
    size_t log_count;
} endpoint_receipt;
/* TRANSACTION_UNKNOWN: it is in no block. */
status endpoint_receipt_of(endpoint *e, endpoint_receipt *out, arena *memory, const hash256 *transaction);
/* Whether the node knows it, in a block or waiting. TRANSACTION_UNKNOWN. */
typedef struct {
    address from, to;
    bytes input;
    uint64_t nonce;
    bool is_in_block;
    hash256 block_hash;
} endpoint_transaction;
status endpoint_transaction_of(endpoint *e, endpoint_transaction *out, arena *memory,
                               const hash256 *transaction);

/* Logs of these contracts, in order, in as many of the blocks from *first to *last as the node answers for at
 * once, at the beginning of the range or at its end: the bounds become those of what was asked. (Nodes limit
 * ranges and answers, each in its own way; where it wants fewer questions it is not asked for less.) `topic`
 * may be NULL: the first one of any. */
status endpoint_logs(endpoint *e, endpoint_log **out, size_t *count, arena *memory, uint64_t *first,
                     uint64_t *last, bool from_the_end, const address *contracts, size_t contract_count,
                     const hash256 *topic);
/* The same of one block, by its hash: no other chain's can come. BLOCK_UNKNOWN. */
status endpoint_block_logs(endpoint *e, endpoint_log **out, size_t *count, arena *memory,
                           const hash256 *block, const address *contracts, size_t contract_count);

typedef struct {
    u256 balance;
    uint64_t nonce;
    hash256 code_hash, storage_hash;
    bytes *nodes;
    size_t node_count;
    u256 value; /* of the slot that was asked for */
    bytes *slot_nodes;
    size_t slot_node_count;
} endpoint_proof;
/* eth_getProof; `slot` may be NULL. */
status endpoint_proof_of(endpoint *e, endpoint_proof *out, arena *memory, const address *who,
                         const hash256 *slot, uint64_t block_number);

#endif
