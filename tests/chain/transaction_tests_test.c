/* The transaction tests of ethereum/tests: hash, sender and intrinsic gas of good transactions; bad ones are
 * refused before or when they execute for a sender who has all that it takes. */
#define _GNU_SOURCE
#include "tests/chain/fixture.h"

#include "chain/transition.h"
#include "state/witness.h"

static size_t passed, failed;

static status try_transaction(arena *memory, transaction *tx, address *sender, transaction_gas *gas,
                              fork_id fork,
                              bytes encoding)
{
    chain_config config = *chain_config_by_id(1);
    TRY(transaction_decode(tx, memory, encoding));
    TRY(transaction_sender(sender, memory, tx, fork));
    *gas = transaction_intrinsic_gas(tx, fork, evm_state_byte_gas(0));

    genesis_account rich = {.where = *sender, .balance = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
                            .nonce = tx->nonce};
    byte_store nodes, codes;
    store_init(&nodes, memory);
    store_init(&codes, memory);
    hash256 root;
    TRY(genesis_state(&root, &nodes, &codes, memory, &rich, 1));
    witness *known;
    TRY(witness_open(&known, memory, store_items(&nodes), nodes.count, NULL, 0));
    block_header header = {.number = 20000000, .gas_limit = INT64_MAX,
                           .timestamp = config.fork_timestamp[fork]};
    evm_block environment;
    ancestor_hashes ancestors = {.number = header.number};
    transition_environment(&environment, &header, &config, fork, &ancestors);
    transition *t = transition_open(memory, &config, &environment, state_open(memory, known, &root), 1);
    return transition_transaction(t, tx, sender, NULL, NULL);
}

static void run_case(arena *memory, const char *path, const char *fork_text, json_t *test, json_t *result)
{
    transaction tx;
    address sender;
    transaction_gas gas = {0};
    const char *text = json_string_value(json_object_get(test, "txbytes"));
    bytes encoding = {NULL, 0};
    status outcome = hex_decode(memory, &encoding, text, strlen(text));
    if (outcome == OK)
        outcome = try_transaction(memory, &tx, &sender, &gas, fixture_fork(fork_text), encoding);
    const char *exception = json_string_value(json_object_get(result, "exception"));
    /* Whether there can be so much ether, or a block for so much gas, is not these tests' matter. */
    if (exception == NULL && (outcome == TRANSACTION_FUNDS_INSUFFICIENT ||
                              (outcome == TRANSACTION_GAS_ABOVE_BLOCK && tx.gas_limit > INT64_MAX)))
        outcome = OK;
    /* Decoding asks for no fork: one of a type to come may be malformed already. */
    if (outcome == RLP_MALFORMED && exception != NULL && strstr(exception, "TYPE_NOT_SUPPORTED") != NULL)
        outcome = TRANSACTION_TYPE_UNKNOWN;
    bool right = exception == NULL ? outcome == OK : fixture_exception_covers(exception, outcome);
    if (right && exception == NULL) {
        hash256 hash, expected = json_hash(json_object_get(result, "hash"));
        address expected_sender = json_address(json_object_get(result, "sender"));
        transaction_hash(&hash, &tx);
        right = memcmp(&hash, &expected, 32) == 0 && memcmp(&sender, &expected_sender, 20) == 0 &&
                gas.intrinsic == json_u64(json_object_get(result, "intrinsicGas"));
    }
    passed += right;
    failed += !right;
    if (!right)
        printf("  FAIL %s [%s]: %s, expected %s\n", strrchr(path, '/') + 1, fork_text, status_name(outcome),
               exception ? exception : "success");
    if (getenv("ASHLAR_VERBOSE"))
        printf("  %s [%s]: %s, expected %s\n", strrchr(path, '/') + 1, fork_text, status_name(outcome),
               exception ? exception : "success");
}

static void all_transaction_tests(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    fixture_files files = list_files(root, "transaction_tests");
    assert_true(files.count > 0);
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    for (size_t i = 0; i < files.count; i++) {
        json_t *tests = load_json(files.paths[i]), *test, *result;
        const char *name, *fork;
        json_object_foreach(tests, name, test)
            json_object_foreach(json_object_get(test, "result"), fork, result) {
                run_case(&memory, files.paths[i], fork, test, result);
                arena_rewind(&memory, 0);
            }
        json_decref(tests);
    }
    arena_close(&memory);
    printf("  transaction tests: %zu passed, %zu failed\n", passed, failed);
    assert_int_equal(failed, 0);
    assert_true(passed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_transaction_tests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
