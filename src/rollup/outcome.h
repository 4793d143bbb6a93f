/* What L1 stores of the chain after a batch (contracts/l1/Outcome.sol), and all else that the next batch goes
 * on from. */
#ifndef ASHLAR_ROLLUP_OUTCOME_H
#define ASHLAR_ROLLUP_OUTCOME_H

#include "base/status.h"
#include "base/types.h"
#include "codec/rlp.h"
#include "rollup/merkle.h"

typedef struct {
    hash256 state_root;
    hash256 block_hash;
    hash256 withdrawal_root; /* of MessagePasser's messages; zero before the first */
    hash256 batch_tree;      /* leaf b is the root of batch b's transactions */
    uint64_t last_block;
    uint64_t last_time;
    uint64_t queue_index; /* items of the queue that are consumed */
} rollup_outcome;

void rollup_outcome_hash(hash256 *out, const rollup_outcome *outcome);

/* After batch `batches.count` − 1, which is 0 in the genesis. */
typedef struct {
    rollup_outcome outcome;
    hash256 batch_hash; /* Rollup.batch of it; zero in the genesis */
    hash256 queue_hash; /* Queue.rolling at outcome.queue_index */
    rollup_frontier batches;
} rollup_position;

/* The one that a rollup begins with, by the genesis block. */
void rollup_position_init(rollup_position *p, const hash256 *block_hash, const hash256 *state_root,
                          uint64_t timestamp);

/* As RLP, by their members, within a list that the caller begins and ends. What reads takes them off the list:
 * RLP_MALFORMED. */
void rollup_outcome_write(rlp_writer *w, const rollup_outcome *outcome);
status rollup_outcome_read(rollup_outcome *out, bytes *list);
void rollup_position_write(rlp_writer *w, const rollup_position *p);
status rollup_position_read(rollup_position *out, bytes *list);

#endif
