/* A tree of nodes in a directory: its process is killed at each of its steps, and the next one goes on from what was kept; nodes
 * that do not hold are made anew. With few queries; at full parameters: tests/queue/queue_heavy_test.sh. */
#include "tests/queue/tree.h"

#include <sys/resource.h>

static char folder[64], out[80], inner[256];

static int open_all(void **state)
{
    (void)state;
    open_tree();
    make_true_tree();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

/* The run's own folder is there, so that it can be watched. */
static int make_folder(void **state)
{
    char error[JOBS_ERROR_BYTES], name[RUN_NAME_TEXT_BYTES];
    prover_run run;
    jobs_directory *d;
    fixture_clear(state);
    strcpy(folder, "/tmp/ashlar-tree-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(out, sizeof out, "%s.proof", folder);
    plan_run_of(&run, input_a, output_a, &tree_parts);
    assert_true(jobs_directory_open(&d, error, &memory, &run, folder));
    jobs_directory_close(d, false);
    run_name of_run = run_name_of(&run);
    snprintf(inner, sizeof inner, "%s/%s", folder, run_name_text(name, &of_run));
    prover_close(&run);
    return fixture_clear(state);
}

static int remove_folder(void **state)
{
    remove_tree(folder);
    unlink(out);
    return fixture_clear(state);
}

static bool prove_in(const char *where, joined_proof *proof, tree_report *report, uint32_t *found_parts, bool is_finished)
{
    char error[JOBS_ERROR_BYTES];
    prover_run run;
    jobs_directory *d;
    status outcome;
    run_proof *parts = ARENA_NEW(&memory, run_proof, 1);
    plan_run_of(&run, input_a, output_a, &tree_parts);
    bool fine = jobs_directory_open(&d, error, &memory, &run, where) &&
                jobs_directory_prove(parts, found_parts, error, d, &run, &memory, &scratch) &&
                jobs_directory_join(proof, report, &outcome, error, d, parts, &tree_of_two, &memory, &scratch);
    if (fine && outcome == OK && is_finished) {
        bytes file = joined_file(&memory, proof);
        write_whole(out, file.data, file.size);
    }
    if (!fine)
        fprintf(stderr, "%s\n", error);
    jobs_directory_close(d, fine && outcome == OK && is_finished);
    prover_close(&run);
    return fine && outcome == OK;
}

/* Where the process is killed: before the node of a level, while it writes one, once all are there. */
static uint32_t level_to_die_at;
static void die_before(void *context, uint32_t level, uint32_t children, uint32_t done, uint32_t expected)
{
    (void)context, (void)children, (void)done, (void)expected;
    if (level == level_to_die_at)
        kill(getpid(), SIGKILL);
}

/* child DIRECTORY FILE STEP: its exit code says how many parts and nodes it found. */
static int child(char **argv)
{
    joined_proof proof;
    tree_report report;
    uint32_t found;
    bool is_whole = strcmp(argv[4], "whole") == 0;
    open_tree();
    strcpy(out, argv[3]);
    tree_of_two.node = die_before;
    level_to_die_at = argv[4][0] == 'b' ? (uint32_t)atoi(argv[4] + 1) : 0;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (strcmp(argv[4], "write") == 0)
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){20000, 20000}); /* SIGXFSZ ends it in the middle */
    bool fine = prove_in(argv[2], &proof, &report, &found, is_whole);
    if (!is_whole)
        kill(getpid(), SIGKILL);
    return fine ? (int)(10 * found + report.found) : 99;
}

static int run_child(const char *step)
{
    const char *arguments[] = {"child", folder, out, step, NULL};
    int end = end_of(start_self(arguments, -1));
    print_message("# %s: %d\n", step, end);
    return end;
}

static void file_in(char file[300], const char *name) { snprintf(file, 300, "%s/%s", inner, name); }

static bool is_there(const char *name)
{
    char file[300];
    file_in(file, name);
    return access(file, F_OK) == 0;
}

static bool all_parts_are_there(void)
{
    bool all = true;
    for (uint32_t i = 0; i < TREE_PARTS; i++) {
        char name[32];
        snprintf(name, sizeof name, "part-%05u", i + 1);
        all = all && is_there(name);
    }
    return all;
}

static void killed_at_each_step(void **state)
{
    (void)state;
    assert_int_equal(run_child("b1"), 128 + SIGKILL);
    assert_true(all_parts_are_there() && !is_there("node-01-00001"));
    assert_int_equal(run_child("write"), 128 + SIGXFSZ);
    assert_true(is_there("node-01-00001.new") && !is_there("node-01-00001"));
    assert_int_equal(run_child("b2"), 128 + SIGKILL);
    assert_true(is_there("node-01-00001") && !is_there("node-01-00001.new") && !is_there("node-02-00001"));
    assert_int_equal(run_child("write"), 128 + SIGXFSZ);
    assert_true(is_there("node-02-00001.new") && !is_there("node-02-00001"));
    assert_int_equal(run_child("all"), 128 + SIGKILL);
    assert_true(all_parts_are_there() && is_there("node-01-00001") && is_there("node-02-00001"));
    assert_int_not_equal(access(out, F_OK), 0);
    assert_int_equal(run_child("whole"), 10 * TREE_PARTS + TREE_NODES); /* all of it was there */
    assert_same_bytes(read_whole(&memory, out), true_file);
    assert_int_equal(rmdir(folder), 0);
}

/* What a node's file is not believed for. */
static void nodes_that_do_not_hold(void **state)
{
    (void)state;
    char file[300];
    joined_proof proof;
    tree_report report;
    uint32_t found;
    for (uint32_t i = 0; i < TREE_PARTS; i++) {
        char name[32];
        snprintf(name, sizeof name, "part-%05u", i + 1);
        file_in(file, name);
        write_whole(file, true_parts[i].data, true_parts[i].size);
    }
    file_in(file, "node-01-00001"); /* a proof of this join, of what another node says */
    write_whole(file, true_nodes[1].data, true_nodes[1].size);
    file_in(file, "node-02-00001"); /* true */
    write_whole(file, true_nodes[1].data, true_nodes[1].size);
    file_in(file, "node-07-00001"); /* of a tree of other limits */
    write_whole(file, true_nodes[1].data, true_nodes[1].size);
    assert_true(prove_in(folder, &proof, &report, &found, false));
    assert_joined(&proof);
    assert_int_equal(found, TREE_PARTS);
    assert_int_equal(report.nodes, TREE_NODES);
    assert_int_equal(report.found, 1);
    file_in(file, "node-01-00001");
    assert_same_bytes(read_whole(&memory, file), true_nodes[0]);
    assert_true(prove_in(folder, &proof, &report, &found, true));
    assert_int_equal(report.found, TREE_NODES);
    assert_joined(&proof);
    assert_int_equal(rmdir(folder), 0);
}

static status read_as(bytes output, const uint32_t *rows, const prover_program *of, const uint8_t *data, size_t size)
{
    run_proof proof;
    uint8_t *copy = arena_allocate(&memory, size + 1, 64);
    memcpy(copy, data, size);
    return node_read(&proof, &memory, of, output, rows, (bytes){copy, size}, &scratch);
}

/* A node's proof of another statement, another join, another level; changed, cut short, made longer; a part's. */
static void artefacts_of_nodes(void **state)
{
    (void)state;
    prover_run run;
    run_proof proof;
    plan_run_of(&run, input_a, output_a, &tree_parts);
    run_part parts[TREE_PARTS];
    prover_commit(&run, &memory, &scratch);
    for (uint32_t i = 0; i < TREE_PARTS; i++)
        assert_status(part_read(&parts[i], &run, i, true_parts[i], &scratch), OK);
    prover_assemble(&proof, &run, parts);
    join_tree *t = join_tree_open(&memory, &tree_of_two, &proof);
    const tree_node *node;
    assert_status(join_tree_next(&node, t, &memory, &scratch), OK);
    assert_null(node); /* nothing is there yet */
    join_tree_put_part(t, 1);
    assert_status(join_tree_next(&node, t, &memory, &scratch), OK);
    assert_null(node);
    join_tree_put_part(t, 0); /* its children are, though not all parts */
    assert_status(join_tree_next(&node, t, &memory, &scratch), OK);
    assert_non_null(node);
    assert_int_equal(node->child_count, 2);
    join_tree_put_part(t, 2);
    bytes output = node->output, whole = true_nodes[0];
    const tree_node *none;
    assert_status(join_tree_next(&none, t, &memory, &scratch), OK);
    assert_null(none); /* its proof is not there */

    assert_status(read_as(output, node->rows, &join, whole.data, whole.size), OK);
    assert_true(read_as(output, node->rows, &join, true_nodes[1].data, true_nodes[1].size) != OK);
    assert_true(read_as(output, node->rows, &join, true_parts[0].data, true_parts[0].size) != OK);
    uint32_t rows[STARK_MAX_CHIPS];
    memcpy(rows, node->rows, sizeof rows);
    rows[VM_CHIP_DIVIDE] += 64;
    assert_status(read_as(output, rows, &join, whole.data, whole.size), PROOF_SHAPE);
    prover_program other = join;
    other.id.c[0] = other.id.c[0] == 0 ? 1 : 0;
    assert_true(read_as(output, node->rows, &other, whole.data, whole.size) != OK);
    assert_true(read_as(output, node->rows, &program, whole.data, whole.size) != OK);
    static const size_t shorter[] = {0, 4, 8, 100};
    for (size_t i = 0; i < sizeof shorter / sizeof *shorter; i++)
        assert_true(read_as(output, node->rows, &join, whole.data, shorter[i]) != OK);
    assert_true(read_as(output, node->rows, &join, whole.data, whole.size - 4) != OK);
    uint8_t *changed = arena_allocate(&memory, whole.size + 4, 64);
    memset(changed + whole.size, 0, 4);
    memcpy(changed, whole.data, whole.size);
    assert_true(read_as(output, node->rows, &join, changed, whole.size + 4) != OK);
    const size_t at[] = {0, 4, 8, 12, 16, 24, 40, whole.size / 2, whole.size - 1};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        changed[at[i]] ^= 1;
        assert_true(read_as(output, node->rows, &join, changed, whole.size) != OK);
        changed[at[i]] ^= 1;
    }
    for (size_t i = 0; i < output.size; i += 37) { /* another statement */
        uint8_t said[STATEMENT_BYTES_MAX];
        memcpy(said, output.data, output.size);
        said[i] ^= 1;
        assert_true(read_as((bytes){said, output.size}, node->rows, &join, whole.data, whole.size) != OK);
    }
    prover_close(&run);
}

int main(int argc, char **argv)
{
    if (argc == 5)
        return child(argv);
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {CASE(artefacts_of_nodes), CASE(nodes_that_do_not_hold), CASE(killed_at_each_step)};
    return cmocka_run_group_tests_name("a tree of nodes in a directory", tests, open_all, close_all);
}
