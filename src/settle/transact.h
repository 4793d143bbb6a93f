/* One transaction from a command, and what became of it. The node's own sender, which survives its end, is
 * sender.h. */
#ifndef ASHLAR_SETTLE_TRANSACT_H
#define ASHLAR_SETTLE_TRANSACT_H

#include "settle/endpoint.h"
#include "settle/key.h"

typedef struct {
    const address *to; /* NULL: creates */
    u256 value;
    bytes data;
} transact_order;

/* What it will take. CONTRACT_REVERTED, and what endpoints return. */
typedef struct {
    uint64_t nonce, gas;
    u256 max_priority_fee, max_fee; /* wei a gas */
    u256 fee;                       /* what a gas costs now */
    u256 most;                      /* wei, with the value, at the highest fee */
} transact_plan;
/* `nonce_offset`: of transactions that are to go before it. Gas that is not 0 is taken as it is. */
status transact_prepare(transact_plan *out, endpoint *e, const address *from, const transact_order *order,
                        uint64_t nonce_offset, uint64_t gas);
/* No gas shall cost more. False: it does now. */
bool transact_limit(transact_plan *plan, const transact_order *order, u256 fee_cap);

/* Signs, sends, and waits for the block. CONTRACT_REVERTED: it is in a block and failed. TRANSACTION_UNKNOWN:
 * it is in none after `timeout_seconds`. */
status transact(endpoint_receipt *receipt, hash256 *hash, endpoint *e, arena *memory, uint64_t chain_id,
                const signing_key *key, const transact_order *order, const transact_plan *plan,
                unsigned timeout_seconds);

#endif
