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

void rollup_outcome_write(rlp_writer *w, const rollup_outcome *outcome)
{
    rlp_write_hash(w, &outcome->state_root);
    rlp_write_hash(w, &outcome->block_hash);
    rlp_write_hash(w, &outcome->withdrawal_root);
    rlp_write_hash(w, &outcome->batch_tree);
    rlp_write_u64(w, outcome->last_block);
    rlp_write_u64(w, outcome->last_time);
    rlp_write_u64(w, outcome->queue_index);
}

status rollup_outcome_read(rollup_outcome *out, bytes *list)
{
    TRY(rlp_hash(&out->state_root, list));
    TRY(rlp_hash(&out->block_hash, list));
    TRY(rlp_hash(&out->withdrawal_root, list));
    TRY(rlp_hash(&out->batch_tree, list));
    TRY(rlp_u64(&out->last_block, list));
    TRY(rlp_u64(&out->last_time, list));
    return rlp_u64(&out->queue_index, list);
}

void rollup_position_write(rlp_writer *w, const rollup_position *p)
{
    rollup_outcome_write(w, &p->outcome);
    rlp_write_hash(w, &p->batch_hash);
    rlp_write_hash(w, &p->queue_hash);
    rlp_write_u64(w, p->batches.count);
    rlp_write_bytes(w, p->batches.nodes[0].bytes, sizeof p->batches.nodes);
}

status rollup_position_read(rollup_position *out, bytes *list)
{
    TRY(rollup_outcome_read(&out->outcome, list));
    TRY(rlp_hash(&out->batch_hash, list));
    TRY(rlp_hash(&out->queue_hash, list));
    TRY(rlp_u64(&out->batches.count, list));
    return rlp_fixed(out->batches.nodes[0].bytes, sizeof out->batches.nodes, list);
}
