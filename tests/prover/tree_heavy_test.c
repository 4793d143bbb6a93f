/* Trees of nodes, proven: a run's parts become one proof, and that a smaller one; each verifies, and goes through its file. With
 * few queries, and room for the run of a node; at full parameters it is `ashlar join`. Run from the repository's root. */
#include "tests/prover/fixture.h"

#include "prover/tree.h"

static verifier few;
static prover_program program, join;
static bytes output;
static prover_options options = {.memory_bytes = MEMORY_BYTES};
static tree_options nodes;

static void print_node(void *context, uint32_t level, uint32_t children, uint32_t done, uint32_t expected)
{
    (void)context;
    print_message("# level %u: a node of %u, %u of %u\n", level, children, done + 1, expected);
}

static int open_all(void **state)
{
    (void)state;
    fixture_open();
    verifier_open(&few, &kept, &test_tree_parameters);
    static test_code code;
    test_load(&code, 8, MAP_HEAP_BASE);
    for (int32_t i = 0; i < 12; i++) {
        test_op(&code, OP_ADDI, 5, 5, 0, i);
        test_op(&code, OP_SD, 0, 8, 5, 8 * i);
    }
    code_finish(&code);
    program_of(&program, &kept, &few, &code, (bytes){0});
    program_open(&join, &kept, &few, guest_elf(&kept, "join_tree"));
    output = text_bytes("a run");
    /* Two, where three would fit, so that the tree has a second level: a node, and a part that went up as it was. */
    nodes = (tree_options){.join = &join, .options = &options, .node = print_node, .children_max = 2};
    return fixture_clear(state);
}

static int close_all(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

static void assert_holds(const joined_proof *proof, const char *what)
{
    joined_proof read;
    run_statement statement;
    size_t size = joined_proof_size_bytes(proof, &few);
    uint8_t *file = arena_allocate(&memory, size, 64);
    joined_proof_write(file, proof, &few);
    assert_status(joined_proof_read(&read, &memory, &few, (bytes){file, size}), OK);
    assert_status(joined_proof_verify(&statement, &few, &program.id, &join.id, &read, tree_check, &scratch), OK);
    assert_int_equal(statement.output.size, output.size);
    assert_memory_equal(statement.output.data, output.data, output.size);
    print_message("# %s: %zu bytes\n", what, size);
}

static void a_run_as_one_proof(void **state)
{
    (void)state;
    run_proof split;
    joined_proof whole, again;
    tree_report report;
    assert_status(prove_run(&split, NULL, &program, input_for(&memory, output, (bytes){0}), output, (cut){5, 40, NULL}), OK);
    print_message("# %u parts\n", split.part_count);
    assert_int_equal(split.part_count, 3);
    assert_status(tree_join_parts(&whole, &report, &nodes, &split, &memory, &scratch), OK);
    print_message("# %u nodes in %u levels, %llu cycles, %llu cells, %.1f s\n", report.nodes, report.levels,
                  (unsigned long long)report.cycles, (unsigned long long)report.cells, report.seconds);
    assert_int_equal(whole.said.kind, STATEMENT_RUN);
    assert_int_equal(report.nodes, 2);
    assert_int_equal(report.levels, 2);
    assert_holds(&whole, "one proof");
    assert_status(tree_pass(&again, &report, &nodes, &whole, &memory, &scratch), OK);
    assert_holds(&again, "once more");
    assert_status(tree_link(&again, &report, &nodes, &whole, 1, &memory, &scratch), LINK_UNKNOWN);
}

enum { KNOWN_MAX = 16 };
typedef struct {
    tree_node nodes[KNOWN_MAX];
    uint32_t count;
} known;

/* The nodes over parts that come in some order. */
static void grow(known *k, const tree_options *of, const run_proof *split, const uint32_t *order)
{
    join_tree *t = join_tree_open(&memory, of, split);
    k->count = 0;
    for (uint32_t i = 0; i < split->part_count; i++) {
        const tree_node *node;
        join_tree_put_part(t, order[i]);
        do {
            assert_status(join_tree_next(&node, t, &memory, &scratch), OK);
            if (node == NULL)
                break;
            assert_true(k->count < KNOWN_MAX);
            k->nodes[k->count++] = *node;
        } while (true);
    }
}

/* A node is known before all parts are there, and is the same whatever came first; how many it takes is what fits, not what is
 * there. */
static void parts_in_any_order(void **state)
{
    (void)state;
    run_proof split;
    known first, other;
    tree_options any = nodes;
    prover_options less = options;
    uint32_t forth[KNOWN_MAX], back[KNOWN_MAX], mixed[KNOWN_MAX];
    assert_status(prove_run(&split, NULL, &program, input_for(&memory, output, (bytes){0}), output, (cut){4, 20, NULL}), OK);
    uint32_t n = split.part_count;
    assert_true(n >= 5 && n <= KNOWN_MAX);
    for (uint32_t i = 0; i < n; i++) {
        forth[i] = i;
        back[i] = n - 1 - i;
        mixed[i] = i < (n + 1) / 2 ? 2 * i : 2 * (i - (n + 1) / 2) + 1;
    }
    any.children_max = 2;
    grow(&first, &any, &split, forth);
    assert_true(first.count >= 2);
    /* As much memory as two of them take, and no other limit. */
    less.memory_bytes = first.nodes[0].memory_bytes > first.nodes[1].memory_bytes ? first.nodes[0].memory_bytes
                                                                                  : first.nodes[1].memory_bytes;
    any = (tree_options){.join = &join, .options = &less};
    grow(&first, &any, &split, forth);
    print_message("# %u parts, %u nodes known, the first over %u\n", n, first.count, first.nodes[0].child_count);
    assert_true(first.count >= 2);
    const uint32_t *orders[] = {back, mixed};
    for (size_t o = 0; o < 2; o++) {
        grow(&other, &any, &split, orders[o]);
        assert_int_equal(other.count, first.count);
        for (uint32_t i = 0; i < first.count; i++) {
            assert_int_equal(other.nodes[i].level, first.nodes[i].level);
            assert_int_equal(other.nodes[i].index, first.nodes[i].index);
            assert_int_equal(other.nodes[i].child_count, first.nodes[i].child_count);
            assert_int_equal(other.nodes[i].input.size, first.nodes[i].input.size);
            assert_memory_equal(other.nodes[i].input.data, first.nodes[i].input.data, first.nodes[i].input.size);
            assert_memory_equal(other.nodes[i].output.data, first.nodes[i].output.data, first.nodes[i].output.size);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(parts_in_any_order, fixture_clear),
                                       cmocka_unit_test_teardown(a_run_as_one_proof, fixture_clear)};
    return cmocka_run_group_tests_name("trees of nodes, proven", tests, open_all, close_all);
}
