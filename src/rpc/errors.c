/* Transactions and calls that were refused or failed, in the words and with the numbers of geth. */
#include "rpc/internal.h"

#include <stdio.h>
#include <string.h>

/* ---- transactions and calls that could not begin ---- */

const char *rpc_decimal(char out[80], u256 value)
{
    char *at = out + 79;
    *at = 0;
    do {
        u256 digit;
        u256_divide(&value, &digit, value, u256_from_u64(10));
        *--at = (char)('0' + digit.limb[0]);
    } while (!u256_is_zero(value));
    return at;
}

/* value + gas · price + blobs; false where that is beyond 256 bits. */
static bool most_cost(u256 *out, const transaction *tx)
{
    uint64_t gas[8], blobs[8];
    bool first, second;
    u256_mul_wide(gas, tx->max_fee, u256_from_u64(tx->gas_limit));
    u256_mul_wide(blobs, tx->max_blob_fee, u256_from_u64(tx->blob_hash_count * GAS_PER_BLOB));
    *out = u256_add_carry(&first, (u256){{gas[0], gas[1], gas[2], gas[3]}}, tx->value);
    *out = u256_add_carry(&second, *out, (u256){{blobs[0], blobs[1], blobs[2], blobs[3]}});
    return !first && !second && gas[4] == 0 && blobs[4] == 0;
}

const char *rpc_refusal_text(arena *memory, status why, const rpc_refused *r)
{
    enum { MOST = 512 };
    const transaction *tx = r->tx;
    char *out = arena_allocate(memory, MOST, 1), who[43], x[80], y[80], z[80];
    const char *text = rpc_status_text(why);
    account *a = NULL;
    if (r->world == NULL || state_account(r->world, &a, &r->sender) != OK)
        return text;
    rpc_checksummed(who, &r->sender);
    uint64_t byte_gas = evm_state_byte_gas(r->block->gas_limit);
    transaction_gas gas = transaction_intrinsic_gas(tx, r->block->fork, byte_gas);
    unsigned long long own = account_nonce(a), nonce = tx->nonce, limit = tx->gas_limit;
    unsigned long long least = why == TRANSACTION_GAS_BELOW_FLOOR ? gas.floor : gas.intrinsic + gas.state;
    u256 balance = *account_balance(a), cost;
    bool fits = most_cost(&cost, tx);
    switch ((int)why) {
    case TRANSACTION_NONCE_TOO_LOW:
    case TRANSACTION_NONCE_TOO_HIGH:
        if (r->by_pool)
            snprintf(out, MOST, "%s: next nonce %llu, tx nonce %llu", text, own, nonce);
        else
            snprintf(out, MOST, "%s: address %s, tx: %llu state: %llu", text, who, nonce, own);
        return out;
    case TRANSACTION_TIP_ABOVE_FEE:
        if (r->by_pool)
            return text;
        snprintf(out, MOST, "%s: address %s, maxPriorityFeePerGas: %s, maxFeePerGas: %s", text, who,
                 rpc_decimal(x, tx->max_priority_fee), rpc_decimal(y, tx->max_fee));
        return out;
    case TRANSACTION_FEE_BELOW_BASE_FEE:
        snprintf(out, MOST, "%s: address %s, maxFeePerGas: %s, baseFee: %s", text, who,
                 rpc_decimal(x, tx->max_fee), rpc_decimal(y, r->block->base_fee));
        return out;
    case TRANSACTION_BLOB_FEE_TOO_LOW:
        snprintf(out, MOST, "%s: address %s blobGasFeeCap: %s, blobBaseFee: %s", text, who,
                 rpc_decimal(x, tx->max_blob_fee), rpc_decimal(y, r->block->blob_base_fee));
        return out;
    case TRANSACTION_FUNDS_INSUFFICIENT:
        if (!fits)
            snprintf(out, MOST, "%s: address %s required balance exceeds 256 bits", text, who);
        else if (r->by_pool)
            snprintf(out, MOST, "%s: balance %s, tx cost %s, overshot %s", text, rpc_decimal(x, balance),
                     rpc_decimal(y, cost), rpc_decimal(z, u256_sub(cost, balance)));
        else
            snprintf(out, MOST, "%s: address %s have %s want %s", text, who, rpc_decimal(x, balance),
                     rpc_decimal(y, cost));
        return out;
    case TRANSACTION_GAS_BELOW_INTRINSIC:
    case TRANSACTION_GAS_BELOW_FLOOR:
        snprintf(out, MOST, r->by_pool ? "%s: gas %llu, minimum needed %llu" : "%s: have %llu, want %llu",
                 text, limit, least);
        return out;
    case TRANSACTION_GAS_ABOVE_CAP:
        snprintf(out, MOST, "%s (cap: %d, tx: %llu)", text, TRANSACTION_GAS_CAP, limit);
        return out;
    case TRANSACTION_INIT_CODE_TOO_LARGE:
        snprintf(out, MOST, r->by_pool ? "%s: code size %zu, limit %zu" : "%s: code size %zu limit %zu", text,
                 tx->data.size, evm_max_init_code_bytes(r->block->fork));
        return out;
    case TRANSACTION_TOO_LARGE:
        if (tx->type == TRANSACTION_BLOB) /* its blobs count too, and are not at hand */
            return text;
        snprintf(out, MOST, "%s: transaction size %zu, limit %zu", text, tx->encoding.size, r->most_bytes);
        return out;
    default: return text;
    }
}

static bool is_limit(status why) { return why == CALL_TIMED_OUT || why == MEMORY_EXHAUSTED; }

/* Of a call in a session, which has kept what it was made into. */
static const char *call_refusal(arena *memory, status why, const store_session *session,
                                const store_call *call)
{
    const rpc_refused r = {&session->tx, call->from, session->world, &session->run->block, false, 0};
    return rpc_refusal_text(memory, why, &r);
}

bool rpc_refuse_call(rpc_call *c, status why, const store_session *session, const store_call *call)
{
    if (is_limit(why))
        return rpc_refuse(c, why);
    return rpc_error(c, RPC_FAILED, "err: %s (supplied gas %llu)",
                     call_refusal(c->memory, why, session, call), (unsigned long long)session->tx.gas_limit);
}

bool rpc_refuse_estimate(rpc_call *c, status why, const rpc_run_request *request, uint64_t gas)
{
    store_session session;
    store_call_result result;
    account *from;
    store_call call = request->call;
    call.has_gas = true;
    call.gas = gas;
    bool is_paid = !u256_is_zero(call.has_gas_price ? call.gas_price : call.max_fee);
    if (is_limit(why) || !rpc_open_session(c, &session, request) ||
        state_account(session.world, &from, &call.from) != OK)
        return rpc_refuse(c, why);
    if (why == TRANSACTION_FUNDS_INSUFFICIENT && is_paid && !u256_less(call.value, *account_balance(from)))
        return rpc_error(c, RPC_FAILED, "insufficient funds for transfer");
    if (store_session_call(&session, &result, &call) != why)
        return rpc_refuse(c, why);
    return rpc_error(c, RPC_FAILED, "failed with %llu gas: %s", (unsigned long long)gas,
                     call_refusal(c->memory, why, &session, &call));
}

bool rpc_refuse_submitted(rpc_call *c, status why, bytes encoding)
{
    transaction tx;
    rpc_block head;
    rpc_refused r = {.tx = &tx, .by_pool = true, .most_bytes = mempool_most_bytes(c->chain, false)};
    if (transaction_decode(&tx, c->memory, encoding) != OK || rpc_view(c) == NULL ||
        !rpc_parse_known_block(c, &head, NULL, 0) || !rpc_state(c, &r.world, &head))
        return rpc_refuse(c, why);
    evm_block block;
    transition_environment(&block, &head.block.header, node_config(c->chain), head.block.fork, NULL);
    rpc_lock(c->r);
    status s = node_next_base_fee(c->chain, c->view, &block.base_fee);
    if (s == OK)
        s = node_sender_of(c->chain, &r.sender, c->memory, &tx, block.fork);
    rpc_unlock(c->r);
    r.block = &block;
    if (s != OK)
        return rpc_refuse(c, why);
    return rpc_error(c, RPC_FAILED, "%s", rpc_refusal_text(c->memory, why, &r));
}

/* ---- what failed while it ran ---- */

/* Solidity's Panic(uint256). */
static const char *panic_text(uint64_t code)
{
    switch (code) {
    case 0x00: return "generic panic";
    case 0x01: return "assert(false)";
    case 0x11: return "arithmetic underflow or overflow";
    case 0x12: return "division or modulo by zero";
    case 0x21: return "enum overflow";
    case 0x22: return "invalid encoded storage byte array accessed";
    case 0x31: return "out-of-bounds array access; popping on an empty array";
    case 0x32: return "out-of-bounds access of an array or bytesN";
    case 0x41: return "out of memory";
    case 0x51: return "uninitialized function";
    default: return NULL;
    }
}

const char *rpc_revert_text(arena *memory, bytes output)
{
    static const uint8_t error_selector[4] = {0x08, 0xc3, 0x79, 0xa0},
        panic_selector[4] = {0x4e, 0x48, 0x7b, 0x71};
    static const char begin[] = "execution reverted";
    if (output.size >= 36 && memcmp(output.data, panic_selector, 4) == 0) {
        u256 code = u256_from_be(output.data + 4, 32);
        char *text = arena_allocate(memory, 128, 1);
        const char *known = u256_fits_u64(code) ? panic_text(code.limb[0]) : NULL;
        if (known != NULL)
            snprintf(text, 128, "%s: %s", begin, known);
        else
            snprintf(text, 128, "%s: unknown panic code: 0x%llx", begin, (unsigned long long)code.limb[0]);
        return text;
    }
    if (output.size < 68 || memcmp(output.data, error_selector, 4) != 0)
        return begin;
    u256 offset = u256_from_be(output.data + 4, 32), size = u256_from_be(output.data + 36, 32);
    if (!u256_equal(offset, u256_from_u64(32)) || !u256_fits_u64(size) || size.limb[0] > output.size - 68)
        return begin;
    char *text = arena_allocate(memory, sizeof begin + 2 + size.limb[0], 1);
    memcpy(text, begin, sizeof begin - 1);
    memcpy(text + sizeof begin - 1, ": ", 2);
    memcpy(text + sizeof begin + 1, output.data + 68, size.limb[0]);
    text[sizeof begin + 1 + size.limb[0]] = 0;
    return text;
}

typedef struct {
    evm *vm;
    evm_forecast last; /* of the outermost message */
} forecaster;

static void forecast_step(void *context, const evm_step *step)
{
    forecaster *f = context;
    if (step->depth == 1)
        evm_forecast_step(f->vm, &f->last);
}

/* It is run again, and watched. */
static const char *halt_text(rpc_call *c, evm_halt halt, const rpc_run_request *request)
{
    store_session session;
    store_call_result result;
    forecaster *f = ARENA_NEW(c->memory, forecaster, 1);
    memset(f, 0, sizeof *f);
    if (store_session_open(&session, c->view, &request->base, &request->block_overrides) != OK ||
        store_session_override(&session, request->overrides.items, request->overrides.count) != OK)
        return evm_halt_message(halt);
    f->vm = session.run->vm;
    const evm_tracer tracer = {.step = forecast_step, .context = f};
    evm_set_tracer(f->vm, &tracer);
    status s = store_session_call(&session, &result, &request->call);
    evm_set_tracer(f->vm, NULL);
    return s == OK && result.halt == halt && f->last.halt == halt ? f->last.text : evm_halt_message(halt);
}

bool rpc_halted(rpc_call *c, evm_halt halt, bytes output, const rpc_run_request *request)
{
    if (halt != EVM_REVERT)
        return rpc_error(c, RPC_FAILED, "%s", halt_text(c, halt, request));
    c->error_data = output;
    c->has_error_data = true;
    return rpc_error(c, RPC_REVERTED, "%s", rpc_revert_text(c->memory, output));
}
