/* A prover that lies: valid tables of a small run, changed by an attack, after which everything downstream
 * is honest. The checker names what fails; the real prover and the real verifier refuse. */
#ifndef ASHLAR_TESTS_SOUNDNESS_FORGE_H
#define ASHLAR_TESTS_SOUNDNESS_FORGE_H

#include "tests/prover/fixture.h"
#include "vm/preprocess.h"

/* A program with one run of it, which is a single proof of kind BOTH. */
typedef struct {
    test_code *code;
    const uint64_t *image; /* 2^16 words, or NULL */
    bytes input, output;
    bytes shown_input; /* if any: of the run that attacks show, which may write where nothing can be written */
    prover_program program; /* code, at parameters for tests */
} subject;

/* Attacks use rows of padding, so the tables have powers of two. */
static inline void subject_open(subject *s)
{
    prover_program *p = &s->program;
    program_of(p, &kept, &tiny, s->code, (bytes){(const uint8_t *)s->image, s->image != NULL ? MAP_BLOCK_BYTES : 0});
    vm_preprocess(&p->preprocessed, &kept, &p->program, VM_POWERS_OF_TWO);
    p->proving_key = proof_setup(&p->key.proof, &kept, &tiny.machine, &tiny.parameters, p->preprocessed.tables,
                                 p->preprocessed.count);
    program_id(&p->id, &tiny, &p->key);
}

/* ---- cells ---------------------------------------------------------------------------------------- */

static inline stark_table *table_of(vm_tables *tables, vm_chip chip)
{
    for (uint32_t i = 0; i < tables->count; i++)
        if (tables->tables[i].chip == (uint32_t)chip)
            return &tables->tables[i];
    fail_msg("there is no table of %s", vm_airs[chip]->name);
    return NULL;
}

static inline uint64_t height_of(vm_tables *tables, vm_chip chip)
{
    return table_of(tables, chip)->rows;
}

static inline fp *column_of(vm_tables *tables, vm_chip chip, const char *name)
{
    const stark_table *table = table_of(tables, chip);
    for (int phase = AIR_PREPROCESSED; phase <= AIR_MAIN; phase++)
        for (uint32_t c = 0; c < vm_airs[chip]->width[phase]; c++)
            if (strcmp(vm_airs[chip]->column_names[phase][c], name) == 0)
                return (fp *)table->columns[phase] + (uint64_t)c * table->rows;
    fail_msg("%s has no column %s", vm_airs[chip]->name, name);
    return NULL;
}

static inline uint32_t get(vm_tables *t, vm_chip chip, const char *name, uint64_t row)
{
    return fp_to_u32(column_of(t, chip, name)[row]);
}

static inline void set(vm_tables *t, vm_chip chip, const char *name, uint64_t row, uint32_t value)
{
    column_of(t, chip, name)[row] = fp_from_u32(value);
}

static inline const char *limb_name(char out[32], const char *name, int limb)
{
    snprintf(out, 32, "%s[%d]", name, limb);
    return out;
}

static inline uint64_t get_limbs(vm_tables *t, vm_chip chip, const char *name, uint64_t row)
{
    uint64_t value = 0;
    char limb[32];
    for (int i = 0; i < 4; i++)
        value |= (uint64_t)get(t, chip, limb_name(limb, name, i), row) << 16 * i;
    return value;
}

static inline void set_limbs(vm_tables *t, vm_chip chip, const char *name, uint64_t row, uint64_t value)
{
    char limb[32];
    for (int i = 0; i < 4; i++)
        set(t, chip, limb_name(limb, name, i), row, value >> 16 * i & 0xFFFF);
}

/* Previous tick and low limb of the gap to it, of an access at clk and k. */
static inline void set_age(vm_tables *t, vm_chip chip, const char *name, uint64_t row, uint32_t previous,
                           uint32_t clk,
                           uint32_t k)
{
    char limb[32];
    set(t, chip, limb_name(limb, name, 0), row, previous);
    set(t, chip, limb_name(limb, name, 1), row, (8 * clk + k - previous) & 0xFFFF);
}

/* The first row from `from` on that has this value. */
static inline uint64_t find(vm_tables *t, vm_chip chip, const char *name, uint32_t value, uint64_t from)
{
    for (uint64_t row = from; row < height_of(t, chip); row++)
        if (get(t, chip, name, row) == value)
            return row;
    fail_msg("%s has no row with %s = %u", vm_airs[chip]->name, name, (unsigned)value);
    return 0;
}

static inline uint64_t memory_row(vm_tables *t, uint32_t space, uint32_t w)
{
    for (uint64_t row = 0; row < height_of(t, VM_CHIP_MEMORY); row++)
        if (get(t, VM_CHIP_MEMORY, "real", row) && get(t, VM_CHIP_MEMORY, "space", row) == space &&
            get(t, VM_CHIP_MEMORY, "w", row) == w)
            return row;
    fail_msg("word %x is not touched", (unsigned)w);
    return 0;
}

static inline uint32_t ledger_word(vm_tables *t, uint64_t row)
{
    return get(t, VM_CHIP_LEDGER, "w_low", row) | get(t, VM_CHIP_LEDGER, "w_high", row) << 16;
}

static inline uint64_t ledger_row(vm_tables *t, uint32_t space, uint32_t w)
{
    for (uint64_t row = 0; row < height_of(t, VM_CHIP_LEDGER); row++)
        if (get(t, VM_CHIP_LEDGER, "space", row) == space && ledger_word(t, row) == w)
            return row;
    fail_msg("word %x is not in the ledger", (unsigned)w);
    return 0;
}

static inline uint64_t rows_in(const vm_tables *t, vm_chip chip) { return t->used_rows[chip]; }

/* All columns of a row but the preprocessed ones. */
static inline void clear_row(vm_tables *t, vm_chip chip, uint64_t row)
{
    const stark_table *table = table_of(t, chip);
    for (int phase = AIR_BOUNDARY; phase <= AIR_MAIN; phase++)
        for (uint32_t c = 0; c < vm_airs[chip]->width[phase]; c++)
            ((fp *)table->columns[phase])[(uint64_t)c * table->rows + row] = FP_ZERO;
}

static inline void copy_row(vm_tables *t, vm_chip chip, uint64_t to, uint64_t from)
{
    const stark_table *table = table_of(t, chip);
    for (int phase = AIR_BOUNDARY; phase <= AIR_MAIN; phase++)
        for (uint32_t c = 0; c < vm_airs[chip]->width[phase]; c++) {
            fp *column = (fp *)table->columns[phase] + (uint64_t)c * table->rows;
            column[to] = column[from];
        }
}

static inline void swap_cells(vm_tables *t, vm_chip chip, const char *name, uint64_t a, uint64_t b)
{
    fp *column = column_of(t, chip, name), kept_value = column[a];
    column[a] = column[b];
    column[b] = kept_value;
}

/* ---- what follows from a change ------------------------------------------------------------------- */

/* The `memory` rows end with the last access of each word that the other rows send. */
static inline void follow_memory(vm_tables *t, const stark_machine *m)
{
    uint64_t rows = rows_in(t, VM_CHIP_MEMORY);
    for (uint64_t row = 0; row < rows; row++) {
        set_limbs(t, VM_CHIP_MEMORY, "final", row, get_limbs(t, VM_CHIP_MEMORY, "initial", row));
        set(t, VM_CHIP_MEMORY, "last_tick", row, 0);
    }
    for (uint32_t i = 0; i < t->count; i++) {
        const stark_table *table = &t->tables[i];
        const air_tape *tape = m->tape[table->chip];
        if (table->chip >= VM_CHIP_MEMORY)
            continue;
        size_t mark = scratch.used_bytes;
        fp *values = ARENA_NEW(&scratch, fp, tape->operation_count);
        air_table_view view = {.row_count = table->rows};
        memcpy(view.columns, table->columns, sizeof view.columns);
        for (uint64_t row = 0; row < view.row_count; row++) {
            air_evaluate_row(values, tape, &view, row);
            for (uint32_t k = 0; k < tape->interaction_count; k++) {
                const air_interaction *x = &tape->interactions[k];
                if (x->tag != BUS_MEMORY || x->receive || values[x->multiplicity] == 0)
                    continue;
                uint32_t message[7];
                for (int j = 0; j < 7; j++)
                    message[j] = fp_to_u32(values[x->message[j]]);
                uint64_t at = memory_row(t, message[0], message[1]);
                if (message[6] <= get(t, VM_CHIP_MEMORY, "last_tick", at))
                    continue;
                char limb[32];
                set(t, VM_CHIP_MEMORY, "last_tick", at, message[6]);
                for (int j = 0; j < 4; j++)
                    set(t, VM_CHIP_MEMORY, limb_name(limb, "final", j), at, message[2 + j]);
            }
        }
        arena_rewind(&scratch, mark);
    }
}

/* The ledger's last values are those of the only segment. */
static inline void follow_ledger(vm_tables *t)
{
    for (uint64_t row = 0; row < rows_in(t, VM_CHIP_MEMORY); row++) {
        uint64_t at = ledger_row(t, get(t, VM_CHIP_MEMORY, "space", row), get(t, VM_CHIP_MEMORY, "w", row));
        set_limbs(t, VM_CHIP_LEDGER, "final", at, get_limbs(t, VM_CHIP_MEMORY, "final", row));
    }
}

/* Makes room for a ledger row; it is a copy of the one that was there. */
static inline void ledger_insert(vm_tables *t, uint64_t at)
{
    uint64_t rows = rows_in(t, VM_CHIP_LEDGER);
    assert_true(rows < height_of(t, VM_CHIP_LEDGER));
    for (uint64_t row = rows; row > at; row--)
        copy_row(t, VM_CHIP_LEDGER, row, row - 1);
    t->used_rows[VM_CHIP_LEDGER]++;
}

/* Each row has the key of the one before it. */
static inline void follow_keys(vm_tables *t)
{
    const vm_chip ledger = VM_CHIP_LEDGER;
    fp before = vm_first_key_before();
    for (uint64_t row = 0; row < rows_in(t, ledger); row++) {
        column_of(t, ledger, "key_before")[row] = before;
        fp key = fp_add(vm_ledger_key(get(t, ledger, "space", row), 0), fp_from_u32(ledger_word(t, row)));
        set(t, ledger, "gap_low", row, fp_to_u32(fp_sub(fp_sub(key, before), FP_ONE)) & 0xFFFF);
        before = key;
    }
}

/* A row that says: this word was never touched. */
static inline void ledger_untouched(vm_tables *t, uint64_t row, uint32_t space, uint32_t w_high,
                                    uint32_t w_low,
                                    const char *class_column)
{
    clear_row(t, VM_CHIP_LEDGER, row);
    set(t, VM_CHIP_LEDGER, "real", row, 1);
    set(t, VM_CHIP_LEDGER, class_column, row, 1);
    set(t, VM_CHIP_LEDGER, "space", row, space);
    set(t, VM_CHIP_LEDGER, "w_high", row, w_high);
    set(t, VM_CHIP_LEDGER, "w_low", row, w_low);
    follow_keys(t);
}

/* ---- attacks -------------------------------------------------------------------------------------- */

typedef struct {
    const subject *about;
    void (*change)(vm_tables *tables); /* NULL: nothing */
    void (*change_place)(run_part *part); /* where the part claims to stand; may be NULL */
} attack;

enum { SENTENCES_MAX = 1 << 17 };
static char sentences[SENTENCES_MAX];

static inline void note_sentence(void *context, uint32_t chip, const char *sentence)
{
    (void)context;
    (void)chip;
    size_t length = strlen(sentences);
    snprintf(sentences + length, SENTENCES_MAX - length, "%s\n", sentence);
}

/* "bus 3:" */
static inline const char *on_bus(bus_tag tag)
{
    static char text[4][16];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof *text, "bus %d:", (int)tag);
    return text[next];
}

/* What the checker says of the tables, in `sentences`: missing lookups, constraints, buses. */
static inline uint64_t check_tables(test_run *run, const run_part *part)
{
    sentences[0] = 0;
    run->segments[0].pc4_first = part->pc4_first;
    run->segments[0].pc4_last = part->pc4_last;
    run->segments[0].cycles = part->cycles;
    vm_claim_public(run->claim, &(vm_public){.kind = VM_BOTH, .segment = part->index});
    for (uint32_t i = 0; i < run->tables.count; i++)
        run->claim->rows[run->tables.tables[i].chip] = run->tables.tables[i].rows;
    uint64_t missing = vm_count_lookups(&run->chips, &run->tables, run->claim, note_sentence, NULL,
                                        &run->memory);
    stark_external_message external[VM_EXTERNAL_MAX];
    uint32_t count = vm_external(external, &run->source, &run->output);
    for (uint32_t i = 0; i < count; i++)
        if (external[i].tag == BUS_ORDER) {
            uint32_t plus_1 = external[i].receive ? part->key_after_plus_1 : part->key_before_plus_1;
            external[i].message[0] = fp_to_u32(fp_sub(fp_from_u32(plus_1), FP_ONE));
        }
    return missing + stark_check(&run->chips, run->claim, run->tables.tables, run->tables.count, external, count, 100,
                                 note_sentence, NULL, &run->memory);
}

static inline void run_open_with(test_run *run, run_part *part, const subject *s, bytes input)
{
    test_run_open(run, s->code, s->image, input);
    const riscv_ledger_row *last = &run->ledger[run->ledger_count - 1];
    *part = (run_part){.kind = VM_BOTH,
                       .index = 1,
                       .pc4_first = run->segments[0].pc4_first,
                       .pc4_last = run->segments[0].pc4_last,
                       .cycles = run->segments[0].cycles,
                       .key_after_plus_1 = fp_to_u32(fp_add(vm_ledger_key(last->space, last->w), FP_ONE))};
}

static inline void run_open(test_run *run, run_part *part, const subject *s)
{
    run_open_with(run, part, s, s->input);
}

static inline void attack_open(test_run *run, run_part *part, const attack *a)
{
    const subject *s = a->about;
    s->code->writes_anywhere = s->shown_input.size != 0;
    run_open_with(run, part, s, s->shown_input.size != 0 ? s->shown_input : s->input);
    s->code->writes_anywhere = false;
    if (a->change != NULL)
        a->change(&run->tables);
}

/* The checker must find something, and say this among the rest. */
static inline void check_says(const attack *a, const char *reason)
{
    test_run run;
    run_part part;
    attack_open(&run, &part, a);
    if (a->change_place != NULL)
        a->change_place(&part);
    uint64_t failures = check_tables(&run, &part);
    test_run_close(&run);
    if (failures == 0)
        fail_msg("the attack succeeds: nothing fails where \"%s\" should", reason);
    if (strstr(sentences, reason) == NULL)
        fail_msg("expected \"%s\" among:\n%s", reason, sentences);
}

/* ---- the same through prover and verifier */

typedef struct {
    const attack *a;
    test_run run;
} lying;

static inline void lie_in_tables(void *context, uint32_t part, vm_tables *tables, bool boundary_only)
{
    lying *l = context;
    assert_int_equal(part, 0);
    vm_tables forged = {.count = 0};
    for (uint32_t i = 0; i < l->run.tables.count; i++) {
        const stark_table *table = &l->run.tables.tables[i];
        bool has_boundary = vm_airs[table->chip]->width[AIR_BOUNDARY] > 0;
        if (boundary_only && !has_boundary)
            continue;
        forged.tables[forged.count++] = *table;
    }
    memcpy(forged.used_rows, l->run.tables.used_rows, sizeof forged.used_rows);
    *tables = forged;
}

static inline void lie_in_place(void *context, run_part *parts, uint32_t count)
{
    lying *l = context;
    assert_int_equal(count, 1);
    if (l->a->change_place != NULL)
        l->a->change_place(&parts[0]);
}

static inline void proof_refused(const attack *a, status expected)
{
    lying l = {.a = a};
    run_part part;
    attack_open(&l.run, &part, a);
    prover_lies lies = {.context = &l,
                        .change_tables = lie_in_tables,
                        .change_parts = lie_in_place,
                        .recount_lookups = true};
    run_proof proof;
    const subject *s = a->about;
    assert_status(prove_run(&proof, NULL, &s->program, s->input, s->output, (cut){.lies = &lies}), OK);
    status actual = verify_run(&s->program, &proof);
    test_run_close(&l.run);
    if (actual == OK)
        fail_msg("the attack succeeds: its proof verifies");
    assert_status(actual, expected);
}

/* Named by the checker, and refused by the verifier. */
static inline void refused(const attack *a, const char *reason, status expected)
{
    check_says(a, reason);
    proof_refused(a, expected);
}

/* ---- tests of one subject ------------------------------------------------------------------------- */

/* Its honest run has tables of which nothing is wrong, which `look` (may be NULL) looks at, and a proof that holds. */
static inline void subject_is_accepted(const subject *s, void (*look)(vm_tables *))
{
    test_run run;
    run_part part;
    run_open(&run, &part, s);
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    if (look != NULL)
        look(&run.tables);
    test_run_close(&run);
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &s->program, s->input, s->output, (cut){0}), OK);
    assert_status(verify_run(&s->program, &proof), OK);
}

static inline int close_subject(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

#endif
