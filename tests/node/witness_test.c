/* debug_executionWitness gives the witness of EIP-8025, neither more nor less, in its order, on each block of
 * the tests of which it is known what that is; and eth_getBlockAccessList what EIP-7928 has a block list. */
#define _GNU_SOURCE
#include "tests/chain/suite.h"

#include "node/node.h"
#include "rpc/rpc.h"

enum { ANSWER_BYTES = 16 << 20 };
static char answer_memory[ANSWER_BYTES];

/* Filled by another draft of EIP-8037: the node refuses them for their gas (tests/chain/stateless_test.c). */
static const char *const other_gas[] = {
    "witness_codes_redelegation_old_marker_included", "witness_codes_reset_delegation",
    "witness_codes_reverted_transaction", "witness_codes_failed_create_includes_factory",
    "witness_codes_reverted_create_same_hash", "witness_codes_create_then_selfdestruct_same_tx",
};

/* Its tests of what a witness is; those of what validators take give others on purpose. */
static bool is_the_witness(const char *name)
{
    for (size_t i = 0; i < sizeof other_gas / sizeof other_gas[0]; i++)
        if (strstr(name, other_gas[i]) != NULL)
            return false;
    return strstr(name, "::test_witness_") != NULL && strstr(name, "_extra_unused_") == NULL;
}

static json_t *ask(rpc *server, arena *memory, const char *method, size_t number)
{
    char request[128];
    snprintf(request, sizeof request,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[\"0x%zx\"]}", method, number);
    rpc_writer w;
    rpc_writer_init(&w, answer_memory, sizeof answer_memory);
    rpc_exchange exchange = {.memory = memory, .out = &w};
    rpc_answer(server, &exchange, request, strlen(request));
    return json_loadb(w.data, w.size_bytes, 0, NULL);
}

static bool same_number(arena *memory, const json_t *a, const json_t *b)
{
    fixture_reader r = {.memory = memory};
    bool same = u256_equal(fixture_u256_of(&r, a, "a"), fixture_u256_of(&r, b, "b"));
    return same && r.malformed == NULL;
}

/* The tests' names for what a change is to, and the node's, which are those of execution-apis. */
static bool same_changes(arena *memory, const json_t *theirs, const char *their_value, const json_t *ours,
                         const char *our_value)
{
    size_t i;
    const json_t *change;
    json_array_foreach(theirs, i, change) {
        const json_t *our = json_array_get(ours, i), *value = json_object_get(our, our_value);
        const json_t *right = json_object_get(change, their_value);
        const json_t *index = json_object_get(change, "blockAccessIndex");
        bool is_code = strcmp(our_value, "code") == 0;
        if (!same_number(memory, index, json_object_get(our, "index")) ||
            !(is_code ? json_equal(right, value) : same_number(memory, right, value)))
            return false;
    }
    return json_array_size(theirs) == json_array_size(ours);
}

static bool same_account(arena *memory, const json_t *theirs, const json_t *ours)
{
    static const char *const kinds[][3] = {{"balanceChanges", "postBalance", "value"},
                                           {"nonceChanges", "postNonce", "value"},
                                           {"codeChanges", "newCode", "code"}};
    bool same = json_equal(json_object_get(theirs, "address"), json_object_get(ours, "address"));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        same = same && same_changes(memory, json_object_get(theirs, kinds[i][0]), kinds[i][1],
                                    json_object_get(ours, kinds[i][0]), kinds[i][2]);
    size_t i;
    const json_t *item, *list = json_object_get(ours, "storageReads");
    json_array_foreach(json_object_get(theirs, "storageReads"), i, item)
        same = same && same_number(memory, item, json_array_get(list, i));
    same = same && i == json_array_size(list);
    list = json_object_get(ours, "storageChanges");
    json_array_foreach(json_object_get(theirs, "storageChanges"), i, item) {
        const json_t *slot = json_array_get(list, i);
        same = same && same_number(memory, json_object_get(item, "slot"), json_object_get(slot, "key")) &&
               same_changes(memory, json_object_get(item, "slotChanges"), "postValue",
                            json_object_get(slot, "changes"), "value");
    }
    return same && i == json_array_size(list);
}

static void compare_access_list(arena *memory, const char *name, size_t number, const json_t *theirs,
                                const json_t *ours)
{
    size_t i;
    const json_t *account;
    json_array_foreach(theirs, i, account)
        if (!same_account(memory, account, json_array_get(ours, i))) {
            char *text = json_dumps(json_array_get(ours, i), 0);
            fail_msg("%s: block %zu: account %zu of its access list is other: %s", name, number, i, text);
        }
    if (i != json_array_size(ours))
        fail_msg("%s: block %zu: %zu accounts instead of %zu", name, number, json_array_size(ours), i);
}

static size_t run_case(arena *memory, const char *name, const json_t *test)
{
    fixture_reader r = {.memory = memory};
    chain_genesis genesis = fixture_genesis(&r, test);
    assert_null(r.malformed);
    node *n;
    assert_int_equal(node_open(&n, &(node_options){.genesis = &genesis}), OK);
    rpc_options options = rpc_options_default();
    options.debug_methods = true;
    rpc *server = rpc_open(n, &options);
    assert_non_null(server);
    size_t i, compared = 0;
    const json_t *block;
    json_array_foreach(json_object_get(test, "blocks"), i, block) {
        chain_fault fault;
        status s = node_import(n, &fault, fixture_bytes(&r, block, "rlp"));
        if (s != OK)
            fail_msg("%s: block %zu: %s", name, i, status_name(s));
        const json_t *right = json_object_get(block, "executionWitness");
        if (right == NULL)
            continue;
        json_t *answer = ask(server, memory, "eth_getBlockAccessList", i + 1), *got;
        assert_non_null(json_object_get(block, "blockAccessList"));
        compare_access_list(memory, name, i + 1, json_object_get(block, "blockAccessList"),
                            json_object_get(answer, "result"));
        json_decref(answer);
        answer = ask(server, memory, "debug_executionWitness", i + 1);
        got = json_object_get(answer, "result");
        static const char *const members[] = {"state", "codes", "headers"};
        for (size_t k = 0; k < sizeof members / sizeof members[0]; k++) {
            const json_t *theirs = json_object_get(right, members[k]);
            const json_t *ours = json_object_get(got, members[k]);
            if (!json_equal(theirs, ours))
                fail_msg("%s: block %zu: its %zu %s are not the %zu of the rule", name, i,
                         json_array_size(ours), members[k], json_array_size(theirs));
        }
        json_decref(answer);
        compared++;
    }
    rpc_close(server);
    node_close(n);
    arena_rewind(memory, 0);
    return compared;
}

static void witness_of_the_rule(void **unused)
{
    (void)unused;
    if (fixture_root() == NULL)
        skip();
    arena memory;
    size_t cases = 0, blocks = 0;
    arena_open(&memory, (size_t)4 << 30);
    fixture_files files = list_files(fixture_root(), "blockchain_tests_zkevm");
    for (size_t i = 0; i < files.count; i++) {
        json_t *tests = load_json(files.paths[i]), *test;
        const char *name;
        json_object_foreach(tests, name, test)
            if (is_the_witness(name)) {
                cases++;
                blocks += run_case(&memory, name, test);
            }
        json_decref(tests);
    }
    fixture_files_free(&files);
    arena_close(&memory);
    printf("  %zu cases, the witnesses of %zu blocks\n", cases, blocks);
    if (cases == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(witness_of_the_rule)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
