/* For tests of trees of nodes as jobs: a run of three parts, and the tree over it, which has a node over two of them and a second
 * level; each as the bytes that one process makes. With few queries, and room for the run of a node. */
#ifndef ASHLAR_TESTS_QUEUE_TREE_H
#define ASHLAR_TESTS_QUEUE_TREE_H

#include "tests/queue/run.h"

#include "jobs/internal.h"

enum { TREE_PARTS = 3, TREE_NODES = 2 };

static prover_program join;
static const prover_options tree_parts = {.memory_bytes = MEMORY_BYTES, .segment_log2_cycles = 6, .ledger_rows = 60};
static tree_options tree_of_two = {.join = &join, .options = &tree_parts, .children_max = 2};

/* What one process makes of run a: the artefacts of its parts and nodes, and the file of the joined proof. */
static bytes true_parts[TREE_PARTS], true_nodes[TREE_NODES], true_file;

static void open_tree(void)
{
    open_program_with(&test_tree_parameters);
    program_open(&join, &kept, &tiny, guest_elf(&kept, "join_tree"));
}

static bytes joined_file(arena *to, const joined_proof *proof)
{
    size_t size = joined_proof_size_bytes(proof, &tiny);
    uint8_t *file = arena_allocate(to, size, 64);
    joined_proof_write(file, proof, &tiny);
    return (bytes){file, size};
}

/* In `kept`. */
static inline void make_true_tree(void)
{
    prover_run run;
    run_proof proof, *made = ARENA_NEW(&kept, run_proof, TREE_NODES);
    joined_proof whole;
    tree_report report;
    plan_run_of(&run, input_a, output_a, &tree_parts);
    prover_finish(&proof, &run, &kept, &scratch);
    assert_int_equal(proof.part_count, TREE_PARTS);
    for (uint32_t i = 0; i < TREE_PARTS; i++)
        true_parts[i] = part_write(&kept, &run, &proof.parts[i]);
    join_tree *t = join_tree_open(&kept, &tree_of_two, &proof);
    for (uint32_t i = 0; i < TREE_PARTS; i++)
        join_tree_put_part(t, i);
    for (uint32_t i = 0; i < TREE_NODES; i++) {
        const tree_node *node;
        assert_status(join_tree_next(&node, t, &kept, &scratch), OK);
        assert_int_equal(node->level, i + 1);
        join_tree_prove(&made[i], t, node, &kept, &scratch);
        true_nodes[i] = node_write(&kept, &tiny, &made[i]);
        join_tree_put_node(t, node, &made[i], false);
    }
    assert_true(join_tree_is_whole(t));
    assert_status(join_tree_result(&whole, &report, t), OK);
    true_file = joined_file(&kept, &whole);
    prover_close(&run);
}

static inline void assert_joined(const joined_proof *proof)
{
    run_statement statement;
    assert_status(joined_proof_verify(&statement, &tiny, &program.id, &join.id, proof, tree_check, &scratch), OK);
    assert_same_bytes(joined_file(&memory, proof), true_file);
}

#endif
