/* Joins proofs (verify/join.h): nodes of a tree, each proven as one proof of kind both, until one is left. Hosted.
 *
 * The tree is a function of the proofs and of the memory that a node may take, whoever makes the nodes and in whatever order they
 * come: from left to right a node takes as many consecutive children as leave its run one proof within that memory, which is
 * found by executing it, and those after it in its level take no more; what is left over at the end of a level goes up as it is. */
#ifndef ASHLAR_PROVER_TREE_H
#define ASHLAR_PROVER_TREE_H

#include "prover/run.h"
#include "verify/joined.h"

typedef struct {
    const prover_program *join; /* the guest program `join` for this machine; its id is the nodes' self */
    const prover_options *options;
    /* Before each node is proven here, may be NULL: its level, from 1, how many children it has, how many nodes are done, and how
     * many there will be, as far as that is known. */
    void (*node)(void *context, uint32_t level, uint32_t children, uint32_t done, uint32_t expected);
    void *node_context;
    uint32_t children_max; /* 0: as many as fit */
} tree_options;

/* What became of it. */
typedef struct {
    uint32_t nodes, levels;
    uint32_t found; /* of the nodes: were there already */
    uint64_t cycles, cells;
    double seconds;
} tree_report;

/* All parts of a run, whose proof holds: RUN. Lives in `memory`, borrows `proof`; the scratch is given back. RUN_TOO_LONG: not even
 * two children fit one node, or one does not. Statuses of join_node where `proof` does not hold after all. */
status tree_join_parts(joined_proof *out, tree_report *report, const tree_options *options, const run_proof *proof,
                       arena *memory, arena *scratch);
/* Runs that follow each other, each joined: RUNS. Statuses likewise; LINK_BROKEN, LINK_UNKNOWN. */
status tree_link(joined_proof *out, tree_report *report, const tree_options *options, const joined_proof *proofs,
                 uint32_t count, arena *memory, arena *scratch);
/* The same statement again, in a smaller proof. */
status tree_pass(joined_proof *out, tree_report *report, const tree_options *options, const joined_proof *proof,
                 arena *memory, arena *scratch);

/* ---- node by node, for whoever has others make them ----------------------------------------------- */

typedef struct join_tree join_tree;

/* A run of `join` that is one proof: whoever has these can make it. */
typedef struct {
    uint32_t level, index; /* from 1; in its level, from 0 */
    uint32_t child_count;
    bytes input, output; /* of the program; the output is its statement */
    prover_cut cut;
    uint32_t rows[STARK_MAX_CHIPS]; /* of its proof */
    uint64_t cycles, cells;
    size_t memory_bytes; /* that proving it takes */
} tree_node;

/* Over the parts of this run, which is complete but for the proofs of its parts: each is there once join_tree_put_part says so, and
 * holds. The tree lives in `memory` and borrows the rest. */
join_tree *join_tree_open(arena *memory, const tree_options *options, const run_proof *run);
void join_tree_put_part(join_tree *t, uint32_t i);
/* A node that is known now and was not before; NULL: none until more is there. RUN_TOO_LONG and so on: this tree cannot be. */
status join_tree_next(const tree_node **node, join_tree *t, arena *memory, arena *scratch);
/* Its proof, which lives as long as the tree, and holds. */
void join_tree_put_node(join_tree *t, const tree_node *node, const run_proof *proof, bool was_found);
/* Once the node that all others are below is there. PROOF_CHAIN: the parts are not all of a run after all. */
bool join_tree_is_whole(const join_tree *t);
status join_tree_result(joined_proof *out, tree_report *report, const join_tree *t);
/* Nodes that are there, and that there will be, as far as it is known; with the cells of either. */
typedef struct {
    uint32_t done, expected;
    uint64_t cells_done, cells_expected;
} tree_progress;
tree_progress join_tree_count(const join_tree *t);

/* Proves a node here. What it takes besides the proof is given back. */
void join_tree_prove(run_proof *proof, join_tree *t, const tree_node *node, arena *memory, arena *scratch);

#endif
