#include "prover/tree.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "prover/estimate.h"
#include "prover/join.h"
#include "verify/link.h"

/* What stands in a level: a part, a joined proof that the tree began with, or one of its nodes. */
typedef struct {
    tree_node is;         /* of a node */
    const run_part *part; /* NULL: a proof */
    run_state before;     /* of a part */
    joined_proof proof;   /* of a node, what it says and its output are known before it is there */
    bool is_there;
} item;

/* A level, and how far the nodes over it are known. */
typedef struct {
    item **items; /* NULL: nothing is known of it */
    uint32_t count, capacity;
    bool is_complete; /* there will be no more items */
    uint32_t taken;   /* items that have a node over them, or went up */
    uint32_t most;    /* that the next node takes */
    uint32_t fitting; /* so many of those that are not taken fit a node together */
} level;

enum { LEVELS_MAX = 24 }; /* a node has two children or more, but for the only one of a tree of one item */

struct join_tree {
    const tree_options *options;
    const verifier *v;
    const run_proof *run; /* whose parts are joined; NULL: runs are linked */
    run_header header;
    uint32_t operation;
    level levels[LEVELS_MAX]; /* 0: what it began with */
    uint32_t fitting;         /* so many children would fit, by the last node that was executed */
    tree_report report;
    uint64_t cells_known; /* of all nodes that are known */
    uint32_t nodes_known;
    double start_seconds;
};

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* ---- one node ------------------------------------------------------------------------------------- */

static join_child child_of(const item *i)
{
    if (i->part != NULL)
        return (join_child){.part = i->part};
    const joined_proof *p = &i->proof;
    return (join_child){.part = &p->run.parts[0],
                        .statement = &p->said,
                        .shared_nonce = p->run.shared_nonce,
                        .preimage = p->output};
}

/* The input of a node of these; only what it needs is in it. */
static bytes input_of(const join_tree *t, item *const *items, uint32_t count, arena *scratch)
{
    join_child *children = ARENA_NEW(scratch, join_child, count);
    join_job job = {.operation = t->operation, .self = t->options->join->id, .children = children, .child_count = count};
    for (uint32_t i = 0; i < count; i++) {
        children[i] = child_of(items[i]);
        if (t->operation != JOIN_LINK)
            children[i].preimage = (bytes){NULL, 0};
        if (items[i]->part == NULL)
            job.join_key = &t->options->join->key;
    }
    if (t->operation == JOIN_SPAN) {
        job.program_key = &t->run->key;
        job.header = t->header;
        job.before = items[0]->before;
    }
    return join_input_write(scratch, t->v, &job);
}

/* A node is one segment, however short the parts were to be. */
static prover_options options_of(const join_tree *t)
{
    prover_options options = *t->options->options;
    options.segment_log2_cycles = options.ledger_rows = 0;
    return options;
}

static bytes copy_of(arena *memory, bytes from)
{
    uint8_t *copy = arena_allocate(memory, from.size, 64);
    memcpy(copy, from.data, from.size);
    return (bytes){copy, from.size};
}

/* RUN_TOO_LONG: it does not fit one proof. Verifying is straight on, so children take about the same each: that says how many of
 * these fit. */
static status look_at_plan(item *out, join_tree *t, const prover_run *run, uint32_t count, arena *scratch)
{
    bool is_one = run->part_count == 1 && run->parts[0].kind == VM_BOTH;
    uint64_t cells = 0, memory_bytes = is_one ? prover_part_bytes(run, 0, scratch) : 0;
    for (uint32_t i = 0; i < run->part_count; i++)
        cells += prover_part_cells(run, i);
    const double shares[] = {(double)run->cycles / (double)(UINT64_C(1) << PROVER_LOG2_CYCLES_MAX),
                             (double)cells / (double)prover_segment_cells_max(t->v),
                             (double)memory_bytes / (double)t->options->options->memory_bytes};
    double most = 0;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        most = shares[i] > most ? shares[i] : most;
    t->fitting = most * JOIN_CHILDREN_MAX > count ? (uint32_t)(count / most) : JOIN_CHILDREN_MAX;
    out->is.child_count = count;
    out->is.cut = run->cut;
    memcpy(out->is.rows, run->parts[0].rows, sizeof out->is.rows);
    out->is.cycles = run->cycles;
    out->is.cells = cells;
    out->is.memory_bytes = memory_bytes;
    return is_one && memory_bytes <= t->options->options->memory_bytes ? OK : RUN_TOO_LONG;
}

/* Executes it. RUN_TOO_LONG as above. */
static status plan_node(item *out, join_tree *t, item *const *items, uint32_t count, arena *memory, arena *scratch)
{
    size_t scratch_mark = scratch->used_bytes, memory_mark = memory->used_bytes;
    bytes input = input_of(t, items, count, scratch);
    join_statement *said = &out->proof.said;
    uint8_t statement[STATEMENT_BYTES_MAX];
    bytes output = {statement, 0};
    status s = join_node(said, t->v, input, scratch);
    if (s == OK) {
        output.size = statement_write(statement, said);
        prover_run run;
        prover_report report;
        prover_fault fault;
        prover_options options = options_of(t);
        options.progress = NULL;
        options.memory_bytes = UINT64_MAX; /* what it takes as it is, is asked next */
        s = prover_plan(&run, &report, &fault, memory, scratch, t->options->join, input, output, &options);
        if (s == OK)
            s = look_at_plan(out, t, &run, count, scratch);
        else if (s == MEMORY_LIMIT)
            s = RUN_TOO_LONG;
        prover_close(&run);
    }
    arena_rewind(memory, memory_mark);
    if (s == OK) {
        out->is.input = copy_of(memory, input);
        out->is.output = copy_of(memory, output);
    }
    arena_rewind(scratch, scratch_mark);
    return s;
}

/* As many as fit, of `most`: exactly, whatever was tried on the way. */
static status plan_largest(item *out, join_tree *t, item *const *items, uint32_t most, arena *memory, arena *scratch)
{
    uint32_t fits = 0, too_many = most + 1;
    for (uint32_t count = most; too_many - fits > 1;) {
        item tried = {0};
        status s = plan_node(&tried, t, items, count, memory, scratch);
        if (s != OK && s != RUN_TOO_LONG)
            return s;
        if (s == OK)
            *out = tried;
        fits = s == OK ? count : fits;
        too_many = s == OK ? too_many : count;
        count = t->fitting;
        count = count > fits ? count : fits + 1;
        count = count < too_many ? count : too_many - 1;
    }
    return fits > 0 ? OK : RUN_TOO_LONG;
}

/* What a node makes public of runs that it links. */
static status join_outputs(bytes *out, item *const *items, uint32_t count, arena *memory)
{
    bytes first = items[0]->proof.output;
    const link_format *format = link_format_of(first.data);
    uint8_t *joined = arena_allocate(memory, first.size, 8);
    uint32_t word;
    memcpy(joined, first.data, first.size);
    for (uint32_t i = 1; i < count; i++)
        TRY(link_join(format, &word, joined, items[i]->proof.output.data));
    *out = (bytes){joined, first.size};
    return OK;
}

/* ---- levels --------------------------------------------------------------------------------------- */

static uint32_t most_children(const join_tree *t)
{
    return t->options->children_max != 0 ? t->options->children_max : JOIN_CHILDREN_MAX;
}

static void open_level(join_tree *t, uint32_t l, uint32_t capacity, arena *memory)
{
    t->levels[l] = (level){.items = ARENA_NEW(memory, item *, capacity), .capacity = capacity, .most = most_children(t)};
}

static void add_item(level *to, item *i)
{
    CHECK(to->count < to->capacity);
    to->items[to->count++] = i;
}

/* The node that all others are below stands alone in its level. */
static bool is_top(const join_tree *t, uint32_t l) { return l > 0 && t->levels[l].is_complete && t->levels[l].count == 1; }

/* Whether as many as there are could be more than one node takes. What was found to fit, fits once the next are there. */
static status try_some(bool *is_known, item *out, join_tree *t, level *below, uint32_t there, arena *memory, arena *scratch)
{
    item *const *items = &below->items[below->taken];
    *is_known = false;
    if (there < 2 || there <= below->fitting)
        return OK;
    size_t mark = memory->used_bytes;
    status s = plan_node(out, t, items, there, memory, scratch);
    if (s == OK) {
        below->fitting = there;
        arena_rewind(memory, mark);
    } else if (s == RUN_TOO_LONG) {
        *is_known = true;
        s = plan_largest(out, t, items, there - 1, memory, scratch);
    }
    return s;
}

/* The next node over a level, if what it takes is there. */
static status next_over(item **out, join_tree *t, uint32_t l, arena *memory, arena *scratch)
{
    level *below = &t->levels[l], *above = &t->levels[l + 1];
    *out = NULL;
    if (above->items == NULL)
        open_level(t, l + 1, below->capacity / 2 + 1, memory);
    uint32_t left = below->count - below->taken, there = 0;
    if (below->is_complete && left == 1 && above->count > 0) { /* it goes up as it is */
        add_item(above, below->items[below->taken++]);
        above->is_complete = true;
        return OK;
    }
    while (there < left && below->items[below->taken + there]->is_there)
        there++;
    uint32_t most = below->is_complete ? smaller(below->most, left) : below->most;
    if (there == 0)
        return OK;
    size_t mark = memory->used_bytes;
    item *made = ARENA_NEW(memory, item, 1);
    bool is_known = there >= most;
    status s = OK;
    if (is_known)
        s = plan_largest(made, t, &below->items[below->taken], most, memory, scratch);
    else if (above->count == 0) /* those after the first wait for as many as it took */
        s = try_some(&is_known, made, t, below, there, memory, scratch);
    uint32_t used = made->is.child_count;
    if (s == OK && is_known && used == 1 && (left > 1 || !below->is_complete))
        s = RUN_TOO_LONG; /* a tree of single children has no end */
    if (s == OK && is_known && t->operation == JOIN_LINK)
        s = join_outputs(&made->proof.output, &below->items[below->taken], used, memory);
    if (s != OK || !is_known) {
        arena_rewind(memory, mark);
        return s;
    }
    made->is.level = l + 1;
    made->is.index = above->count;
    add_item(above, made);
    below->taken += used;
    below->fitting = 0;
    below->most = below->is_complete && used == left ? below->most : used; /* the next ones are of the same kind */
    above->is_complete = below->is_complete && used == left;
    t->nodes_known++;
    t->cells_known += made->is.cells;
    *out = made;
    return OK;
}

/* ---- the tree ------------------------------------------------------------------------------------- */

static join_tree *open_tree(arena *memory, const tree_options *options, uint32_t operation, uint32_t count)
{
    join_tree *t = ARENA_NEW(memory, join_tree, 1);
    t->options = options;
    t->v = options->join->verifier;
    t->operation = operation;
    t->start_seconds = clock_seconds();
    open_level(t, 0, count, memory);
    item *items = ARENA_NEW(memory, item, count);
    for (uint32_t i = 0; i < count; i++)
        add_item(&t->levels[0], &items[i]);
    t->levels[0].is_complete = true;
    return t;
}

join_tree *join_tree_open(arena *memory, const tree_options *options, const run_proof *run)
{
    join_tree *t = open_tree(memory, options, JOIN_SPAN, run->part_count);
    digest id;
    run_state state;
    program_id(&id, t->v, &run->key);
    run_header_make(&t->header, t->v, &id, run->records, run->segment_count, run->ledger_count, run->output);
    t->header.shared_nonce = run->shared_nonce;
    t->run = run;
    join_start(&state, t->v, &id, &run->key);
    for (uint32_t i = 0; i < run->part_count; i++) {
        *t->levels[0].items[i] = (item){.part = &run->parts[i], .before = state};
        join_advance(&state, &run->parts[i], &run->records[i]);
    }
    return t;
}

void join_tree_put_part(join_tree *t, uint32_t i)
{
    CHECK(i < t->levels[0].count);
    t->levels[0].items[i]->is_there = true;
}

status join_tree_next(const tree_node **out, join_tree *t, arena *memory, arena *scratch)
{
    item *made = NULL;
    for (uint32_t l = 0; l + 1 < LEVELS_MAX && t->levels[l].count > 0 && !is_top(t, l) && made == NULL; l++)
        TRY(next_over(&made, t, l, memory, scratch));
    *out = made != NULL ? &made->is : NULL;
    return OK;
}

void join_tree_put_node(join_tree *t, const tree_node *n, const run_proof *proof, bool was_found)
{
    item *at = t->levels[n->level].items[n->index];
    CHECK(n == &at->is && !at->is_there);
    at->proof.run = *proof;
    at->is_there = true;
    t->report.nodes++;
    t->report.found += was_found;
    t->report.cycles += n->cycles;
    t->report.cells += n->cells;
}

static const item *top(const join_tree *t)
{
    for (uint32_t l = 1; l < LEVELS_MAX && t->levels[l].count > 0; l++)
        if (is_top(t, l))
            return t->levels[l].items[0];
    return NULL;
}

bool join_tree_is_whole(const join_tree *t) { return top(t) != NULL && top(t)->is_there; }

status join_tree_result(joined_proof *out, tree_report *report, const join_tree *t)
{
    CHECK(join_tree_is_whole(t));
    *out = top(t)->proof;
    if (t->operation == JOIN_SPAN)
        out->output = t->run->output;
    *report = t->report;
    report->levels = top(t)->is.level;
    report->seconds = clock_seconds() - t->start_seconds;
    return t->operation == JOIN_SPAN && out->said.kind != STATEMENT_RUN ? PROOF_CHAIN : OK;
}

/* As if all nodes of a level took as many as the last one, or as those below. */
tree_progress join_tree_count(const join_tree *t)
{
    uint32_t items = t->levels[0].count, each = 0, expected = 0;
    for (uint32_t l = 0; l + 1 < LEVELS_MAX && (l == 0 || items > 1); l++) {
        const level *below = &t->levels[l], *above = &t->levels[l + 1];
        uint32_t left = items - below->taken;
        each = above->count > 0 ? below->most : each;
        if (left > 0 && each < 2)
            break; /* nothing is known of it */
        uint32_t more = left == 0 ? 0 : (left + each - 1) / each;
        bool goes_up = left > 0 && left % each == 1 && above->count + more > 1;
        bool went_up = above->count > 0 && above->items[above->count - 1]->is.level != l + 1;
        items = above->count + more;
        expected += items - goes_up - went_up;
    }
    tree_progress p = {.done = t->report.nodes, .cells_done = t->report.cells, .cells_expected = t->cells_known};
    p.expected = expected > t->nodes_known ? expected : t->nodes_known;
    if (t->nodes_known > 0)
        p.cells_expected += (p.expected - t->nodes_known) * (t->cells_known / t->nodes_known);
    return p;
}

void join_tree_prove(run_proof *proof, join_tree *t, const tree_node *n, arena *memory, arena *scratch)
{
    const tree_options *o = t->options;
    tree_progress p = join_tree_count(t);
    if (o->node != NULL)
        o->node(o->node_context, n->level, n->child_count, p.done, p.expected);
    size_t mark = memory->used_bytes, scratch_mark = scratch->used_bytes;
    prover_run run;
    prover_report report;
    prover_fault fault;
    prover_options options = options_of(t);
    run_proof made;
    status s = prover_plan_as(&run, &report, &fault, memory, scratch, o->join, n->input, n->output, &options, &n->cut);
    CHECK(s == OK);
    prover_finish(&made, &run, memory, scratch);
    prover_close(&run);
    run_part part = made.parts[0];
    boundary_record record = made.records[0];
    bytes words = copy_of(scratch, (bytes){(const uint8_t *)part.words, 4 * part.word_count});
    arena_rewind(memory, mark);
    run_part *parts = ARENA_NEW(memory, run_part, 1);
    boundary_record *records = ARENA_NEW(memory, boundary_record, 1);
    part.words = (const uint32_t *)(const void *)copy_of(memory, words).data;
    *parts = part;
    *records = record;
    *proof = made;
    proof->parts = parts;
    proof->records = records;
    arena_rewind(scratch, scratch_mark);
}

/* ---- all of it here ------------------------------------------------------------------------------- */

static status make_tree(joined_proof *out, tree_report *report, join_tree *t, arena *memory, arena *scratch)
{
    *report = (tree_report){0};
    for (uint32_t i = 0; i < t->levels[0].count; i++)
        t->levels[0].items[i]->is_there = true;
    while (!join_tree_is_whole(t)) {
        const tree_node *n;
        run_proof proof;
        TRY(join_tree_next(&n, t, memory, scratch));
        CHECK(n != NULL);
        join_tree_prove(&proof, t, n, memory, scratch);
        join_tree_put_node(t, n, &proof, false);
    }
    return join_tree_result(out, report, t);
}

status tree_join_parts(joined_proof *out, tree_report *report, const tree_options *options, const run_proof *proof,
                       arena *memory, arena *scratch)
{
    return make_tree(out, report, join_tree_open(memory, options, proof), memory, scratch);
}

static join_tree *open_over(arena *memory, const tree_options *options, uint32_t operation, const joined_proof *proofs,
                       uint32_t count)
{
    join_tree *t = open_tree(memory, options, operation, count);
    for (uint32_t i = 0; i < count; i++)
        t->levels[0].items[i]->proof = proofs[i];
    return t;
}

status tree_link(joined_proof *out, tree_report *report, const tree_options *options, const joined_proof *proofs,
                 uint32_t count, arena *memory, arena *scratch)
{
    for (uint32_t i = 0; i < count; i++) {
        const link_format *format = proofs[i].output.size < LINK_WORD_BYTES ? NULL : link_format_of(proofs[i].output.data);
        if (format == NULL || link_bytes(format) != proofs[i].output.size)
            return LINK_UNKNOWN;
    }
    return make_tree(out, report, open_over(memory, options, JOIN_LINK, proofs, count), memory, scratch);
}

status tree_pass(joined_proof *out, tree_report *report, const tree_options *options, const joined_proof *proof,
                 arena *memory, arena *scratch)
{
    TRY(make_tree(out, report, open_over(memory, options, JOIN_PASS, proof, 1), memory, scratch));
    out->output = proof->output;
    return OK;
}
