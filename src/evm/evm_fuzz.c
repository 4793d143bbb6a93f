/* libFuzzer: any code under any fork ends, with the same result whether it is traced or not. The first
 * byte chooses the fork, the second how much gas; the rest is code, call data and init code in one. */
#include "base/check.h"
#include "base/memory.h"
#include "evm/evm.h"
#include "state/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static status evm_fuzz_block_hash(void *context, hash256 *out, uint64_t number)
{
    (void)context;
    memset(out, (int)(number & 255), sizeof *out);
    return OK;
}

static uint64_t evm_fuzz_steps, evm_fuzz_depth;

static void evm_fuzz_step(void *context, const evm_step *step)
{
    (void)context;
    evm_fuzz_steps += step->stack_size + step->memory.size + step->gas_left;
}

static void evm_fuzz_enter(void *context, const evm_frame_start *start)
{
    (void)context, (void)start;
    evm_fuzz_depth++;
}

static void evm_fuzz_leave(void *context, const evm_result *result)
{
    (void)context, (void)result;
    CHECK(evm_fuzz_depth-- > 0);
}

typedef struct {
    status outcome;
    evm_halt halt;
    uint64_t gas_left;
    size_t output_size;
    hash256 root;
} evm_fuzz_outcome;

static evm_fuzz_outcome evm_fuzz_run(arena *memory, bytes code, fork_id fork, uint64_t gas, bool trace)
{
    size_t mark = memory->used_bytes;
    static const address caller = {{0xca}}, contract = {{0xc0}}, coinbase = {{0xcb}};
    evm_block block = {.fork = fork,
                       .chain_id = 1,
                       .coinbase = coinbase,
                       .number = 1000,
                       .timestamp = 12345,
                       .gas_limit = 30000000,
                       .block_hash = evm_fuzz_block_hash};
    state *s = state_open(memory, NULL, &witness_empty_trie_root);
    account *a;
    CHECK(state_account(s, &a, &caller) == OK);
    state_set_balance(s, a, u256_from_u64(1000000));
    CHECK(state_account(s, &a, &contract) == OK);
    state_set_balance(s, a, u256_from_u64(1000));
    state_set_nonce(s, a, 1);
    state_set_code(s, a, code);
    evm *vm = evm_open(memory, &block, s);
    evm_tracer tracer = {evm_fuzz_step, evm_fuzz_enter, evm_fuzz_leave, NULL};
    if (trace)
        evm_set_tracer(vm, &tracer);
    state_begin_transaction(s);
    evm_transaction transaction = {.origin = caller, .gas_price = u256_from_u64(7)};
    evm_message message = {.kind = EVM_CALL,
                           .sender = caller,
                           .recipient = contract,
                           .value = u256_from_u64(1),
                           .input = code,
                           .gas = gas};
    evm_result result = {0};
    evm_fuzz_outcome out = {0};
    out.outcome = evm_run(vm, &result, &transaction, &message);
    if (out.outcome == OK) {
        out.halt = result.halt;
        out.gas_left = result.gas_left;
        out.output_size = result.output.size;
        CHECK(result.gas_left <= gas);
        CHECK(state_end_transaction(s, fork >= FORK_SPURIOUS_DRAGON) == OK);
        CHECK(state_root(s, &out.root) == OK);
    }
    arena_rewind(memory, mark);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static arena memory;
    if (memory.base == NULL)
        arena_open(&memory, (size_t)4 << 30);
    if (size < 2)
        return 0;
    fork_id fork = data[0] % FORK_COUNT;
    uint64_t gas = (uint64_t)1 << (data[1] % 21);
    bytes code = {data + 2, size - 2};
    evm_fuzz_outcome plain = evm_fuzz_run(&memory, code, fork, gas, false);
    evm_fuzz_outcome traced = evm_fuzz_run(&memory, code, fork, gas, true);
    CHECK(evm_fuzz_depth == 0 || plain.outcome != OK);
    evm_fuzz_depth = 0;
    CHECK(plain.outcome == traced.outcome && plain.halt == traced.halt && plain.gas_left == traced.gas_left);
    CHECK(plain.output_size == traced.output_size && memcmp(&plain.root, &traced.root, 32) == 0);
    return 0;
}
