#include "prover/progress.h"

#include "base/clock.h"

/* What a proof takes in time, in cells: what it takes however short it is, and of a node what each child is and the rest
 * (bench/README.md, A node of `join`). A node takes CHILDREN of them. */
#define CELLS_OF_ANY_PROOF 20e6
#define CELLS_OF_CHILD 45e6
#define CELLS_OF_NODE 12e6
#define CHILDREN 5

static void tell_of_part(void *context, const prover_progress *p)
{
    whole_progress *w = context;
    double now = clock_seconds();
    if (p->part > 0 && w->parts_since == 0)
        w->parts_since = now;
    w->of_parts = *p;
    prover_progress all = *p;
    if (p->seconds_left >= 0)
        all.seconds_left += (now - w->parts_since + p->seconds_left) * w->node_times_parts;
    w->tell(w->context, &all);
}

/* A node's run has one part. */
static void tell_of_node(void *context, const prover_progress *p)
{
    whole_progress *w = context;
    prover_progress all = w->of_parts;
    all.stage = p->stage;
    all.node = w->node;
    all.nodes = w->nodes;
    all.seconds_left = p->seconds_left;
    if (p->seconds_left >= 0 && w->nodes_begun_here > 0)
        all.seconds_left += (clock_seconds() - w->nodes_since + p->seconds_left) / w->nodes_begun_here * (w->nodes - w->node);
    w->tell(w->context, &all);
}

static void begin_node(void *context, uint32_t level, uint32_t children, uint32_t done, uint32_t expected)
{
    whole_progress *w = context;
    (void)level;
    (void)children;
    if (w->nodes_since == 0)
        w->nodes_since = clock_seconds();
    w->nodes_begun_here++;
    w->node = done + 1;
    w->nodes = expected > done ? expected : done + 1;
}

void progress_open(whole_progress *w, prover_options *parts, prover_options *nodes, tree_options *tree,
                   void (*tell)(void *context, const prover_progress *p), void *context)
{
    *w = (whole_progress){.tell = tell, .context = context};
    parts->progress = tell_of_part;
    nodes->progress = tell_of_node;
    parts->progress_context = nodes->progress_context = tree->node_context = w;
    tree->node = begin_node;
}

void progress_plan(whole_progress *w, const prover_run *run)
{
    double parts = run->part_count * CELLS_OF_ANY_PROOF;
    for (uint32_t i = 0; i < run->part_count; i++)
        parts += (double)prover_part_cells(run, i);
    double children = run->part_count, nodes = 0;
    for (double level = children; level > 1 || nodes == 0;) {
        level = level > CHILDREN ? level / CHILDREN : 1;
        nodes += level;
        children += level > 1 ? level : 0;
    }
    w->node_times_parts = (children * CELLS_OF_CHILD + nodes * (CELLS_OF_NODE + CELLS_OF_ANY_PROOF)) / parts;
}
