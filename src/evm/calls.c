#include "base/check.h"
#include "base/memory.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "evm/machine.h"
#include "evm/words.h"

static const hash256 EMPTY_CODE_HASH = {{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
                                         0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
                                         0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

bool code_is_delegation(address *target, const evm *vm, const contract_code *code)
{
    const uint8_t *data = code->code.data;
    if (vm->fork < FORK_PRAGUE || code->code.size != DELEGATION_BYTES || data[0] != 0xef || data[1] != 0x01 ||
        data[2] != 0x00)
        return false;
    memcpy(target->bytes, data + 3, sizeof target->bytes);
    return true;
}

static void log_value(evm *vm, const hash256 *event, const account *from, const account *to,
                      const u256 *value)
{
    alignas(8) uint8_t amount[32];
    word_store_be(amount, value);
    log_entry *entry = state_log(vm->state, (bytes){amount, sizeof amount});
    bytes kept = entry->data;
    *entry = (log_entry){EVM_SYSTEM_ADDRESS, to != NULL ? 3 : 2, {*event}, kept};
    memcpy(entry->topics[1].bytes + 12, account_address(from)->bytes, sizeof(address));
    if (to != NULL)
        memcpy(entry->topics[2].bytes + 12, account_address(to)->bytes, sizeof(address));
}

void evm_log_burn(evm *vm, const account *from, const u256 *value)
{
    /* keccak256("Burn(address,uint256)") */
    static const hash256 event = {{0xcc, 0x16, 0xf5, 0xdb, 0xb4, 0x87, 0x32, 0x80, 0x81, 0x5c, 0x1e,
                                   0xe0, 0x9d, 0xbd, 0x06, 0x73, 0x6c, 0xff, 0xcc, 0x18, 0x44, 0x12,
                                   0xcf, 0x7a, 0x71, 0xa0, 0xfd, 0xb7, 0x5d, 0x39, 0x7c, 0xa5}};
    if (!word_is_zero(value))
        log_value(vm, &event, from, NULL, value);
}

void move_value(evm *vm, account *from, account *to, const u256 *value)
{
    /* keccak256("Transfer(address,address,uint256)") */
    static const hash256 event = {{0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0,
                                   0x68, 0xfc, 0x37, 0x8d, 0xaa, 0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4,
                                   0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef}};
    if (from == to || word_is_zero(value))
        return;
    if (vm->fork >= FORK_AMSTERDAM)
        log_value(vm, &event, from, to, value);
    state_set_balance(vm->state, from, u256_sub(*account_balance(from), *value));
    state_set_balance(vm->state, to, u256_add(*account_balance(to), *value));
}

/* ---- tracing ---- */

#ifndef ASHLAR_GUEST
static void trace_enter(evm *vm, const call *c)
{
    if (vm->tracer == NULL || vm->tracer->enter == NULL)
        return;
    evm_frame_start start = {
        .opcode = c->opcode,
        .depth = vm->top ? (unsigned)(vm->top - vm->frames) + 2 : 1,
        .caller = c->caller,
        .self = *account_address(c->self),
        .code_address = *c->code_address,
        .value = c->value,
        .gas = c->gas,
        .caller_gas_left = vm->top ? vm->top->gas : 0,
        .input = c->input,
    };
    vm->tracer->enter(vm->tracer->context, &start);
}

static void trace_leave(evm *vm, uint64_t gas_left)
{
    if (vm->tracer == NULL || vm->tracer->leave == NULL)
        return;
    evm_result result = {.halt = vm->halt, .gas_left = gas_left, .output = vm->output};
    vm->tracer->leave(vm->tracer->context, &result);
}

/* A call that is not made though it was paid for; vm->halt says why. */
static void trace_refused(evm *vm, const call *refused, const frame *f)
{
    call c = *refused;
    c.self = f->self;
    c.caller = c.opcode == OPCODE_DELEGATECALL ? f->caller : *account_address(f->self);
    c.value = c.opcode == OPCODE_DELEGATECALL ? f->value : c.value;
    if (c.code_address == NULL)
        c.code_address = account_address(f->self);
    trace_enter(vm, &c);
    trace_leave(vm, c.gas);
}
#else
static void trace_enter(evm *vm, const call *c) { (void)vm, (void)c; }
static void trace_leave(evm *vm, uint64_t gas_left) { (void)vm, (void)gas_left; }
static void trace_refused(evm *vm, const call *c, const frame *f) { (void)vm, (void)c, (void)f; }
#endif

/* Whether whoever waits for the outcome has had enough: an error then. */
static status ask_interrupt(evm *vm)
{
#ifndef ASHLAR_GUEST
    if (vm->interrupt != NULL)
        return vm->interrupt(vm->interrupt_context);
#else
    (void)vm;
#endif
    return OK;
}

/* ---- frames ---- */

static step push_frame(evm *vm, const call *c, program *code, uint8_t *memory, state_snapshot snapshot)
{
    frame *f = vm->top != NULL ? vm->top + 1 : vm->frames;
    u256 *stack_base = vm->top != NULL ? vm->top->sp : (u256 *)vm->region_end;
    if ((uintptr_t)stack_base - (uintptr_t)memory < STACK_LIMIT_WORDS * sizeof(u256))
        return machine_error(vm, MEMORY_EXHAUSTED);
    f->pc = code->code;
    f->sp = stack_base;
    f->gas = c->gas;
    f->memory = memory;
    f->memory_size = 0;
    f->stack_base = stack_base;
    f->program = code;
    f->self = c->self;
    f->input = c->input;
    f->value = c->value;
    f->caller = c->caller;
    f->is_static = c->is_static;
    f->is_create = c->opcode == OPCODE_CREATE || c->opcode == OPCODE_CREATE2;
    f->output_offset = c->output_offset;
    f->output_size = c->output_size;
    f->snapshot = snapshot;
    f->state_gas_used = 0;
    f->state_gas_returned = 0;
    f->state_gas_owed = 0;
    vm->top = f;
    vm->return_data = (bytes){NULL, 0};
    vm->memory_limit = (uint8_t *)frame_stack_limit(f);
    return STEP_FRAME;
}

static step run_precompile(evm *vm, uint64_t *gas_left, const call *c, state_snapshot snapshot)
{
    arena scratch = memory_scratch_arena(vm, vm->top);
    bool ok;
    bytes output;
    uint64_t gas = c->gas;
    status result = precompile_run(&ok, &gas, &output, &scratch, vm->fork, c->precompile, c->input);
    if (result != OK) {
        vm->refused = c->precompile;
        return machine_error(vm, result);
    }
    if (ok) {
        vm->halt = EVM_SUCCESS;
        vm->output = output;
    } else {
        state_revert(vm->state, snapshot);
        (void)machine_halt(vm, EVM_PRECOMPILE_FAILED);
    }
    *gas_left = ok ? gas : 0;
    trace_leave(vm, *gas_left);
    return STEP_HALTED;
}

step call_begin(evm *vm, uint64_t *gas_left, const call *c)
{
    status interrupted = ask_interrupt(vm);
    if (interrupted != OK)
        return machine_error(vm, interrupted);
    trace_enter(vm, c);
    state_snapshot snapshot = state_take_snapshot(vm->state);
    if (c->moves_value)
        move_value(vm, c->sender, c->self, &c->value);
    /* Since the merge there are no empty accounts that a touch could remove (EIP-7523). */
    if (vm->fork < FORK_PARIS && (c->opcode == OPCODE_CALL || c->opcode == OPCODE_STATICCALL))
        state_touch(vm->state, c->self);
    if (c->precompile != NULL)
        return run_precompile(vm, gas_left, c, snapshot);
    if (c->code == NULL || c->code->code.size == 0) {
        *gas_left = c->gas;
        (void)machine_halt(vm, EVM_SUCCESS);
        trace_leave(vm, *gas_left);
        return STEP_HALTED;
    }
    uint8_t *memory = vm->top != NULL ? vm->top->memory + vm->top->memory_size : vm->region;
    return push_frame(vm, c, program_of(vm, c->code), memory, snapshot);
}

step create_begin(evm *vm, uint64_t *gas_left, const call *c)
{
    status interrupted = ask_interrupt(vm);
    if (interrupted != OK)
        return machine_error(vm, interrupted);
    trace_enter(vm, c);
    (void)state_warm_account(vm->state, c->self);
    status loaded = state_load_account(vm->state, c->self);
    bool has_storage = false;
    if (loaded == OK)
        loaded = state_has_storage(vm->state, &has_storage, c->self);
    if (loaded != OK)
        return machine_error(vm, loaded);
    if (has_storage || account_nonce(c->self) != 0 ||
        memcmp(account_code_hash(c->self), &EMPTY_CODE_HASH, sizeof EMPTY_CODE_HASH) != 0) {
        *gas_left = 0;
        (void)machine_halt(vm, EVM_ADDRESS_COLLISION);
        trace_leave(vm, 0);
        return STEP_HALTED;
    }

    size_t size_bytes = (program_memory_bytes(c->input.size) + 31) / 32 * 32;
    uint8_t *place = memory_scratch(vm, vm->top, size_bytes);
    if (place == NULL)
        return machine_error(vm, MEMORY_EXHAUSTED);
    frame *f = vm->top != NULL ? vm->top + 1 : vm->frames;
    program_init(&f->init_program, place, c->input);

    state_snapshot snapshot = state_take_snapshot(vm->state);
    state_create_contract(vm->state, c->self);
    if (vm->fork >= FORK_SPURIOUS_DRAGON)
        state_set_nonce(vm->state, c->self, 1);
    move_value(vm, c->sender, c->self, &c->value);
    call without_input = *c;
    without_input.input = (bytes){NULL, 0};
    return push_frame(vm, &without_input, &f->init_program, place + size_bytes, snapshot);
}

static bool charge_deposit(evm *vm, frame *f, uint64_t size)
{
    if (vm->fork < FORK_AMSTERDAM)
        return machine_charge(f, 200 * size);
    return machine_charge(f, (size + 31) / 32 * 6) && machine_charge_state(vm, f, size);
}

/* Lays down what the init code returned (Yellow Paper, section 7; EIP-170, 3541, 8037). */
static void deploy(evm *vm, frame *f)
{
    bytes code = vm->output;
    if (vm->fork >= FORK_SPURIOUS_DRAGON && code.size > max_code_bytes(vm->fork)) {
        vm->halt = EVM_CODE_TOO_LARGE;
    } else if (vm->fork >= FORK_LONDON && code.size != 0 && code.data[0] == 0xef) {
        vm->halt = EVM_INVALID_CODE;
    } else if (!charge_deposit(vm, f, code.size)) {
        if (vm->fork >= FORK_HOMESTEAD)
            vm->halt = EVM_OUT_OF_GAS;
        vm->output = (bytes){NULL, 0};
    } else if (code.size != 0) {
        uint8_t *copy = arena_allocate(vm->memory, code.size, 8);
        memcpy(copy, code.data, code.size);
        state_set_code(vm->state, f->self, (bytes){copy, code.size});
    }
}

/* Hands an outcome (vm->halt, vm->output) to the frame that called. */
static void deliver(evm *vm, frame *f, const address *created, uint64_t gas_left, uint64_t output_offset,
                    uint64_t output_size)
{
    bool success = vm->halt == EVM_SUCCESS;
    f->gas += gas_left;
    f->sp--;
    if (created == NULL) {
        word_set_u64(f->sp, success);
        size_t copied = vm->output.size < output_size ? vm->output.size : (size_t)output_size;
        if (copied != 0)
            memcpy(f->memory + output_offset, vm->output.data, copied);
    } else if (success) {
        word_from_address(f->sp, created);
    } else {
        word_set_u64(f->sp, 0);
        if (vm->fork >= FORK_AMSTERDAM)
            machine_return_state_gas(vm, f, STATE_BYTES_ACCOUNT * vm->state_byte_gas);
    }
    bool returns_data = created == NULL || vm->halt == EVM_REVERT;
    vm->return_data = returns_data ? vm->output : (bytes){NULL, 0};
    if (vm->return_data.size != 0)
        vm->memory_limit = (uint8_t *)(uintptr_t)vm->return_data.data;
    else
        vm->memory_limit = (uint8_t *)frame_stack_limit(f);
}

step frame_finish(evm *vm)
{
    frame *f = vm->top;
    if (f->is_create && vm->halt == EVM_SUCCESS)
        deploy(vm, f);
    if (vm->halt != EVM_SUCCESS) {
        state_revert(vm->state, f->snapshot);
        if (vm->halt != EVM_REVERT) {
            f->gas = 0;
            vm->output = (bytes){NULL, 0};
        }
    }
    trace_leave(vm, f->gas);
    if (f == vm->frames) {
        vm->top = NULL;
        return STEP_FINISHED;
    }
    vm->top = f - 1;
    if (vm->halt == EVM_SUCCESS) {
        vm->top->state_gas_used += f->state_gas_used;
        vm->top->state_gas_returned += f->state_gas_returned;
        machine_return_state_gas(vm, vm->top, f->state_gas_owed);
    } else {
        machine_fail_state_gas(vm, f);
    }
    const address *created = f->is_create ? account_address(f->self) : NULL;
    deliver(vm, vm->top, created, f->gas, f->output_offset, f->output_size);
    return STEP_FRAME;
}

/* ---- the opcodes ---- */

/* What a call may take at most (EIP-150). */
static uint64_t all_but_one_64th(const evm *vm, uint64_t gas)
{
    return vm->fork >= FORK_TANGERINE_WHISTLE ? gas - gas / 64 : gas;
}

/* A call that is not made, though it costs no more than its price. */
static step refuse_call(evm *vm, frame *f, evm_halt halt, const call *c, const address *created)
{
    (void)machine_halt(vm, halt);
    trace_refused(vm, c, f);
    deliver(vm, f, created, c->gas, 0, 0);
    return STEP_NEXT;
}

/* A new account costs extra: where value arrives (EIP-161), or at any call before. */
static bool call_makes_account(const evm *vm, const account *to, bool has_value)
{
    if (vm->fork >= FORK_SPURIOUS_DRAGON)
        return has_value && account_is_empty(to);
    return !account_exists(to);
}

bool charge_new_account(evm *vm, frame *f)
{
    return vm->fork >= FORK_AMSTERDAM ? machine_charge_state(vm, f, STATE_BYTES_ACCOUNT)
                                      : machine_charge(f, 25000);
}

static status load_callee(evm *vm, call *c, account *code_owner)
{
    TRY(state_load_account(vm->state, code_owner));
    return state_code(vm->state, &c->code, code_owner);
}

step instruction_call(evm *vm, frame *f, uint8_t opcode)
{
    bool has_value_operand = opcode == OPCODE_CALL || opcode == OPCODE_CALLCODE;
    const u256 *operands = f->sp;
    const u256 *ranges = operands + (has_value_operand ? 3 : 2);
    f->sp += has_value_operand ? 7 : 6;

    call c = {.opcode = opcode, .is_static = f->is_static || opcode == OPCODE_STATICCALL};
    if (has_value_operand)
        c.value = operands[2];
    bool has_value = !u256_is_zero(c.value);
    if (opcode == OPCODE_CALL && has_value && f->is_static)
        return machine_halt(vm, EVM_STATIC_VIOLATION);

    uint64_t input_offset, input_size;
    step grown = memory_range(vm, f, &input_offset, &input_size, &ranges[0], &ranges[1]);
    if (grown == STEP_NEXT)
        grown = memory_range(vm, f, &c.output_offset, &c.output_size, &ranges[2], &ranges[3]);
    if (grown != STEP_NEXT)
        return grown;

    /* Who cannot pay for the value does not get to look at the account (EIP-7928). */
    account *to;
    if (!machine_charge(f, has_value ? 9000 : 0) ||
        !charge_account_access(vm, f, &to, &operands[1], vm->fork >= FORK_TANGERINE_WHISTLE ? 700 : 40))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    c.precompile = precompile_at(vm, account_address(to));
    c.code_address = account_address(to);
    account *code_owner = to;
    if (c.precompile == NULL || has_value || call_reads_precompiles(vm)) {
        status loaded = state_load_account(vm->state, to);
        if (loaded != OK)
            return machine_error(vm, loaded);
    }
    if (vm->fork >= FORK_PRAGUE && c.precompile == NULL) {
        status loaded = state_code(vm->state, &c.code, to);
        if (loaded != OK)
            return machine_error(vm, loaded);
        address target;
        if (code_is_delegation(&target, vm, c.code)) {
            code_owner = state_account_entry(vm->state, &target);
            if (!charge_entry_access(vm, f, code_owner, 0))
                return machine_halt(vm, EVM_OUT_OF_GAS);
            c.code = NULL;
        }
    }

    /* The code of a delegate is read whether the call is made or not (EIP-8025). */
    if (vm->fork >= FORK_AMSTERDAM && c.precompile == NULL && c.code == NULL) {
        status loaded = load_callee(vm, &c, code_owner);
        if (loaded != OK)
            return machine_error(vm, loaded);
    }
    if (opcode == OPCODE_CALL && call_makes_account(vm, to, has_value) && !charge_new_account(vm, f))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    uint64_t most = all_but_one_64th(vm, f->gas);
    c.gas = word_saturated(&operands[0]);
    if (c.gas > most) {
        if (vm->fork < FORK_TANGERINE_WHISTLE)
            return machine_halt(vm, EVM_OUT_OF_GAS);
        c.gas = most;
    }
    f->gas -= c.gas;
    if (has_value)
        c.gas += 2300;

    c.sender = f->self;
    c.input = (bytes){f->memory + input_offset, (size_t)input_size};
    c.moves_value = opcode == OPCODE_CALL && has_value;
    if (has_value && u256_less(*account_balance(f->self), c.value))
        return refuse_call(vm, f, EVM_INSUFFICIENT_BALANCE, &c, NULL);
    if (f - vm->frames >= DEPTH_LIMIT)
        return refuse_call(vm, f, EVM_CALL_DEPTH, &c, NULL);

    if (c.precompile == NULL && c.code == NULL) {
        status loaded = load_callee(vm, &c, code_owner);
        if (loaded != OK)
            return machine_error(vm, loaded);
    }
    if (opcode == OPCODE_DELEGATECALL) {
        c.self = f->self;
        c.caller = f->caller;
        c.value = f->value;
    } else {
        c.self = opcode == OPCODE_CALLCODE ? f->self : to;
        c.caller = *account_address(f->self);
    }

    uint64_t gas_left;
    step outcome = call_begin(vm, &gas_left, &c);
    if (outcome != STEP_HALTED)
        return outcome;
    deliver(vm, f, NULL, gas_left, c.output_offset, c.output_size);
    return STEP_NEXT;
}

/* The low 20 bytes of the hash of RLP([sender, nonce]). */
static void address_of_create(address *out, const address *sender, uint64_t nonce)
{
    alignas(8) uint8_t memory[40];
    rlp_writer w;
    rlp_writer_init(&w, memory, sizeof memory);
    rlp_write_list_header(&w, RLP_ADDRESS_SIZE + rlp_u64_size(nonce));
    rlp_write_address(&w, sender);
    rlp_write_u64(&w, nonce);
    hash256 hash;
    keccak256(&hash, rlp_written(&w).data, rlp_written(&w).size);
    memcpy(out->bytes, hash.bytes + 12, sizeof out->bytes);
}

/* EIP-1014. */
static void address_of_create2(address *out, const address *sender, const u256 *salt, bytes init_code)
{
    hash256 hash;
    alignas(8) uint8_t preimage[88] = {0xff};
    memcpy(preimage + 1, sender->bytes, 20);
    word_store_be(preimage + 21, salt);
    keccak256(&hash, init_code.data, init_code.size);
    memcpy(preimage + 53, hash.bytes, 32);
    keccak256(&hash, preimage, 85);
    memcpy(out->bytes, hash.bytes + 12, sizeof out->bytes);
}

step instruction_create(evm *vm, frame *f, uint8_t opcode)
{
    const u256 *operands = f->sp;
    f->sp += opcode == OPCODE_CREATE2 ? 4 : 3;
    if (f->is_static)
        return machine_halt(vm, EVM_STATIC_VIOLATION);
    uint64_t offset, size;
    step grown = memory_range(vm, f, &offset, &size, &operands[1], &operands[2]);
    if (grown != STEP_NEXT)
        return grown;
    bool limited = vm->fork >= FORK_SHANGHAI;
    if (limited && size > evm_max_init_code_bytes(vm->fork))
        return machine_halt(vm, EVM_INIT_CODE_TOO_LARGE);
    uint64_t word_price = (limited ? 2u : 0u) + (opcode == OPCODE_CREATE2 ? 6u : 0u);
    if (!charge_words(f, &operands[2], word_price))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    /* With the base of the table 32,000 before EIP-8037. */
    if (vm->fork >= FORK_AMSTERDAM ? !machine_charge_state(vm, f, STATE_BYTES_ACCOUNT)
                                   : !machine_charge(f, 23000))
        return machine_halt(vm, EVM_OUT_OF_GAS);

    const address *sender = account_address(f->self);
    bytes init_code = {f->memory + offset, (size_t)size};
    uint64_t gas = all_but_one_64th(vm, f->gas);
    uint64_t nonce = account_nonce(f->self);
    address created;
    evm_halt refused = u256_less(*account_balance(f->self), operands[0]) ? EVM_INSUFFICIENT_BALANCE
                       : nonce == UINT64_MAX                             ? EVM_NONCE_OVERFLOW
                       : f - vm->frames >= DEPTH_LIMIT                   ? EVM_CALL_DEPTH
                                                                         : EVM_SUCCESS;
    if (refused != EVM_SUCCESS) {
        call c = {.opcode = opcode, .value = operands[0], .input = init_code, .gas = gas};
        f->gas -= gas;
        return refuse_call(vm, f, refused, &c, sender);
    }
    if (opcode == OPCODE_CREATE2)
        address_of_create2(&created, sender, &operands[3], init_code);
    else
        address_of_create(&created, sender, nonce);
    f->gas -= gas;
    state_set_nonce(vm->state, f->self, nonce + 1);

    call c = {
        .opcode = opcode,
        .self = state_account_entry(vm->state, &created),
        .sender = f->self,
        .code_address = &created,
        .caller = *sender,
        .value = operands[0],
        .moves_value = true,
        .input = init_code,
        .gas = gas,
    };
    uint64_t gas_left;
    step outcome = create_begin(vm, &gas_left, &c);
    if (outcome != STEP_HALTED)
        return outcome;
    deliver(vm, f, &created, gas_left, 0, 0);
    return STEP_NEXT;
}

/* EIP-150, 161, 3529, 6780. */
step instruction_selfdestruct(evm *vm, frame *f)
{
    if (f->is_static)
        return machine_halt(vm, EVM_STATIC_VIOLATION);
    address a;
    address_from_word(&a, f->sp);
    account *heir = state_account_entry(vm->state, &a);
    uint64_t price = vm->fork >= FORK_TANGERINE_WHISTLE ? 5000 : 0;
    if (vm->fork >= FORK_BERLIN && !state_warm_account(vm->state, heir))
        price += 2600;
    if (!machine_charge(f, price))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    status loaded = state_load_account(vm->state, heir);
    if (loaded != OK)
        return machine_error(vm, loaded);

    u256 balance = *account_balance(f->self);
    bool makes_account = vm->fork >= FORK_SPURIOUS_DRAGON
                             ? !u256_is_zero(balance) && account_is_empty(heir)
                             : vm->fork >= FORK_TANGERINE_WHISTLE && !account_exists(heir);
    if (makes_account && !charge_new_account(vm, f))
        return machine_halt(vm, EVM_OUT_OF_GAS);
    if (vm->fork < FORK_LONDON && !account_self_destructed(f->self))
        state_add_refund(vm->state, 24000);

    move_value(vm, f->self, heir, &balance);
    if (vm->fork >= FORK_AMSTERDAM && heir == f->self && account_created_now(f->self))
        evm_log_burn(vm, f->self, &balance);
    if (vm->fork < FORK_PARIS)
        state_touch(vm->state, heir);
    if (vm->fork < FORK_CANCUN || account_created_now(f->self)) {
        state_set_balance(vm->state, f->self, U256_ZERO);
        state_self_destruct(vm->state, f->self);
    }
    return machine_halt(vm, EVM_SUCCESS);
}
