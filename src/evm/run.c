/* A message from outside of the EVM, from beginning to end. */
#include "base/check.h"
#include "evm/machine.h"

static status finish(evm *vm, evm_result *result, uint64_t gas_left, uint64_t state_gas_used)
{
    bool keeps_gas = vm->halt == EVM_SUCCESS || vm->halt == EVM_REVERT;
    *result = (evm_result){
        .halt = vm->halt,
        .gas_left = keeps_gas ? gas_left : 0,
        .state_gas_left = vm->state_gas_left + (vm->halt != EVM_SUCCESS ? state_gas_used : 0),
        .state_gas_used = vm->halt == EVM_SUCCESS ? state_gas_used : 0,
        .state_gas_lost = vm->state_gas_lost,
        .output = vm->output,
    };
    return OK;
}

static status begin_call(evm *vm, step *outcome, uint64_t *gas_left, call *c, const evm_message *message)
{
    c->opcode = OPCODE_CALL;
    c->precompile = precompile_at(vm, &message->recipient);
    c->moves_value = !u256_is_zero(message->value);
    if (c->precompile == NULL || c->moves_value || call_reads_precompiles(vm))
        TRY(state_load_account(vm->state, c->self));
    if (c->precompile == NULL) {
        TRY(state_code(vm->state, &c->code, c->self));
        address target;
        if (code_is_delegation(&target, vm, c->code)) {
            account *delegate = state_account_entry(vm->state, &target);
            (void)state_warm_account(vm->state, delegate);
            TRY(state_load_account(vm->state, delegate));
            TRY(state_code(vm->state, &c->code, delegate));
        }
    }
    *outcome = call_begin(vm, gas_left, c);
    return OK;
}

status evm_run(evm *vm, evm_result *result, const evm_transaction *transaction, const evm_message *message)
{
    CHECK(message->gas <= INT64_MAX); /* as the header's gas limit (EIP-1985) */
    vm->transaction = transaction;
    vm->top = NULL;
    vm->return_data = (bytes){NULL, 0};
    vm->refused = NULL;
    vm->state_gas_left = message->state_gas;
    vm->state_gas_lost = 0;
    call c = {
        .self = state_account_entry(vm->state, &message->recipient),
        .sender = state_account_entry(vm->state, &message->sender),
        .code_address = &message->recipient,
        .caller = message->sender,
        .value = message->value,
        .input = message->input,
        .gas = message->gas,
    };
    if (!u256_is_zero(message->value)) {
        TRY(state_load_account(vm->state, c.sender));
        if (u256_less(*account_balance(c.sender), message->value)) {
            (void)machine_halt(vm, EVM_INSUFFICIENT_BALANCE);
            return finish(vm, result, 0, 0);
        }
    }
    step outcome;
    uint64_t gas_left = 0, state_gas_used = 0;
    if (message->kind == EVM_CALL) {
        TRY(begin_call(vm, &outcome, &gas_left, &c, message));
    } else {
        c.opcode = OPCODE_CREATE;
        c.moves_value = true;
        outcome = create_begin(vm, &gas_left, &c);
        if (outcome == STEP_HALTED) { /* the address is taken: all gas goes, but none of it was execution */
            vm->state_gas_left = 0;
            vm->state_gas_lost = message->gas + message->state_gas;
        }
    }
    if (outcome == STEP_ERROR)
        return vm->error;
    if (outcome == STEP_FRAME) {
        TRY(interpret(vm));
        gas_left = vm->frames[0].gas;
        state_gas_used = vm->frames[0].state_gas_used;
    }
    return finish(vm, result, gas_left, state_gas_used);
}
