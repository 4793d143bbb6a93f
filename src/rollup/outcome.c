#include "rollup/outcome.h"

#include "base/memory.h"
#include "crypto/keccak.h"
#include "rollup/words.h"

void rollup_outcome_hash(hash256 *out, const rollup_outcome *outcome)
{
    alignas(8) uint8_t words[7 * 32];
    uint8_t *at = word_hash(words, &outcome->state_root);
    at = word_hash(at, &outcome->block_hash);
    at = word_hash(at, &outcome->withdrawal_root);
    at = word_hash(at, &outcome->batch_tree);
    at = word_u64(at, outcome->last_block);
    at = word_u64(at, outcome->last_time);
    word_u64(at, outcome->queue_index);
    keccak256(out, words, sizeof words);
}

void rollup_position_init(rollup_position *p, const hash256 *block_hash, const hash256 *state_root,
                          uint64_t timestamp)
{
    memset(p, 0, sizeof *p);
    p->outcome.state_root = *state_root;
    p->outcome.block_hash = *block_hash;
    p->outcome.last_time = timestamp;
    rollup_frontier_init(&p->batches);
    rollup_frontier_root(&p->outcome.batch_tree, &p->batches);
}
