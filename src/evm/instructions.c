/* The opcodes that reach beyond stack and memory, and those that are long. Yellow Paper, appendix H. */
#include "base/memory.h"
#include "crypto/keccak.h"
#include "evm/machine.h"
#include "evm/words.h"

/* ---- gas ---- */

bool charge_words(frame *f, const u256 *size, uint64_t price)
{
    /* A size past 2^40 costs more than memory for it could ever be paid for. */
    if (word_high(size) || size->limb[0] >> 40)
        return false;
    return machine_charge(f, (size->limb[0] + 31) / 32 * price);
}

bool charge_entry_access(evm *vm, frame *f, account *entry, uint64_t price_before_berlin)
{
    uint64_t price = price_before_berlin;
    if (vm->fork >= FORK_BERLIN)
        price = state_warm_account(vm->state, entry) ? 100 : 2600;
    return machine_charge(f, price);
}

bool charge_account_access(evm *vm, frame *f, account **out, const u256 *word, uint64_t price_before_berlin)
{
    address a;
    address_from_word(&a, word);
    *out = state_account_entry(vm->state, &a);
    return charge_entry_access(vm, f, *out, price_before_berlin);
}

/* ---- arithmetic and hashing ---- */

#ifdef ASHLAR_CALLS

/* Apart, so that short powers do not pay for its frame. */
static __attribute__((noinline)) void power_by_list(u256 *result, const u256 *base, const u256 *exponent, unsigned n)
{
    enum { BASE, RESULT, ZERO, BLOCKS };
    u256 block[BLOCKS];
    uint64_t list[2 * 256], *end = list;
    word_copy(&block[BASE], base);
    word_copy(&block[RESULT], result);
    word_set_u64(&block[ZERO], 0);
    while (n-- > 0) {
        *end++ = call_muladd_item(RESULT, RESULT, ZERO, RESULT);
        if (exponent->limb[n / 64] >> n % 64 & 1)
            *end++ = call_muladd_item(RESULT, BASE, ZERO, RESULT);
    }
    call_muladd(block[0].limb, list, word_zero.limb, (size_t)(end - list));
    word_copy(result, &block[RESULT]);
}

/* base^(2^n + e), where e is the n lowest bits of the exponent. Long products as one list of the machine; what
 * fits a limb is cheaper in plain code. */
static void word_power(u256 *result, const u256 *base, const u256 *exponent, unsigned n)
{
    typedef unsigned __int128 u128;
    word_copy(result, base);
    if (word_high(base) == 0 && n <= 64) {
        uint64_t power = base->limb[0], bits = exponent->limb[0];
        for (; n > 0; n--) {
            u128 square = (u128)power * power, next = square;
            if (bits >> (n - 1) & 1)
                next = (u128)(uint64_t)square * base->limb[0];
            if ((square >> 64) != 0 || (next >> 64) != 0)
                break;
            power = (uint64_t)next;
        }
        word_set_u64(result, power);
    }
    if (n > 0)
        power_by_list(result, base, exponent, n);
}

#else

/* base^(2^n + e), where e is the n lowest bits of the exponent. */
static void word_power(u256 *result, const u256 *base, const u256 *exponent, unsigned n)
{
    if (n < 64) {
        word_copy(result, base);
        while (n-- > 0) {
            word_square(result, result);
            if (exponent->limb[0] >> n & 1)
                word_multiply(result, result, base);
        }
        return;
    }
    /* By digits of four bits, of whose powers most are needed. */
    u256 powers[16];
    word_set_u64(&powers[0], 1);
    for (unsigned i = 1; i < 16; i++)
        word_multiply(&powers[i], &powers[i - 1], base);
    unsigned at = n / 4 * 4;
    word_copy(result, &powers[exponent->limb[at / 64] >> at % 64 & 15]);
    while (at > 0) {
        at -= 4;
        for (unsigned i = 0; i < 4; i++)
            word_square(result, result);
        unsigned digit = exponent->limb[at / 64] >> at % 64 & 15;
        if (digit != 0)
            word_multiply(result, result, &powers[digit]);
    }
}

#endif

step instruction_exp(evm *vm, frame *f)
{
    u256 base, exponent, result;
    word_copy(&base, &f->sp[0]);
    word_copy(&exponent, &f->sp[1]);
    unsigned bits = word_bit_length(&exponent);
    uint64_t byte_price = vm->fork >= FORK_SPURIOUS_DRAGON ? 50 : 10;
    if (!machine_charge(f, (bits + 7) / 8 * byte_price))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    if (bits > 0)
        word_power(&result, &base, &exponent, bits - 1);
    else
        word_set_u64(&result, 1);
    word_copy(&f->sp[1], &result);
    f->sp++;
    return STEP_NEXT;
}

step instruction_keccak256(evm *vm, frame *f)
{
    uint64_t offset, size;
    if (!charge_words(f, &f->sp[1], 6))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    step grown = memory_range(vm, f, &offset, &size, &f->sp[0], &f->sp[1]);
    if (grown != STEP_NEXT)
        return grown;
    hash256 hash;
    keccak256(&hash, f->memory + offset, (size_t)size);
    word_load_be(&f->sp[1], hash.bytes);
    f->sp++;
    return STEP_NEXT;
}

/* ---- copies ---- */

/* `size` bytes from an offset that may lie anywhere; what is past the end of the source is zero. */
static void copy_padded(uint8_t *to, uint64_t size, bytes from, const u256 *offset_word)
{
    uint64_t offset = word_saturated(offset_word);
    uint64_t available = offset < from.size ? from.size - offset : 0;
    uint64_t copied = available < size ? available : size;
    if (copied != 0)
        memcpy(to, from.data + offset, copied);
    if (size != copied)
        memset(to + copied, 0, size - copied);
}

/* Operands from `operands` on: offset in memory, offset in the source, size. */
static step copy_to_memory(evm *vm, frame *f, const u256 *operands, bytes from)
{
    uint64_t offset, size;
    step grown = memory_range(vm, f, &offset, &size, &operands[0], &operands[2]);
    if (grown == STEP_NEXT)
        copy_padded(f->memory + offset, size, from, &operands[1]);
    return grown;
}

step instruction_calldatacopy(evm *vm, frame *f)
{
    const u256 *operands = f->sp;
    f->sp += 3;
    if (!charge_words(f, &operands[2], 3))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    return copy_to_memory(vm, f, operands, f->input);
}

step instruction_codecopy(evm *vm, frame *f)
{
    const u256 *operands = f->sp;
    f->sp += 3;
    if (!charge_words(f, &operands[2], 3))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    return copy_to_memory(vm, f, operands, (bytes){f->program->code, f->program->size});
}

step instruction_returndatacopy(evm *vm, frame *f)
{
    const u256 *operands = f->sp;
    f->sp += 3;
    uint64_t from = word_saturated(&operands[1]), size = word_saturated(&operands[2]);
    if (from > vm->return_data.size || size > vm->return_data.size - from)
        return machine_halt(vm, EVM_RETURN_DATA_OUT_OF_BOUNDS);
    if (!charge_words(f, &operands[2], 3))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    uint64_t offset;
    step grown = memory_range(vm, f, &offset, &size, &operands[0], &operands[2]);
    if (grown == STEP_NEXT && size != 0)
        memcpy(f->memory + offset, vm->return_data.data + from, size);
    return grown;
}

/* Whether the range lies in the memory that there is: most do. */
static inline bool memory_holds(const frame *f, const u256 *offset, uint64_t size)
{
    return word_high(offset) == 0 && size <= f->memory_size && offset->limb[0] <= f->memory_size - size;
}

static inline void memory_move(uint8_t *to, const uint8_t *from, uint64_t size)
{
    if (size == 32) {
        const unaligned_u64 *p = (const unaligned_u64 *)from;
        unaligned_u64 *r = (unaligned_u64 *)to;
        uint64_t l0 = p[0].value, l1 = p[1].value, l2 = p[2].value, l3 = p[3].value;
        r[0].value = l0;
        r[1].value = l1;
        r[2].value = l2;
        r[3].value = l3;
    } else if (size != 0) {
        memmove(to, from, size);
    }
}

/* EIP-5656. */
step instruction_mcopy(evm *vm, frame *f)
{
    const u256 *operands = f->sp;
    f->sp += 3;
    if (!charge_words(f, &operands[2], 3))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    uint64_t to = operands[0].limb[0], from = operands[1].limb[0], size = operands[2].limb[0];
    if (!memory_holds(f, &operands[0], size) || !memory_holds(f, &operands[1], size)) {
        step grown = memory_range(vm, f, &to, &size, &operands[0], &operands[2]);
        if (grown == STEP_NEXT)
            grown = memory_range(vm, f, &from, &size, &operands[1], &operands[2]);
        if (grown != STEP_NEXT)
            return grown;
    }
    memory_move(f->memory + to, f->memory + from, size);
    return STEP_NEXT;
}

/* ---- accounts ---- */

step instruction_balance(evm *vm, frame *f)
{
    account *a;
    if (!charge_account_access(vm, f, &a, f->sp, price_of_balance(vm->fork)))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    status loaded = state_load_account(vm->state, a);
    if (loaded != OK)
        return machine_error(vm, loaded);
    *f->sp = *account_balance(a);
    return STEP_NEXT;
}

static status load_code(evm *vm, const contract_code **out, account *a)
{
    TRY(state_load_account(vm->state, a));
    return state_code(vm->state, out, a);
}

step instruction_extcodesize(evm *vm, frame *f)
{
    account *a;
    if (!charge_account_access(vm, f, &a, f->sp, price_of_code(vm->fork)))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    const contract_code *code;
    status loaded = load_code(vm, &code, a);
    if (loaded != OK)
        return machine_error(vm, loaded);
    word_set_u64(f->sp, code->code.size);
    return STEP_NEXT;
}

step instruction_extcodecopy(evm *vm, frame *f)
{
    const u256 *operands = f->sp;
    f->sp += 4;
    account *a;
    if (!charge_words(f, &operands[3], 3) ||
        !charge_account_access(vm, f, &a, &operands[0], price_of_code(vm->fork)))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    if (word_is_zero(&operands[3]) && vm->fork < FORK_AMSTERDAM)
        return STEP_NEXT;
    /* The memory first: where it cannot be paid for, the code is not read. */
    uint64_t offset, size;
    step grown = memory_range(vm, f, &offset, &size, &operands[1], &operands[3]);
    if (grown != STEP_NEXT)
        return grown;
    const contract_code *code;
    status loaded = load_code(vm, &code, a);
    if (loaded != OK)
        return machine_error(vm, loaded);
    copy_padded(f->memory + offset, size, code->code, &operands[2]);
    return STEP_NEXT;
}

/* EIP-1052. */
step instruction_extcodehash(evm *vm, frame *f)
{
    account *a;
    if (!charge_account_access(vm, f, &a, f->sp, vm->fork >= FORK_ISTANBUL ? 700 : 400))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    status loaded = state_load_account(vm->state, a);
    if (loaded != OK)
        return machine_error(vm, loaded);
    if (account_is_empty(a))
        word_set_u64(f->sp, 0);
    else
        word_load_be(f->sp, account_code_hash(a)->bytes);
    return STEP_NEXT;
}

/* ---- the block and the transaction ---- */

step instruction_blockhash(evm *vm, frame *f)
{
    const evm_block *block = vm->block;
    uint64_t number = f->sp->limb[0];
    bool in_reach = word_high(f->sp) == 0 && number < block->number && block->number - number <= 256;
    word_set_u64(f->sp, 0);
    if (!in_reach)
        return STEP_NEXT;
    hash256 hash;
    status found = block->block_hash(block->block_hash_context, &hash, number);
    if (found != OK)
        return machine_error(vm, found);
    word_load_be(f->sp, hash.bytes);
    return STEP_NEXT;
}

/* EIP-4844. */
step instruction_blobhash(evm *vm, frame *f)
{
    uint64_t index = word_saturated(f->sp);
    if (index < vm->transaction->blob_hash_count)
        word_load_be(f->sp, vm->transaction->blob_hashes[index].bytes);
    else
        word_set_u64(f->sp, 0);
    return STEP_NEXT;
}

/* ---- storage ---- */

step instruction_sload(evm *vm, frame *f)
{
    storage_slot *slot = state_slot_entry(vm->state, f->self, f->sp);
    uint64_t price;
    if (vm->fork >= FORK_BERLIN)
        price = state_warm_slot(vm->state, slot) ? 100 : 2100;
    else
        price = vm->fork >= FORK_ISTANBUL ? 800 : vm->fork >= FORK_TANGERINE_WHISTLE ? 200 : 50;
    if (!machine_charge(f, price))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    status loaded = state_load_slot(vm->state, slot);
    if (loaded != OK)
        return machine_error(vm, loaded);
    word_copy(f->sp, slot_value(slot));
    return STEP_NEXT;
}

/* EIP-8037: what is new is paid for as state, and refunded as such where it goes again. */
static bool charge_slot(evm *vm, frame *f, const u256 *original, const u256 *current, const u256 *value)
{
    if (!word_is_zero(original) || word_is_zero(current) == word_is_zero(value))
        return true;
    if (word_is_zero(current))
        return machine_charge_state(vm, f, STATE_BYTES_SLOT);
    machine_return_state_gas(vm, f, STATE_BYTES_SLOT * vm->state_byte_gas);
    return true;
}

uint64_t price_of_store(int64_t *refund, fork_id fork, const u256 *original, const u256 *current,
                        const u256 *value)
{
    bool net = fork >= FORK_ISTANBUL || fork == FORK_CONSTANTINOPLE;
    int64_t clear_refund = fork >= FORK_LONDON ? 4800 : 15000;
    *refund = 0;
    if (!net) {
        if (!word_is_zero(current) && word_is_zero(value))
            *refund = clear_refund;
        return word_is_zero(current) && !word_is_zero(value) ? 20000 : 5000;
    }
    uint64_t load_price = fork >= FORK_BERLIN ? 100 : fork >= FORK_ISTANBUL ? 800 : 200;
    uint64_t reset_price = fork >= FORK_BERLIN ? 2900 : 5000;
    uint64_t set_price = fork >= FORK_AMSTERDAM ? reset_price : 20000;
    if (word_equal(current, value))
        return load_price;
    if (word_equal(original, current)) {
        if (word_is_zero(original))
            return set_price;
        if (word_is_zero(value))
            *refund = clear_refund;
        return reset_price;
    }
    if (!word_is_zero(original)) {
        if (word_is_zero(current))
            *refund -= clear_refund;
        else if (word_is_zero(value))
            *refund += clear_refund;
    }
    if (word_equal(original, value))
        *refund += (int64_t)((word_is_zero(original) ? set_price : reset_price) - load_price);
    return load_price;
}

step instruction_sstore(evm *vm, frame *f)
{
    if (f->is_static)
        return machine_halt(vm, EVM_STATIC_VIOLATION);
    if (vm->fork >= FORK_ISTANBUL && f->gas <= 2300)
        return machine_halt(vm, EVM_OUT_OF_GAS);
    storage_slot *slot = state_slot_entry(vm->state, f->self, &f->sp[0]);
    if (vm->fork >= FORK_BERLIN && !state_warm_slot(vm->state, slot) && !machine_charge(f, 2100))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    status loaded = state_load_slot(vm->state, slot);
    if (loaded != OK)
        return machine_error(vm, loaded);
    int64_t refund;
    uint64_t price = price_of_store(&refund, vm->fork, slot_original(slot), slot_value(slot), &f->sp[1]);
    if (!machine_charge(f, price) ||
        (vm->fork >= FORK_AMSTERDAM && !charge_slot(vm, f, slot_original(slot), slot_value(slot), &f->sp[1])))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    if (refund != 0)
        state_add_refund(vm->state, refund);
    if (!word_equal(slot_value(slot), &f->sp[1]))
        state_set_slot(vm->state, slot, f->sp[1]);
    f->sp += 2;
    return STEP_NEXT;
}

/* EIP-1153. */
step instruction_tload(evm *vm, frame *f)
{
    *f->sp = state_transient(vm->state, f->self, f->sp);
    return STEP_NEXT;
}

step instruction_tstore(evm *vm, frame *f)
{
    if (f->is_static)
        return machine_halt(vm, EVM_STATIC_VIOLATION);
    state_set_transient(vm->state, f->self, &f->sp[0], f->sp[1]);
    f->sp += 2;
    return STEP_NEXT;
}

/* ---- logs and ends ---- */

step instruction_log(evm *vm, frame *f, unsigned topic_count)
{
    if (f->is_static)
        return machine_halt(vm, EVM_STATIC_VIOLATION);
    const u256 *operands = f->sp;
    f->sp += 2 + topic_count;
    uint64_t offset, size;
    step grown = memory_range(vm, f, &offset, &size, &operands[0], &operands[1]);
    if (grown != STEP_NEXT)
        return grown;
    if (!machine_charge(f, 8 * size))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    log_entry *entry = state_log(vm->state, (bytes){f->memory + offset, (size_t)size});
    entry->emitter = *account_address(f->self);
    entry->topic_count = topic_count;
    for (unsigned i = 0; i < topic_count; i++)
        word_store_be(entry->topics[i].bytes, &operands[2 + i]);
    return STEP_NEXT;
}

static step end_with_output(evm *vm, frame *f, evm_halt halt)
{
    uint64_t offset, size;
    step grown = memory_range(vm, f, &offset, &size, &f->sp[0], &f->sp[1]);
    if (grown != STEP_NEXT)
        return grown;
    vm->halt = halt;
    vm->output = (bytes){f->memory + offset, (size_t)size};
    return STEP_HALTED;
}

step instruction_return(evm *vm, frame *f) { return end_with_output(vm, f, EVM_SUCCESS); }

step instruction_revert(evm *vm, frame *f) { return end_with_output(vm, f, EVM_REVERT); }
