/* The dearest things that a block's gas can buy: 1024 frames deep, as much memory as there is gas for, the
 * largest codes and init codes, the deepest tries. They end with the result that the rules demand, in
 * bounded memory. */
#define _GNU_SOURCE
#include "tests/chain/fixture.h"

#include "chain/transition.h"
#include "crypto/keccak.h"
#include "state/witness.h"

#include <sys/resource.h>

static const address SENDER = {{0xca}}, CONTRACT = {{0xc0}}, COINBASE = {{0xcb}};

enum { GAS = 30000000 };

typedef struct {
    arena memory;
    evm_result result;
    state *world;
    unsigned deepest;
    uint64_t most_memory_bytes;
} limit_run;

static void watch_step(void *context, const evm_step *step)
{
    limit_run *run = context;
    run->deepest = step->depth > run->deepest ? step->depth : run->deepest;
    run->most_memory_bytes = step->memory.size > run->most_memory_bytes ? step->memory.size
                                                                        : run->most_memory_bytes;
}

static status no_block_hash(void *context, hash256 *out, uint64_t number)
{
    (void)context, (void)number;
    memset(out, 0, sizeof *out);
    return OK;
}

static void run_code(limit_run *run, fork_id fork, bytes code, bytes input, evm_message_kind kind,
                     uint64_t gas)
{
    memset(run, 0, sizeof *run);
    arena_open(&run->memory, ARENA_RESERVED);
    evm_block block = {.fork = fork,
                       .chain_id = 1,
                       .coinbase = COINBASE,
                       .number = 1,
                       .gas_limit = gas,
                       .block_hash = no_block_hash};
    evm_block *kept = ARENA_NEW(&run->memory, evm_block, 1);
    *kept = block;
    run->world = state_open(&run->memory, NULL, &witness_empty_trie_root);
    account *a;
    assert_int_equal(state_account(run->world, &a, &SENDER), OK);
    state_set_balance(run->world, a, u256_from_u64(1000000));
    if (kind == EVM_CALL) {
        assert_int_equal(state_account(run->world, &a, &CONTRACT), OK);
        state_set_nonce(run->world, a, 1);
        state_set_code(run->world, a, code);
    }
    evm *vm = evm_open(&run->memory, kept, run->world);
    evm_tracer tracer = {.step = watch_step, .context = run};
    evm_set_tracer(vm, &tracer);
    state_begin_transaction(run->world);
    evm_transaction transaction = {.origin = SENDER};
    evm_message message = {.kind = kind, .sender = SENDER, .recipient = CONTRACT, .input = input, .gas = gas};
    assert_int_equal(evm_run(vm, &run->result, &transaction, &message), OK);
    hash256 root;
    assert_int_equal(state_end_transaction(run->world, true), OK);
    assert_int_equal(state_root(run->world, &root), OK);
}

static void end_run(limit_run *run)
{
    arena_close(&run->memory);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    /* In KiB; what a block of 30 million gas may take. */
    assert_true(usage.ru_maxrss < 1 << 20);
}

/* Calls itself with all that it has. Before EIP-150 that reaches the 1024th call below the first; since
 * then the gas does not, with 63/64 each, unless there is more of it than any block has. */
static void deep_recursion(void **unused)
{
    (void)unused;
    /* ret 0, in 0, value 0, this, gas − 100, call */
    static const uint8_t code[] = {0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x30, 0x61, 0x01, 0x00, 0x5a,
                                   0x03, 0xf1, 0x00};
    limit_run run;
    run_code(&run, FORK_HOMESTEAD, (bytes){code, sizeof code}, (bytes){NULL, 0}, EVM_CALL, GAS);
    assert_int_equal(run.result.halt, EVM_SUCCESS);
    assert_int_equal(run.deepest, 1025);
    end_run(&run);
    run_code(&run, FORK_OSAKA, (bytes){code, sizeof code}, (bytes){NULL, 0}, EVM_CALL, (uint64_t)1 << 45);
    assert_int_equal(run.result.halt, EVM_SUCCESS);
    assert_int_equal(run.deepest, 1025);
    end_run(&run);
}

/* Each frame takes memory and calls itself: the sum over all frames is what counts. */
static void deep_recursion_with_memory(void **unused)
{
    (void)unused;
    static const uint8_t code[] = {0x60, 1, 0x61, 0x40, 0x00, 0x52, /* mstore(0x4000, 1) */
                                   0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x30, 0x5a, 0xf1, 0x00};
    limit_run run;
    run_code(&run, FORK_OSAKA, (bytes){code, sizeof code}, (bytes){NULL, 0}, EVM_CALL, GAS);
    assert_int_equal(run.result.halt, EVM_SUCCESS);
    assert_true(run.deepest > 300);
    end_run(&run);
}

/* mstore at an offset: the most that the gas buys, a word more, and offsets beyond all gas. */
static void memory_up_to_the_gas(void **unused)
{
    (void)unused;
    uint64_t words = 0;
    while (3 * (words + 1) + (words + 1) * (words + 1) / 512 + 9 <= GAS)
        words++;
    static const uint64_t beyond[] = {0xffffffff, 0x1fffffffe0, 0xffffffffffffffe0, 0xffffffffffffffff};
    for (unsigned i = 0; i < 2 + sizeof beyond / sizeof beyond[0]; i++) {
        uint64_t offset = i < 2 ? 32 * (words - 1 + i) : beyond[i - 2];
        uint8_t code[] = {0x60, 1, 0x67, 0, 0, 0, 0, 0, 0, 0, 0, 0x52, 0x00};
        for (unsigned k = 0; k < 8; k++)
            code[10 - k] = (uint8_t)(offset >> 8 * k);
        limit_run run;
        run_code(&run, FORK_OSAKA, (bytes){code, sizeof code}, (bytes){NULL, 0}, EVM_CALL, GAS);
        assert_int_equal(run.result.halt, i == 0 ? EVM_SUCCESS : EVM_OUT_OF_GAS);
        if (i == 0)
            assert_int_equal(run.most_memory_bytes, 32 * words);
        end_run(&run);
    }
}

/* Init code of 48 KiB that returns 24 KiB of zeros, and either with a byte more. */
static void largest_codes(void **unused)
{
    (void)unused;
    static const struct {
        size_t init_bytes, code_bytes;
        evm_halt halt;
    } cases[] = {{49152, 24576, EVM_SUCCESS}, {49152, 24577, EVM_CODE_TOO_LARGE}, {100, 24576, EVM_SUCCESS}};
    uint8_t *init = calloc(1, 49152 + 1);
    assert_non_null(init);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint8_t start[] = {0x61, (uint8_t)(cases[i].code_bytes >> 8), (uint8_t)cases[i].code_bytes,
                                 0x5f, 0xf3};
        memset(init, 0x5b, 49153);
        memcpy(init, start, sizeof start);
        limit_run run;
        run_code(&run, FORK_OSAKA, (bytes){NULL, 0}, (bytes){init, cases[i].init_bytes}, EVM_CREATE, GAS);
        assert_int_equal(run.result.halt, cases[i].halt);
        if (cases[i].halt == EVM_SUCCESS)
            assert_int_equal(run.result.output.size, cases[i].code_bytes);
        end_run(&run);
    }
    free(init);
    /* Inside: create(0, 0, size), once as large as may be and once a byte larger, which costs all. */
    for (unsigned over = 0; over < 2; over++) {
        const uint8_t code[] = {0x61, 0xc0, (uint8_t)over, 0x5f, 0x5f, 0xf0, 0x5f, 0x52, 0x60, 0x20, 0x5f,
                                0xf3};
        limit_run run;
        run_code(&run, FORK_OSAKA, (bytes){code, sizeof code}, (bytes){NULL, 0}, EVM_CALL, GAS);
        assert_int_equal(run.result.halt, over ? EVM_INIT_CODE_TOO_LARGE : EVM_SUCCESS);
        end_run(&run);
    }
}

/* Creations that create: each frame copies its own init code. */
static void nested_creations(void **unused)
{
    (void)unused;
    /* codecopy(0, 0, codesize); create(0, 0, 40000): memory of 40,000 bytes a frame. */
    static const uint8_t code[] = {0x38, 0x5f, 0x5f, 0x39, 0x61, 0x9c, 0x40, 0x5f, 0x5f, 0xf0, 0x00};
    limit_run run;
    run_code(&run, FORK_OSAKA, (bytes){NULL, 0}, (bytes){code, sizeof code}, EVM_CREATE, GAS);
    assert_int_equal(run.result.halt, EVM_SUCCESS);
    assert_true(run.deepest > 50);
    end_run(&run);
}

/* Keys that share ever more nibbles: a chain of branches as deep as a key is long; read, changed, deleted. */
static void deepest_trie(void **unused)
{
    (void)unused;
    enum { KEY_BYTES = 32 };
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    byte_store nodes;
    store_init(&nodes, &memory);
    uint8_t keys[2 * KEY_BYTES + 1][KEY_BYTES];
    memset(keys, 0, sizeof keys);
    for (size_t i = 1; i <= 2 * KEY_BYTES; i++)
        keys[i][(i - 1) / 2] = i % 2 == 1 ? 0x10 : 0x01;
    trie *t = trie_open(&memory, NULL, NULL);
    trie_set_node_sink(t, store_sink, &nodes);
    static const uint8_t value[40] = {1};
    for (size_t i = 0; i <= 2 * KEY_BYTES; i++)
        assert_int_equal(trie_insert(t, (bytes){keys[i], KEY_BYTES}, (bytes){value, sizeof value}), OK);
    hash256 root, only, empty;
    trie_root(t, &root);

    witness *known;
    assert_int_equal(witness_open(&known, &memory, store_items(&nodes), nodes.count, NULL, 0), OK);
    t = trie_open(&memory, known, &root);
    bytes found;
    for (size_t i = 0; i <= 2 * KEY_BYTES; i++) {
        assert_int_equal(trie_get(t, &found, (bytes){keys[i], KEY_BYTES}), OK);
        assert_int_equal(found.size, sizeof value);
    }
    for (size_t i = 1; i <= 2 * KEY_BYTES; i++)
        assert_int_equal(trie_delete(t, (bytes){keys[i], KEY_BYTES}), OK);
    trie_root(t, &root);
    trie *single = trie_open(&memory, NULL, NULL);
    assert_int_equal(trie_insert(single, (bytes){keys[0], KEY_BYTES}, (bytes){value, sizeof value}), OK);
    trie_root(single, &only);
    assert_memory_equal(&root, &only, 32);
    assert_int_equal(trie_delete(t, (bytes){keys[0], KEY_BYTES}), OK);
    trie_root(t, &empty);
    assert_memory_equal(&empty, &witness_empty_trie_root, 32);
    arena_close(&memory);
}

/* Lists within lists, a mebibyte of them: no reader follows them down. */
static void deepest_rlp(void **unused)
{
    (void)unused;
    enum { DEPTH = 200000, BYTES = 4 * DEPTH + 8 };
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    uint8_t *data = arena_allocate(&memory, BYTES, 8);
    size_t at = BYTES;
    for (size_t size; at > 4;) {
        size = BYTES - at;
        if (size < 56) {
            data[--at] = (uint8_t)(0xc0 + size);
        } else {
            unsigned length = size < 256 ? 1 : size < 65536 ? 2 : 3;
            for (unsigned i = 0; i < length; i++)
                data[--at] = (uint8_t)(size >> 8 * i);
            data[--at] = (uint8_t)(0xf7 + length);
        }
    }
    bytes nested = {data + at, BYTES - at};
    transaction tx;
    block_header header;
    assert_int_not_equal(transaction_decode(&tx, &memory, nested), OK);
    assert_int_not_equal(header_decode(&header, nested), OK);
    hash256 root = {{0}};
    chain_input input = {.block = nested, .pre_state_root = &root};
    chain_result result;
    chain_fault fault;
    assert_int_equal(chain_execute(&result, &fault, &memory, chain_config_by_id(1), &input), RLP_MALFORMED);
    arena_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deep_recursion),       cmocka_unit_test(deep_recursion_with_memory),
        cmocka_unit_test(memory_up_to_the_gas), cmocka_unit_test(largest_codes),
        cmocka_unit_test(nested_creations),     cmocka_unit_test(deepest_trie),
        cmocka_unit_test(deepest_rlp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
