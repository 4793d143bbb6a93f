/* A rollup in the node: blocks that were derived from batches are taken, and JSON-RPC shows what L1 sent;
 * what the node seals keeps the rollup's rules. */
#define _GNU_SOURCE
#include "tests/rollup/rollup.h"

#include <jansson.h>

#include "node/node.h"
#include "rpc/rpc.h"

enum { ANSWER_BYTES = 1 << 20 };

static rig chain;
static node *n;
static rpc *server;
static arena answers;
static char answer_bytes[ANSWER_BYTES];

/* The answer's result, or its error; the caller's. `parameters` is JSON with ' for ". */
static json_t *ask(const char *method, const char *parameters, ...) __attribute__((format(printf, 2, 3)));
static json_t *ask(const char *method, const char *parameters, ...)
{
    char list[4096], request[8192];
    va_list arguments;
    va_start(arguments, parameters);
    vsnprintf(list, sizeof list, parameters, arguments);
    va_end(arguments);
    for (char *at = list; *at != 0; at++)
        if (*at == '\'')
            *at = '"';
    snprintf(request, sizeof request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[%s]}",
             method, list);
    rpc_writer w;
    rpc_writer_init(&w, answer_bytes, ANSWER_BYTES);
    rpc_exchange exchange = {.memory = &answers, .out = &w};
    rpc_answer(server, &exchange, request, strlen(request));
    json_t *answer = json_loadb(w.data, w.size_bytes, 0, NULL);
    assert_non_null(answer);
    json_t *result = json_object_get(answer, "result");
    result = json_incref(result != NULL ? result : json_object_get(answer, "error"));
    json_decref(answer);
    return result;
}

static void assert_member(json_t *object, const char *name, const char *text)
{
    const char *found = json_string_value(json_object_get(object, name));
    if (found == NULL || strcmp(found, text) != 0)
        fail_msg("%s is %s instead of %s", name, found != NULL ? found : "missing", text);
}

static const char *hex_of(const uint8_t *data, size_t size_bytes)
{
    static char texts[4][4200];
    static unsigned at;
    char *text = texts[at++ % 4];
    strcpy(text, "0x");
    for (size_t i = 0; i < size_bytes; i++)
        snprintf(text + 2 + 2 * i, 3, "%02x", data[i]);
    return text;
}

static int setup(void **unused)
{
    open_memories(unused);
    arena_open(&answers, (size_t)8 << 30);
    rig_open(&chain);
    chain_genesis genesis = {.config = chain.config, .gas_limit = 36000000, .timestamp = GENESIS_TIME,
                             .accounts = chain.accounts, .account_count = chain.account_count};
    status s = node_open(&n, &(node_options){.genesis = &genesis, .seals = true, .coinbase = COMMITTER,
                                           .block_time_seconds = 3600});
    if (s != OK)
        fail_msg("%s", node_error_text());
    rpc_options settings = rpc_options_default();
    settings.debug_methods = true;
    server = rpc_open(n, &settings);
    assert_non_null(server);
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    rpc_close(server);
    node_close(n);
    return 0;
}

static u256 first_paid; /* to the committer */

static void take_block(void)
{
    chain_fault fault;
    status s = node_import(n, &fault, chain.last_block);
    if (s != OK)
        fail_msg("%s", status_message(s));
}

static void what_L1_sent_is_shown(void **unused)
{
    (void)unused;
    static const uint8_t stop[] = {0x00};
    rollup_item items[3] = {deposit_of(&people[0].where, ETHER), deposit_of(&people[0].where, ETHER),
                            deposit_of(&people[0].where, U256_ZERO)};
    items[1].kind = ROLLUP_ITEM_CREATE;
    items[1].to = (address){{0}};
    items[1].data = (bytes){stop, sizeof stop};
    items[2].value = u256_mul(ETHER, u256_from_u64(100));
    assert_int_equal(rig_derive(&chain, 5, (bytes){(const uint8_t *)"\x03\x00", 2}, items, 3), OK);
    take_block();

    json_t *block = ask("eth_getBlockByNumber", "'0x1',true");
    json_t *list = json_object_get(block, "transactions");
    assert_int_equal(json_array_size(list), 3);
    hash256 source = {{0}};
    for (unsigned i = 0; i < 3; i++) {
        json_t *tx = json_array_get(list, i);
        char number[8];
        snprintf(number, sizeof number, "0x%x", i);
        rollup_item_hash(&source, &source, i, &items[i]);
        assert_member(tx, "type", "0x7e");
        assert_member(tx, "from", hex_of(people[0].where.bytes, 20));
        assert_member(tx, "nonce", number);
        assert_member(tx, "sourceHash", hex_of(source.bytes, 32));
        assert_member(tx, "mint", i < 2 ? "0xde0b6b3a7640000" : "0x0");
        assert_member(tx, "gasPrice", "0x0");
        assert_null(json_object_get(tx, "isSystemTx"));
        static const char *const signature[] = {"v", "r", "s", "yParity"};
        for (unsigned k = 0; k < 4; k++)
            assert_member(tx, signature[k], "0x0");
        bytes encoding = rollup_item_transaction(&memory, &items[i], &source);
        hash256 hash;
        keccak256(&hash, encoding.data, encoding.size);
        assert_member(tx, "hash", hex_of(hash.bytes, 32));
        json_t *receipt = ask("eth_getTransactionReceipt", "'%s'", hex_of(hash.bytes, 32));
        assert_member(receipt, "status", i < 2 ? "0x1" : "0x0");
        assert_member(receipt, "type", "0x7e");
        assert_member(receipt, "effectiveGasPrice", "0x0");
        address created;
        transaction_created_address(&created, &people[0].where, 1);
        if (i == 1)
            assert_member(receipt, "contractAddress", hex_of(created.bytes, 20));
        json_decref(receipt);
        /* Nobody can send it by themselves. */
        json_t *refusal = ask("eth_sendRawTransaction", "'%s'", hex_of(encoding.data, encoding.size));
        assert_non_null(json_object_get(refusal, "message"));
        json_decref(refusal);
    }
    json_decref(block);
    json_t *config = ask("eth_config", "%s", ""), *now = json_object_get(config, "current");
    assert_true(json_is_null(json_object_get(now, "blobSchedule")));
    assert_int_equal(json_object_size(json_object_get(now, "systemContracts")), 1);
    json_decref(config);
    json_t *balance = ask("eth_getBalance", "'%s','latest'", hex_of(people[0].where.bytes, 20));
    assert_string_equal(json_string_value(balance), "0x1bc16d674ec80000");
    json_decref(balance);
    /* Traces run it again. */
    json_t *trace = ask("debug_traceBlockByNumber", "'0x1',{'tracer':'callTracer'}");
    assert_int_equal(json_array_size(trace), 3);
    json_decref(trace);
    people[0].nonce = 3;
}

/* What a batch would skip waits for the next block: 24 million gas are two transactions of 12, if they use it
 * all. */
static void a_block_fits_a_batch(void **unused)
{
    (void)unused;
    static const uint8_t burns[] = {0xfe};
    uint64_t time = chain.position.outcome.last_time;
    size_t counts[2];
    rollup_block blocks[2];
    hash256 hash;
    store_view *v;
    store_block block;
    for (unsigned i = 0; i < 3; i++) {
        bytes tx = sign(&people[0], (order){.gas_limit = 12000000, .data = {burns, sizeof burns}});
        assert_int_equal(node_submit(n, &hash, tx), OK);
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(node_seal_at(n, NULL, time + 2 + i), OK);
        assert_int_equal(node_view_open(&v, &memory, n), OK);
        assert_int_equal(store_block_by_number(v, &block, store_head_number(v)), OK);
        counts[i] = block.transaction_count;
        blocks[i] = (rollup_block){time + 2 + i, 0, block.transactions, block.transaction_count};
        bytes data =
            rollup_compress(&memory, rollup_write_blocks(&memory, time + (i == 0 ? 0 : 2), &blocks[i], 1));
        assert_int_equal(rig_derive(&chain, i == 0 ? 2 : 1, data, NULL, 0), OK);
        assert_false(chain.result.has_fault);
        assert_memory_equal(&chain.position.outcome.block_hash, &block.hash, 32);
        store_view_close(v);
    }
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 1);
    first_paid = balance_of(&chain, &COMMITTER);
}

/* Executed by itself, with the rules of a rollup, it is a block. */
static void what_is_sealed_keeps_the_rules(void **unused)
{
    (void)unused;
    hash256 hash;
    bytes tx = sign(&people[0], (order){.to = &people[1].where, .value = u256_from_u64(5)});
    assert_int_equal(node_submit(n, &hash, tx), OK);
    bytes blob = sign(&people[0], (order){.type = TRANSACTION_BLOB, .to = &people[1].where,
                                               .nonce = people[0].nonce, .has_nonce = true});
    assert_int_not_equal(node_submit(n, &hash, blob), OK);
    assert_int_equal(node_seal(n, NULL), OK);
    store_view *v;
    store_block block;
    chain_input input;
    chain_result result;
    chain_fault fault;
    assert_int_equal(node_view_open(&v, &answers, n), OK);
    assert_int_equal(store_block_by_number(v, &block, store_head_number(v)), OK);
    assert_int_equal(block.transaction_count, 1);
    assert_int_equal(block.header.gas_limit, 36000000);
    assert_int_equal(store_witness(v, &input, &block), OK);
    assert_int_equal(chain_execute(&result, &fault, &second, &chain.config, &input), OK);
    assert_memory_equal(&result.hash, &block.hash, 32);
    store_view_close(v);
    /* The committer has what was paid: nothing is burned. */
    json_t *balance = ask("eth_getBalance", "'%s','latest'", hex_of(COMMITTER.bytes, 20));
    u256 paid = u256_add(first_paid, u256_mul(block.header.base_fee, u256_from_u64(21000)));
    char text[32];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)paid.limb[0]);
    assert_string_equal(json_string_value(balance), text);
    json_decref(balance);
}

/* Bytes that cannot be compressed: a block of them is one that a batch has room for. */
static void a_block_fits_what_L1_takes(void **unused)
{
    (void)unused;
    static uint8_t noise[ROLLUP_MAX_BLOCK_BYTES];
    uint64_t x = 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < sizeof noise; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        noise[i] = (uint8_t)(x >> 32);
    }
    static const size_t counts[2] = {2, 1};
    hash256 hash;
    store_view *v;
    store_block block;
    bytes tx = sign(&people[1],
                    (order){.to = &people[0].where, .gas_limit = 5000000, .data = {noise, sizeof noise}});
    assert_int_equal(node_submit(n, &hash, tx), TRANSACTION_TOO_LARGE);
    static char request[2 * sizeof noise + 4096];
    int used = snprintf(request, sizeof request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
                                                 "\"eth_sendRawTransaction\",\"params\":[\"0x");
    for (size_t i = 0; i < tx.size; i++)
        used += snprintf(request + used, sizeof request - (size_t)used, "%02x", tx.data[i]);
    snprintf(request + used, sizeof request - (size_t)used, "\"]}");
    rpc_writer w;
    rpc_writer_init(&w, answer_bytes, ANSWER_BYTES);
    rpc_exchange exchange = {.memory = &answers, .out = &w};
    rpc_answer(server, &exchange, request, strlen(request));
    assert_non_null(memmem(w.data, w.size_bytes, ", limit 100000", 14));
    for (unsigned i = 0; i < 3; i++) {
        tx = sign(&people[0], (order){.to = &people[1].where, .gas_limit = 2500000, .data = {noise, 45000}});
        assert_int_equal(node_submit(n, &hash, tx), OK);
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(node_seal(n, NULL), OK);
        assert_int_equal(node_view_open(&v, &memory, n), OK);
        assert_int_equal(store_block_by_number(v, &block, store_head_number(v)), OK);
        assert_int_equal(block.transaction_count, counts[i]);
        rollup_block one = {block.header.timestamp, 0, block.transactions, block.transaction_count};
        bytes data = rollup_compress(&memory, rollup_write_blocks(&memory, one.timestamp - 1, &one, 1));
        assert_in_range(data.size, 45000, ROLLUP_MAX_DATA_BYTES);
        store_view_close(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_L1_sent_is_shown),
        cmocka_unit_test(a_block_fits_a_batch),
        cmocka_unit_test(what_is_sealed_keeps_the_rules),
        cmocka_unit_test(a_block_fits_what_L1_takes),
    };
    return cmocka_run_group_tests_name("rollup", tests, setup, teardown);
}
