/* Methods that development nodes have: blocks on demand, time, snapshots, state set by hand. Time, sealing
 * and the like keep every block provable; what does not is refused a proof block by block (node.h). */
#include "rpc/internal.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static bool is_called_by(const rpc_call *c, const char *prefix)
{
    return strncmp(c->method, prefix, strlen(prefix)) == 0;
}

/* What has nothing to tell: Hardhat says true, anvil null. */
static void answer_done(rpc_call *c, status s)
{
    if (s != OK)
        rpc_refuse(c, s);
    else if (is_called_by(c, "hardhat_"))
        rpc_bool(c->out, true);
    else
        rpc_null(c->out);
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

/* So many, `interval` seconds apart (0: by the clock); the node is free in between. */
static bool mine(rpc_call *c, uint64_t count, uint64_t interval)
{
    const volatile int *stop = node_options_of(c->chain)->stop;
    status s = OK;
    for (uint64_t done = 0, sealed; s == OK && done < count; done += sealed) {
        if (stop != NULL && *stop != 0)
            return rpc_error(c, RPC_FAILED, "the node is being stopped");
        rpc_lock(c->r);
        s = node_seal_several(c->chain, &sealed, count - done, interval, done == 0);
        rpc_unlock(c->r);
    }
    return s == OK || rpc_refuse(c, s);
}

/* A timestamp; or { timestamp, blocks }, of the first and how many. */
static bool mine_as_asked(rpc_call *c)
{
    const json_t *options = rpc_parameter(c, 0), *when = options, *many = NULL;
    uint64_t timestamp, count = 1;
    if (json_is_object(options)) {
        when = json_object_get(options, "timestamp");
        many = json_object_get(options, "blocks");
    }
    if (many != NULL && !json_is_null(many) && !rpc_parse_u64(c, &count, many, 0))
        return false;
    if (when != NULL && !json_is_null(when)) {
        if (!parse_seconds(c, &timestamp, when, 0))
            return false;
        rpc_lock(c->r);
        status s = node_set_next_timestamp(c->chain, timestamp);
        rpc_unlock(c->r);
        if (s != OK)
            return rpc_refuse(c, s);
    }
    return mine(c, count, 0);
}

void rpc_evm_mine(rpc_call *c)
{
    if (mine_as_asked(c))
        rpc_string(c->out, "0x0");
}

/* The blocks themselves, with their transactions. */
void rpc_evm_mine_detailed(rpc_call *c)
{
    if (rpc_view(c) == NULL)
        return;
    uint64_t before = store_head_number(c->view);
    store_view_close(c->view);
    c->view = NULL;
    if (!mine_as_asked(c) || rpc_view(c) == NULL)
        return;
    rpc_begin_array(c->out);
    for (uint64_t number = before + 1; number <= store_head_number(c->view) && !c->out->full; number++) {
        rpc_block one = {.found = true};
        RPC_TRY(c, store_block_by_number(c->view, &one.block, number));
        if (!rpc_write_block(c, &one, true))
            return;
    }
    rpc_end_array(c->out);
}

void rpc_hardhat_mine(rpc_call *c)
{
    uint64_t count = 1, interval = 0;
    if ((rpc_parameter(c, 0) == NULL || rpc_parse_u64(c, &count, rpc_parameter(c, 0), 0)) &&
        (rpc_parameter(c, 1) == NULL || parse_seconds(c, &interval, rpc_parameter(c, 1), 1)) &&
        mine(c, count, interval))
        answer_done(c, OK);
}

void rpc_evm_setAutomine(rpc_call *c)
{
    bool on;
    if (!parse_on(c, &on) || rpc_view(c) == NULL) /* what was sent before is sealed before */
        return;
    rpc_lock(c->r);
    node_set_instant(c->chain, on);
    pthread_cond_signal(&c->r->tick);
    rpc_unlock(c->r);
    answer_done(c, OK);
}

void rpc_hardhat_getAutomine(rpc_call *c)
{
    rpc_lock(c->r);
    rpc_bool(c->out, node_is_instant(c->chain));
    rpc_unlock(c->r);
}

/* evm_: in milliseconds, as Hardhat has it, or a range of which this takes the middle; anvil_: in seconds. */
void rpc_evm_setIntervalMining(rpc_call *c)
{
    enum { MOST_MS = 86400000 };
    const json_t *asked = rpc_parameter(c, 0);
    uint64_t interval_ms, most_ms;
    if (json_array_size(asked) == 2) {
        if (!rpc_parse_u64(c, &interval_ms, json_array_get(asked, 0), 0) ||
            !rpc_parse_u64(c, &most_ms, json_array_get(asked, 1), 0))
            return;
        interval_ms = interval_ms / 2 + most_ms / 2;
    } else if (!rpc_parse_u64(c, &interval_ms, asked, 0)) {
        return;
    }
    if (is_called_by(c, "anvil_"))
        interval_ms = interval_ms <= MOST_MS ? 1000 * interval_ms : interval_ms;
    if (interval_ms > MOST_MS) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "the interval is longer than a day (in milliseconds)");
        return;
    }
    rpc_lock(c->r);
    node_set_seal_interval(c->chain, interval_ms);
    pthread_cond_signal(&c->r->tick);
    rpc_unlock(c->r);
    answer_done(c, OK);
}

void rpc_anvil_getIntervalMining(rpc_call *c)
{
    rpc_lock(c->r);
    uint64_t interval_ms = node_seal_interval_ms(c->chain);
    rpc_unlock(c->r);
    if (interval_ms == 0)
        rpc_null(c->out);
    else
        rpc_number(c->out, (interval_ms + 999) / 1000);
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
    else if (is_called_by(c, "hardhat_"))
        rpc_bool(c->out, s == OK);
    else if (s == OK)
        rpc_hash(c->out, &hash);
    else
        rpc_null(c->out);
}

void rpc_anvil_dropAllTransactions(rpc_call *c)
{
    rpc_lock(c->r);
    mempool_drop_all(c->chain);
    rpc_unlock(c->r);
    answer_done(c, OK);
}

void rpc_anvil_removePoolTransactions(rpc_call *c)
{
    address sender;
    if (!rpc_parse_address(c, &sender, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    mempool_drop_sender(c->chain, &sender);
    rpc_unlock(c->r);
    answer_done(c, OK);
}

/* What the log says is the operator's choice. */
void rpc_hardhat_setLoggingEnabled(rpc_call *c)
{
    bool on;
    if (parse_on(c, &on))
        answer_done(c, OK);
}

void rpc_hardhat_setNextBlockBaseFeePerGas(rpc_call *c)
{
    u256 wei;
    if (!rpc_parse_amount(c, &wei, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    rpc_lock(c->r);
    node_set_next_base_fee(c->chain, &wei);
    rpc_unlock(c->r);
    answer_done(c, OK);
}

void rpc_hardhat_setMinGasPrice(rpc_call *c)
{
    rpc_error(c, RPC_INVALID_PARAMETERS, "%s is not supported when EIP-1559 is active", c->method);
}

void rpc_evm_setBlockGasLimit(rpc_call *c)
{
    enum { LEAST = 5000 };
    uint64_t gas;
    if (!rpc_parse_u64(c, &gas, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    if (gas < LEAST || gas > INT64_MAX) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "a block's gas limit is from %d to 2^63 - 1", LEAST);
        return;
    }
    rpc_lock(c->r);
    node_set_block_gas_limit(c->chain, gas);
    rpc_unlock(c->r);
    rpc_bool(c->out, true);
}

void rpc_hardhat_setCoinbase(rpc_call *c)
{
    address coinbase;
    if (!rpc_parse_address(c, &coinbase, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    node_set_coinbase(c->chain, &coinbase);
    rpc_unlock(c->r);
    answer_done(c, OK);
}

void rpc_hardhat_setPrevRandao(rpc_call *c)
{
    hash256 value;
    if (!rpc_parse_hash(c, &value, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    node_set_next_prev_randao(c->chain, &value);
    rpc_unlock(c->r);
    answer_done(c, OK);
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
    rpc_number(c->out, shift < 0 ? 0 : (uint64_t)shift);
}

/* The clock goes on from there. Answered is by how many seconds it was moved. */
void rpc_evm_setTime(rpc_call *c)
{
    uint64_t timestamp;
    if (!parse_seconds(c, &timestamp, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    rpc_lock(c->r);
    uint64_t before = node_clock(c->chain);
    node_set_clock_shift(c->chain, (int64_t)timestamp - (int64_t)clock_unix_seconds());
    rpc_unlock(c->r);
    rpc_number(c->out, timestamp > before ? timestamp - before : 0);
}

void rpc_evm_setBlockTimestampInterval(rpc_call *c)
{
    uint64_t seconds;
    if (!parse_seconds(c, &seconds, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    node_set_timestamp_interval(c->chain, seconds);
    rpc_unlock(c->r);
    answer_done(c, OK);
}

void rpc_evm_removeBlockTimestampInterval(rpc_call *c)
{
    rpc_lock(c->r);
    bool was = node_remove_timestamp_interval(c->chain);
    rpc_unlock(c->r);
    rpc_bool(c->out, was);
}

void rpc_evm_setNextBlockTimestamp(rpc_call *c)
{
    uint64_t timestamp;
    if (!parse_seconds(c, &timestamp, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    rpc_lock(c->r);
    status s = node_set_next_timestamp(c->chain, timestamp);
    rpc_unlock(c->r);
    answer_done(c, s);
}

/* ---- snapshots ---- */

void rpc_evm_snapshot(rpc_call *c)
{
    rpc *r = c->r;
    if (rpc_view(c) == NULL)
        return;
    uint64_t head = store_head_number(c->view);
    rpc_lock(r);
    enum { MOST = sizeof r->snapshots / sizeof r->snapshots[0] };
    if (r->snapshot_count == MOST) {
        memmove(r->snapshots, r->snapshots + 1, sizeof r->snapshots - sizeof r->snapshots[0]);
        r->snapshot_count--;
    }
    r->snapshots[r->snapshot_count].id = ++r->last_snapshot;
    r->snapshots[r->snapshot_count].head = head;
    r->snapshots[r->snapshot_count++].clock_shift = node_clock_shift(c->chain);
    rpc_quantity(c->out, r->last_snapshot);
    rpc_unlock(r);
}

/* The head was set back further: what they stand for is gone. Under the lock. */
static void forget_snapshots_above(rpc *r, uint64_t number)
{
    while (r->snapshot_count > 0 && r->snapshots[r->snapshot_count - 1].head > number)
        r->snapshot_count--;
}

void rpc_evm_revert(rpc_call *c)
{
    rpc *r = c->r;
    uint64_t id;
    if (!rpc_parse_u64(c, &id, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(r);
    /* Ids grow, and none is given twice. */
    unsigned i = 0;
    while (i < r->snapshot_count && r->snapshots[i].id < id)
        i++;
    bool known = i < r->snapshot_count && r->snapshots[i].id == id;
    status s = OK;
    if (known) {
        s = node_set_head(c->chain, r->snapshots[i].head);
        node_set_clock_shift(c->chain, r->snapshots[i].clock_shift);
        r->snapshot_count = i;
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
    rpc_lock(r);
    status s = node_reset(c->chain);
    r->snapshot_count = 0;
    pthread_cond_signal(&r->tick);
    rpc_unlock(r);
    answer_done(c, s);
}

/* Back by so many blocks, one unless told. */
void rpc_anvil_rollback(rpc_call *c)
{
    uint64_t depth = 1;
    if ((rpc_parameter(c, 0) != NULL && !rpc_parse_u64(c, &depth, rpc_parameter(c, 0), 0)) ||
        rpc_view(c) == NULL)
        return;
    uint64_t height = store_head_number(c->view) - store_first_number(c->view);
    if (depth > height) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "the chain is %llu blocks long, it cannot go back by %llu",
                  (unsigned long long)height, (unsigned long long)depth);
        return;
    }
    rpc_lock(c->r);
    status s = node_set_head(c->chain, store_head_number(c->view) - depth);
    if (s == OK)
        forget_snapshots_above(c->r, store_head_number(c->view) - depth);
    rpc_unlock(c->r);
    answer_done(c, s);
}

void rpc_debug_setHead(rpc_call *c)
{
    uint64_t number;
    if (!rpc_parse_u64(c, &number, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    if (number >= store_head_number(c->view)) {
        rpc_error(c, RPC_FAILED, "not allowed to rewind to a future block");
        return;
    }
    rpc_lock(c->r);
    status s = node_set_head(c->chain, number);
    if (s == OK)
        forget_snapshots_above(c->r, number);
    rpc_unlock(c->r);
    answer_done(c, s);
}

/* One that goes into the chain anew. */
typedef struct {
    uint64_t block; /* counted from the first new one */
    bytes encoding; /* NULL data: `call` is still to be signed */
    store_call call;
} replacement;

/* [transaction or its bytes, index of the block]. */
static bool parse_replacement(rpc_call *c, replacement *out, const json_t *pair, uint64_t depth)
{
    const json_t *what = json_array_get(pair, 0);
    transaction tx;
    memset(out, 0, sizeof *out);
    if (json_array_size(pair) != 2)
        return rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 1: pairs of transaction and block");
    if (!rpc_parse_u64(c, &out->block, json_array_get(pair, 1), 1))
        return false;
    if (out->block >= depth)
        return rpc_error(c, RPC_INVALID_PARAMETERS,
                         "Block number for reorg tx will exceed the reorged chain height. Block number "
                         "%llu must not exceed (depth-1) %llu",
                         (unsigned long long)out->block, (unsigned long long)depth - 1);
    if (json_is_string(what))
        return rpc_parse_data(c, &out->encoding, what, 1) &&
               (transaction_decode(&tx, c->memory, out->encoding) == OK ||
                rpc_error(c, RPC_INVALID_PARAMETERS, "Failed to decode transaction"));
    if (!rpc_parse_call(c, &out->call, what, 1))
        return false;
    rpc_lock(c->r);
    bool signs = node_account_is_unlocked(c->chain, &out->call.from);
    rpc_unlock(c->r);
    return signs || rpc_error(c, RPC_INVALID_PARAMETERS, "No Signer available");
}

/* Under the lock. Whatever is in it, the first new block differs from the one it stands for. */
static status replace_blocks(rpc_call *c, uint64_t head, uint64_t depth, replacement *all, size_t count)
{
    hash256 hash;
    TRY(node_set_head(c->chain, head - depth));
    forget_snapshots_above(c->r, head - depth);
    node_set_instant(c->chain, false); /* blocks have what they are to have, and no other is made */
    if (getrandom(hash.bytes, sizeof hash.bytes, 0) == sizeof hash.bytes)
        node_set_next_prev_randao(c->chain, &hash);
    for (uint64_t block = 0; block < depth; block++) {
        for (size_t i = 0; i < count; i++) {
            if (all[i].block != block)
                continue;
            if (all[i].encoding.data == NULL)
                TRY(node_sign_call(c->chain, &all[i].encoding, c->memory, &all[i].call));
            TRY(node_submit(c->chain, &hash, all[i].encoding));
        }
        TRY(node_seal(c->chain, NULL));
    }
    return OK;
}

/* The newest blocks are replaced by as many others. */
void rpc_anvil_reorg(rpc_call *c)
{
    uint64_t depth;
    const json_t *pairs = rpc_parameter(c, 1);
    if (!rpc_parse_u64(c, &depth, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    uint64_t head = store_head_number(c->view), height = head - store_first_number(c->view);
    if (depth == 0 || depth > height) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "Reorg depth must not %s: current height %llu, depth %llu",
                  depth == 0 ? "be 0" : "exceed current chain height", (unsigned long long)height,
                  (unsigned long long)depth);
        return;
    }
    size_t count = json_array_size(pairs);
    replacement *all = ARENA_NEW(c->memory, replacement, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!parse_replacement(c, &all[i], json_array_get(pairs, i), depth))
            return;
    rpc_lock(c->r);
    bool is_instant = node_is_instant(c->chain);
    status s = replace_blocks(c, head, depth, all, count);
    node_set_instant(c->chain, is_instant);
    rpc_unlock(c->r);
    answer_done(c, s);
}

/* ---- state that no transaction made ---- */

static bool force(rpc_call *c, const store_state_override *override)
{
    if (rpc_view(c) == NULL) /* what was sent before is sealed before */
        return false;
    rpc_lock(c->r);
    status s = node_force_states(c->chain, override, 1);
    rpc_unlock(c->r);
    return s == OK || rpc_refuse(c, s);
}

void rpc_hardhat_setBalance(rpc_call *c)
{
    store_state_override o = {.has_balance = true};
    if (rpc_parse_address(c, &o.where, rpc_parameter(c, 0), 0) &&
        rpc_parse_amount(c, &o.balance, rpc_parameter(c, 1), 1) && force(c, &o))
        answer_done(c, OK);
}

void rpc_hardhat_setNonce(rpc_call *c)
{
    store_state_override o = {.has_nonce = true};
    if (rpc_parse_address(c, &o.where, rpc_parameter(c, 0), 0) &&
        rpc_parse_u64(c, &o.nonce, rpc_parameter(c, 1), 1) && force(c, &o))
        answer_done(c, OK);
}

void rpc_hardhat_setCode(rpc_call *c)
{
    store_state_override o = {.has_code = true};
    if (rpc_parse_address(c, &o.where, rpc_parameter(c, 0), 0) &&
        rpc_parse_data(c, &o.code, rpc_parameter(c, 1), 1) && force(c, &o))
        answer_done(c, OK);
}

void rpc_hardhat_setStorageAt(rpc_call *c)
{
    store_slot_override slot;
    store_state_override o = {.slots = &slot, .slot_count = 1};
    if (rpc_parse_address(c, &o.where, rpc_parameter(c, 0), 0) &&
        rpc_parse_slot(c, &slot.key, rpc_parameter(c, 1), 1) &&
        rpc_parse_slot(c, &slot.value, rpc_parameter(c, 2), 2) && force(c, &o))
        rpc_bool(c->out, true); /* both say so */
}

void rpc_anvil_addBalance(rpc_call *c)
{
    store_state_override o = {.has_balance = true};
    rpc_block head;
    state *world;
    account *a;
    u256 more;
    bool carry;
    if (!rpc_parse_address(c, &o.where, rpc_parameter(c, 0), 0) ||
        !rpc_parse_amount(c, &more, rpc_parameter(c, 1), 1) || !rpc_parse_known_block(c, &head, NULL, 0) ||
        !rpc_state(c, &world, &head))
        return;
    RPC_TRY(c, state_account(world, &a, &o.where));
    o.balance = u256_add_carry(&carry, *account_balance(a), more);
    if (carry)
        o.balance = (u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    if (force(c, &o))
        answer_done(c, OK);
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
    answer_done(c, s);
}

void rpc_hardhat_stopImpersonatingAccount(rpc_call *c)
{
    address who;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    rpc_lock(c->r);
    bool was = node_stop_impersonating(c->chain, &who);
    rpc_unlock(c->r);
    if (is_called_by(c, "hardhat_"))
        rpc_bool(c->out, was);
    else
        rpc_null(c->out);
}

/* Whoever it is from, signed or not. */
void rpc_eth_sendUnsignedTransaction(rpc_call *c)
{
    store_call call;
    bytes encoding;
    hash256 hash;
    if (!rpc_parse_call(c, &call, rpc_parameter(c, 0), 0))
        return;
    rpc_lock(c->r);
    bool for_this = !node_account_is_unlocked(c->chain, &call.from);
    status s = for_this ? node_impersonate(c->chain, &call.from) : OK;
    rpc_unlock(c->r);
    RPC_TRY(c, s);
    if (rpc_sign_call(c, &encoding, &call) && rpc_submit(c, &hash, encoding))
        rpc_hash(c->out, &hash);
    rpc_lock(c->r);
    if (for_this)
        node_stop_impersonating(c->chain, &call.from);
    rpc_unlock(c->r);
}

void rpc_anvil_autoImpersonateAccount(rpc_call *c)
{
    bool on;
    if (!parse_on(c, &on))
        return;
    rpc_lock(c->r);
    node_impersonate_all(c->chain, on);
    rpc_unlock(c->r);
    answer_done(c, OK);
}

/* ---- about the node ---- */

void rpc_anvil_setChainId(rpc_call *c)
{
    const uint64_t most = INT64_MAX / 2 - 36; /* the v of EIP-155 is to fit */
    uint64_t chain_id;
    bool done;
    if (!rpc_parse_u64(c, &chain_id, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    if (chain_id == 0 || chain_id > most) {
        rpc_error(c, RPC_INVALID_PARAMETERS, "invalid argument 0: a chain's id is from 1 to 2^62 - 37");
        return;
    }
    rpc_lock(c->r);
    status s = node_set_chain_id(c->chain, &done, chain_id);
    rpc_unlock(c->r);
    RPC_TRY(c, s);
    if (done)
        answer_done(c, OK);
    else
        rpc_error(c, RPC_FAILED,
                  "the chain has transactions or proofs that name its id, %llu: it can be changed "
                  "before them, or after anvil_reset",
                  (unsigned long long)node_config(c->chain)->chain_id);
}

void rpc_hardhat_metadata(rpc_call *c)
{
    rpc_writer *w = c->out;
    hash256 hash;
    store_view *v = rpc_view(c);
    if (v == NULL)
        return;
    RPC_TRY(c, store_block_hash(v, &hash, store_head_number(v)));
    rpc_begin_object(w);
    RPC_MEMBER(w, "clientVersion", string, RPC_CLIENT_VERSION);
    RPC_MEMBER(w, "chainId", number, node_config(c->chain)->chain_id);
    RPC_MEMBER(w, "instanceId", hash, &c->r->instance);
    RPC_MEMBER(w, "latestBlockNumber", number, store_head_number(v));
    RPC_MEMBER(w, "latestBlockHash", hash, &hash);
    /* By id: number and hash of the block that each goes back to. */
    rpc_key(w, "snapshots");
    rpc_begin_object(w);
    rpc_lock(c->r);
    for (unsigned i = 0; i < c->r->snapshot_count; i++) {
        char id[24];
        uint64_t head = c->r->snapshots[i].head;
        if (store_block_hash(v, &hash, head) != OK)
            continue;
        snprintf(id, sizeof id, "0x%llx", (unsigned long long)c->r->snapshots[i].id);
        rpc_key(w, id);
        rpc_begin_array(w);
        rpc_number(w, head);
        rpc_hash(w, &hash);
        rpc_end_array(w);
    }
    rpc_unlock(c->r);
    rpc_end_object(w);
    rpc_end_object(w);
}

void rpc_anvil_nodeInfo(rpc_call *c)
{
    rpc_writer *w = c->out;
    store_block head;
    u256 base_fee;
    store_view *v = rpc_view(c);
    if (v == NULL)
        return;
    RPC_TRY(c, store_block_by_number(v, &head, store_head_number(v)));
    RPC_TRY(c, node_next_base_fee(c->chain, v, &base_fee));
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
    RPC_MEMBER(w, "gasPrice", quantity_u256, u256_add(base_fee, u256_from_u64(STORE_DEFAULT_TIP)));
    rpc_end_object(w);
    rpc_key(w, "forkConfig");
    rpc_begin_object(w);
    rpc_end_object(w);
    rpc_end_object(w);
}
