/* Real blocks of mainnet and Holesky execute to the roots of their headers. What the header says was
 * compared by chain_execute already; the fixture's own copy of it is an independent look. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "tests/chain/fixture.h"


/* Their BLOCKHASH reaches behind the one header, so that a claimed hash answers it. */
static bool asks_for_an_old_block_hash(const char *path)
{
    return strstr(path, "holesky-2971845") != NULL || strstr(path, "holesky-2971846") != NULL;
}

static void check_block(arena *memory, const char *path)
{
    real_block block = load_real_block(memory, path);
    chain_result result;
    chain_fault fault;
    double start = clock_seconds();
    status outcome = chain_execute(&result, &fault, memory, block.config, &block.input);
    double end = clock_seconds();
    printf("  %s: %s, %zu transactions, %s, %.1f ms\n", strrchr(path, '/') + 1, status_name(outcome),
           result.transaction_count,
           result.held_against_parent ? "held against its parent" : "not held against its parent",
           1e3 * (end - start));
    assert_int_equal(outcome, OK);
    json_t *root = block.json;
    hash256 hash = json_hash(json_object_get(root, "hash"));
    hash256 post = json_hash(json_object_get(root, "postStateRoot"));
    hash256 pre = json_hash(json_object_get(root, "preStateRoot"));
    hash256 receipts = json_hash(json_object_get(root, "receiptsRoot"));
    assert_memory_equal(&result.hash, &hash, 32);
    assert_memory_equal(&result.state_root, &post, 32);
    assert_memory_equal(&result.pre_state_root, &pre, 32);
    assert_memory_equal(&result.receipts_root, &receipts, 32);
    assert_int_equal(result.gas_used, json_u64(json_object_get(root, "gasUsed")));
    assert_int_equal(result.number, json_u64(json_object_get(root, "number")));
    assert_int_equal(result.held_against_parent,
                     block.input.header_count > 0 && !asks_for_an_old_block_hash(path));
    json_decref(root);
}

static void real_blocks_execute(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL)
        skip();
    fixture_files files = list_files(root, "real_blocks");
    assert_true(files.count > 0);
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    for (size_t i = 0; i < files.count; i++) {
        check_block(&memory, files.paths[i]);
        arena_rewind(&memory, 0);
    }
    arena_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(real_blocks_execute)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
