/* debug_executionWitness gives the witness of EIP-8025, neither more nor less, in its order: on each block of the
 * tests of which it is known what that is. */
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

static json_t *ask(rpc *server, arena *memory, const char *request)
{
    rpc_writer w;
    rpc_writer_init(&w, answer_memory, sizeof answer_memory);
    rpc_exchange exchange = {.memory = memory, .out = &w};
    rpc_answer(server, &exchange, request, strlen(request));
    return json_loadb(w.data, w.size_bytes, 0, NULL);
}

static size_t run_case(arena *memory, const char *name, const json_t *test)
{
    fixture_reader r = {.memory = memory};
    chain_genesis genesis = suite_genesis(&r, test);
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
        char request[128];
        snprintf(request, sizeof request,
                 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"debug_executionWitness\",\"params\":[\"0x%zx\"]}", i + 1);
        json_t *answer = ask(server, memory, request), *got = json_object_get(answer, "result");
        static const char *const members[] = {"state", "codes", "headers"};
        for (size_t k = 0; k < sizeof members / sizeof members[0]; k++) {
            const json_t *theirs = json_object_get(right, members[k]), *ours = json_object_get(got, members[k]);
            if (!json_equal(theirs, ours))
                fail_msg("%s: block %zu: its %zu %s are not the %zu of the rule", name, i, json_array_size(ours),
                         members[k], json_array_size(theirs));
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
