/* Progress of a run and of the tree that joins its parts, as one: the time left is that of all parts and nodes. Hosted. */
#ifndef ASHLAR_PROVER_PROGRESS_H
#define ASHLAR_PROVER_PROGRESS_H

#include "prover/tree.h"

/* Private. */
typedef struct {
    void (*tell)(void *context, const prover_progress *p);
    void *context;
    prover_progress of_parts; /* as told last */
    uint32_t node, nodes, nodes_begun_here;
    double node_times_parts; /* what all nodes take, as a multiple of what all parts do; 0: there will be none */
    double parts_since, nodes_since; /* seconds on the clock; 0: not begun */
} whole_progress;

/* `parts`, `nodes` (the tree's options) and `tree` get what tells of both by `tell`; it lives as long as they. */
void progress_open(whole_progress *w, prover_options *parts, prover_options *nodes, tree_options *tree,
                   void (*tell)(void *context, const prover_progress *p), void *context);
/* Once the run is planned. How large a tree is shows only as it grows: until then its time is estimated. */
void progress_plan(whole_progress *w, const prover_run *run);

#endif
