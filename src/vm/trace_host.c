#include "vm/trace.h"

#include <omp.h>

#include "base/check.h"
#include "base/memory.h"
#include "stark/layout.h"
#include "vm/fill.h"
#include "vm/formula.h"
#include "vm/keccak.h"
#include "vm/preprocess.h"
#include "vm/sha256.h"

#define CHIP(NAME, name, tree, in_segment, in_ledger) vm_fill_row vm_fill_##name;
#include "vm/chips.def"
#undef CHIP
vm_fill_row vm_fill_memory_boundary, vm_fill_ledger_boundary;

/* Main columns that are filled row by row; a provider's multiplicities are counted instead. */
static vm_fill_row *const main_fillers[VM_CHIPS] = {
#define FILLER_NONE(NAME, name) [VM_CHIP_##NAME] = vm_fill_##name,
#define FILLER_COMMON(NAME, name)
#define FILLER_PROGRAM(NAME, name)
#define FILLER_IMAGE(NAME, name)
#define CHIP(NAME, name, tree, in_segment, in_ledger) FILLER_##tree(NAME, name)
#include "vm/chips.def"
#undef CHIP
};

static vm_fill_row *const boundary_fillers[VM_CHIPS] = {
    [VM_CHIP_MEMORY] = vm_fill_memory_boundary,
    [VM_CHIP_LEDGER] = vm_fill_ledger_boundary,
};

const vm_call_rows vm_calls_rows[VM_CALL_CHIPS] = {
    {VM_CHIP_COPY_WORDS, CALL_INDEX_COPY_WORDS, 1, 0},
    {VM_CHIP_KECCAK_ABSORB, CALL_INDEX_KECCAK256, 1, 0},
    {VM_CHIP_KECCAK_ROUNDS, CALL_INDEX_KECCAK256, KECCAK_ROWS, 0},
    {VM_CHIP_KECCAK_DIGEST, CALL_INDEX_KECCAK256, 0, 1},
    {VM_CHIP_SHA256_STATE, CALL_INDEX_SHA256, 0, 1},
    {VM_CHIP_SHA256_BLOCK, CALL_INDEX_SHA256, 1, 0},
    {VM_CHIP_SHA256_ROUNDS, CALL_INDEX_SHA256, SHA256_ROWS, 0},
    {VM_CHIP_PERMUTATION, CALL_INDEX_SPONGE, 1, 0},
    {VM_CHIP_SPONGE, CALL_INDEX_SPONGE, 1, 0},
    {VM_CHIP_SPONGE_STATE, CALL_INDEX_SPONGE, 0, 1},
    {VM_CHIP_MULADD_HEAD, CALL_INDEX_MULADD, 0, 1},
    {VM_CHIP_MULADD, CALL_INDEX_MULADD, 1, 0},
    {VM_CHIP_MULADD_384_HEAD, CALL_INDEX_MULADD_384, 0, 1},
    {VM_CHIP_MULADD_384, CALL_INDEX_MULADD_384, 1, 0},
    {VM_CHIP_DIVIDE_LONG, CALL_INDEX_DIVIDE, 0, 1},
    {VM_CHIP_POINT_START, CALL_INDEX_POINT, 0, 1},
    {VM_CHIP_POINT_SUM, CALL_INDEX_POINT, 1, 0},
    {VM_CHIP_POINT_END, CALL_INDEX_POINT, 0, 1},
    {VM_CHIP_MULTIPLY_ADD, CALL_INDEX_MULTIPLY_ADD, 1, 0},
    {VM_CHIP_OPEN, CALL_INDEX_OPEN, 1, 0},
};

const vm_leaf_rows vm_leaf_rows_of[VM_LEAF_CHIPS] = {
    {VM_CHIP_PERMUTATION, CALL_LEAF_BLOCKS}, {VM_CHIP_PERMUTATION, CALL_PATH_LEVELS}, {VM_CHIP_OPEN_LEAF, CALL_LEAF_BLOCKS},
    {VM_CHIP_OPEN_PATH, CALL_PATH_LEVELS},   {VM_CHIP_OPEN_WEIGHT, CALL_WEIGHED_WORDS},
};

/* Rows of a table that must hold `used`. */
static uint32_t padded_rows(uint64_t used, vm_heights heights)
{
    CHECK(used <= UINT64_C(1) << STARK_MAX_LOG2_ROWS);
    if (heights == VM_POWERS_OF_TWO) {
        enum { LOG2_ROWS_MIN = 6 };
        unsigned log2_rows = layout_log2_rows((uint32_t)used);
        return UINT32_C(1) << (log2_rows < LOG2_ROWS_MIN ? LOG2_ROWS_MIN : log2_rows);
    }
    uint32_t rows = used == 0 ? 1 : (uint32_t)used, grain = layout_grain(rows);
    return (rows + grain - 1) & ~(grain - 1);
}

/* ---- which rows each chip has ---- */

/* Rows that are no padding, of chips that are not preprocessed. */
static void count_rows(uint64_t counts[VM_CHIPS], const vm_source *source)
{
    if (source->kind & VM_LEDGER)
        counts[VM_CHIP_LEDGER] = source->ledger_count;
    if (!(source->kind & VM_SEGMENT))
        return;
    const riscv_segment *segment = source->segment;
    counts[VM_CHIP_MEMORY] = segment->touched_count;
    for (int chip = 0; chip < RISCV_CHIPS; chip++)
        counts[chip] = segment->chip_rows[chip];
    counts[VM_CHIP_REFRESH] = segment->refresh_count;
    for (int k = 0; k < VM_CALL_CHIPS; k++) {
        const vm_call_rows *c = &vm_calls_rows[k];
        counts[c->chip] += segment->call_items[c->call] * c->rows_of_item + segment->call_counts[c->call] * c->rows_of_call;
    }
    for (int k = 0; k < VM_LEAF_CHIPS; k++)
        counts[vm_leaf_rows_of[k].chip] += segment->leaf_parts[vm_leaf_rows_of[k].part];
    /* A table that only some chips look things up in is there with them. */
    counts[VM_CHIP_SPARSE] = counts[VM_CHIP_KECCAK_ROUNDS] == 0 ? 0 : UINT32_C(1) << VM_SPARSE_LOG2_ROWS;
}

void vm_add_costs(vm_cost costs[VM_CHIPS], const stark_machine *m, const riscv_segment *segment)
{
    uint64_t counts[VM_CHIPS] = {0};
    count_rows(counts, &(vm_source){.kind = VM_SEGMENT, .segment = segment});
    for (int chip = 0; chip < VM_CHIPS; chip++) {
        costs[chip].rows += counts[chip];
        costs[chip].cells += counts[chip] * (m->chip[chip]->width[AIR_BOUNDARY] + m->chip[chip]->width[AIR_MAIN]);
        costs[chip].interactions += counts[chip] * m->tape[chip]->interaction_count;
    }
}

void vm_plan_rows(uint32_t rows[STARK_MAX_CHIPS], const vm_source *source, const vm_tables *preprocessed)
{
    uint64_t counts[VM_CHIPS] = {0};
    count_rows(counts, source);
    memset(rows, 0, STARK_MAX_CHIPS * sizeof *rows);
    for (int chip = 0; chip < VM_CHIPS; chip++) {
        vm_presence presence = vm_chip_presence(source->kind, (vm_chip)chip);
        if (main_fillers[chip] != NULL && (presence == VM_MANDATORY || counts[chip] > 0))
            rows[chip] = padded_rows(counts[chip], source->heights);
    }
    for (uint32_t i = 0; i < preprocessed->count; i++) {
        const stark_table *table = &preprocessed->tables[i];
        vm_presence presence = vm_chip_presence(source->kind, (vm_chip)table->chip);
        if (presence == VM_MANDATORY || (presence == VM_OPTIONAL && counts[table->chip] > 0))
            rows[table->chip] = table->rows;
    }
}

/* Finds the rows in the trace. */
static void sort_rows(vm_rows *rows, arena *a)
{
    const vm_source *source = rows->source;
    count_rows(rows->counts, source);
    const riscv_trace_data *trace = source->trace;
    if (!(source->kind & VM_SEGMENT) || trace == NULL)
        return;

    uint32_t *next[RISCV_CHIPS];
    for (int chip = 0; chip < RISCV_CHIPS; chip++)
        rows->clks[chip] = next[chip] = arena_allocate(a, rows->counts[chip] * sizeof(uint32_t),
                                                       alignof(uint32_t));
    for (uint32_t i = 0; i < trace->event_count; i++)
        if (trace->events[i].chip != RISCV_CHIPS)
            *next[trace->events[i].chip]++ = i;
    for (int chip = 0; chip < RISCV_CHIPS; chip++)
        CHECK(next[chip] == rows->clks[chip] + rows->counts[chip]);

    for (uint32_t call = 0; call < CALL_INDEX_COUNT; call++) {
        uint64_t count = source->segment->call_items[call], calls = source->segment->call_counts[call];
        vm_call_item *item = arena_allocate(a, count * sizeof *item, alignof(vm_call_item));
        uint32_t *next_call = arena_allocate(a, calls * sizeof *next_call, alignof(uint32_t));
        rows->items[call] = item;
        rows->calls[call] = next_call;
        for (uint32_t i = 0; i < trace->call_count; i++)
            if (trace->calls[i].call_index == call) {
                *next_call++ = i;
                for (uint32_t j = 0; j < trace->calls[i].n; j++)
                    *item++ = (vm_call_item){i, j};
            }
        CHECK(item == rows->items[call] + count && next_call == rows->calls[call] + calls);
    }
    vm_keccak_prepare(rows, a);
    vm_sha256_prepare(rows, a);
    vm_permutation *permutations =
        arena_allocate(a, rows->counts[VM_CHIP_PERMUTATION] * sizeof *permutations, alignof(vm_permutation));
    rows->permutations = rows->next_permutation = permutations;
    vm_sponge_prepare(rows, a);
    vm_open_prepare(rows, a);
    CHECK(rows->next_permutation == permutations + rows->counts[VM_CHIP_PERMUTATION]);
    vm_point_prepare(rows, a);
}

/* ---- columns ---- */

enum { BLOCK_ROWS = 64 };

static const fp *fill_columns(arena *a, uint32_t width, uint64_t height, uint64_t used, vm_fill_row *fill,
                              const vm_rows *rows)
{
    fp *columns = arena_allocate(a, width * height * sizeof(fp), 64);
    size_t mark = a->used_bytes, block_words = (size_t)BLOCK_ROWS * width;
    uint32_t *blocks = arena_allocate(a, block_words * (size_t)omp_get_max_threads() * sizeof *blocks, 64);
#pragma omp parallel for schedule(dynamic, 64)
    for (uint64_t start = 0; start < height; start += BLOCK_ROWS) {
        uint32_t *block = blocks + block_words * (size_t)omp_get_thread_num();
        uint64_t count = height - start < BLOCK_ROWS ? height - start : BLOCK_ROWS;
        memset(block, 0, block_words * sizeof *block);
        for (uint64_t i = 0; i < count && start + i < used; i++)
            fill(block + i * width, rows, start + i);
        for (uint32_t c = 0; c < width; c++)
            for (uint64_t i = 0; i < count; i++)
                columns[c * height + start + i] = fp_from_u32(block[i * width + c]);
    }
    arena_rewind(a, mark);
    return columns;
}

static stark_table *add_table(vm_tables *tables, vm_chip chip, uint64_t used, vm_heights heights)
{
    stark_table *table = &tables->tables[tables->count++];
    *table = (stark_table){.chip = chip, .rows = padded_rows(used, heights)};
    tables->used_rows[chip] = used;
    return table;
}

static void fill_table(stark_table *table, arena *a, const vm_rows *rows, bool with_main)
{
    const air *chip = vm_airs[table->chip];
    uint64_t used = rows->counts[table->chip];
    if (boundary_fillers[table->chip] != NULL)
        table->columns[AIR_BOUNDARY] = fill_columns(a, chip->width[AIR_BOUNDARY], table->rows, used,
                                                    boundary_fillers[table->chip], rows);
    if (with_main)
        table->columns[AIR_MAIN] = fill_columns(a, chip->width[AIR_MAIN], table->rows, used,
                                                main_fillers[table->chip], rows);
}

void vm_fill_boundary(vm_tables *tables, arena *a, const vm_source *source)
{
    *tables = (vm_tables){0};
    vm_source without_trace = *source;
    without_trace.trace = NULL;
    vm_rows rows = {.source = &without_trace};
    sort_rows(&rows, a);
    for (int chip = 0; chip < VM_CHIPS; chip++)
        if (boundary_fillers[chip] != NULL && vm_chip_presence(source->kind, (vm_chip)chip) == VM_MANDATORY)
            fill_table(add_table(tables, (vm_chip)chip, rows.counts[chip], source->heights), a, &rows, false);
}

uint64_t vm_fill(vm_tables *tables, arena *a, const stark_machine *m, const vm_source *source,
                 const vm_tables *preprocessed)
{
    *tables = (vm_tables){0};
    vm_rows rows = {.source = source};
    sort_rows(&rows, a);
    uint32_t provider = 0;
    for (int chip = 0; chip < VM_CHIPS; chip++) {
        vm_presence presence = vm_chip_presence(source->kind, (vm_chip)chip);
        while (provider < preprocessed->count && preprocessed->tables[provider].chip < (uint32_t)chip)
            provider++;
        if (presence == VM_FORBIDDEN || (presence == VM_OPTIONAL && rows.counts[chip] == 0)) {
            CHECK(rows.counts[chip] == 0);
        } else if (main_fillers[chip] != NULL) {
            fill_table(add_table(tables, (vm_chip)chip, rows.counts[chip], source->heights), a, &rows, true);
        } else {
            const stark_table *given = &preprocessed->tables[provider];
            CHECK(provider < preprocessed->count && given->chip == (uint32_t)chip);
            stark_table *table = &tables->tables[tables->count++];
            *table = *given;
            tables->used_rows[chip] = preprocessed->used_rows[chip];
            uint64_t cells = (uint64_t)vm_airs[chip]->width[AIR_MAIN] * table->rows;
            table->columns[AIR_MAIN] = arena_allocate_zeroed(a, cells * sizeof(fp), 64);
        }
    }
    size_t mark = a->used_bytes;
    proof_claim *claim = ARENA_NEW(a, proof_claim, 1);
    vm_public values = vm_source_public(source);
    vm_claim_public(claim, &values);
    uint64_t missing = vm_count_lookups(m, tables, claim, NULL, NULL, a);
    arena_rewind(a, mark);
    return missing;
}

vm_public vm_source_public(const vm_source *source)
{
    vm_public values = {.kind = source->kind};
    if (source->kind & VM_SEGMENT)
        values.segment = source->segment->index;
    return values;
}

fp vm_source_key_after(const vm_source *source)
{
    CHECK(source->ledger_count > 0);
    const riscv_ledger_row *last = &source->ledger[source->ledger_count - 1];
    return vm_ledger_key(last->space, last->w);
}

void vm_claim(proof_claim *claim, const vm_tables *tables, const vm_public *values)
{
    for (int chip = 0; chip < STARK_MAX_CHIPS; chip++)
        claim->rows[chip] = 0;
    for (uint32_t i = 0; i < tables->count; i++)
        claim->rows[tables->tables[i].chip] = tables->tables[i].rows;
    vm_claim_public(claim, values);
}

uint32_t vm_external(stark_external_message out[VM_EXTERNAL_MAX], const vm_source *source, const hash256 *output)
{
    uint32_t count = 0;
    if (source->kind & VM_SEGMENT) {
        const riscv_segment *s = source->segment;
        out[count++] = (stark_external_message){.tag = BUS_EXEC, .length = 2, .message = {s->pc4_first, 0}};
        out[count++] = (stark_external_message){
            .tag = BUS_EXEC, .receive = true, .length = 2, .message = {s->pc4_last, s->cycles}};
    }
    if (source->kind & VM_LEDGER) {
        out[count++] = (stark_external_message){.tag = BUS_ORDER, .length = 1, .message = {fp_to_u32(source->key_before)}};
        out[count++] = (stark_external_message){
            .tag = BUS_ORDER, .receive = true, .length = 1, .message = {fp_to_u32(vm_source_key_after(source))}};
    }
    uint32_t limbs[16];
    vm_output_limbs(limbs, output);
    for (uint32_t i = 0; source->kind & VM_LEDGER && i < source->ledger_count; i++)
        if (source->ledger[i].region == RISCV_REGION_OUTPUT) {
            uint32_t word = source->ledger[i].w & 0xFFFF;
            const uint32_t *v = limbs + 4 * (word & 3);
            CHECK(word < 4 && count < VM_EXTERNAL_MAX);
            out[count++] = (stark_external_message){
                .tag = BUS_OUTPUT, .receive = true, .length = 5, .message = {word, v[0], v[1], v[2], v[3]}};
        }
    return count;
}

/* ---- preprocessed tables ---- */

static vm_provider_row *const providers[VM_CHIPS] = {
    [VM_CHIP_PROGRAM] = vm_program_row, [VM_CHIP_RANGE] = vm_range_row, [VM_CHIP_BYTE] = vm_byte_row,
    [VM_CHIP_SMALL] = vm_small_row,     [VM_CHIP_SPARSE] = vm_sparse_row, [VM_CHIP_IMAGE] = vm_image_row,
    [VM_CHIP_REGION] = vm_region_row,
};

void vm_preprocess_rows(vm_tables *tables, const riscv_program *program, vm_heights heights)
{
    *tables = (vm_tables){0};
    const uint64_t rows[VM_CHIPS] = {
        [VM_CHIP_PROGRAM] = program->instruction_count,
        [VM_CHIP_RANGE] = 1 << VM_RANGE_LOG2_ROWS,
        [VM_CHIP_BYTE] = 1 << VM_BYTE_LOG2_ROWS,
        [VM_CHIP_SMALL] = 1 << VM_SMALL_LOG2_ROWS,
        [VM_CHIP_SPARSE] = 1 << VM_SPARSE_LOG2_ROWS,
        [VM_CHIP_IMAGE] = (uint64_t)program->image_blocks << 16,
        [VM_CHIP_REGION] = MAP_BLOCKS + 1,
    };
    for (int chip = 0; chip < VM_CHIPS; chip++)
        if (providers[chip] != NULL)
            add_table(tables, (vm_chip)chip, rows[chip], heights);
}

void vm_preprocess(vm_tables *tables, arena *a, const riscv_program *program, vm_heights heights)
{
    vm_preprocess_rows(tables, program, heights);
    for (uint32_t k = 0; k < tables->count; k++) {
        stark_table *table = &tables->tables[k];
        uint32_t chip = table->chip, width = vm_airs[chip]->width[AIR_PREPROCESSED];
        uint64_t height = table->rows;
        fp *columns = arena_allocate_zeroed(a, width * height * sizeof(fp), 64);
        table->columns[AIR_PREPROCESSED] = columns;
        for (uint64_t i = 0; i < height; i++) {
            uint32_t row[16] = {0};
            providers[chip](row, program, i);
            for (uint32_t c = 0; c < width; c++)
                columns[c * height + i] = fp_from_u32(row[c]);
        }
    }
}
