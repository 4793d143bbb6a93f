#include "prover/run.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "crypto/keccak.h"
#include "prover/estimate.h"

#include <string.h>

enum {
    SEGMENT_LOG2_CELLS_MIN = 19,
    EVEN_SLACK = 256, /* segments of the same length may differ by this share */
};

status prover_program_open(prover_program *p, arena *memory, const char **reason, const verifier *v, bytes elf)
{
    p->verifier = v;
    TRY(riscv_program_load(&p->program, memory, reason, elf));
    vm_preprocess(&p->preprocessed, memory, &p->program, VM_GRAINS);
    memset(&p->key, 0, sizeof p->key);
    p->key.entry_pc4 = p->program.entry_pc4;
    p->proving_key = proof_setup(&p->key.proof, memory, &v->machine, &v->parameters, p->preprocessed.tables,
                                 p->preprocessed.count);
    program_id(&p->id, v, &p->key);
    return OK;
}

/* ---- the plan: segments and ledger parts ---------------------------------------------------------- */

typedef struct {
    riscv_segment *segments;
    uint32_t segment_count;
    riscv_ledger_row *ledger;
    uint32_t ledger_count; /* rows */
    uint32_t parts_of_ledger;
    uint32_t rows_per_part;
    bool is_both; /* one proof for all */
    hash256 output;
} run_plan;

typedef struct {
    prover_progress progress;
    double start_seconds;
    uint64_t cells_done, cells_now, cells_left; /* since the start; of the part that is being proven; after it */
    prover_stage *stage; /* the present one; NULL: none */
    double stage_start_seconds;
} progress_state;

struct prover_execution {
    run_plan plan;
    progress_state state;
    riscv_machine machine; /* that parts are traced on */
    bool is_open;
};

/* The whole run once, at full speed, noting what each segment touches. */
static status record_run(run_plan *plan, prover_fault *fault, arena *a, const prover_program *program, bytes input,
                         const riscv_limits *limits)
{
    riscv_machine machine;
    TRY(riscv_open(&machine, &program->program, input));
    uint32_t capacity = 64;
    plan->segments = ARENA_NEW(a, riscv_segment, capacity);
    plan->segment_count = 0;
    status outcome = OK;
    while (outcome == OK && machine.pc4 != RISCV_HALT) {
        if (plan->segment_count == capacity) {
            riscv_segment *more = ARENA_NEW(a, riscv_segment, 2 * capacity);
            memcpy(more, plan->segments, capacity * sizeof *more);
            plan->segments = more;
            capacity *= 2;
        }
        outcome = riscv_record(&machine, &plan->segments[plan->segment_count], a, limits);
        plan->segment_count++;
    }
    *fault = (prover_fault){machine.fault, machine.pc4, machine.fault_address};
    plan->output = riscv_output(&machine);
    riscv_close(&machine);
    TRY(outcome);
    riscv_ledger(&plan->ledger, &plan->ledger_count, a, &program->program, plan->segments, plan->segment_count);
    return OK;
}

static uint32_t part_count(const run_plan *plan)
{
    return plan->is_both ? 1 : plan->segment_count + plan->parts_of_ledger;
}

/* What part `i` is about; its trace is filled in later. */
static vm_source source_of(const run_plan *plan, const prover_program *program, uint32_t i)
{
    vm_source source = {.heights = VM_GRAINS, .program = &program->program};
    bool segment = i < plan->segment_count, ledger = plan->is_both || !segment;
    source.kind = segment ? (ledger ? VM_BOTH : VM_SEGMENT) : VM_LEDGER;
    if (segment)
        source.segment = &plan->segments[i];
    if (ledger) {
        uint32_t first = segment ? 0 : (i - plan->segment_count) * plan->rows_per_part;
        source.ledger = plan->ledger + first;
        source.ledger_count =
            plan->ledger_count - first < plan->rows_per_part ? plan->ledger_count - first : plan->rows_per_part;
        source.key_before = first == 0 ? vm_first_key_before()
                                       : vm_ledger_key(plan->ledger[first - 1].space, plan->ledger[first - 1].w);
    }
    return source;
}

/* ---- proving -------------------------------------------------------------------------------------- */

/* `name` NULL: none follows. */
static void enter_stage(prover_run *run, const char *name)
{
    progress_state *state = &run->execution->state;
    double now = clock_seconds();
    if (state->stage != NULL)
        state->stage->seconds += now - state->stage_start_seconds;
    state->stage_start_seconds = now;
    state->stage = NULL;
    if (name == NULL)
        return;
    prover_report *report = run->report;
    uint32_t i = 0;
    while (i < report->stage_count && strcmp(report->stages[i].name, name) != 0)
        i++;
    CHECK(i < PROVER_STAGES_MAX);
    if (i == report->stage_count)
        report->stages[report->stage_count++] = (prover_stage){name, 0};
    state->stage = &report->stages[i];
}

static void tell(prover_run *run, const char *stage, double share_of_part)
{
    enter_stage(run, stage);
    if (run->options->progress == NULL)
        return;
    const progress_state *state = &run->execution->state;
    prover_progress p = state->progress;
    p.stage = stage;
    p.seconds_left = -1;
    if (state->cells_now > 0) {
        double all = (double)(state->cells_done + state->cells_now + state->cells_left);
        double done = ((double)state->cells_done + share_of_part * (double)state->cells_now) / all;
        double spent = clock_seconds() - state->start_seconds;
        if (done > 0.01)
            p.seconds_left = spent * (1 - done) / done;
    }
    run->options->progress(run->options->progress_context, &p);
}

static void tell_stage(void *run, const char *stage, double done) { tell(run, stage, done); }

static void count_rows(prover_report *report, const stark_machine *m, const vm_tables *tables)
{
    for (uint32_t i = 0; i < tables->count; i++) {
        const stark_table *table = &tables->tables[i];
        uint64_t rows = table->rows;
        report->used_rows[table->chip] += tables->used_rows[table->chip];
        report->rows[table->chip] += rows;
        report->cells[table->chip] += rows * prover_chip_cells(m, table->chip);
    }
}

static void change_tables(const prover_options *options, const stark_machine *m, const vm_source *source, uint32_t part,
                          vm_tables *tables, bool boundary_only, arena *scratch)
{
    const prover_lies *lies = options->lies;
    if (lies == NULL || lies->change_tables == NULL)
        return;
    lies->change_tables(lies->context, part, tables, boundary_only);
    if (boundary_only || !lies->recount_lookups)
        return;
    proof_claim *claim = ARENA_NEW(scratch, proof_claim, 1);
    vm_public values = vm_source_public(source);
    vm_claim_public(claim, &values);
    vm_count_lookups(m, tables, claim, NULL, NULL, scratch);
}

/* Heights and place of a part, from its tables. */
static run_part place_of(const vm_source *source, const run_plan *plan, uint32_t i)
{
    run_part part = {.kind = source->kind};
    part.index = source->kind == VM_LEDGER ? i - plan->segment_count + 1 : i + 1;
    if (source->kind != VM_LEDGER) {
        part.pc4_first = source->segment->pc4_first;
        part.pc4_last = source->segment->pc4_last;
        part.cycles = source->segment->cycles;
    }
    if (source->kind != VM_SEGMENT) {
        part.key_before_plus_1 = fp_to_u32(fp_add(source->key_before, FP_ONE));
        part.key_after_plus_1 = fp_to_u32(fp_add(vm_source_key_after(source), FP_ONE));
    }
    return part;
}

/* The claim of a part as far as it is known before χ: rows, and what the kind opens. */
static void planned_claim(proof_claim *claim, const vm_source *source, const prover_program *program)
{
    static const bus_challenge no_challenge;
    static const digest no_program;
    fp statement[RUN_STATEMENT];
    run_part part = {.kind = source->kind, .index = source->segment != NULL ? source->segment->index : 1};
    vm_plan_rows(part.rows, source, &program->preprocessed);
    run_part_claim(claim, statement, program->verifier, &no_program, &no_challenge, 0, 0, &part);
    claim->statement = NULL;
    claim->statement_count = 0;
}

static void commit_boundary(boundary_record *record, const vm_source *source, const prover_program *program,
                            const prover_options *options, uint32_t i, arena *scratch)
{
    const verifier *v = program->verifier;
    size_t mark = scratch->used_bytes;
    proof_claim *claim = ARENA_NEW(scratch, proof_claim, 1);
    planned_claim(claim, source, program);
    vm_tables *tables = ARENA_NEW(scratch, vm_tables, 1);
    vm_fill_boundary(tables, scratch, source);
    change_tables(options, &v->machine, source, i, tables, true, scratch);
    for (uint32_t k = 0; k < tables->count; k++)
        claim->rows[tables->tables[k].chip] = tables->tables[k].rows;
    proof_boundary_root(&record->root, &v->machine, &v->parameters, claim, tables->tables, tables->count, scratch);
    record->kind = source->kind;
    record->memory_rows = claim->rows[VM_CHIP_MEMORY];
    record->ledger_rows = claim->rows[VM_CHIP_LEDGER];
    arena_rewind(scratch, mark);
}

/* Memory for a part: its events and tables and then the proof system's own. 0: it has no proof. */
static size_t memory_of_part(const run_plan *plan, const prover_program *program, uint32_t i, arena *scratch)
{
    const verifier *v = program->verifier;
    size_t mark = scratch->used_bytes;
    proof_claim *claim = ARENA_NEW(scratch, proof_claim, 1);
    vm_source source = source_of(plan, program, i);
    planned_claim(claim, &source, program);
    size_t size_bytes = proof_prove_memory_bytes(&v->machine, &v->parameters, claim, scratch);
    if (size_bytes > 0 && source.segment != NULL)
        size_bytes += (size_t)source.segment->cycles * (sizeof(riscv_event) + sizeof(uint32_t));
    for (uint32_t chip = 0; chip < VM_CHIPS && size_bytes > 0; chip++)
        size_bytes += (size_t)prover_chip_cells(&v->machine, chip) * sizeof(fp) * claim->rows[chip];
    arena_rewind(scratch, mark);
    return size_bytes;
}

/* For the largest part of a plan. 0: a part has no proof. */
static size_t memory_of(const run_plan *plan, const prover_program *program, arena *scratch)
{
    size_t most = 0;
    for (uint32_t i = 0; i < part_count(plan); i++) {
        size_t size_bytes = memory_of_part(plan, program, i, scratch);
        if (size_bytes == 0)
            return 0;
        most = size_bytes > most ? size_bytes : most;
    }
    return most;
}

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

static uint64_t cells_of_segments(const run_plan *plan, const riscv_weights *weights)
{
    uint64_t cells = 0;
    for (uint32_t i = 0; i < plan->segment_count; i++) {
        const riscv_segment *s = &plan->segments[i];
        cells += (uint64_t)s->touched_count * weights->touched + (uint64_t)s->refresh_count * weights->refresh;
        for (uint32_t chip = 0; chip < RISCV_CHIPS; chip++)
            cells += (uint64_t)s->chip_rows[chip] * weights->chip[chip];
        for (uint32_t call = 0; call < CALL_INDEX_COUNT; call++)
            cells += s->call_counts[call] * weights->call[call] + s->call_items[call] * weights->call_item[call];
        for (uint32_t part = 0; part < CALL_LEAF_PARTS; part++)
            cells += s->leaf_parts[part] * weights->leaf_part[part];
    }
    return cells;
}

/* Executes the run, cut like this, but for `is_both`. */
static status execute_as(run_plan *plan, prover_fault *fault, arena *memory, const prover_program *program, bytes input,
                         const riscv_weights *weights, const prover_cut *cut)
{
    const riscv_limits limits = prover_segment_limits(program->verifier, &program->preprocessed, weights,
                                                      cut->segment_log2_cycles, cut->segment_cells);
    TRY(record_run(plan, fault, memory, program, input, &limits));
    plan->rows_per_part = cut->ledger_rows;
    plan->parts_of_ledger = (plan->ledger_count + plan->rows_per_part - 1) / plan->rows_per_part;
    plan->is_both = plan->segment_count == 1 && plan->parts_of_ledger == 1;
    return OK;
}

/* *memory_bytes is what the largest part takes; 0: one has no proof. */
static status make_plan(run_plan *plan, size_t *memory_bytes, prover_fault *fault, arena *memory, arena *scratch,
                        const prover_program *program, bytes input, const riscv_weights *weights, const prover_cut *cut)
{
    TRY(execute_as(plan, fault, memory, program, input, weights, cut));
    *memory_bytes = memory_of(plan, program, scratch);
    if (plan->is_both && *memory_bytes == 0) { /* not all fit beside each other */
        plan->is_both = false;
        *memory_bytes = memory_of(plan, program, scratch);
    }
    return OK;
}

/* As few segments as memory allows, all of a length. To execute the run again costs next to nothing beside proving it. */
static status plan_run(run_plan *plan, prover_cut *cut, prover_report *report, prover_fault *fault, arena *memory,
                       arena *scratch, const prover_program *program, bytes input, const prover_options *options)
{
    const riscv_weights weights = prover_weights(&program->verifier->machine);
    const uint64_t least = UINT64_C(1) << SEGMENT_LOG2_CELLS_MIN;
    uint64_t cells = prover_segment_cells_max(program->verifier);
    cut->segment_log2_cycles =
        options->segment_log2_cycles != 0 ? options->segment_log2_cycles : PROVER_LOG2_CYCLES_MAX;
    cut->ledger_rows = prover_ledger_rows_max(program->verifier, &program->preprocessed);
    if (options->ledger_rows != 0)
        cut->ledger_rows = smaller(cut->ledger_rows, options->ledger_rows);
    if (cut->ledger_rows == 0)
        return MEMORY_LIMIT;
    size_t mark = memory->used_bytes, memory_bytes;
    for (;;) {
        arena_rewind(memory, mark);
        cut->segment_cells = cells;
        TRY(make_plan(plan, &memory_bytes, fault, memory, scratch, program, input, &weights, cut));
        report->planned_bytes = memory_bytes;
        if (memory_bytes != 0 && memory_bytes <= options->memory_bytes)
            break;
        if (cells == least)
            return MEMORY_LIMIT;
        /* What does not grow with the cells makes the next ones too many again, so each step is one of a tenth at least. */
        double share = memory_bytes == 0 ? 0.5 : (double)options->memory_bytes / (double)memory_bytes;
        cells = (uint64_t)((double)cells * (share < 0.9 ? share : 0.9));
        cells = cells < least ? least : cells;
    }
    uint32_t segments = plan->segment_count;
    uint64_t even = cells_of_segments(plan, &weights) / segments + cells / EVEN_SLACK;
    if (segments == 1 || even >= cells)
        return OK;
    arena_rewind(memory, mark);
    cut->segment_cells = even;
    TRY(make_plan(plan, &memory_bytes, fault, memory, scratch, program, input, &weights, cut));
    if (plan->segment_count > segments || memory_bytes == 0 || memory_bytes > options->memory_bytes) {
        arena_rewind(memory, mark);
        cut->segment_cells = cells;
        TRY(make_plan(plan, &memory_bytes, fault, memory, scratch, program, input, &weights, cut));
    }
    report->planned_bytes = memory_bytes;
    return OK;
}

/* ---- a run, part by part -------------------------------------------------------------------------- */

static void open_run(prover_run *run, prover_report *report, arena *memory, const prover_program *program, bytes input,
                     bytes output, const prover_options *options)
{
    memset(report, 0, sizeof *report);
    *run = (prover_run){.program = program,
                        .options = options,
                        .report = report,
                        .input = input,
                        .output = output,
                        .execution = ARENA_NEW(memory, struct prover_execution, 1)};
    run->execution->state.start_seconds = clock_seconds();
}

/* What follows from the plan. */
static status describe(prover_run *run, arena *memory, double start_seconds)
{
    const run_plan *plan = &run->execution->plan;
    prover_report *report = run->report;
    hash256 digest_of_output;
    keccak256(&digest_of_output, run->output.data, run->output.size);
    if (memcmp(digest_of_output.bytes, plan->output.bytes, 32) != 0)
        return OUTPUT_MISMATCH;
    for (uint32_t i = 0; i < plan->segment_count; i++)
        run->cycles += plan->segments[i].cycles;
    run->cut.is_both = plan->is_both;
    run->segment_count = plan->segment_count;
    run->ledger_count = plan->parts_of_ledger;
    run->part_count = part_count(plan);
    run->parts = ARENA_NEW(memory, run_part, run->part_count);
    for (uint32_t i = 0; i < run->part_count; i++) {
        vm_source source = source_of(plan, run->program, i);
        run->parts[i] = place_of(&source, plan, i);
        vm_plan_rows(run->parts[i].rows, &source, &run->program->preprocessed);
    }
    run->execution->state.progress.parts = run->part_count;
    run->execution->state.progress.cycles = run->cycles;
    report->cycles = run->cycles;
    report->segment_count = run->segment_count;
    report->ledger_count = run->ledger_count;
    report->execute_seconds = clock_seconds() - start_seconds;
    enter_stage(run, NULL);
    return OK;
}

status prover_plan(prover_run *run, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                   const prover_program *program, bytes input, bytes output, const prover_options *options)
{
    double start = clock_seconds();
    open_run(run, report, memory, program, input, output, options);
    tell(run, "execute", 0);
    TRY(plan_run(&run->execution->plan, &run->cut, report, fault, memory, scratch, program, input, options));
    return describe(run, memory, start);
}

status prover_plan_as(prover_run *run, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                      const prover_program *program, bytes input, bytes output, const prover_options *options,
                      const prover_cut *cut)
{
    double start = clock_seconds();
    run_plan *plan;
    open_run(run, report, memory, program, input, output, options);
    tell(run, "execute", 0);
    if (cut->segment_log2_cycles > PROVER_LOG2_CYCLES_MAX || cut->segment_cells == 0 || cut->ledger_rows == 0 ||
        cut->ledger_rows > prover_ledger_rows_max(program->verifier, &program->preprocessed))
        return PROOF_SHAPE;
    run->cut = *cut;
    plan = &run->execution->plan;
    const riscv_weights weights = prover_weights(&program->verifier->machine);
    TRY(execute_as(plan, fault, memory, program, input, &weights, cut));
    if (plan->parts_of_ledger > UINT16_MAX || (cut->is_both && !plan->is_both))
        return PROOF_SHAPE;
    plan->is_both = cut->is_both;
    report->planned_bytes = memory_of(plan, program, scratch);
    return report->planned_bytes == 0 ? PROOF_SHAPE : describe(run, memory, start);
}

void prover_close(prover_run *run)
{
    if (run->execution->is_open)
        riscv_close(&run->execution->machine);
    run->execution->is_open = false;
}

size_t prover_part_bytes(const prover_run *run, uint32_t i, arena *scratch)
{
    return memory_of_part(&run->execution->plan, run->program, i, scratch);
}

uint64_t prover_part_cells(const prover_run *run, uint32_t i)
{
    const stark_machine *m = &run->program->verifier->machine;
    uint64_t cells = 0;
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
        cells += (uint64_t)run->parts[i].rows[chip] * prover_chip_cells(m, chip);
    return cells;
}

void prover_commit(prover_run *run, arena *memory, arena *scratch)
{
    const verifier *v = run->program->verifier;
    const prover_options *options = run->options;
    double start = clock_seconds();
    run->records = ARENA_NEW(memory, boundary_record, run->part_count);
    for (uint32_t i = 0; i < run->part_count; i++) {
        tell(run, "commit boundaries", 0);
        vm_source source = source_of(&run->execution->plan, run->program, i);
        commit_boundary(&run->records[i], &source, run->program, options, i, scratch);
    }
    if (options->lies != NULL && options->lies->change_parts != NULL)
        options->lies->change_parts(options->lies->context, run->parts, run->part_count);
    transcript t;
    run_header_make(&run->header, v, &run->program->id, run->records, run->segment_count, run->ledger_count, run->output);
    if (options->lies != NULL && options->lies->change_header != NULL)
        options->lies->change_header(options->lies->context, &run->header);
    run_shared_transcript(&t, &run->header);
    run->header.shared_nonce = transcript_grind(&t, v->parameters.shared_grinding_bits);
    run->shared = run_squeeze_shared(&t);
    enter_stage(run, NULL);
    run->report->commit_seconds = clock_seconds() - start;
}

status prover_commit_as(prover_run *run, const boundary_record *records, uint32_t shared_nonce)
{
    const verifier *v = run->program->verifier;
    for (uint32_t i = 0; i < run->part_count; i++) {
        const run_part *part = &run->parts[i];
        if (records[i].kind != part->kind || records[i].memory_rows != part->rows[VM_CHIP_MEMORY] ||
            records[i].ledger_rows != part->rows[VM_CHIP_LEDGER])
            return PROOF_SHAPE;
    }
    run_header_make(&run->header, v, &run->program->id, records, run->segment_count, run->ledger_count, run->output);
    run->header.shared_nonce = shared_nonce;
    TRY(run_shared_challenge(&run->shared, v, &run->header));
    run->records = (boundary_record *)records;
    return OK;
}

/* The machine before a segment: it goes on from where it is, or begins anew. */
static void go_to_segment(prover_run *run, uint32_t i)
{
    struct prover_execution *e = run->execution;
    if (e->is_open && e->machine.segments > i)
        prover_close(run);
    if (!e->is_open) {
        status s = riscv_open(&e->machine, &run->program->program, run->input);
        CHECK(s == OK);
        e->is_open = true;
    }
    while (e->machine.segments < i)
        riscv_skip(&e->machine, &e->plan.segments[e->machine.segments]);
}

void prover_part(run_part *part, boundary_record *record, prover_run *run, uint32_t i, uint64_t left_cells, arena *memory,
                 arena *scratch)
{
    const verifier *v = run->program->verifier;
    const stark_machine *m = &v->machine;
    const prover_options *options = run->options;
    progress_state *state = &run->execution->state;
    size_t mark = scratch->used_bytes;
    double start = clock_seconds();
    if (state->cells_now == 0)
        state->start_seconds = start;
    state->progress.part = i + 1;
    state->cells_now = prover_part_cells(run, i);
    state->cells_left = left_cells;
    tell(run, "trace", 0);
    vm_source source = source_of(&run->execution->plan, run->program, i);
    riscv_trace_data trace;
    if (source.segment != NULL) {
        go_to_segment(run, i);
        riscv_trace(&run->execution->machine, &trace, scratch, source.segment);
        source.trace = &trace;
    }
    vm_tables *tables = ARENA_NEW(scratch, vm_tables, 1);
    CHECK(vm_fill(tables, scratch, m, &source, &run->program->preprocessed) == 0);
    change_tables(options, m, &source, i, tables, false, scratch);
    *part = run->parts[i];
    memset(part->rows, 0, sizeof part->rows);
    for (uint32_t k = 0; k < tables->count; k++)
        part->rows[tables->tables[k].chip] = tables->tables[k].rows;
    count_rows(run->report, m, tables);
    run->report->trace_seconds += clock_seconds() - start;

    start = clock_seconds();
    proof_claim *claim = ARENA_NEW(scratch, proof_claim, 1);
    fp statement[RUN_STATEMENT];
    run_part_claim(claim, statement, v, &run->program->id, &run->shared, run->segment_count, run->ledger_count, part);
    part->word_count = proof_words(m, &v->parameters, claim, scratch);
    uint32_t *words = ARENA_NEW(memory, uint32_t, part->word_count);
    part->words = words;
    proof_options stages = {.progress = tell_stage,
                            .progress_context = run,
                            .lies = options->lies != NULL ? options->lies->proof : NULL};
    proof_outcome outcome;
    proof_prove(words, &outcome, m, &v->parameters, run->program->proving_key, claim, tables->tables, tables->count,
                &stages, scratch);
    enter_stage(run, NULL);
    if (record != NULL)
        *record = (boundary_record){.kind = part->kind,
                                    .memory_rows = part->rows[VM_CHIP_MEMORY],
                                    .ledger_rows = part->rows[VM_CHIP_LEDGER],
                                    .root = outcome.boundary_root};
    uint64_t cycles = source.segment != NULL ? source.segment->cycles : 0;
    run->report->prove_seconds += clock_seconds() - start;
    run->report->parts_proven++;
    run->report->cycles_proven += cycles;
    state->progress.cycles_done += cycles;
    state->cells_done += state->cells_now;
    arena_rewind(scratch, mark);
}

void prover_assemble(run_proof *proof, const prover_run *run, const run_part *parts)
{
    *proof = (run_proof){.key = run->program->key,
                         .segment_count = run->segment_count,
                         .ledger_count = run->ledger_count,
                         .part_count = run->part_count,
                         .shared_nonce = run->header.shared_nonce,
                         .output = run->output,
                         .records = run->records,
                         .parts = parts};
}

void prover_finish(run_proof *proof, prover_run *run, arena *memory, arena *scratch)
{
    prover_commit(run, memory, scratch);
    run_part *parts = ARENA_NEW(memory, run_part, run->part_count);
    uint64_t left = 0;
    for (uint32_t i = 0; i < run->part_count; i++)
        left += prover_part_cells(run, i);
    for (uint32_t i = 0; i < run->part_count; i++) {
        left -= prover_part_cells(run, i);
        prover_part(&parts[i], NULL, run, i, left, memory, scratch);
    }
    prover_assemble(proof, run, parts);
}

status prover_prove(run_proof *proof, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                    const prover_program *program, bytes input, bytes output, const prover_options *options)
{
    prover_run run;
    status s = prover_plan(&run, report, fault, memory, scratch, program, input, output, options);
    if (s == OK)
        prover_finish(proof, &run, memory, scratch);
    prover_close(&run);
    return s;
}
