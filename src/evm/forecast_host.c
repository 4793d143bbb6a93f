/* What an instruction will cost, as geth charges for it: all at once, before it is carried out.
 * instructions.c charges piece by piece, and stops at the piece that cannot be paid. */
#include "evm/machine.h"
#include "evm/words.h"

#include <stdio.h>
#include <string.h>

static const struct {
    bool is_defined;
    uint8_t in, out;
    uint16_t gas;
    fork_id first_fork;
} TABLE[256] = {
#define OPCODE(value, name, in, out, gas, fork) [value] = {true, in, out, gas, FORK_##fork},
#include "evm/opcodes.def"
#undef OPCODE
};

/* Looks without warming. */
static bool is_cold_account(evm *vm, account *entry)
{
    state_snapshot before = state_take_snapshot(vm->state);
    bool warm = state_warm_account(vm->state, entry);
    state_revert(vm->state, before);
    return !warm;
}

static bool is_cold_slot(evm *vm, storage_slot *entry)
{
    state_snapshot before = state_take_snapshot(vm->state);
    bool warm = state_warm_slot(vm->state, entry);
    state_revert(vm->state, before);
    return !warm;
}

static account *account_of_word(evm *vm, const u256 *word)
{
    address a;
    address_from_word(&a, word);
    return state_account_entry(vm->state, &a);
}

/* Makes *end no less than where the operands' range ends. False: that is past 64 bits. */
static bool reach(uint64_t *end, const u256 *offset, const u256 *size)
{
    uint64_t last;
    if (word_is_zero(size))
        return true;
    if ((word_high(offset) | word_high(size)) != 0 ||
        __builtin_add_overflow(offset->limb[0], size->limb[0], &last) || last > UINT64_MAX - 31)
        return false;
    *end = last > *end ? last : *end;
    return true;
}

static bool reach_of_operands(uint64_t *end, uint8_t opcode, const u256 *operands)
{
    const u256 word = {{32}}, byte = {{1}};
    *end = 0;
    switch (opcode) {
    case OPCODE_MLOAD:
    case OPCODE_MSTORE: return reach(end, &operands[0], &word);
    case OPCODE_MSTORE8: return reach(end, &operands[0], &byte);
    case OPCODE_KECCAK256:
    case OPCODE_LOG0:
    case OPCODE_LOG1:
    case OPCODE_LOG2:
    case OPCODE_LOG3:
    case OPCODE_LOG4:
    case OPCODE_RETURN:
    case OPCODE_REVERT: return reach(end, &operands[0], &operands[1]);
    case OPCODE_CALLDATACOPY:
    case OPCODE_CODECOPY:
    case OPCODE_RETURNDATACOPY: return reach(end, &operands[0], &operands[2]);
    case OPCODE_MCOPY:
        return reach(end, &operands[0], &operands[2]) && reach(end, &operands[1], &operands[2]);
    case OPCODE_EXTCODECOPY: return reach(end, &operands[1], &operands[3]);
    case OPCODE_CREATE:
    case OPCODE_CREATE2: return reach(end, &operands[1], &operands[2]);
    case OPCODE_CALL:
    case OPCODE_CALLCODE:
        return reach(end, &operands[3], &operands[4]) && reach(end, &operands[5], &operands[6]);
    case OPCODE_DELEGATECALL:
    case OPCODE_STATICCALL:
        return reach(end, &operands[2], &operands[3]) && reach(end, &operands[4], &operands[5]);
    default: return true;
    }
}

/* What geth charges before it looks at operands. */
static uint64_t price_by_table(fork_id fork, uint8_t opcode)
{
    bool has_access_lists = fork >= FORK_BERLIN;
    switch (opcode) {
    case OPCODE_BALANCE: return has_access_lists ? 100 : price_of_balance(fork);
    case OPCODE_EXTCODESIZE:
    case OPCODE_EXTCODECOPY: return has_access_lists ? 100 : price_of_code(fork);
    case OPCODE_EXTCODEHASH: return has_access_lists ? 100 : fork >= FORK_ISTANBUL ? 700 : 400;
    case OPCODE_SLOAD:
        return has_access_lists ? 0 : fork >= FORK_ISTANBUL ? 800 : fork >= FORK_TANGERINE_WHISTLE ? 200 : 50;
    case OPCODE_CALL:
    case OPCODE_CALLCODE:
    case OPCODE_DELEGATECALL:
    case OPCODE_STATICCALL: return has_access_lists ? 100 : fork >= FORK_TANGERINE_WHISTLE ? 700 : 40;
    case OPCODE_CREATE:
    case OPCODE_CREATE2: return fork >= FORK_AMSTERDAM ? TABLE[opcode].gas : 32000;
    case OPCODE_SELFDESTRUCT: return fork >= FORK_TANGERINE_WHISTLE ? 5000 : 0;
    case OPCODE_EXP:
    case OPCODE_LOG0:
    case OPCODE_LOG1:
    case OPCODE_LOG2:
    case OPCODE_LOG3:
    case OPCODE_LOG4: return 0;
    default: return TABLE[opcode].gas;
    }
}

/* The account, its delegate, the value, the account that comes to be, and the gas handed on. `rest` has the
 * memory. NULL, or why it fails. */
static const char *price_of_call(uint64_t *rest, evm *vm, const frame *f, uint8_t opcode, uint64_t gas)
{
    bool has_value_operand = opcode == OPCODE_CALL || opcode == OPCODE_CALLCODE;
    bool has_value = has_value_operand && !word_is_zero(&f->sp[2]);
    account *to = account_of_word(vm, &f->sp[1]);
    uint64_t access = vm->fork >= FORK_BERLIN && is_cold_account(vm, to) ? 2500 : 0, handed;
    if (gas < access)
        return "out of gas: out of gas";
    const contract_code *code;
    address target;
    if (state_load_account(vm->state, to) == OK && state_code(vm->state, &code, to) == OK &&
        code_is_delegation(&target, vm, code)) {
        uint64_t resolution = is_cold_account(vm, state_account_entry(vm->state, &target)) ? 2600 : 100;
        if (gas - access < resolution)
            return "out of gas: out of gas";
        access += resolution;
    }
    if (has_value)
        *rest += 9000;
    if (opcode == OPCODE_CALL && vm->fork < FORK_AMSTERDAM &&
        (vm->fork >= FORK_SPURIOUS_DRAGON ? has_value && account_is_empty(to) : !account_exists(to)))
        *rest += 25000;
    /* As geth: what is too dear wraps around, and fails by its sum. */
    uint64_t left = gas - access - *rest;
    uint64_t most = vm->fork >= FORK_TANGERINE_WHISTLE ? left - left / 64 : UINT64_MAX;
    handed = word_saturated(&f->sp[0]);
    handed = handed > most ? most : handed;
    if (__builtin_add_overflow(*rest, handed, rest) || __builtin_add_overflow(*rest, access, rest)) {
        *rest = 0;
        return "out of gas: gas uint64 overflow";
    }
    return NULL;
}

static const char *price_of_sstore(uint64_t *rest, evm *vm, const frame *f, uint64_t gas)
{
    if (vm->fork >= FORK_ISTANBUL && gas <= 2300)
        return "out of gas: not enough gas for reentrancy sentry";
    storage_slot *slot = state_slot_entry(vm->state, f->self, &f->sp[0]);
    *rest += vm->fork >= FORK_BERLIN && is_cold_slot(vm, slot) ? 2100 : 0;
    int64_t refund;
    if (state_load_slot(vm->state, slot) == OK)
        *rest += price_of_store(&refund, vm->fork, slot_original(slot), slot_value(slot), &f->sp[1]);
    return NULL;
}

/* What the operands make of it beyond its memory, which `rest` has. NULL, or why it fails. */
static const char *price_by_operands(uint64_t *rest, evm *vm, const frame *f, uint64_t gas)
{
    uint8_t opcode = *f->pc;
    const u256 *operands = f->sp;
    bool has_access_lists = vm->fork >= FORK_BERLIN;
    switch (opcode) {
    case OPCODE_EXP:
        *rest += 10 + (word_bit_length(&operands[1]) + 7) / 8 * (vm->fork >= FORK_SPURIOUS_DRAGON ? 50 : 10);
        break;
    case OPCODE_KECCAK256: *rest += (operands[1].limb[0] + 31) / 32 * 6; break;
    case OPCODE_CALLDATACOPY:
    case OPCODE_CODECOPY:
    case OPCODE_RETURNDATACOPY:
    case OPCODE_MCOPY: *rest += (operands[2].limb[0] + 31) / 32 * 3; break;
    case OPCODE_LOG0:
    case OPCODE_LOG1:
    case OPCODE_LOG2:
    case OPCODE_LOG3:
    case OPCODE_LOG4: *rest += TABLE[opcode].gas + 8 * operands[1].limb[0]; break;
    case OPCODE_EXTCODECOPY: *rest += (operands[3].limb[0] + 31) / 32 * 3; /* fall through */
    case OPCODE_BALANCE:
    case OPCODE_EXTCODESIZE:
    case OPCODE_EXTCODEHASH:
        *rest += has_access_lists && is_cold_account(vm, account_of_word(vm, operands)) ? 2500 : 0;
        break;
    case OPCODE_SLOAD:
        if (has_access_lists)
            *rest += is_cold_slot(vm, state_slot_entry(vm->state, f->self, operands)) ? 2100 : 100;
        break;
    case OPCODE_SSTORE: return price_of_sstore(rest, vm, f, gas);
    case OPCODE_SELFDESTRUCT: {
        account *heir = account_of_word(vm, operands);
        *rest += has_access_lists && is_cold_account(vm, heir) ? 2600 : 0;
        if (vm->fork < FORK_AMSTERDAM && state_load_account(vm->state, heir) == OK &&
            (vm->fork >= FORK_SPURIOUS_DRAGON
                 ? !u256_is_zero(*account_balance(f->self)) && account_is_empty(heir)
                 : vm->fork >= FORK_TANGERINE_WHISTLE && !account_exists(heir)))
            *rest += 25000;
        break;
    }
    case OPCODE_CREATE:
    case OPCODE_CREATE2: {
        bool limited = vm->fork >= FORK_SHANGHAI;
        if (limited && operands[2].limb[0] > evm_max_init_code_bytes(vm->fork)) {
            *rest = 0;
            return "out of gas: max initcode size exceeded: size ";
        }
        uint64_t word_price = (limited ? 2u : 0u) + (opcode == OPCODE_CREATE2 ? 6u : 0u);
        *rest += (operands[2].limb[0] + 31) / 32 * word_price;
        break;
    }
    case OPCODE_CALL:
    case OPCODE_CALLCODE:
    case OPCODE_DELEGATECALL:
    case OPCODE_STATICCALL: return price_of_call(rest, vm, f, opcode, gas);
    default: break;
    }
    return NULL;
}

static void forecast(evm_forecast *out, evm_halt halt, const char *text)
{
    out->halt = halt;
    snprintf(out->text, sizeof out->text, "%s", text);
}

void evm_forecast_step(evm *vm, evm_forecast *out)
{
    const uint64_t most_memory_bytes = 0x1fffffffe0;
    const frame *f = vm->top;
    uint8_t opcode = *f->pc;
    size_t height = (size_t)(f->stack_base - f->sp);
    out->price = 0;
    out->halt = EVM_SUCCESS;
    out->text[0] = 0;
    if (!TABLE[opcode].is_defined || vm->fork < TABLE[opcode].first_fork) {
        const char *name = evm_opcode_name(opcode);
        out->halt = EVM_INVALID_OPCODE;
        if (name != NULL)
            snprintf(out->text, sizeof out->text, "invalid opcode: %s", name);
        else
            snprintf(out->text, sizeof out->text, "invalid opcode: opcode 0x%x not defined", opcode);
        return;
    }
    out->price = price_by_table(vm->fork, opcode);
    size_t most = STACK_LIMIT_WORDS + TABLE[opcode].in - (size_t)TABLE[opcode].out;
    if (height < TABLE[opcode].in) {
        out->halt = EVM_STACK_UNDERFLOW;
        snprintf(out->text, sizeof out->text, "stack underflow (%zu <=> %u)", height, TABLE[opcode].in);
        return;
    }
    if (height > most) {
        out->halt = EVM_STACK_OVERFLOW;
        snprintf(out->text, sizeof out->text, "stack limit reached %zu (%zu)", height, most);
        return;
    }
    if (f->gas < out->price) {
        forecast(out, EVM_OUT_OF_GAS, "out of gas");
        return;
    }
    uint64_t end, rest = 0;
    if (!reach_of_operands(&end, opcode, f->sp)) {
        forecast(out, EVM_OUT_OF_GAS, "gas uint64 overflow");
        return;
    }
    if (end > most_memory_bytes) {
        forecast(out, EVM_OUT_OF_GAS, "out of gas: gas uint64 overflow");
        return;
    }
    if (end > f->memory_size) {
        uint64_t before = f->memory_size / 32, after = (end + 31) / 32;
        rest = 3 * (after - before) + after * after / 512 - before * before / 512;
    }
    uint64_t gas = f->gas - out->price;
    const char *failure = price_by_operands(&rest, vm, f, gas);
    if (failure != NULL) {
        forecast(out, EVM_OUT_OF_GAS, failure);
        size_t size = strlen(out->text);
        if (out->text[size - 1] == ' ')
            snprintf(out->text + size, sizeof out->text - size, "%llu", (unsigned long long)f->sp[2].limb[0]);
        return;
    }
    out->price += rest;
    if (gas < rest)
        forecast(out, EVM_OUT_OF_GAS, "out of gas");
}
