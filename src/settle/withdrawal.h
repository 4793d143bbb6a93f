/* Messages that leave L2, and the paths by which L1 believes them. Whatever L2's node says is held against
 * the outcome that is proven on L1. */
#ifndef ASHLAR_SETTLE_WITHDRAWAL_H
#define ASHLAR_SETTLE_WITHDRAWAL_H

#include "rollup/outcome.h"
#include "settle/endpoint.h"

typedef struct {
    uint64_t index, block_number;
    address from, to;
    u256 value;
    bytes data;
    hash256 leaf;
} withdrawal;

/* The messages of a receipt on L2, in order. REMOTE_FAILED: a log is not as MessagePasser writes it. */
status withdrawals_of_receipt(withdrawal **out, size_t *count, arena *memory,
                              const endpoint_receipt *receipt);

/* The path of a message in the tree of an outcome, by all messages up to the outcome's last block, which the
 * node of L2 gives. WITNESS_INCOMPLETE: what it gives has another root. */
status withdrawal_path(hash256 path[ROLLUP_BATCHES_DEPTH], endpoint *l2, arena *memory, const withdrawal *w,
                       const rollup_outcome *outcome);

/* Bridge.claim. */
bytes withdrawal_claim(arena *memory, uint64_t batch, const rollup_outcome *outcome, const withdrawal *w,
                       const hash256 path[ROLLUP_BATCHES_DEPTH]);

#endif
