/* Methods that development nodes have: blocks on demand, time, snapshots, state set by hand. Time, sealing
 * and the like keep every block provable; what does not is refused a proof block by block (node.h). */
#include "rpc/internal.h"

#include <string.h>

static void answer_true(rpc_call *c, status s)
{
    if (s == OK)
        rpc_bool(c->out, true);
    else
        rpc_refuse(c, s);
}

static bool parse_on(rpc_call *c, bool *out)
{
    *out = json_is_true(rpc_parameter(c, 0));
    return json_is_boolean(rpc_parameter(c, 0)) ||
           rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 0: it is true or false");
}

/* Seconds; more than any calendar needs would run over somewhere. */
static bool parse_seconds(rpc_call *c, uint64_t *out, const json_t *value, size_t index)
{
    const uint64_t most = (uint64_t)1 << 40;
    return rpc_parse_u64(c, out, value, index) &&
           (*out <= most ||
            rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument %zu: more than 2^40 seconds", index));
}

/* ---- blocks ---- */

void rpc_evm_mine(rpc_call *c)
{
    const json_t *options = rpc_parameter(c, 0);
    const json_t *when = json_is_object(options) ? json_object_get(options, "timestamp") : options;
    uint64_t timestamp;
    if (when != NULL && !parse_seconds(c, &timestamp, when, 0))
        return;
    rpc_lock(c->r);
    status s = when == NULL ? node_seal(c->chain, NULL) : node_seal_at(c->chain, NULL, timestamp);
    rpc_unlock(c->r);
    RPC_TRY(c, s);
    rpc_string(c->out, "0x0");
}

void rpc_hardhat_mine(rpc_call *c)
{
    enum { MOST = 10000 };
    uint64_t count = 1, interval = 0;
    if ((rpc_parameter(c, 0) != NULL && !rpc_parse_u64(c, &count, rpc_parameter(c, 0), 0)) ||
        (rpc_parameter(c, 1) != NULL && !parse_seconds(c, &interval, rpc_parameter(c, 1), 1)))
        return;
    if (count > MOST) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "too many blocks (max %d)", MOST);
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        rpc_lock(c->r);
        status s = i == 0 || interval == 0 ? node_seal(c->chain, NULL) : node_seal_after(c->chain, interval);
        rpc_unlock(c->r);
        RPC_TRY(c, s);
    }
    rpc_bool(c->out, true);
}

void rpc_evm_setAutomine(rpc_call *c)
{
    bool on;
    if (!parse_on(c, &on))
        return;
    rpc_lock(c->r);
    node_set_instant(c->chain, on);
    pthread_cond_signal(&c->r->tick);
    rpc_unlock(c->r);
    rpc_bool(c->out, true);
}

void rpc_hardhat_getAutomine(rpc_call *c)
{
    rpc_lock(c->r);
    rpc_bool(c->out, node_is_instant(c->chain));
    rpc_unlock(c->r);
}

void rpc_evm_setIntervalMining(rpc_call *c)
{
    enum { MOST_MS = 86400000 };
    uint64_t interval_ms;
    if (!rpc_parse_u64(c, &interval_ms, rpc_parameter(c, 0), 0))
        return;
    if (interval_ms > MOST_MS) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "the interval is longer than a day (in milliseconds)");
        return;
    }
    rpc_lock(c->r);
    node_set_seal_interval(c->chain, interval_ms);
    pthread_cond_signal(&c->r->tick);
    rpc_unlock(c->r);
    rpc_bool(c->out, true);
}

void rpc_hardhat_dropTransaction(rpc_call *c)
{
    hash256 hash;
    if (!rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    status s = mempool_drop(c->chain, &hash);
    rpc_unlock(c->r);
    if (s != OK && s != TRANSACTION_UNKNOWN)
        rpc_refuse(c, s);
    else
        rpc_bool(c->out, s == OK);
}

void rpc_hardhat_setCoinbase(rpc_call *c)
{
    address coinbase;
    if (!rpc_parse_address(c, &coinbase, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    node_set_coinbase(c->chain, &coinbase);
    rpc_unlock(c->r);
    rpc_bool(c->out, true);
}

void rpc_hardhat_setPrevRandao(rpc_call *c)
{
    hash256 value;
    if (!rpc_parse_hash(c, &value, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    node_set_next_prev_randao(c->chain, &value);
    rpc_unlock(c->r);
    rpc_bool(c->out, true);
}

/* ---- time ---- */

void rpc_evm_increaseTime(rpc_call *c)
{
    uint64_t seconds;
    if (!parse_seconds(c, &seconds, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    int64_t shift = node_clock_shift(c->chain) + (int64_t)seconds;
    node_set_clock_shift(c->chain, shift);
    rpc_unlock(c->r);
    rpc_quantity(c->out, shift < 0 ? 0 : (uint64_t)shift);
}

void rpc_evm_setNextBlockTimestamp(rpc_call *c)
{
    uint64_t timestamp;
    if (!parse_seconds(c, &timestamp, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    rpc_lock(c->r);
    status s = node_set_next_timestamp(c->chain, timestamp);
    rpc_unlock(c->r);
    answer_true(c, s);
}

/* ---- snapshots ---- */

void rpc_evm_snapshot(rpc_call *c)
{
    rpc *r = c->r;
    if (rpc_view(c) == NULL)
        return;
    uint64_t head = node_head_number(c->view);
    rpc_lock(r);
    enum { MOST = sizeof r->snapshots / sizeof r->snapshots[0] };
    if (r->snapshot_count == MOST) {
        memmove(r->snapshots, r->snapshots + 1, sizeof r->snapshots - sizeof r->snapshots[0]);
        r->snapshot_count--;
    }
    r->snapshots[r->snapshot_count].head = head;
    r->snapshots[r->snapshot_count++].clock_shift = node_clock_shift(c->chain);
    rpc_quantity(c->out, ++r->last_snapshot);
    rpc_unlock(r);
}

void rpc_evm_revert(rpc_call *c)
{
    rpc *r = c->r;
    uint64_t id;
    if (!rpc_parse_u64(c, &id, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(r);
    uint64_t oldest = r->last_snapshot + 1 - r->snapshot_count;
    bool known = id >= oldest && id <= r->last_snapshot;
    status s = OK;
    if (known) {
        s = node_set_head(c->chain, r->snapshots[id - oldest].head);
        node_set_clock_shift(c->chain, r->snapshots[id - oldest].clock_shift);
        r->snapshot_count = (unsigned)(id - oldest);
        r->last_snapshot = id - 1;
    }
    rpc_unlock(r);
    RPC_TRY(c, s);
    rpc_bool(c->out, known);
}

/* Back to the genesis, and to how the node was opened. */
void rpc_hardhat_reset(rpc_call *c)
{
    rpc *r = c->r;
    const json_t *forking = json_object_get(rpc_parameter(c, 0), "forking");
    if (json_is_string(json_object_get(forking, "jsonRpcUrl"))) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "forking another chain is not supported");
        return;
    }
    if (rpc_view(c) == NULL)
        return;
    uint64_t first = node_first_number(c->view);
    rpc_lock(r);
    status s = node_set_head(c->chain, first);
    if (s == OK)
        node_reset_development(c->chain);
    r->snapshot_count = 0;
    rpc_unlock(r);
    answer_true(c, s);
}

/* ---- state that no transaction made ---- */

static void force(rpc_call *c, const node_state_override *override)
{
    if (rpc_view(c) == NULL) /* what was sent before is sealed before */
        return;
    rpc_lock(c->r);
    status s = node_force_state(c->chain, override);
    rpc_unlock(c->r);
    answer_true(c, s);
}

void rpc_hardhat_setBalance(rpc_call *c)
{
    node_state_override o = {.has_balance = true};
    if (rpc_parse_address(c, &o.where, rpc_parameter(c, 0), 0) &&
        rpc_parse_u256(c, &o.balance, rpc_parameter(c, 1), 1))
        force(c, &o);
}

void rpc_hardhat_setNonce(rpc_call *c)
{
    node_state_override o = {.has_nonce = true};
    if (rpc_parse_address(c, &o.where, rpc_parameter(c, 0), 0) &&
        rpc_parse_u64(c, &o.nonce, rpc_parameter(c, 1), 1))
        force(c, &o);
}

void rpc_hardhat_setCode(rpc_call *c)
{
    node_state_override o = {.has_code = true};
    if (rpc_parse_address(c, &o.where, rpc_parameter(c, 0), 0) &&
        rpc_parse_data(c, &o.code, rpc_parameter(c, 1), 1))
        force(c, &o);
}

void rpc_hardhat_setStorageAt(rpc_call *c)
{
    node_slot_override slot;
    node_state_override o = {.slots = &slot, .slot_count = 1};
    if (rpc_parse_address(c, &o.where, rpc_parameter(c, 0), 0) &&
        rpc_parse_slot(c, &slot.key, rpc_parameter(c, 1), 1) &&
        rpc_parse_slot(c, &slot.value, rpc_parameter(c, 2), 2))
        force(c, &o);
}

/* ---- senders without keys ---- */

void rpc_hardhat_impersonateAccount(rpc_call *c)
{
    address who;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    status s = node_impersonate(c->chain, &who);
    rpc_unlock(c->r);
    answer_true(c, s);
}

void rpc_hardhat_stopImpersonatingAccount(rpc_call *c)
{
    address who;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    rpc_lock(c->r);
    bool was = node_stop_impersonating(c->chain, &who);
    rpc_unlock(c->r);
    rpc_bool(c->out, was);
}

void rpc_anvil_autoImpersonateAccount(rpc_call *c)
{
    bool on;
    if (!parse_on(c, &on))
        return;
    rpc_lock(c->r);
    node_impersonate_all(c->chain, on);
    rpc_unlock(c->r);
    rpc_bool(c->out, true);
}

/* ---- about the node ---- */

void rpc_hardhat_metadata(rpc_call *c)
{
    rpc_writer *w = c->out;
    hash256 hash;
    node_view *v = rpc_view(c);
    if (v == NULL)
        return;
    RPC_TRY(c, node_block_hash(v, &hash, node_head_number(v)));
    rpc_begin_object(w);
    RPC_MEMBER(w, "clientVersion", string, RPC_CLIENT_VERSION);
    RPC_MEMBER(w, "chainId", number, node_config(c->chain)->chain_id);
    RPC_MEMBER(w, "instanceId", hash, &c->r->instance);
    RPC_MEMBER(w, "latestBlockNumber", number, node_head_number(v));
    RPC_MEMBER(w, "latestBlockHash", hash, &hash);
    rpc_end_object(w);
}

void rpc_anvil_nodeInfo(rpc_call *c)
{
    rpc_writer *w = c->out;
    node_block head;
    u256 base_fee;
    node_view *v = rpc_view(c);
    if (v == NULL)
        return;
    RPC_TRY(c, node_block_by_number(v, &head, node_head_number(v)));
    RPC_TRY(c, node_next_base_fee(v, &base_fee));
    rpc_begin_object(w);
    RPC_MEMBER(w, "currentBlockNumber", quantity, head.header.number);
    RPC_MEMBER(w, "currentBlockTimestamp", number, head.header.timestamp);
    RPC_MEMBER(w, "currentBlockHash", hash, &head.hash);
    RPC_MEMBER(w, "hardFork", string, fork_name(head.fork));
    RPC_MEMBER(w, "transactionOrder", string, "fees");
    rpc_key(w, "environment");
    rpc_begin_object(w);
    RPC_MEMBER(w, "baseFee", quantity_u256, base_fee);
    RPC_MEMBER(w, "chainId", number, node_config(c->chain)->chain_id);
    RPC_MEMBER(w, "gasLimit", quantity, head.header.gas_limit);
    RPC_MEMBER(w, "gasPrice", quantity_u256, u256_add(base_fee, u256_from_u64(NODE_DEFAULT_TIP)));
    rpc_end_object(w);
    rpc_key(w, "forkConfig");
    rpc_begin_object(w);
    rpc_end_object(w);
    rpc_end_object(w);
}
