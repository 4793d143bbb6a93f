/* The tree of nodes: what has none. A tree that is proven, at full parameters: tests/cli/join_heavy_test.sh; nodes and what
 * they refuse: tests/soundness/join_test.c. Here the parameters are those of tests, whose proofs are smaller than a node's
 * run: no node fits one. Run from the repository's root. */
#include "tests/prover/fixture.h"

#include "prover/tree.h"

static prover_program program, join;
static run_proof split;
static prover_options options = {.memory_bytes = MEMORY_BYTES};
static tree_options tree_of_tests;
static uint32_t begun;

static void count_node(void *context, uint32_t level, uint32_t children, uint32_t done, uint32_t expected)
{
    (void)context, (void)level, (void)children, (void)done, (void)expected;
    begun++;
}

static int open_all(void **state)
{
    (void)state;
    fixture_open();
    static test_code code;
    test_load(&code, 8, MAP_HEAP_BASE);
    for (int32_t i = 0; i < 12; i++) {
        test_op(&code, OP_ADDI, 5, 5, 0, i);
        test_op(&code, OP_SD, 0, 8, 5, 8 * i);
    }
    code_finish(&code);
    program_of(&program, &kept, &tiny, &code, (bytes){0});
    program_open(&join, &kept, &tiny, guest_elf(&kept, "join_few"));
    bytes output = text_bytes("a run");
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &program, input_for(&kept, output, (bytes){0}), output, (cut){4, 20, NULL}), OK);
    size_t size = run_proof_size_bytes(&proof, &tiny);
    uint8_t *file = arena_allocate(&kept, size, 64);
    run_proof_write(file, &proof, &tiny);
    assert_status(run_proof_read(&split, &kept, &tiny, (bytes){file, size}), OK);
    assert_true(split.part_count >= 3);
    tree_of_tests = (tree_options){.join = &join, .options = &options, .node = count_node};
    return fixture_clear(state);
}

static int close_all(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

/* Found by executing it, before anything is proven; what was tried is given back. */
static void nodes_that_do_not_fit(void **state)
{
    (void)state;
    joined_proof out;
    tree_report report;
    begun = 0;
    assert_status(tree_join_parts(&out, &report, &tree_of_tests, &split, &memory, &scratch), RUN_TOO_LONG);
    assert_int_equal(begun, 0);
    assert_int_equal(report.nodes, 0);
    assert_int_equal(scratch.used_bytes, 0);
}

/* A proof that does not hold has no node, whoever says that it was verified. */
static void parts_that_do_not_hold(void **state)
{
    (void)state;
    joined_proof out;
    tree_report report;
    run_proof *copy = proof_copy(&split);
    uint32_t *words = arena_allocate(&memory, 4 * split.parts[1].word_count, 4);
    memcpy(words, split.parts[1].words, 4 * split.parts[1].word_count);
    words[split.parts[1].word_count / 2] ^= 1;
    part_of(copy, 1)->words = words;
    status s = tree_join_parts(&out, &report, &tree_of_tests, copy, &memory, &scratch);
    assert_true(s != OK && s != RUN_TOO_LONG);
    copy = proof_copy(&split);
    copy->shared_nonce = copy->shared_nonce == 0 ? FP_ONE : 0;
    s = tree_join_parts(&out, &report, &tree_of_tests, copy, &memory, &scratch);
    assert_true(s != OK && s != RUN_TOO_LONG);
}

static void outputs_that_are_not_linked(void **state)
{
    (void)state;
    tree_report report;
    uint8_t output[512] = "ASHLAR/of-no-format";
    joined_proof out, proofs[2] = {{.output = text_bytes("short")}, {.output = {output, sizeof output}}};
    assert_status(tree_link(&out, &report, &tree_of_tests, &proofs[1], 1, &memory, &scratch), LINK_UNKNOWN);
    assert_status(tree_link(&out, &report, &tree_of_tests, proofs, 2, &memory, &scratch), LINK_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nodes_that_do_not_fit, fixture_clear),
        cmocka_unit_test_teardown(parts_that_do_not_hold, fixture_clear),
        cmocka_unit_test_teardown(outputs_that_are_not_linked, fixture_clear),
    };
    return cmocka_run_group_tests_name("the tree of nodes", tests, open_all, close_all);
}
