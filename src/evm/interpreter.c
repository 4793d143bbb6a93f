/* The loop over opcodes: one function, one jump from each opcode to the next. What the table
 * (opcodes.def) says of an opcode, its base gas and how many words of stack it needs and leaves, is
 * checked at its label by BEGIN; after it comes what the opcode does and nothing else. */
#include "evm/machine.h"
#include "evm/words.h"

enum {
#define OPCODE(value, name, in, out, gas, fork) GAS_##name = gas, IN_##name = in, OUT_##name = out,
#include "evm/opcodes.def"
#undef OPCODE
};

#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Whether the stack has fewer words; for few of them one comparison, since it never has less than none. */
#define LACKS(words)                                                             \
    ((words) == 0   ? false                                                      \
     : (words) == 1 ? sp == stack_base                                           \
     : (words) == 2 ? sp >= stack_second                                         \
                    : sp + (words) > stack_base)

/* The opcode's label, and what the table prescribes for it. */
#define BEGIN(name) BEGIN_AT(op_##name, name)
#define BEGIN_AT(label, name)                                                    \
    label:                                                                       \
    gas -= GAS_##name;                                                           \
    if (GAS_##name > 0 && UNLIKELY(gas < 0))                                     \
        goto out_of_gas;                                                         \
    if (UNLIKELY(LACKS(IN_##name)))                                              \
        goto stack_underflow;                                                    \
    if (OUT_##name > IN_##name && UNLIKELY(sp == stack_limit))                   \
        goto stack_overflow;

#define DISPATCH() goto *dispatch[*pc]
#define NEXT(bytes)                                                              \
    do {                                                                         \
        pc += (bytes);                                                           \
        DISPATCH();                                                              \
    } while (0)

/* Two operands, the result in place of the second; NEXT. */
#define BINARY(name, statement)                                                  \
    BEGIN(name)                                                                  \
    statement;                                                                   \
    sp++;                                                                        \
    NEXT(1);

/* A number of 64 bits on top. */
#define PUSH_U64(name, expression)                                               \
    BEGIN(name)                                                                  \
    sp--;                                                                        \
    word_set_u64(sp, (expression));                                              \
    NEXT(1);

#define PUSH_WORD(name, statement)                                               \
    BEGIN(name)                                                                  \
    sp--;                                                                        \
    statement;                                                                   \
    NEXT(1);

/* An opcode that another file carries out, on the frame. */
#define DELEGATE(name, function_call)                                            \
    BEGIN(name)                                                                  \
    f->gas = (uint64_t)gas;                                                      \
    f->sp = sp;                                                                  \
    f->pc = pc + 1;                                                              \
    outcome = (function_call);                                                   \
    if (UNLIKELY(outcome != STEP_NEXT))                                          \
        goto left;                                                               \
    gas = (int64_t)f->gas;                                                       \
    sp = f->sp;                                                                  \
    loadable = loadable_bytes(f);                                                \
    NEXT(1);

/* Offsets below this can be loaded from as words. */
static inline uint64_t loadable_bytes(const frame *f)
{
    return f->memory_size != 0 ? f->memory_size - 31 : 0;
}

static void word_negate(u256 *a) { word_sub(a, &U256_ZERO, a); }

static bool word_is_negative(const u256 *a) { return a->limb[3] >> 63; }

/* Signed division rounds towards zero; the remainder has the dividend's sign. Yellow Paper, SDIV and SMOD. */
static void word_divide_signed(u256 *r, bool wants_quotient, const u256 *a, const u256 *b)
{
    bool a_negative = word_is_negative(a), b_negative = word_is_negative(b);
    u256 numerator, denominator;
    word_copy(&numerator, a);
    word_copy(&denominator, b);
    if (a_negative)
        word_negate(&numerator);
    if (b_negative)
        word_negate(&denominator);
    u256 other;
    if (wants_quotient)
        word_quotient(r, &other, &numerator, &denominator);
    else
        word_remainder(r, &other, &numerator, &denominator);
    if (wants_quotient ? a_negative != b_negative : a_negative)
        word_negate(r);
}

#ifdef ASHLAR_CALLS

/* a + b < 2^257, so the quotient fits by any modulus from 2 on. */
static void word_add_mod(u256 *r, const u256 *a, const u256 *b, const u256 *modulus)
{
    u256 quotient;
    if (word_high(modulus) == 0 && modulus->limb[0] < 2)
        word_set_u64(r, 0);
    else
        call_divide(quotient.limb, r->limb, a->limb, word_one.limb, b->limb, modulus->limb);
}

/* One factor below the modulus is enough for the quotient to fit. */
static void word_multiply_mod(evm *vm, u256 *r, const u256 *a, const u256 *b, const u256 *modulus)
{
    (void)vm;
    u256 quotient, reduced;
    if (word_is_zero(modulus)) {
        word_set_u64(r, 0);
        return;
    }
    if (!word_less(a, modulus) && !word_less(b, modulus)) {
        call_divide(quotient.limb, reduced.limb, a->limb, word_one.limb, word_zero.limb, modulus->limb);
        a = &reduced;
    }
    call_divide(quotient.limb, r->limb, a->limb, b->limb, word_zero.limb, modulus->limb);
}

#else

static void word_add_mod(u256 *r, const u256 *a, const u256 *b, const u256 *modulus)
{
    u256 sum, reduced;
    word_add(&sum, a, b);
    uint64_t carry = word_less(&sum, a);
    if (word_less(a, modulus) && word_less(b, modulus)) {
        word_sub(&reduced, &sum, modulus);
        word_copy(r, carry || !word_less(&sum, modulus) ? &reduced : &sum);
        return;
    }
    const uint64_t wide[8] = {sum.limb[0], sum.limb[1], sum.limb[2], sum.limb[3], carry};
    u256_reduce_limbs(r->limb, wide, modulus->limb);
}

static void word_multiply_mod(evm *vm, u256 *r, const u256 *a, const u256 *b, const u256 *modulus)
{
    uint64_t wide[8];
    word_multiply_wide(wide, a, b);
    u256_reduce_limbs_again(&vm->modulus, r->limb, wide, modulus->limb);
}

#endif

/* 64 bits of high:low, from bit `bits` of low on, and the same from the other side; bits < 64. */
static inline uint64_t shifted_down(uint64_t high, uint64_t low, unsigned bits)
{
    return low >> bits | high << 1 << (63 - bits);
}
static inline uint64_t shifted_up(uint64_t high, uint64_t low, unsigned bits)
{
    return high << bits | low >> 1 >> (63 - bits);
}

/* `fill` is what comes in from above: 0, or all ones. shift < 256. */
static void word_shift_right(u256 *r, const u256 *a, unsigned shift, uint64_t fill)
{
    const uint64_t *l = a->limb;
    unsigned bits = shift % 64;
    switch (shift / 64) {
    case 0:
        *r = (u256){{shifted_down(l[1], l[0], bits), shifted_down(l[2], l[1], bits),
                     shifted_down(l[3], l[2], bits), shifted_down(fill, l[3], bits)}};
        break;
    case 1:
        *r = (u256){{shifted_down(l[2], l[1], bits), shifted_down(l[3], l[2], bits),
                     shifted_down(fill, l[3], bits), fill}};
        break;
    case 2: *r = (u256){{shifted_down(l[3], l[2], bits), shifted_down(fill, l[3], bits), fill, fill}}; break;
    default: *r = (u256){{shifted_down(fill, l[3], bits), fill, fill, fill}}; break;
    }
}

static void word_shift_left(u256 *r, const u256 *a, unsigned shift)
{
    const uint64_t *l = a->limb;
    unsigned bits = shift % 64;
    switch (shift / 64) {
    case 0:
        *r = (u256){{l[0] << bits, shifted_up(l[1], l[0], bits), shifted_up(l[2], l[1], bits),
                     shifted_up(l[3], l[2], bits)}};
        break;
    case 1: *r = (u256){{0, l[0] << bits, shifted_up(l[1], l[0], bits), shifted_up(l[2], l[1], bits)}}; break;
    case 2: *r = (u256){{0, 0, l[0] << bits, shifted_up(l[1], l[0], bits)}}; break;
    default: *r = (u256){{0, 0, 0, l[0] << bits}}; break;
    }
}

static void word_shift(u256 *r, uint8_t opcode, const u256 *amount, const u256 *a)
{
    uint64_t fill = opcode == OPCODE_SAR && word_is_negative(a) ? UINT64_MAX : 0;
    if (word_high(amount) || amount->limb[0] >= 256)
        *r = (u256){{fill, fill, fill, fill}};
    else if (opcode == OPCODE_SHL)
        word_shift_left(r, a, (unsigned)amount->limb[0]);
    else
        word_shift_right(r, a, (unsigned)amount->limb[0], fill);
}

/* Byte `index` counts from the most significant one. */
static void word_byte(u256 *r, const u256 *index, const u256 *a)
{
    uint64_t byte = 0;
    if (word_high(index) == 0 && index->limb[0] < 32) {
        unsigned i = 31 - (unsigned)index->limb[0];
        byte = a->limb[i / 8] >> (8 * (i % 8)) & 0xff;
    }
    word_set_u64(r, byte);
}

/* The sign is the top bit of byte `index`, counted from the least significant one. */
static void word_sign_extend(u256 *r, const u256 *index, const u256 *a)
{
    u256 value;
    word_copy(&value, a);
    if (word_high(index) == 0 && index->limb[0] < 31) {
        unsigned bits = 8 * (unsigned)index->limb[0] + 8, limb = (bits - 1) / 64, spare = -bits % 64;
        value.limb[limb] = (uint64_t)((int64_t)(value.limb[limb] << spare) >> spare);
        uint64_t fill = (uint64_t)((int64_t)value.limb[limb] >> 63);
        while (++limb < 4)
            value.limb[limb] = fill;
    }
    word_copy(r, &value);
}

/* What compilers write again and again is carried out at once, from the first opcode on: SEQUENCE(first),
 * where the table has its label instead of the opcode's own; and FOLLOWER(second): what may stand behind a
 * PUSH1, whose byte is then in no word yet. */
#define SEQUENCE_LIST(SEQUENCE) \
    SEQUENCE(PUSH1) SEQUENCE(PUSH2) SEQUENCE(PUSH20) SEQUENCE(DUP1) SEQUENCE(JUMP) \
    SEQUENCE(ISZERO) SEQUENCE(EQ) SEQUENCE(LT) SEQUENCE(GT) SEQUENCE(SLT) SEQUENCE(SGT)
#define FOLLOWER_LIST(FOLLOWER, FOLLOWER_AFTER_WORD) \
    FOLLOWER(ADD) FOLLOWER(SHL) FOLLOWER(SHR) FOLLOWER(MLOAD) FOLLOWER(MSTORE) FOLLOWER(PUSH1) \
    FOLLOWER_AFTER_WORD(PUSH2) FOLLOWER_AFTER_WORD(DUP1) FOLLOWER_AFTER_WORD(DUP2) FOLLOWER_AFTER_WORD(DUP3) \
    FOLLOWER_AFTER_WORD(DUP4) FOLLOWER_AFTER_WORD(DUP5) FOLLOWER_AFTER_WORD(DUP6) FOLLOWER_AFTER_WORD(SWAP1) \
    FOLLOWER_AFTER_WORD(SWAP2)

/* PUSH1 1, PUSH1 1, PUSH1 160, SHL, SUB: the ones of an address, as Solidity makes them. Little-endian. */
#define ADDRESS_MASK_CODE UINT64_C(0x031ba06001600160)

/* DUP1, PUSH4 x, EQ, PUSH2 t, JUMPI: one function after the other is compared with the one called. What of
 * the eight bytes from the second of x on are opcodes. */
#define SELECTOR_CODE_MASK UINT64_C(0xff0000ffff000000)
#define SELECTOR_CODE UINT64_C(0x5700006114000000)

static inline uint64_t load_code(const uint8_t *p) { return ((const unaligned_u64 *)p)->value; }

/* The immediate of a PUSH of `size` bytes, big-endian; sizes are constants, so this unrolls. */
ALWAYS_INLINE uint64_t load_immediate(const uint8_t *p, unsigned size)
{
    if (size <= 1)
        return size == 0 ? 0 : *p;
    return load_u64_be(p) >> (64 - 8 * size); /* code is padded by more than that */
}

ALWAYS_INLINE void word_push(u256 *r, const uint8_t *p, unsigned size)
{
    unsigned rest = size;
#pragma GCC unroll 4
    for (int limb = 0; limb < 4; limb++) {
        unsigned here = rest < 8 ? rest : 8;
        rest -= here;
        r->limb[limb] = load_immediate(p + rest, here);
    }
}

#ifndef ASHLAR_GUEST
static void trace_step(evm *vm, const frame *f)
{
    if (vm->tracer->step == NULL)
        return;
    evm_step now = {
        .program_counter = (size_t)(f->pc - f->program->code),
        .opcode = *f->pc,
        .gas_left = f->gas,
        .depth = (unsigned)(f - vm->frames) + 1,
        .stack = f->sp,
        .stack_size = (size_t)(f->stack_base - f->sp),
        .memory = {f->memory, (size_t)f->memory_size},
        .return_data = vm->return_data,
        .self = account_address(f->self),
        .refund = state_refund(vm->state),
    };
    vm->tracer->step(vm->tracer->context, &now);
}
#endif

status interpret(evm *vm)
{
    if (!vm->dispatch_ready) {
        for (unsigned i = 0; i < 256; i++) {
            vm->dispatch[i] = &&invalid_opcode;
            vm->after_push1[i] = &&push1_other;
        }
#define OPCODE(value, name, in, out, gas, first_fork)      \
    if (vm->fork >= FORK_##first_fork)                     \
        vm->dispatch[value] = &&op_##name;
#include "evm/opcodes.def"
#undef OPCODE
#ifndef ASHLAR_GUEST
        for (unsigned i = 0; i < 256; i++) {
            vm->single_dispatch[i] = vm->dispatch[i];
            vm->trace_dispatch[i] = &&trace;
        }
#endif
#define FOLLOWER(name)                                     \
    if (vm->dispatch[OPCODE_##name] != &&invalid_opcode)   \
        vm->after_push1[OPCODE_##name] = &&push1_##name;
        FOLLOWER_LIST(FOLLOWER, FOLLOWER)
#undef FOLLOWER
        if (vm->fork < FORK_CONSTANTINOPLE)
            vm->after_push1[OPCODE_PUSH1] = &&push1_PUSH1_word;
#define SEQUENCE(name) vm->dispatch[OPCODE_##name] = &&sequence_##name;
        SEQUENCE_LIST(SEQUENCE)
#undef SEQUENCE
        vm->dispatch_ready = true;
    }

    const void *const *dispatch = vm->dispatch;
#ifndef ASHLAR_GUEST
    if (vm->tracer != NULL)
        dispatch = vm->trace_dispatch;
#endif
    frame *f;
    const uint8_t *pc;
    u256 *sp, *stack_base, *stack_limit;
    u256 *stack_second; /* the second word, if there are so many */
    int64_t gas; /* signed: out of gas is below zero, one comparison without an operand */
    uint64_t loadable;
    uint8_t *memory;
    uint64_t target, value = 0;
    step outcome;
#ifndef ASHLAR_GUEST
    int64_t ask_below;
#endif

reload:
    f = vm->top;
    pc = f->pc;
    sp = f->sp;
    gas = (int64_t)f->gas;
    stack_base = f->stack_base;
    stack_second = stack_base - 1;
    stack_limit = frame_stack_limit(f);
    memory = f->memory;
    loadable = loadable_bytes(f);
#ifndef ASHLAR_GUEST
    ask_below = vm->interrupt != NULL ? gas - EVM_ASK_GAS : INT64_MIN;
#endif
    DISPATCH();

    /* ---- arithmetic ---- */
    BEGIN(ADD)
    sp++;
#ifdef __riscv
    /* Mostly of numbers below 2^64; what is above the sum's first limb stays where it is. */
    value = sp[-1].limb[0] + sp->limb[0];
    if (word_high(sp - 1) == 0 && value >= sp->limb[0]) {
        sp->limb[0] = value;
        NEXT(1);
    }
#endif
    word_add(sp, sp - 1, sp);
    NEXT(1);
    BINARY(MUL, word_multiply(sp + 1, sp, sp + 1))
    BINARY(SUB, word_sub(sp + 1, sp, sp + 1))
    BINARY(DIV, word_quotient(sp + 1, sp, sp, sp + 1))
    BINARY(SDIV, word_divide_signed(sp + 1, true, sp, sp + 1))
    BINARY(MOD, word_remainder(sp + 1, sp, sp, sp + 1))
    BINARY(SMOD, word_divide_signed(sp + 1, false, sp, sp + 1))
    BEGIN(ADDMOD)
    word_add_mod(sp + 2, sp, sp + 1, sp + 2);
    sp += 2;
    NEXT(1);
    BEGIN(MULMOD)
    word_multiply_mod(vm, sp + 2, sp, sp + 1, sp + 2);
    sp += 2;
    NEXT(1);
    DELEGATE(EXP, instruction_exp(vm, f))
    BINARY(SIGNEXTEND, word_sign_extend(sp + 1, sp, sp + 1))

    /* ---- comparison and bits ---- */
    BINARY(LT, word_set_u64(sp + 1, word_less(sp, sp + 1)))
    BINARY(GT, word_set_u64(sp + 1, word_less(sp + 1, sp)))
    BINARY(SLT, word_set_u64(sp + 1, word_less_signed(sp, sp + 1)))
    BINARY(SGT, word_set_u64(sp + 1, word_less_signed(sp + 1, sp)))
    BINARY(EQ, word_set_u64(sp + 1, word_equal(sp, sp + 1)))
    BEGIN(ISZERO)
    word_set_u64(sp, word_is_zero(sp));
    NEXT(1);
#define BITWISE(name, operator)                              \
    BEGIN(name)                                              \
    sp++;                                                    \
    sp->limb[0] = sp[-1].limb[0] operator sp->limb[0];       \
    sp->limb[1] = sp[-1].limb[1] operator sp->limb[1];       \
    sp->limb[2] = sp[-1].limb[2] operator sp->limb[2];       \
    sp->limb[3] = sp[-1].limb[3] operator sp->limb[3];       \
    NEXT(1);
    BITWISE(AND, &)
    BITWISE(OR, |)
    BITWISE(XOR, ^)
    BEGIN(NOT)
    sp->limb[0] = ~sp->limb[0];
    sp->limb[1] = ~sp->limb[1];
    sp->limb[2] = ~sp->limb[2];
    sp->limb[3] = ~sp->limb[3];
    NEXT(1);
    BINARY(BYTE, word_byte(sp + 1, sp, sp + 1))
    BINARY(SHL, word_shift(sp + 1, *pc, sp, sp + 1))
    BINARY(SHR, word_shift(sp + 1, *pc, sp, sp + 1))
    BINARY(SAR, word_shift(sp + 1, *pc, sp, sp + 1))
    BEGIN(CLZ)
    word_set_u64(sp, 256 - word_bit_length(sp));
    NEXT(1);
    DELEGATE(KECCAK256, instruction_keccak256(vm, f))

    /* ---- surroundings ---- */
    PUSH_WORD(ADDRESS, word_from_address(sp, account_address(f->self)))
    DELEGATE(BALANCE, instruction_balance(vm, f))
    PUSH_WORD(ORIGIN, word_from_address(sp, &vm->transaction->origin))
    PUSH_WORD(CALLER, word_from_address(sp, &f->caller))
    PUSH_WORD(CALLVALUE, word_copy(sp, &f->value))
    BEGIN(CALLDATALOAD)
    target = word_saturated(sp);
    if (target < f->input.size && f->input.size - target >= 32)
        word_load_be(sp, f->input.data + target);
    else
        word_load_padded(sp, f->input, target);
    NEXT(1);
    PUSH_U64(CALLDATASIZE, f->input.size)
    DELEGATE(CALLDATACOPY, instruction_calldatacopy(vm, f))
    PUSH_U64(CODESIZE, f->program->size)
    DELEGATE(CODECOPY, instruction_codecopy(vm, f))
    PUSH_WORD(GASPRICE, word_copy(sp, &vm->transaction->gas_price))
    DELEGATE(EXTCODESIZE, instruction_extcodesize(vm, f))
    DELEGATE(EXTCODECOPY, instruction_extcodecopy(vm, f))
    PUSH_U64(RETURNDATASIZE, vm->return_data.size)
    DELEGATE(RETURNDATACOPY, instruction_returndatacopy(vm, f))
    DELEGATE(EXTCODEHASH, instruction_extcodehash(vm, f))
    DELEGATE(BLOCKHASH, instruction_blockhash(vm, f))
    PUSH_WORD(COINBASE, word_from_address(sp, &vm->block->coinbase))
    PUSH_U64(TIMESTAMP, vm->block->timestamp)
    PUSH_U64(NUMBER, vm->block->number)
    PUSH_WORD(PREVRANDAO, word_load_be(sp, vm->block->prev_randao.bytes))
    PUSH_U64(GASLIMIT, vm->block->gas_limit)
    PUSH_U64(CHAINID, vm->block->chain_id)
    PUSH_WORD(SELFBALANCE, word_copy(sp, account_balance(f->self)))
    PUSH_WORD(BASEFEE, word_copy(sp, &vm->block->base_fee))
    DELEGATE(BLOBHASH, instruction_blobhash(vm, f))
    PUSH_WORD(BLOBBASEFEE, word_copy(sp, &vm->block->blob_base_fee))
    PUSH_U64(SLOTNUM, vm->block->slot_number)

    /* ---- stack, memory, storage, flow ---- */
    BEGIN(POP)
    sp++;
    NEXT(1);
    BEGIN(MLOAD)
    target = sp->limb[0];
    if (UNLIKELY(word_high(sp) != 0 || target >= loadable))
        goto grow_for_load;
    word_load_be(sp, memory + target);
    NEXT(1);
    BEGIN(MSTORE)
    target = sp->limb[0];
    if (UNLIKELY(word_high(sp) != 0 || target >= loadable))
        goto grow_for_store;
store_word:
    word_store_be(memory + target, sp + 1);
    sp += 2;
    NEXT(1);
    BEGIN(MSTORE8)
    target = sp->limb[0];
    if (UNLIKELY(word_high(sp) != 0 || target >= f->memory_size))
        goto grow_for_byte;
store_byte:
    memory[target] = (uint8_t)sp[1].limb[0];
    sp += 2;
    NEXT(1);
    DELEGATE(SLOAD, instruction_sload(vm, f))
    DELEGATE(SSTORE, instruction_sstore(vm, f))
    BEGIN(JUMP)
    target = word_saturated(sp);
    sp++;
jump:
#ifndef ASHLAR_GUEST
    if (UNLIKELY(gas < ask_below))
        goto ask;
asked:
#endif
    if (UNLIKELY(target >= f->program->size))
        goto bad_jump;
    if (UNLIKELY((f->program->jump_destinations[target >> 3] >> (target & 7) & 1) == 0) &&
        !program_find_destination(f->program, target))
        goto bad_jump;
    pc = f->program->code + target;
    DISPATCH();
    BEGIN(JUMPI)
    target = word_saturated(sp);
    sp += 2;
    if (!word_is_zero(sp - 1))
        goto jump;
    NEXT(1);
    PUSH_U64(PC, (uint64_t)(pc - f->program->code))
    PUSH_U64(MSIZE, f->memory_size)
    PUSH_U64(GAS, (uint64_t)gas)
    BEGIN(JUMPDEST)
    NEXT(1);
    DELEGATE(TLOAD, instruction_tload(vm, f))
    DELEGATE(TSTORE, instruction_tstore(vm, f))
    DELEGATE(MCOPY, instruction_mcopy(vm, f))

    /* ---- PUSH, DUP, SWAP ---- */
    PUSH_U64(PUSH0, 0)
#define PUSH(size)                    \
    BEGIN(PUSH##size)                 \
    sp--;                             \
    word_push(sp, pc + 1, size);  \
    NEXT(1 + size);
    PUSH(1) PUSH(2) PUSH(3) PUSH(4) PUSH(5) PUSH(6) PUSH(7) PUSH(8)
    PUSH(9) PUSH(10) PUSH(11) PUSH(12) PUSH(13) PUSH(14) PUSH(15) PUSH(16)
    PUSH(17) PUSH(18) PUSH(19) PUSH(20) PUSH(21) PUSH(22) PUSH(23) PUSH(24)
    PUSH(25) PUSH(26) PUSH(27) PUSH(28) PUSH(29) PUSH(30) PUSH(31) PUSH(32)
#define DUP(n)                        \
    BEGIN(DUP##n)                     \
    sp--;                             \
    word_copy(sp, sp + n);            \
    NEXT(1);
    DUP(1) DUP(2) DUP(3) DUP(4) DUP(5) DUP(6) DUP(7) DUP(8)
    DUP(9) DUP(10) DUP(11) DUP(12) DUP(13) DUP(14) DUP(15) DUP(16)
#define SWAP(n)                       \
    BEGIN(SWAP##n)                    \
    word_swap(sp, sp + n);            \
    NEXT(1);
    SWAP(1) SWAP(2) SWAP(3) SWAP(4) SWAP(5) SWAP(6) SWAP(7) SWAP(8)
    SWAP(9) SWAP(10) SWAP(11) SWAP(12) SWAP(13) SWAP(14) SWAP(15) SWAP(16)

    /* ---- sequences: where gas or stack do not suffice for all of one, opcodes are taken one by one ---- */
    BEGIN_AT(sequence_PUSH1, PUSH1)
    value = pc[1];
    goto *dispatch[(int)pc[2] - 256]; /* vm->after_push1 */
push1_other:
    sp--;
    word_set_u64(sp, value);
    NEXT(2);
#define AFTER_WORD(name, label)  \
    push1_##name:                \
    sp--;                        \
    word_set_u64(sp, value);     \
    pc += 2;                     \
    goto label;
#define FOLLOWER_AFTER_WORD(name) AFTER_WORD(name, op_##name)
#define FOLLOWER(name)
    FOLLOWER_LIST(FOLLOWER, FOLLOWER_AFTER_WORD)
#undef FOLLOWER
#undef FOLLOWER_AFTER_WORD
push1_PUSH1:
#define GAS_ADDRESS_MASK (2 * GAS_PUSH1 + GAS_SHL + GAS_SUB)
    if (load_code(pc) == ADDRESS_MASK_CODE && gas >= GAS_ADDRESS_MASK && sp - 3 >= stack_limit) {
        gas -= GAS_ADDRESS_MASK;
        pc += 8;
        goto address_mask;
    }
    AFTER_WORD(PUSH1_word, sequence_PUSH1)
#define FOLLOWS(name)                                                                        \
    push1_##name:                                                                            \
    if (UNLIKELY(gas < GAS_##name) || UNLIKELY(LACKS(IN_##name - 1)))                        \
        goto push1_other;
    FOLLOWS(ADD)
    value += sp->limb[0];
    if (UNLIKELY(value < sp->limb[0])) {
        value -= sp->limb[0];
        goto push1_other;
    }
    gas -= GAS_ADD;
    sp->limb[0] = value;
    NEXT(3);
    FOLLOWS(SHL)
    gas -= GAS_SHL;
    word_shift_left(sp, sp, (unsigned)value);
    NEXT(3);
    FOLLOWS(SHR)
    gas -= GAS_SHR;
    word_shift_right(sp, sp, (unsigned)value, 0);
    NEXT(3);
    FOLLOWS(MLOAD)
    if (UNLIKELY(value >= loadable))
        goto push1_other;
    gas -= GAS_MLOAD;
    sp--;
    word_load_be(sp, memory + value);
    NEXT(3);
    FOLLOWS(MSTORE)
    if (UNLIKELY(value >= loadable))
        goto push1_other;
    gas -= GAS_MSTORE;
    word_store_be(memory + value, sp);
    sp++;
    NEXT(3);

    BEGIN_AT(sequence_PUSH20, PUSH20)
    if ((load_code(pc + 1) & load_code(pc + 9) & load_code(pc + 13)) != UINT64_MAX) {
        sp--;
        word_push(sp, pc + 1, 20);
        NEXT(21);
    }
    pc += 21;
address_mask: /* the ones of an address, paid for and with room for them, and what is done with them */
    if (*pc == OPCODE_AND && gas >= GAS_AND && sp != stack_base) {
        gas -= GAS_AND;
        sp->limb[2] = (uint32_t)sp->limb[2];
        sp->limb[3] = 0;
        NEXT(1);
    }
    sp--;
    *sp = (u256){{UINT64_MAX, UINT64_MAX, UINT32_MAX, 0}};
    DISPATCH();

#define GAS_BRANCH (GAS_PUSH2 + GAS_JUMPI)
sequence_PUSH2:
    _Static_assert(OPCODE_JUMP % 2 == 0 && OPCODE_JUMPI == OPCODE_JUMP + 1, "one test for both");
    if ((pc[3] & ~1) != OPCODE_JUMP)
        goto op_PUSH2;
    if (pc[3] == OPCODE_JUMPI) {
        if (UNLIKELY(gas < GAS_BRANCH + GAS_JUMPDEST) || UNLIKELY(sp == stack_base) ||
            UNLIKELY(sp == stack_limit))
            goto op_PUSH2;
        gas -= GAS_BRANCH;
        sp++;
        if (word_is_zero(sp - 1))
            NEXT(4);
        goto branch_taken;
    }
    if (UNLIKELY(gas < GAS_PUSH2 + GAS_JUMP + GAS_JUMPDEST) || UNLIKELY(sp == stack_limit))
        goto op_PUSH2;
    gas -= GAS_PUSH2 + GAS_JUMP + GAS_JUMPDEST;
    target = load_immediate(pc + 1, 2);
    goto land;

    /* Comparisons, whose outcome is then in no word yet. */
#define COMPARISON(name, expression)                              \
    BEGIN_AT(sequence_##name, name)                               \
    value = (expression);                                         \
    sp += IN_##name - 1;                                          \
    pc++;                                                         \
    if (pc[0] == OPCODE_PUSH2 && pc[3] == OPCODE_JUMPI)           \
        goto branch;                                              \
    word_set_u64(sp, value);                                      \
    DISPATCH();
    COMPARISON(ISZERO, word_is_zero(sp))
    COMPARISON(EQ, word_equal(sp, sp + 1))
    COMPARISON(LT, word_less(sp, sp + 1))
    COMPARISON(GT, word_less(sp + 1, sp))
    COMPARISON(SLT, word_less_signed(sp, sp + 1))
    COMPARISON(SGT, word_less_signed(sp + 1, sp))
branch:
    if (UNLIKELY(gas < GAS_BRANCH + GAS_JUMPDEST) || UNLIKELY(sp == stack_limit)) {
        word_set_u64(sp, value);
        DISPATCH();
    }
    gas -= GAS_BRANCH;
    sp++;
    if (value == 0)
        NEXT(4);
branch_taken:
    gas -= GAS_JUMPDEST;
    target = load_immediate(pc + 1, 2);
land: /* behind the JUMPDEST, whose gas is taken already */
#ifndef ASHLAR_GUEST
    if (UNLIKELY(gas < ask_below))
        goto land_slowly;
#endif
    if (UNLIKELY(target >= f->program->size))
        goto land_slowly;
    if (UNLIKELY((f->program->jump_destinations[target >> 3] >> (target & 7) & 1) == 0) &&
        !program_find_destination(f->program, target))
        goto land_slowly;
    pc = f->program->code + target + 1;
    DISPATCH();
land_slowly:
    gas += GAS_JUMPDEST;
    goto jump;

sequence_JUMP:
    if (UNLIKELY(gas < GAS_JUMP + GAS_JUMPDEST) || UNLIKELY(sp == stack_base))
        goto op_JUMP;
    gas -= GAS_JUMP + GAS_JUMPDEST;
    target = word_saturated(sp);
    sp++;
    goto land;

#define GAS_SELECTOR (GAS_DUP1 + GAS_PUSH4 + GAS_EQ + GAS_BRANCH)
sequence_DUP1:
    if (pc[1] != OPCODE_PUSH4 || (load_code(pc + 3) & SELECTOR_CODE_MASK) != SELECTOR_CODE ||
        UNLIKELY(gas < GAS_SELECTOR + GAS_JUMPDEST) || UNLIKELY(sp == stack_base) ||
        UNLIKELY(sp - 2 < stack_limit))
        goto op_DUP1;
    gas -= GAS_SELECTOR;
    if (load_immediate(pc + 2, 4) != sp->limb[0] || word_high(sp) != 0)
        NEXT(11);
    pc += 7;
    goto branch_taken;

    /* EIP-8024. A byte that would be a JUMPDEST or a PUSH is no operand, so that jump destinations stay as
     * they were. */
    BEGIN(DUPN)
    target = pc[1];
    if (UNLIKELY(target > 90 && target < 128))
        goto invalid_opcode;
    target = (target + 145) & 255;
    if (UNLIKELY(sp + target > stack_base))
        goto stack_underflow;
    sp--;
    word_copy(sp, sp + target);
    NEXT(2);
    BEGIN(SWAPN)
    target = pc[1];
    if (UNLIKELY(target > 90 && target < 128))
        goto invalid_opcode;
    target = (target + 145) & 255;
    if (UNLIKELY(sp + target + 1 > stack_base))
        goto stack_underflow;
    word_swap(sp, sp + target);
    NEXT(2);
    BEGIN(EXCHANGE)
    target = pc[1];
    if (UNLIKELY(target > 81 && target < 128))
        goto invalid_opcode;
    target ^= 143;
    {
        uint64_t row = target / 16, column = target % 16;
        uint64_t first = row < column ? row + 1 : column + 1;
        uint64_t second = row < column ? column + 1 : 29 - row;
        if (UNLIKELY(sp + second + 1 > stack_base))
            goto stack_underflow;
        word_swap(sp + first, sp + second);
    }
    NEXT(2);

    /* ---- logs, calls, ends ---- */
    DELEGATE(LOG0, instruction_log(vm, f, 0))
    DELEGATE(LOG1, instruction_log(vm, f, 1))
    DELEGATE(LOG2, instruction_log(vm, f, 2))
    DELEGATE(LOG3, instruction_log(vm, f, 3))
    DELEGATE(LOG4, instruction_log(vm, f, 4))
    DELEGATE(CREATE, instruction_create(vm, f, *pc))
    DELEGATE(CREATE2, instruction_create(vm, f, *pc))
    DELEGATE(CALL, instruction_call(vm, f, *pc))
    DELEGATE(CALLCODE, instruction_call(vm, f, *pc))
    DELEGATE(DELEGATECALL, instruction_call(vm, f, *pc))
    DELEGATE(STATICCALL, instruction_call(vm, f, *pc))
    DELEGATE(RETURN, instruction_return(vm, f))
    DELEGATE(REVERT, instruction_revert(vm, f))
    DELEGATE(SELFDESTRUCT, instruction_selfdestruct(vm, f))
    BEGIN(STOP)
    f->gas = (uint64_t)gas;
    outcome = machine_halt(vm, EVM_SUCCESS);
    goto left;

    /* ---- memory that must grow first ---- */
grow_for_load:
    f->gas = (uint64_t)gas;
    outcome = word_high(sp) || target > UINT64_MAX - 32 ? machine_halt(vm, EVM_OUT_OF_GAS)
                                                        : memory_grow(vm, f, target + 32);
    if (outcome != STEP_NEXT)
        goto left;
    gas = (int64_t)f->gas;
    loadable = loadable_bytes(f);
    word_load_be(sp, memory + target);
    NEXT(1);
grow_for_store:
    if (target == f->memory_size && word_high(sp) == 0 &&
        target + 32 <= (uint64_t)(vm->memory_limit - memory)) {
        /* The next word, which need not be cleared first. */
        uint64_t words = target / 32, square = words * words;
        int64_t cost = (int64_t)(3 + (square + 2 * words + 1) / 512 - square / 512);
        if (gas >= cost) {
            gas -= cost;
            f->memory_size = target + 32;
            loadable = target + 1;
            goto store_word;
        }
    }
    f->gas = (uint64_t)gas;
    outcome = word_high(sp) || target > UINT64_MAX - 32 ? machine_halt(vm, EVM_OUT_OF_GAS)
                                                        : memory_grow(vm, f, target + 32);
    if (outcome != STEP_NEXT)
        goto left;
    gas = (int64_t)f->gas;
    loadable = loadable_bytes(f);
    goto store_word;
grow_for_byte:
    f->gas = (uint64_t)gas;
    outcome = word_high(sp) || target == UINT64_MAX ? machine_halt(vm, EVM_OUT_OF_GAS)
                                                    : memory_grow(vm, f, target + 1);
    if (outcome != STEP_NEXT)
        goto left;
    gas = (int64_t)f->gas;
    loadable = loadable_bytes(f);
    goto store_byte;

    /* ---- halts ---- */
out_of_gas:
    outcome = machine_halt(vm, EVM_OUT_OF_GAS);
    goto left;
stack_underflow:
    outcome = machine_halt(vm, EVM_STACK_UNDERFLOW);
    goto left;
stack_overflow:
    outcome = machine_halt(vm, EVM_STACK_OVERFLOW);
    goto left;
bad_jump:
    outcome = machine_halt(vm, EVM_BAD_JUMP);
    goto left;
invalid_opcode:
    outcome = machine_halt(vm, EVM_INVALID_OPCODE);
    goto left;

#ifndef ASHLAR_GUEST
ask:
    vm->error = vm->interrupt(vm->interrupt_context);
    outcome = STEP_ERROR;
    if (vm->error != OK)
        goto left;
    ask_below = gas - EVM_ASK_GAS;
    goto asked;

trace:
    f->pc = pc;
    f->sp = sp;
    f->gas = (uint64_t)gas;
    trace_step(vm, f);
    goto *vm->single_dispatch[*pc];
#endif

left:
    if (outcome == STEP_HALTED)
        outcome = frame_finish(vm);
    if (outcome == STEP_FRAME)
        goto reload;
    return outcome == STEP_FINISHED ? OK : vm->error;
}
