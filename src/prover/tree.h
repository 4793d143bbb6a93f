/* Joins proofs (verify/join.h): nodes of a tree, each proven as one proof of kind both, until one is left. Hosted.
 *
 * The tree is a function of the proofs alone: a node takes as many consecutive children as leave its run one proof within the
 * memory allowed, which is found by executing it; what is left over at the end of a level goes up as it is. */
#ifndef ASHLAR_PROVER_TREE_H
#define ASHLAR_PROVER_TREE_H

#include "prover/run.h"
#include "verify/joined.h"

typedef struct {
    const prover_program *join; /* the guest program `join` for this machine; its id is the nodes' self */
    const prover_options *options;
    /* Before each node is proven, may be NULL: its level, from 1, and how many children it has. */
    void (*node)(void *context, uint32_t level, uint32_t children);
    void *node_context;
    uint32_t children_max; /* 0: as many as fit */
} tree_options;

/* What became of it. */
typedef struct {
    uint32_t nodes, levels;
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

#endif
