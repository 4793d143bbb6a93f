#define _GNU_SOURCE
#include "settle/transact.h"

#include <string.h>
#include <time.h>

enum { POLL_MS = 200 };

status transact_prepare(transact_plan *out, endpoint *e, const address *from, const transact_order *order,
                        uint64_t nonce_offset, uint64_t gas)
{
    endpoint_block head;
    *out = (transact_plan){.gas = gas};
    TRY(endpoint_block_by_tag(e, &head, "latest"));
    if (gas == 0) {
        endpoint_message m = {.from = from, .to = order->to, .value = order->value, .data = order->data};
        TRY(endpoint_estimate(e, &out->gas, &m));
        out->gas += out->gas / 4; /* what it finds may be other than what was estimated on */
    }
    TRY(endpoint_nonce(e, &out->nonce, from, true));
    out->nonce += nonce_offset;
    TRY(endpoint_priority_fee(e, &out->max_priority_fee));
    out->fee = u256_add(head.base_fee, out->max_priority_fee);
    out->max_fee = u256_add(head.base_fee, out->fee);
    out->most = u256_add(u256_mul(out->max_fee, u256_from_u64(out->gas)), order->value);
    return OK;
}

bool transact_limit(transact_plan *plan, const transact_order *order, u256 fee_cap)
{
    if (u256_less(fee_cap, plan->fee))
        return false;
    if (u256_less(fee_cap, plan->max_fee))
        plan->max_fee = fee_cap;
    plan->most = u256_add(u256_mul(plan->max_fee, u256_from_u64(plan->gas)), order->value);
    return true;
}

static void wait_ms(long milliseconds)
{
    struct timespec t = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&t, NULL);
}

status transact(endpoint_receipt *receipt, hash256 *hash, endpoint *e, arena *memory, uint64_t chain_id,
                const signing_key *key, const transact_order *order, const transact_plan *plan,
                unsigned timeout_seconds)
{
    key_transaction tx = {
        .chain_id = chain_id,
        .nonce = plan->nonce,
        .gas_limit = plan->gas,
        .max_priority_fee = plan->max_priority_fee,
        .max_fee = plan->max_fee,
        .to = order->to,
        .value = order->value,
        .data = order->data,
    };
    bytes encoded = key_sign_transaction(hash, memory, key, &tx);
    TRY(endpoint_send(e, encoded));
    for (unsigned waited_ms = 0;; waited_ms += POLL_MS) {
        size_t mark = memory->used_bytes;
        status s = endpoint_receipt_of(e, receipt, memory, hash);
        if (s != TRANSACTION_UNKNOWN) {
            if (s != OK || receipt->succeeded)
                return s;
            break;
        }
        arena_rewind(memory, mark);
        if (waited_ms / 1000 >= timeout_seconds)
            return s;
        wait_ms(POLL_MS);
    }
    /* Why it failed: the call again, as far as the state still says the same. */
    bytes ignored;
    endpoint_message m = {.from = &key->address, .to = order->to, .value = order->value, .data = order->data};
    endpoint_call(e, &ignored, memory, &m);
    return CONTRACT_REVERTED;
}
