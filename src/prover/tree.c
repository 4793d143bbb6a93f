#include "prover/tree.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "prover/join.h"
#include "verify/link.h"

/* What stands in a level: a part, or a proof of a node. */
typedef struct {
    const run_part *part; /* NULL: a node */
    const joined_proof *node;
    run_state before; /* of a part */
} item;

typedef struct {
    const tree_options *options;
    tree_report *report;
    const verifier *v;
    const run_proof *run; /* whose parts are joined; NULL: runs are linked */
    run_header header;
    uint32_t operation, level;
    uint64_t tried_cycles; /* of the last node that was executed */
    arena *memory, *scratch;
} joining;

/* Of one proof. */
#define NODE_CYCLES_MAX (UINT64_C(1) << 23)

/* ---- one node ------------------------------------------------------------------------------------- */

static join_child child_of(const item *i)
{
    if (i->part != NULL)
        return (join_child){.part = i->part};
    const joined_proof *p = i->node;
    return (join_child){.part = &p->run.parts[0],
                        .statement = &p->said,
                        .shared_nonce = p->run.shared_nonce,
                        .preimage = p->output};
}

/* The input of a node of these; only what it needs is in it. */
static bytes input_of(joining *t, const item *items, uint32_t count)
{
    join_child *children = ARENA_NEW(t->scratch, join_child, count);
    join_job job = {.operation = t->operation, .self = t->options->join->id, .children = children, .child_count = count};
    for (uint32_t i = 0; i < count; i++) {
        children[i] = child_of(&items[i]);
        if (t->operation != JOIN_LINK)
            children[i].preimage = (bytes){NULL, 0};
        if (items[i].part == NULL)
            job.join_key = &t->options->join->key;
    }
    if (t->operation == JOIN_SPAN) {
        job.program_key = &t->run->key;
        job.header = t->header;
        job.before = items[0].before;
    }
    return join_input_write(t->scratch, t->v, &job);
}

/* RUN_TOO_LONG: it does not fit one proof. What it takes besides the proof is given back. */
static status make_node(joined_proof *out, joining *t, const item *items, uint32_t count)
{
    const tree_options *o = t->options;
    size_t scratch_mark = t->scratch->used_bytes, memory_mark = t->memory->used_bytes;
    bytes input = input_of(t, items, count);
    status s = join_node(&out->said, t->v, input, t->scratch);
    uint8_t *statement = arena_allocate(t->memory, STATEMENT_BYTES_MAX, 8);
    prover_run *run = ARENA_NEW(t->memory, prover_run, 1);
    prover_report *report = ARENA_NEW(t->memory, prover_report, 1);
    prover_fault fault;
    if (s == OK) {
        bytes output = {statement, statement_write(statement, &out->said)};
        prover_options options = *o->options;
        options.segment_log2_cycles = 0; /* how short the parts were to be; a node is one segment */
        s = prover_plan(run, report, &fault, t->memory, t->scratch, o->join, input, output, &options);
        t->tried_cycles = s == OK ? run->cycles : 0;
        if (s == OK && (run->part_count != 1 || run->parts[0].kind != VM_BOTH))
            s = RUN_TOO_LONG;
        else if (s == MEMORY_LIMIT)
            s = RUN_TOO_LONG;
        if (s == OK) {
            if (o->node != NULL)
                o->node(o->node_context, t->level, count);
            prover_finish(&out->run, run, t->memory, t->scratch);
            t->report->nodes++;
            t->report->cycles += run->cycles;
            t->report->cells += prover_part_cells(run, 0);
        }
        prover_close(run);
    }
    arena_rewind(t->scratch, scratch_mark);
    if (s != OK)
        arena_rewind(t->memory, memory_mark);
    return s;
}

/* ---- levels --------------------------------------------------------------------------------------- */

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* *used is how many of the items it took: as many as fit, of `most`. */
static status make_largest(joined_proof *out, uint32_t *used, joining *t, const item *items, uint32_t most)
{
    status s = RUN_TOO_LONG;
    for (*used = most; *used > 0;) {
        if ((s = make_node(out, t, items, *used)) != RUN_TOO_LONG)
            return s;
        /* Verifying is straight on, so children take about the same each. */
        uint64_t fit = t->tried_cycles == 0 ? 0 : (uint64_t)*used * NODE_CYCLES_MAX / t->tried_cycles;
        *used = smaller(*used - 1, fit < 1 ? 1 : (uint32_t)fit);
    }
    return s;
}

/* What a node makes public of runs that it linked. */
static status join_outputs(joined_proof *out, joining *t, const item *items, uint32_t count)
{
    bytes first = items[0].node->output;
    const link_format *format = link_format_of(first.data);
    uint8_t *joined = arena_allocate(t->memory, first.size, 8);
    uint32_t word;
    memcpy(joined, first.data, first.size);
    for (uint32_t i = 1; i < count; i++)
        TRY(link_join(format, &word, joined, items[i].node->output.data));
    out->output = (bytes){joined, first.size};
    return OK;
}

/* One level: *count items become fewer, in place. */
static status make_level(joining *t, item *items, uint32_t *count)
{
    uint32_t most = t->options->children_max != 0 ? t->options->children_max : JOIN_CHILDREN_MAX, made = 0;
    for (uint32_t i = 0; i < *count;) {
        uint32_t left = *count - i, used;
        if (left == 1 && made > 0) { /* it goes up as it is */
            items[made++] = items[i++];
            continue;
        }
        joined_proof *node = ARENA_NEW(t->memory, joined_proof, 1);
        TRY(make_largest(node, &used, t, &items[i], smaller(most, left)));
        if (used == 1 && *count > 1)
            return RUN_TOO_LONG; /* a tree of single children has no end */
        if (t->operation == JOIN_LINK)
            TRY(join_outputs(node, t, &items[i], used));
        most = used == left ? most : used; /* the next ones are of the same kind */
        items[made++] = (item){.node = node};
        i += used;
    }
    *count = made;
    return OK;
}

/* Until one is left, which is a node even where it stands for a single item. */
static status make_tree(joined_proof *out, joining *t, item *items, uint32_t count)
{
    double start = clock_seconds();
    *t->report = (tree_report){0};
    do {
        t->level++;
        TRY(make_level(t, items, &count));
    } while (count > 1);
    t->report->levels = t->level;
    t->report->seconds = clock_seconds() - start;
    *out = *items[0].node;
    return OK;
}

status tree_join_parts(joined_proof *out, tree_report *report, const tree_options *options, const run_proof *proof,
                       arena *memory, arena *scratch)
{
    const verifier *v = options->join->verifier;
    joining t = {.options = options, .report = report, .v = v, .run = proof, .operation = JOIN_SPAN, .memory = memory,
              .scratch = scratch};
    digest id;
    run_state state;
    program_id(&id, v, &proof->key);
    run_header_make(&t.header, v, &id, proof->records, proof->segment_count, proof->ledger_count, proof->output);
    t.header.shared_nonce = proof->shared_nonce;
    item *items = ARENA_NEW(memory, item, proof->part_count);
    join_start(&state, v, &id, &proof->key);
    for (uint32_t i = 0; i < proof->part_count; i++) {
        items[i] = (item){.part = &proof->parts[i], .before = state};
        join_advance(&state, &proof->parts[i], &proof->records[i]);
    }
    TRY(make_tree(out, &t, items, proof->part_count));
    out->output = proof->output;
    return out->said.kind == STATEMENT_RUN ? OK : PROOF_CHAIN;
}

status tree_link(joined_proof *out, tree_report *report, const tree_options *options, const joined_proof *proofs,
                 uint32_t count, arena *memory, arena *scratch)
{
    joining t = {.options = options, .report = report, .v = options->join->verifier, .operation = JOIN_LINK, .memory = memory,
              .scratch = scratch};
    item *items = ARENA_NEW(memory, item, count);
    for (uint32_t i = 0; i < count; i++) {
        const link_format *format = proofs[i].output.size < LINK_WORD_BYTES ? NULL : link_format_of(proofs[i].output.data);
        if (format == NULL || link_bytes(format) != proofs[i].output.size)
            return LINK_UNKNOWN;
        items[i] = (item){.node = &proofs[i]};
    }
    return make_tree(out, &t, items, count);
}

status tree_pass(joined_proof *out, tree_report *report, const tree_options *options, const joined_proof *proof,
                 arena *memory, arena *scratch)
{
    joining t = {.options = options, .report = report, .v = options->join->verifier, .operation = JOIN_PASS, .memory = memory,
              .scratch = scratch};
    item only = {.node = proof};
    TRY(make_tree(out, &t, &only, 1));
    out->output = proof->output;
    return OK;
}
