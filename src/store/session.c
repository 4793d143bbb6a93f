/* Running things on top of a block: calls, estimates, replays. */
#include "base/check.h"
#include "base/clock.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "store/store.h"

#include <string.h>

enum { MOST_ANCESTORS = 256, TRANSFER_GAS = 21000, CALL_STIPEND = 2300 };

static status ancestor_hash(void *context, hash256 *out, uint64_t number)
{
    store_session *s = context;
    memset(out, 0, sizeof *out);
    uint64_t now = s->run->block.number;
    if (number >= now || now - number > MOST_ANCESTORS)
        return OK;
    status found = store_block_hash(s->view, out, number);
    return found == BLOCK_UNKNOWN ? OK : found;
}

static void environment_of(evm_block *environment, store_session *s, const store_block_overrides *o)
{
    const chain_config *config = &s->view->store->config;
    fork_id fork = chain_fork_at(config, s->header.number, s->header.timestamp);
    transition_environment(environment, &s->header, config, fork, NULL);
    environment->block_hash = ancestor_hash;
    environment->block_hash_context = s;
    if (o == NULL)
        return;
    if (o->has_number)
        environment->number = s->header.number = o->number;
    if (o->has_timestamp)
        environment->timestamp = s->header.timestamp = o->timestamp;
    if (o->has_gas_limit)
        environment->gas_limit = s->header.gas_limit = o->gas_limit;
    if (o->has_coinbase)
        environment->coinbase = s->header.coinbase = o->coinbase;
    if (o->has_prev_randao)
        environment->prev_randao = s->header.mix_hash = o->prev_randao;
    if (o->has_base_fee)
        environment->base_fee = s->header.base_fee = o->base_fee;
    if (o->has_blob_base_fee)
        environment->blob_base_fee = o->blob_base_fee;
    environment->fork = chain_fork_at(config, environment->number, environment->timestamp);
}

static status ask_limits(void *context)
{
    const store_session *s = context;
    if (store_view_is_late(s->view))
        return CALL_TIMED_OUT;
    return s->view->memory->used_bytes - s->memory_mark > STORE_CALL_MEMORY_BYTES ? MEMORY_EXHAUSTED : OK;
}

/* The environment of a block for `count` transactions, whose gas is at most `gas_limit` together or each:
 * the EVM has memory for so much. */
static void open_run(store_session *s, evm_block *environment, size_t count, uint64_t gas_limit)
{
    arena *memory = s->view->memory;
    uint64_t block_gas_limit = environment->gas_limit;
    environment->gas_limit = gas_limit;
    s->run = transition_open(memory, &s->view->store->config, environment, s->world, count);
    s->run->block.gas_limit = block_gas_limit;
    s->memory_mark = memory->used_bytes;
    evm_set_interrupt(s->run->vm, ask_limits, s);
}

status store_session_open(store_session *s, store_view *v, const store_block *block,
                          const store_block_overrides *overrides)
{
    memset(s, 0, sizeof *s);
    s->view = v;
    s->base = *block;
    s->header = block->header;
    TRY(store_state_open(v, &s->world, block));
    evm_block environment;
    environment_of(&environment, s, overrides);
    open_run(s, &environment, 1, STORE_CALL_GAS_CAP);
    s->run->is_lenient = true;
    return OK;
}

status store_session_next(store_session *s, const store_transaction *tx)
{
    s->memory_mark = s->view->memory->used_bytes;
    return transition_transaction(s->run, &tx->tx, &tx->sender, NULL, NULL);
}

status store_session_replay(store_session *s, store_view *v, const store_block *block, size_t count)
{
    memset(s, 0, sizeof *s);
    if (block->header.number <= v->first)
        return BLOCK_UNKNOWN;
    s->view = v;
    TRY(store_block_by_number(v, &s->base, block->header.number - 1));
    s->header = block->header;
    TRY(store_state_open(v, &s->world, &s->base));
    evm_block environment;
    environment_of(&environment, s, NULL);
    open_run(s, &environment, block->transaction_count, environment.gas_limit);
    s->run->is_lenient = !store_block_is_provable(block); /* a contract may have been the sender */
    TRY(transition_begin_block(s->run, &s->header.parent_hash, &s->header.parent_beacon_block_root));
    for (size_t i = 0; i < count && i < block->transaction_count; i++) {
        store_transaction tx;
        TRY(store_transaction_at(v, &tx, block, i));
        TRY(store_session_next(s, &tx));
    }
    return OK;
}

status store_session_next_block(store_session *s, const block_header *header, const hash256 *ancestors,
                                size_t ancestor_count)
{
    s->header = *header;
    s->ancestors =
        (ancestor_hashes){.number = header->number, .proven = ancestors, .proven_count = ancestor_count};
    const chain_config *config = &s->view->store->config;
    evm_block environment;
    transition_environment(&environment, header, config,
                           chain_fork_at(config, header->number, header->timestamp), &s->ancestors);
    open_run(s, &environment, 1, STORE_CALL_GAS_CAP);
    s->run->is_lenient = true;
    return OK;
}

/* An overridden precompile is one no more; one that is moved runs elsewhere. */
static void move_precompiles(store_session *s, const store_state_override *overrides, size_t count)
{
    evm_precompile_move *moves = ARENA_NEW(s->view->memory, evm_precompile_move, 2 * count);
    size_t move_count = 0;
    for (size_t i = 0; i < count; i++) {
        const store_state_override *o = &overrides[i];
        if (!evm_is_precompile(s->run->block.fork, &o->where))
            continue;
        moves[move_count++] = (evm_precompile_move){.at = o->where};
        if (o->moves_precompile)
            moves[move_count++] = (evm_precompile_move){o->destination, true, o->where};
    }
    evm_set_precompile_moves(s->run->vm, moves, move_count);
}

status override_state(state *world, const store_state_override *o)
{
    account *a;
    TRY(state_account(world, &a, &o->where));
    if (o->replaces_storage)
        state_create_contract(world, a);
    if (o->has_balance)
        state_set_balance(world, a, o->balance);
    if (o->has_nonce)
        state_set_nonce(world, a, o->nonce);
    if (o->has_code)
        state_set_code(world, a, o->code);
    for (size_t i = 0; i < o->slot_count; i++) {
        storage_slot *slot;
        TRY(state_slot(world, &slot, a, &o->slots[i].key));
        state_set_slot(world, slot, o->slots[i].value);
    }
    return OK;
}

status store_session_override(store_session *s, const store_state_override *overrides, size_t count)
{
    move_precompiles(s, overrides, count);
    state_begin_transaction(s->world);
    for (size_t i = 0; i < count; i++)
        TRY(override_state(s->world, &overrides[i]));
    return state_end_transaction(s->world, s->run->block.fork >= FORK_SPURIOUS_DRAGON);
}

/* ---- calls ---- */

static transaction_type type_of(const store_call *call, fork_id fork)
{
    if (call->authorization_count > 0)
        return TRANSACTION_SET_CODE;
    if (call->blob_hash_count > 0)
        return TRANSACTION_BLOB;
    if (fork >= FORK_LONDON && (call->has_max_fee || call->has_max_priority_fee))
        return TRANSACTION_DYNAMIC_FEE;
    return fork >= FORK_BERLIN && call->has_access_list ? TRANSACTION_ACCESS_LIST : TRANSACTION_LEGACY;
}

static status count_access_list(transaction *tx)
{
    bytes entries = tx->access_list;
    while (!rlp_at_end(entries)) {
        bytes entry, slots;
        address where;
        size_t count;
        TRY(rlp_list(&entry, &entries));
        TRY(rlp_address(&where, &entry));
        TRY(rlp_list(&slots, &entry));
        TRY(rlp_count(&count, slots));
        if (slots.size != count * RLP_HASH_SIZE)
            return RLP_MALFORMED;
        tx->access_list_addresses++;
        tx->access_list_slots += count;
    }
    return OK;
}

status store_session_transaction(store_session *s, transaction *tx, const store_call *call)
{
    account *from;
    TRY(state_account(s->world, &from, &call->from));
    *tx = (transaction){
        .type = type_of(call, s->run->block.fork),
        .creates = call->creates,
        .is_replay_protected = s->run->block.fork >= FORK_SPURIOUS_DRAGON,
        .chain_id = s->run->config->chain_id,
        .nonce = call->has_nonce ? call->nonce : account_nonce(from),
        .gas_limit = call->has_gas ? call->gas : STORE_CALL_GAS_CAP,
        .value = call->value,
        .to = call->to,
        .data = call->data,
        .access_list = call->access_list,
        .blob_hashes = call->blob_hashes,
        .blob_hash_count = call->blob_hash_count,
        .authorizations = call->authorizations,
        .authorization_count = call->authorization_count,
    };
    if (tx->gas_limit > STORE_CALL_GAS_CAP)
        tx->gas_limit = STORE_CALL_GAS_CAP;
    if (call->has_gas_price) {
        tx->max_fee = tx->max_priority_fee = call->gas_price;
    } else {
        if (call->has_max_fee)
            tx->max_fee = call->max_fee;
        if (call->has_max_priority_fee)
            tx->max_priority_fee = call->max_priority_fee;
        if (!call->has_max_fee && call->has_max_priority_fee)
            tx->max_fee = u256_add(s->run->block.base_fee, call->max_priority_fee);
    }
    if (call->has_max_blob_fee)
        tx->max_blob_fee = call->max_blob_fee;
    return count_access_list(tx);
}

typedef struct {
    arena *memory;
    store_call_result *result;
} log_keeper;

/* Entries and data stay in the state's arena; the array is reused, so it is copied. */
static void keep_logs(void *context, const log_entry *logs, size_t count)
{
    log_keeper *k = context;
    log_entry *copy = ARENA_NEW(k->memory, log_entry, count);
    if (count > 0)
        memcpy(copy, logs, count * sizeof *logs);
    k->result->logs = copy;
    k->result->log_count = count;
}

status store_session_call(store_session *s, store_call_result *result, const store_call *call)
{
    memset(result, 0, sizeof *result);
    transition *t = s->run;
    arena *memory = s->view->memory;
    s->memory_mark = memory->used_bytes;
    TRY(ask_limits(s));
    transaction tx;
    TRY(store_session_transaction(s, &tx, call));
    s->tx = tx;
    /* Who pays nothing is not asked for the base fee, and does not see it. */
    u256 base_fee = t->block.base_fee, blob_base_fee = t->block.blob_base_fee;
    if (u256_is_zero(tx.max_fee) && u256_is_zero(tx.max_priority_fee) && t->is_lenient)
        t->block.base_fee = U256_ZERO;
    if (u256_is_zero(tx.max_blob_fee) && t->is_lenient)
        t->block.blob_base_fee = U256_ZERO;
    t->receipt_count = 0;
    log_keeper keeper = {memory, result};
    status outcome = transition_transaction(t, &tx, &call->from, keep_logs, &keeper);
    t->block.base_fee = base_fee;
    t->block.blob_base_fee = blob_base_fee;
    TRY(outcome);
    result->halt = t->last.result.halt;
    result->gas_used = t->last.gas_used;
    result->gas_peak = t->last.gas_peak;
    bytes output = t->last.result.output;
    uint8_t *copy = arena_allocate(memory, output.size, 8);
    if (output.size > 0)
        memcpy(copy, output.data, output.size);
    result->output = (bytes){copy, output.size};
    if (call->creates)
        transaction_created_address(&result->created, &call->from, tx.nonce);
    return OK;
}

/* ---- estimates ---- */

typedef struct {
    store_view *v;
    const store_block *block;
    const store_block_overrides *block_overrides;
    const store_state_override *overrides;
    size_t override_count;
} estimate_context;

/* Runs it with so much gas on a fresh state. Too little even to begin with counts as out of gas. */
static status try_gas(store_call_result *result, const estimate_context *e, const store_call *call,
                      uint64_t gas)
{
    store_session s;
    store_call with_gas = *call;
    with_gas.has_gas = true;
    with_gas.gas = gas;
    TRY(store_session_open(&s, e->v, e->block, e->block_overrides));
    TRY(store_session_override(&s, e->overrides, e->override_count));
    status outcome = store_session_call(&s, result, &with_gas);
    if (outcome == TRANSACTION_GAS_BELOW_INTRINSIC || outcome == TRANSACTION_GAS_BELOW_FLOOR) {
        *result = (store_call_result){.halt = EVM_OUT_OF_GAS, .gas_used = gas, .gas_peak = gas};
        return OK;
    }
    return outcome;
}

/* The most gas that the sender can pay for at the call's price. */
static status allowance(uint64_t *most, const estimate_context *e, const store_call *call)
{
    u256 price = call->has_gas_price ? call->gas_price : call->has_max_fee ? call->max_fee : U256_ZERO;
    if (u256_is_zero(price))
        return OK;
    store_session s;
    TRY(store_session_open(&s, e->v, e->block, e->block_overrides));
    TRY(store_session_override(&s, e->overrides, e->override_count));
    account *from;
    TRY(state_account(s.world, &from, &call->from));
    u256 available = *account_balance(from);
    if (!u256_less(call->value, available))
        return TRANSACTION_FUNDS_INSUFFICIENT;
    available = u256_sub(available, call->value);
    if (call->blob_hash_count > 0) {
        u256 blobs = u256_mul(call->max_blob_fee, u256_from_u64(call->blob_hash_count * GAS_PER_BLOB));
        if (u256_less(available, blobs))
            return TRANSACTION_FUNDS_INSUFFICIENT;
        available = u256_sub(available, blobs);
    }
    u256 gas;
    u256_divide(&gas, NULL, available, price);
    if (u256_fits_u64(gas) && gas.limb[0] < *most)
        *most = gas.limb[0];
    return OK;
}

static status has_no_code(bool *out, const estimate_context *e, const address *where)
{
    store_session s;
    account *a;
    TRY(store_session_open(&s, e->v, e->block, e->block_overrides));
    TRY(store_session_override(&s, e->overrides, e->override_count));
    TRY(state_account(s.world, &a, where));
    *out = same_hash(account_code_hash(a), &witness_empty_code_hash) &&
           !evm_is_precompile(s.run->block.fork, where);
    return OK;
}

static status estimate(uint64_t *gas, store_call_result *result, const estimate_context *e,
                       const store_call *call)
{
    arena *memory = e->v->memory;
    uint64_t high = call->has_gas && call->gas >= TRANSFER_GAS ? call->gas : e->block->header.gas_limit;
    if (e->block->fork >= FORK_OSAKA && e->block->fork < FORK_AMSTERDAM && high > TRANSACTION_GAS_CAP)
        high = TRANSACTION_GAS_CAP;
    if (high > STORE_CALL_GAS_CAP)
        high = STORE_CALL_GAS_CAP;
    *gas = high;
    TRY(allowance(&high, e, call));
    *gas = high;
    if (!call->creates && call->data.size == 0 && !call->has_access_list && call->authorization_count == 0) {
        bool plain;
        TRY(has_no_code(&plain, e, &call->to));
        if (plain && high >= TRANSFER_GAS) {
            TRY(try_gas(result, e, call, TRANSFER_GAS));
            if (result->halt == EVM_SUCCESS) {
                *gas = TRANSFER_GAS;
                return OK;
            }
        }
    }
    TRY(try_gas(result, e, call, high));
    if (result->halt != EVM_SUCCESS)
        return result->halt == EVM_OUT_OF_GAS ? CALL_GAS_ALLOWANCE : OK;

    /* Between what was used, less one, and what is known to do; first where it mostly is: what was in use at
     * the most, with a 64th more for the callers. */
    uint64_t low = result->gas_used - 1, peak = result->gas_peak;
    uint64_t guess = (peak + CALL_STIPEND) * 64 / 63;
    size_t mark = memory->used_bytes;
    if (guess < high) {
        store_call_result attempt;
        TRY(try_gas(&attempt, e, call, guess));
        if (attempt.halt == EVM_SUCCESS)
            high = guess;
        else
            low = guess;
    }
    while (low + 1 < high) {
        /* Within 1.5 per cent is near enough. */
        if ((high - low) * 1000 < high * 15)
            break;
        uint64_t middle = low + (high - low) / 2;
        if (middle > low * 2)
            middle = low * 2;
        store_call_result attempt;
        arena_rewind(memory, mark);
        TRY(try_gas(&attempt, e, call, middle));
        if (attempt.halt == EVM_SUCCESS)
            high = middle;
        else
            low = middle;
    }
    arena_rewind(memory, mark);
    *gas = high;
    return OK;
}

status store_estimate_gas(store_view *v, uint64_t *gas, store_call_result *result, const store_block *block,
                          const store_call *call, const store_block_overrides *block_overrides,
                          const store_state_override *overrides, size_t override_count)
{
    estimate_context e = {v, block, block_overrides, overrides, override_count};
    return estimate(gas, result, &e, call);
}
