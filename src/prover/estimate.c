#include "prover/estimate.h"

#include <string.h>

uint32_t prover_chip_cells(const stark_machine *m, uint32_t chip)
{
    return m->chip[chip]->width[AIR_BOUNDARY] + m->chip[chip]->width[AIR_MAIN];
}

riscv_weights prover_weights(const stark_machine *m)
{
    riscv_weights weights = {.touched = prover_chip_cells(m, VM_CHIP_MEMORY),
                             .refresh = prover_chip_cells(m, VM_CHIP_REFRESH)};
    for (uint32_t chip = 0; chip < RISCV_CHIPS; chip++)
        weights.chip[chip] = prover_chip_cells(m, chip);
    for (int i = 0; i < VM_CALL_CHIPS; i++) {
        const vm_call_rows *c = &vm_calls_rows[i];
        weights.call[c->call] += c->rows_of_call * prover_chip_cells(m, c->chip);
        weights.call_item[c->call] += c->rows_of_item * prover_chip_cells(m, c->chip);
    }
    for (int i = 0; i < VM_LEAF_CHIPS; i++)
        weights.leaf_part[vm_leaf_rows_of[i].part] += prover_chip_cells(m, vm_leaf_rows_of[i].chip);
    return weights;
}

uint64_t prover_segment_cells_max(const verifier *v)
{
    unsigned log2_most = OPENING_LOG2_SLOTS_MAX + v->parameters.opening->rounds[0].log2_height - 1;
    return UINT64_C(1) << (log2_most < PROVER_LOG2_CELLS_MAX ? log2_most : PROVER_LOG2_CELLS_MAX);
}

/* Rows that a boundary table of `width` columns may have beside the key's matrix of these chips: what is left of the slots
 * of the round that both join. */
static uint32_t boundary_rows_max(const verifier *v, const vm_tables *preprocessed, vm_tree tree, uint32_t width)
{
    unsigned log2_slot = v->parameters.opening->rounds[1].log2_height;
    uint64_t cells = 0;
    for (uint32_t i = 0; i < preprocessed->count; i++) {
        const stark_table *table = &preprocessed->tables[i];
        if (v->machine.preprocessed_tree[table->chip] == tree)
            cells += (uint64_t)v->machine.chip[table->chip]->width[AIR_PREPROCESSED] * table->rows;
    }
    uint32_t folded = UINT32_C(1) << (v->parameters.opening->rounds[0].log2_height - log2_slot);
    uint64_t slots = (UINT64_C(1) << OPENING_LOG2_SLOTS_MAX) - folded - ((cells >> log2_slot) + 1) - 1;
    uint64_t rows = slots > (UINT64_C(1) << OPENING_LOG2_SLOTS_MAX) ? 0 : (slots << log2_slot) / width;
    rows -= rows / 32; /* what a table is padded by */
    return rows > RISCV_ROWS_MAX ? RISCV_ROWS_MAX : (uint32_t)rows;
}

riscv_limits prover_segment_limits(const verifier *v, const vm_tables *preprocessed, const riscv_weights *weights,
                                   uint32_t log2_cycles, uint64_t cells)
{
    uint32_t words =
        boundary_rows_max(v, preprocessed, VM_TREE_PROGRAM, v->machine.chip[VM_CHIP_MEMORY]->width[AIR_BOUNDARY]);
    return (riscv_limits){
        .cycles = UINT32_C(1) << log2_cycles,
        .words = words < RISCV_WORDS_MIN ? RISCV_WORDS_MIN : words,
        .call_words = UINT32_MAX / 2,
        .weights = weights,
        .weight = cells,
    };
}

uint32_t prover_ledger_rows_max(const verifier *v, const vm_tables *preprocessed)
{
    return boundary_rows_max(v, preprocessed, VM_TREE_IMAGE, v->machine.chip[VM_CHIP_LEDGER]->width[AIR_BOUNDARY]);
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void add_part(prover_estimate *e, const stark_machine *m, const vm_source *source,
                     const vm_tables *preprocessed)
{
    uint32_t rows[STARK_MAX_CHIPS];
    vm_plan_rows(rows, source, preprocessed);
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++) {
        e->cells += (uint64_t)rows[chip] * prover_chip_cells(m, chip);
        e->interactions += (uint64_t)rows[chip] * m->tape[chip]->interaction_count;
    }
    if (source->segment != NULL)
        vm_add_costs(e->chips, m, source->segment);
}

/* Words that the ledger has for the first time by this segment. */
static uint32_t new_words(const riscv_segment *segment)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < segment->touched_count; i++)
        count += segment->touched[i].last_segment == 0;
    return count;
}

status prover_estimate_run(prover_estimate *e, riscv_machine *machine, const verifier *v, uint64_t most_cells,
                           arena *scratch)
{
    const stark_machine *m = &v->machine;
    vm_tables preprocessed;
    vm_preprocess_rows(&preprocessed, machine->program, VM_GRAINS);
    const riscv_weights weights = prover_weights(m);
    const uint64_t cells = smaller(most_cells == 0 ? UINT64_MAX : most_cells, prover_segment_cells_max(v));
    const riscv_limits limits = prover_segment_limits(v, &preprocessed, &weights, PROVER_LOG2_CYCLES_MAX, cells);
    const uint32_t rows_per_part = prover_ledger_rows_max(v, &preprocessed);
    if (rows_per_part == 0)
        return MEMORY_LIMIT;
    memset(e, 0, sizeof *e);
    uint64_t words = 0;
    vm_source source = {.heights = VM_GRAINS, .program = machine->program};
    while (machine->pc4 != RISCV_HALT && (most_cells == 0 || e->cells <= most_cells)) {
        riscv_segment segment;
        size_t mark = scratch->used_bytes;
        status outcome = riscv_record(machine, &segment, scratch, &limits);
        if (outcome != OK) {
            arena_rewind(scratch, mark);
            return outcome;
        }
        words += new_words(&segment);
        source.kind = VM_SEGMENT;
        source.segment = &segment;
        if (e->segments == 0 && machine->pc4 == RISCV_HALT && words <= rows_per_part) { /* all in one part */
            source.kind = VM_BOTH;
            source.ledger_count = (uint32_t)words;
            words = 0;
        }
        add_part(e, m, &source, &preprocessed);
        e->segments++;
        e->cycles += segment.cycles;
        arena_rewind(scratch, mark);
    }
    source.kind = VM_LEDGER;
    source.segment = NULL;
    for (; words > 0; words -= source.ledger_count) {
        source.ledger_count = words < rows_per_part ? (uint32_t)words : rows_per_part;
        add_part(e, m, &source, &preprocessed);
    }
    return OK;
}
