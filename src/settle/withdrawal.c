#include "settle/withdrawal.h"

#include "crypto/keccak.h"
#include "rollup/genesis.h"
#include "settle/calldata.h"
#include "settle/events.h"
#include "settle/rollup_state.h"

#include <string.h>

static bool read_withdrawal(withdrawal *out, const endpoint_log *log)
{
    u256 index = u256_from_be(log->topics[1].bytes, 32);
    hash256 words[5], data_hash, leaf;
    if (log->topic_count != 4 || !u256_fits_u64(index) || !calldata_read_u256(&out->value, log->data, 0) ||
        !calldata_read_bytes(&out->data, log->data, 1) || !calldata_read_hash(&out->leaf, log->data, 2))
        return false;
    out->index = index.limb[0];
    out->block_number = log->block_number;
    memcpy(out->from.bytes, log->topics[2].bytes + 12, 20);
    memcpy(out->to.bytes, log->topics[3].bytes + 12, 20);
    keccak256(&data_hash, out->data.data, out->data.size);
    words[0] = log->topics[1], words[1] = log->topics[2], words[2] = log->topics[3];
    u256_to_be(words[3].bytes, out->value);
    words[4] = data_hash;
    keccak256(&leaf, words[0].bytes, sizeof words);
    return memcmp(&leaf, &out->leaf, 32) == 0;
}

static bool is_withdrawal(const endpoint_log *log)
{
    hash256 topic;
    calldata_topic(&topic, EVENT_WITHDRAWAL);
    return memcmp(log->where.bytes, ROLLUP_MESSAGE_PASSER.bytes, 20) == 0 && log->topic_count > 0 &&
           memcmp(&log->topics[0], &topic, 32) == 0;
}

status withdrawals_of_receipt(withdrawal **out, size_t *count, arena *memory, const endpoint_receipt *receipt)
{
    *out = ARENA_NEW(memory, withdrawal, receipt->log_count);
    *count = 0;
    for (size_t i = 0; i < receipt->log_count; i++)
        if (is_withdrawal(&receipt->logs[i]) && !read_withdrawal(&(*out)[(*count)++], &receipt->logs[i]))
            return REMOTE_FAILED;
    return OK;
}

status withdrawal_path(hash256 path[ROLLUP_BATCHES_DEPTH], endpoint *l2, arena *memory, const withdrawal *w,
                       const rollup_outcome *outcome)
{
    hash256 topic, root, *leaves = NULL;
    size_t count = 0, capacity = 0;
    calldata_topic(&topic, EVENT_WITHDRAWAL);
    for (uint64_t first = 0, last; first <= outcome->last_block; first = last + 1) {
        endpoint_log *logs;
        size_t found;
        last = outcome->last_block;
        TRY(endpoint_logs(l2, &logs, &found, memory, &first, &last, false, &ROLLUP_MESSAGE_PASSER, 1,
                          &topic));
        if (count + found > capacity) {
            hash256 *larger = ARENA_NEW(memory, hash256, 2 * (count + found));
            if (count != 0)
                memcpy(larger, leaves, count * sizeof *leaves);
            leaves = larger;
            capacity = 2 * (count + found);
        }
        for (size_t i = 0; i < found; i++) {
            withdrawal one;
            if (!read_withdrawal(&one, &logs[i]) || one.index != count)
                return REMOTE_FAILED;
            leaves[count++] = one.leaf;
        }
    }
    if (w->index >= count)
        return WITNESS_INCOMPLETE;
    rollup_tree_root(&root, memory, leaves, count, ROLLUP_BATCHES_DEPTH);
    if (memcmp(&root, &outcome->withdrawal_root, 32) != 0 || memcmp(&leaves[w->index], &w->leaf, 32) != 0)
        return WITNESS_INCOMPLETE;
    rollup_tree_path(path, memory, leaves, count, w->index, ROLLUP_BATCHES_DEPTH);
    return OK;
}

bytes withdrawal_claim(arena *memory, uint64_t batch, const rollup_outcome *outcome, const withdrawal *w,
                       const hash256 path[ROLLUP_BATCHES_DEPTH])
{
    calldata *c = ARENA_NEW(memory, calldata, 1);
    calldata_begin(c, memory, CALL_CLAIM);
    calldata_u64(c, batch);
    calldata_outcome(c, outcome);
    calldata_u64(c, w->index);
    calldata_address(c, &w->from);
    calldata_address(c, &w->to);
    calldata_u256(c, &w->value);
    calldata_bytes(c, w->data);
    for (unsigned i = 0; i < ROLLUP_BATCHES_DEPTH; i++)
        calldata_hash(c, &path[i]);
    return calldata_end(c);
}
