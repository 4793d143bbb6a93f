#define _POSIX_C_SOURCE 200809L
#include "prover/run.h"

#include "base/check.h"
#include "base/memory.h"
#include "crypto/keccak.h"

#include <string.h>
#include <time.h>

enum {
    SEGMENT_LOG2_CYCLES_MAX = 22,
    SEGMENT_LOG2_CYCLES_MIN = 14,
    SEGMENT_LENGTHS_TRIED = 12, /* from half of the longest on */
    LEDGER_ROWS_MAX = 1 << 21,
};

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

status prover_program_open(prover_program *p, arena *memory, const char **reason, const verifier *v, bytes elf)
{
    p->verifier = v;
    TRY(riscv_program_load(&p->program, memory, reason, elf));
    vm_preprocess(&p->preprocessed, memory, &p->program, VM_POWERS_OF_TWO);
    memset(&p->key, 0, sizeof p->key);
    p->key.entry_pc4 = p->program.entry_pc4;
    p->proving_key =
        stark_setup(&p->key.stark, memory, &v->machine, p->preprocessed.tables, p->preprocessed.count);
    program_id(&p->id, v, &p->key);
    return OK;
}

uint32_t prover_chip_cells(const stark_machine *m, uint32_t chip)
{
    uint32_t interactions[2] = {0, 0};
    for (uint32_t i = 0; i < m->tape[chip]->interaction_count; i++)
        interactions[m->tape[chip]->interactions[i].shared]++;
    const uint32_t *width = m->chip[chip]->width;
    return width[AIR_BOUNDARY] + width[AIR_MAIN] + 5 * ((interactions[0] + 1) / 2 + (interactions[1] + 1) / 2);
}

/* ---- the plan: segments and ledger parts ---------------------------------------------------------- */

typedef struct {
    riscv_segment *segments;
    uint32_t segment_count;
    riscv_ledger_row *ledger;
    uint32_t ledger_count; /* rows */
    uint32_t parts_of_ledger;
    uint32_t rows_per_part;
    hash256 output;
} run_plan;

/* The whole run once, at full speed, noting what each segment touches. */
static status record_run(run_plan *plan, prover_fault *fault, arena *a, const prover_program *program, bytes input,
                         uint32_t cycles)
{
    riscv_limits limits = {.cycles = cycles, .words = UINT32_MAX / 2, .call_words = UINT32_MAX / 2};
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
        outcome = riscv_record(&machine, &plan->segments[plan->segment_count], a, &limits);
        plan->segment_count++;
    }
    *fault = (prover_fault){machine.fault, machine.pc4, machine.fault_address};
    plan->output = riscv_output(&machine);
    riscv_close(&machine);
    TRY(outcome);
    riscv_ledger(&plan->ledger, &plan->ledger_count, a, &program->program, plan->segments, plan->segment_count);
    return OK;
}

static bool is_both(const run_plan *plan) { return plan->segment_count == 1 && plan->parts_of_ledger == 1; }

static uint32_t part_count(const run_plan *plan)
{
    return is_both(plan) ? 1 : plan->segment_count + plan->parts_of_ledger;
}

/* What part `i` is about; its trace is filled in later. */
static vm_source source_of(const run_plan *plan, const prover_program *program, uint32_t i)
{
    vm_source source = {.program = &program->program};
    bool segment = i < plan->segment_count, ledger = is_both(plan) || !segment;
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

typedef struct {
    const prover_options *options;
    prover_report *report;
    prover_progress progress;
    double start_seconds;
    prover_stage *stage; /* the present one; NULL: none */
    double stage_start_seconds;
} progress_state;

/* `name` NULL: none follows. */
static void enter_stage(progress_state *state, const char *name)
{
    double now = now_seconds();
    if (state->stage != NULL)
        state->stage->seconds += now - state->stage_start_seconds;
    state->stage_start_seconds = now;
    state->stage = NULL;
    if (name == NULL)
        return;
    prover_report *report = state->report;
    uint32_t i = 0;
    while (i < report->stage_count && strcmp(report->stages[i].name, name) != 0)
        i++;
    CHECK(i < PROVER_STAGES_MAX);
    if (i == report->stage_count)
        report->stages[report->stage_count++] = (prover_stage){name, 0};
    state->stage = &report->stages[i];
}

static void tell(progress_state *state, const char *stage, double share_of_part)
{
    enter_stage(state, stage);
    if (state->options->progress == NULL)
        return;
    prover_progress p = state->progress;
    p.stage = stage;
    p.seconds_left = -1;
    if (p.parts > 0) {
        double done = ((double)p.part - 1 + share_of_part) / (double)p.parts;
        double spent = now_seconds() - state->start_seconds;
        if (done > 0.01)
            p.seconds_left = spent * (1 - done) / done;
    }
    state->options->progress(state->options->progress_context, &p);
}

static void tell_stage(void *context, const char *stage, double done) { tell(context, stage, done); }

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
    stark_claim *claim = ARENA_NEW(scratch, stark_claim, 1);
    vm_public values = vm_source_public(source);
    vm_claim(claim, tables, &values);
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

static void commit_boundary(boundary_record *record, const vm_source *source, const prover_program *program,
                            const prover_options *options, uint32_t i, arena *scratch)
{
    const stark_machine *m = &program->verifier->machine;
    size_t mark = scratch->used_bytes;
    vm_tables *tables = ARENA_NEW(scratch, vm_tables, 1);
    vm_fill_boundary(tables, scratch, source);
    change_tables(options, m, source, i, tables, true, scratch);
    stark_boundary_cap(record->cap, m, tables->tables, tables->count, scratch);
    record->kind = source->kind;
    record->memory_log2_rows = record->ledger_log2_rows = 0;
    for (uint32_t k = 0; k < tables->count; k++) {
        if (tables->tables[k].chip == VM_CHIP_MEMORY)
            record->memory_log2_rows = stark_log2_rows(&tables->tables[k]);
        if (tables->tables[k].chip == VM_CHIP_LEDGER)
            record->ledger_log2_rows = stark_log2_rows(&tables->tables[k]);
    }
    arena_rewind(scratch, mark);
}

/* What a plan costs: memory for its largest part, its events and tables and then the proof system's own; and the cells
 * of all parts. */
typedef struct {
    size_t memory_bytes;
    uint64_t cells;
} plan_cost;

static plan_cost cost_of(const run_plan *plan, const prover_program *program, arena *scratch)
{
    const verifier *v = program->verifier;
    plan_cost cost = {0, 0};
    size_t mark = scratch->used_bytes;
    stark_claim *claim = ARENA_NEW(scratch, stark_claim, 1);
    for (uint32_t i = 0; i < part_count(plan); i++) {
        vm_source source = source_of(plan, program, i);
        memset(claim, 0, sizeof *claim);
        uint32_t rows[STARK_MAX_CHIPS];
        vm_plan_rows(rows, &source, &program->preprocessed);
        for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
            claim->log2_rows[chip] = (uint8_t)(rows[chip] == 0 ? 0 : __builtin_ctz(rows[chip]));
        vm_public values = vm_source_public(&source);
        vm_claim_public(claim, &values);
        size_t size_bytes = stark_prove_memory_bytes(&v->machine, &v->parameters, claim);
        if (source.segment != NULL)
            size_bytes += (size_t)source.segment->cycles * sizeof(riscv_event);
        for (uint32_t chip = 0; chip < VM_CHIPS; chip++) {
            const uint32_t *width = v->machine.chip[chip]->width;
            if (rows[chip] == 0)
                continue;
            size_bytes += (size_t)(width[AIR_MAIN] + width[AIR_BOUNDARY]) * sizeof(fp) * rows[chip];
            cost.cells += (uint64_t)prover_chip_cells(&v->machine, chip) * rows[chip];
        }
        cost.memory_bytes = size_bytes > cost.memory_bytes ? size_bytes : cost.memory_bytes;
    }
    arena_rewind(scratch, mark);
    return cost;
}

static status make_plan(run_plan *plan, plan_cost *cost, prover_fault *fault, arena *memory, arena *scratch,
                        const prover_program *program, bytes input, const prover_options *options, uint32_t cycles)
{
    TRY(record_run(plan, fault, memory, program, input, cycles));
    plan->rows_per_part = options->ledger_rows != 0 ? options->ledger_rows : LEDGER_ROWS_MAX;
    plan->parts_of_ledger = (plan->ledger_count + plan->rows_per_part - 1) / plan->rows_per_part;
    *cost = cost_of(plan, program, scratch);
    return OK;
}

/* Finds how long segments shall be: as long as memory allows, or somewhat shorter where the tables then fill their powers
 * of two better. To execute the run again costs next to nothing beside proving it. */
static status plan_run(run_plan *plan, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                       const prover_program *program, bytes input, const prover_options *options)
{
    uint32_t log2_cycles = options->segment_log2_cycles != 0 ? options->segment_log2_cycles : SEGMENT_LOG2_CYCLES_MAX;
    size_t mark = memory->used_bytes;
    plan_cost cost;
    TRY(make_plan(plan, &cost, fault, memory, scratch, program, input, options, UINT32_C(1) << log2_cycles));
    while (cost.memory_bytes > options->memory_bytes) {
        report->planned_bytes = cost.memory_bytes;
        if (log2_cycles <= SEGMENT_LOG2_CYCLES_MIN)
            return MEMORY_LIMIT;
        log2_cycles--;
        arena_rewind(memory, mark);
        TRY(make_plan(plan, &cost, fault, memory, scratch, program, input, options, UINT32_C(1) << log2_cycles));
    }
    uint32_t longest = UINT32_C(1) << log2_cycles, best = longest;
    if (plan->segment_count > 1 && log2_cycles >= SEGMENT_LOG2_CYCLES_MIN) {
        uint64_t least = cost.cells;
        for (uint32_t step = 1; step < SEGMENT_LENGTHS_TRIED; step++) {
            uint32_t cycles = longest - longest / (2 * SEGMENT_LENGTHS_TRIED) * step;
            arena_rewind(memory, mark);
            TRY(make_plan(plan, &cost, fault, memory, scratch, program, input, options, cycles));
            if (cost.cells < least && cost.memory_bytes <= options->memory_bytes) {
                least = cost.cells;
                best = cycles;
            }
        }
        arena_rewind(memory, mark);
        TRY(make_plan(plan, &cost, fault, memory, scratch, program, input, options, best));
    }
    report->planned_bytes = cost.memory_bytes;
    return OK;
}

status prover_prove(run_proof *proof, prover_report *report, prover_fault *fault, arena *memory, arena *scratch,
                    const prover_program *program, bytes input, bytes output, const prover_options *options)
{
    const verifier *v = program->verifier;
    const stark_machine *m = &v->machine;
    progress_state state = {.options = options, .report = report, .start_seconds = now_seconds()};
    memset(report, 0, sizeof *report);

    double start = now_seconds();
    tell(&state, "execute", 0);
    run_plan plan;
    TRY(plan_run(&plan, report, fault, memory, scratch, program, input, options));
    hash256 digest_of_output;
    keccak256(&digest_of_output, output.data, output.size);
    if (memcmp(digest_of_output.bytes, plan.output.bytes, 32) != 0)
        return OUTPUT_MISMATCH;
    report->execute_seconds = now_seconds() - start;
    for (uint32_t i = 0; i < plan.segment_count; i++)
        report->cycles += plan.segments[i].cycles;
    report->segment_count = plan.segment_count;
    report->ledger_count = plan.parts_of_ledger;

    start = now_seconds();
    uint32_t count = part_count(&plan);
    boundary_record *records = ARENA_NEW(memory, boundary_record, count);
    run_part *parts = ARENA_NEW(memory, run_part, count);
    state.progress.parts = count;
    state.progress.cycles = report->cycles;
    for (uint32_t i = 0; i < count; i++) {
        tell(&state, "commit boundaries", 0);
        vm_source source = source_of(&plan, program, i);
        commit_boundary(&records[i], &source, program, options, i, scratch);
        parts[i] = place_of(&source, &plan, i);
    }
    if (options->lies != NULL && options->lies->change_parts != NULL)
        options->lies->change_parts(options->lies->context, parts, count);

    proof->key = program->key;
    proof->segment_count = plan.segment_count;
    proof->ledger_count = plan.parts_of_ledger;
    proof->part_count = count;
    proof->output = output;
    proof->records = records;
    proof->parts = parts;
    transcript t;
    run_shared_transcript(&t, v, &program->id, records, plan.segment_count, plan.parts_of_ledger, output);
    proof->shared_nonce = transcript_grind(&t, v->parameters.shared_grinding_bits);
    bus_challenge shared = run_squeeze_shared(&t);
    report->commit_seconds = now_seconds() - start;

    riscv_machine machine;
    TRY(riscv_open(&machine, &program->program, input));
    state.start_seconds = now_seconds();
    for (uint32_t i = 0; i < count; i++) {
        size_t mark = scratch->used_bytes;
        start = now_seconds();
        state.progress.part = i + 1;
        tell(&state, "trace", 0);
        vm_source source = source_of(&plan, program, i);
        riscv_trace_data trace;
        if (source.segment != NULL) {
            riscv_trace(&machine, &trace, scratch, source.segment);
            source.trace = &trace;
        }
        vm_tables *tables = ARENA_NEW(scratch, vm_tables, 1);
        CHECK(vm_fill(tables, scratch, m, &source, &program->preprocessed) == 0);
        change_tables(options, m, &source, i, tables, false, scratch);
        for (uint32_t k = 0; k < tables->count; k++)
            parts[i].log2_rows[tables->tables[k].chip] = (uint8_t)stark_log2_rows(&tables->tables[k]);
        count_rows(report, m, tables);
        report->trace_seconds += now_seconds() - start;

        start = now_seconds();
        stark_claim *claim = ARENA_NEW(scratch, stark_claim, 1);
        fp statement[RUN_STATEMENT];
        run_part_claim(claim, statement, v, &program->id, &shared, plan.segment_count, plan.parts_of_ledger, &parts[i]);
        parts[i].word_count = stark_proof_words(m, &v->parameters, claim);
        uint32_t *words = ARENA_NEW(memory, uint32_t, parts[i].word_count);
        parts[i].words = words;
        stark_options stark = {.progress = tell_stage,
                               .progress_context = &state,
                               .lies = options->lies != NULL ? options->lies->stark : NULL};
        stark_outcome outcome;
        stark_prove(words, &outcome, m, &v->parameters, program->proving_key, claim, tables->tables, tables->count, &stark,
                    scratch);
        report->prove_seconds += now_seconds() - start;
        state.progress.cycles_done += source.segment != NULL ? source.segment->cycles : 0;
        arena_rewind(scratch, mark);
    }
    enter_stage(&state, NULL);
    riscv_close(&machine);
    return OK;
}
