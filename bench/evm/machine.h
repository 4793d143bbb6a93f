/* What the native and the guest benchmark share: an EVM over an empty state, and the steps that cases.mjs
 * writes. */
#ifndef ASHLAR_BENCH_EVM_MACHINE_H
#define ASHLAR_BENCH_EVM_MACHINE_H

#include "base/check.h"
#include "crypto/keccak.h"
#include "evm/evm.h"

/* CODE: the account has this code. CREATE: the sender's next transaction makes the contract at the address.
 * CALL: data is the input. */
typedef enum { BENCH_CODE, BENCH_CREATE, BENCH_CALL } bench_kind;

typedef struct {
    bench_kind kind;
    address where;
    bytes data;
} bench_step;

#define BENCH_GAS ((uint64_t)1 << 32)

typedef struct {
    evm_block block;
    evm_transaction transaction;
    address sender;
    state *state;
    evm *vm;
} bench_machine;

/* `m` stays where it is. */
static void bench_open(bench_machine *m, arena *memory, const address *sender)
{
    static const uint8_t empty_list = 0x80;
    hash256 empty_root;
    keccak256(&empty_root, &empty_list, 1);
    witness *nothing;
    CHECK(witness_open(&nothing, memory, NULL, 0, NULL, 0) == OK);
    *m = (bench_machine){
        .block = {.fork = FORK_OSAKA, .chain_id = 1, .number = 1, .timestamp = 1, .gas_limit = BENCH_GAS},
        .transaction = {.origin = *sender},
        .sender = *sender,
    };
    m->state = state_open(memory, nothing, &empty_root);
    m->vm = evm_open(memory, &m->block, m->state);
}

static void bench_begin(bench_machine *m, const address *recipient)
{
    state_begin_transaction(m->state);
    const address *warm[] = {&m->sender, recipient, &m->block.coinbase};
    for (unsigned i = 0; i < 3; i++)
        (void)state_warm_account(m->state, state_account_entry(m->state, warm[i]));
    address precompile;
    for (unsigned i = 0; evm_precompile_at(&precompile, m->block.fork, i); i++)
        (void)state_warm_account(m->state, state_account_entry(m->state, &precompile));
    account *sender;
    CHECK(state_account(m->state, &sender, &m->sender) == OK);
    state_set_nonce(m->state, sender, account_nonce(sender) + 1);
}

/* Everything but CODE succeeds; its result is valid until the next step. */
static evm_result bench_take(bench_machine *m, const bench_step *step)
{
    evm_result result = {.halt = EVM_SUCCESS};
    if (step->kind == BENCH_CODE) {
        account *a;
        CHECK(state_account(m->state, &a, &step->where) == OK);
        state_set_code(m->state, a, step->data);
        return result;
    }
    evm_message message = {
        .kind = step->kind == BENCH_CREATE ? EVM_CREATE : EVM_CALL,
        .sender = m->sender,
        .recipient = step->where,
        .input = step->data,
        .gas = BENCH_GAS,
    };
    bench_begin(m, &step->where);
    CHECK(evm_run(m->vm, &result, &m->transaction, &message) == OK);
    CHECK(result.halt == EVM_SUCCESS);
    CHECK(state_end_transaction(m->state, true) == OK);
    return result;
}

#endif
