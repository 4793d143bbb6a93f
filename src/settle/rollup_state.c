#include "settle/rollup_state.h"

#include "settle/calldata.h"
#include "settle/events.h"

#include <string.h>

status rollup_get(endpoint *l1, bytes *out, arena *memory, const address *contract, const char *signature,
                  const uint64_t *argument)
{
    calldata *c = ARENA_NEW(memory, calldata, 1);
    calldata_begin(c, memory, signature);
    if (argument != NULL)
        calldata_u64(c, *argument);
    endpoint_message m = {.to = contract, .data = calldata_end(c)};
    return endpoint_call(l1, out, memory, &m);
}

status rollup_get_hash(endpoint *l1, hash256 *out, arena *memory, const address *contract,
                       const char *signature, uint64_t argument)
{
    bytes answer;
    TRY(rollup_get(l1, &answer, memory, contract, signature, &argument));
    return calldata_read_hash(out, answer, 0) ? OK : REMOTE_FAILED;
}

status rollup_get_u256(endpoint *l1, u256 *out, arena *memory, const address *contract, const char *signature,
                       const uint64_t *argument)
{
    bytes answer;
    TRY(rollup_get(l1, &answer, memory, contract, signature, argument));
    return calldata_read_u256(out, answer, 0) ? OK : REMOTE_FAILED;
}

static status get_u64(endpoint *l1, uint64_t *out, arena *memory, const address *contract,
                      const char *signature, const uint64_t *argument)
{
    u256 value;
    TRY(rollup_get_u256(l1, &value, memory, contract, signature, argument));
    *out = value.limb[0];
    return u256_fits_u64(value) ? OK : REMOTE_FAILED;
}

static status get_cursor(endpoint *l1, rollup_cursor *out, arena *memory, const address *rollup,
                         const char *signature)
{
    bytes answer;
    uint64_t frozen;
    TRY(rollup_get(l1, &answer, memory, rollup, signature, NULL));
    if (!calldata_read_u64(&out->index, answer, 0) || !calldata_read_u64(&out->queue_index, answer, 1) ||
        !calldata_read_u64(&out->last_time, answer, 2) || !calldata_read_u64(&out->at, answer, 3) ||
        !calldata_read_u64(&frozen, answer, 4))
        return REMOTE_FAILED;
    out->is_frozen = frozen != 0;
    return OK;
}

status rollup_now_read(rollup_now *out, endpoint *l1, arena *memory, const rollup_deployment *d)
{
    static const address nobody;
    bytes answer;
    uint64_t open, next;
    *out = (rollup_now){0};
    TRY(endpoint_block_by_tag(l1, &out->l1, "latest"));
    TRY(get_cursor(l1, &out->tip, memory, &d->rollup, "tip()"));
    TRY(get_cursor(l1, &out->proven, memory, &d->rollup, "proven()"));
    TRY(get_u64(l1, &out->queue_count, memory, &d->queue, "count()", NULL));
    TRY(get_u64(l1, &out->item_price, memory, &d->queue, "fee(uint256)", &(uint64_t){1}));
    TRY(get_u64(l1, &open, memory, &d->rollup, "isOpen()", NULL));
    TRY(rollup_get(l1, &answer, memory, &d->rollup, "leader(uint256)", &out->l1.timestamp));
    if (!calldata_read_address(&out->leader, answer, 0))
        return REMOTE_FAILED;
    out->is_open = open != 0;
    out->has_leader = memcmp(&out->leader, &nobody, sizeof nobody) != 0;
    if (out->tip.queue_index < out->queue_count) {
        next = out->tip.queue_index + 1;
        TRY(get_u64(l1, &out->next_item_time, memory, &d->queue, "info(uint256)", &next));
    }
    TRY(endpoint_balance(l1, &out->ether, &d->queue));
    TRY(get_u64(l1, &out->forced_delay, memory, &d->rollup, "FORCED_DELAY()", NULL));
    TRY(get_u64(l1, &out->commit_timeout, memory, &d->rollup, "COMMIT_TIMEOUT()", NULL));
    TRY(get_u64(l1, &out->drop_delay, memory, &d->rollup, "DROP_DELAY()", NULL));
    TRY(get_u64(l1, &out->freeze_delay, memory, &d->rollup, "FREEZE_DELAY()", NULL));
    TRY(get_u64(l1, &out->max_lag, memory, &d->rollup, "MAX_LAG()", NULL));
    return rollup_get_u256(l1, &out->batch_bond, memory, &d->rollup, "BATCH_BOND()", NULL);
}

/* The newest proof's event; from the newest blocks backwards. NULL: there is none. */
static status find_last_proof(const endpoint_log **out, endpoint *l1, arena *memory,
                              const rollup_deployment *d)
{
    endpoint_log *logs;
    size_t count;
    hash256 topic;
    endpoint_block head;
    *out = NULL;
    calldata_topic(&topic, EVENT_PROVEN);
    TRY(endpoint_block_by_tag(l1, &head, "latest"));
    for (uint64_t first, last = head.number; last >= d->l1_block; last = first - 1) {
        size_t mark = memory->used_bytes;
        first = d->l1_block;
        TRY(endpoint_logs(l1, &logs, &count, memory, &first, &last, true, &d->rollup, 1, &topic));
        if (count > 0) {
            *out = &logs[count - 1];
            break;
        }
        arena_rewind(memory, mark);
        if (first == 0)
            break;
    }
    return OK;
}

status rollup_last_outcome(uint64_t *batch, rollup_outcome *out, endpoint *l1, arena *memory,
                           const rollup_deployment *d)
{
    const endpoint_log *last;
    hash256 hash, stored;
    *batch = 0;
    TRY(find_last_proof(&last, l1, memory, d));
    if (last == NULL) {
        chain_genesis genesis;
        rollup_deployment copy = *d;
        TRY(deployment_genesis(&genesis, out, &copy, memory));
        return BATCH_UNKNOWN;
    }
    u256 index = last->topic_count == 4 ? u256_from_be(last->topics[2].bytes, 32) : U256_ZERO;
    if (!u256_fits_u64(index) || !calldata_read_outcome(out, last->data, 0))
        return REMOTE_FAILED;
    *batch = index.limb[0];
    rollup_outcome_hash(&hash, out);
    TRY(rollup_get_hash(l1, &stored, memory, &d->rollup, "outcome(uint256)", *batch));
    return memcmp(&hash, &stored, 32) == 0 ? OK : REMOTE_FAILED;
}
