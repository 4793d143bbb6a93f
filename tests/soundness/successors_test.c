/* Rows that may not follow each other, accesses that alias, times that are used twice. The chip with
 * several rows to a call is copy_words: whatever a lying prover lets come after a row, something fails
 * that the checker names. */
#include "tests/soundness/forge.h"

static test_code code;
static subject run_subject = {.code = &code};

enum { HEAP_W = MAP_HEAP_BASE / 8, BLOCKS = 3, BLOCK_ROWS = 4, ROWS = BLOCKS * BLOCK_ROWS };

/* Three copies of four words, and instructions that name a register or a word more than once. */
static int open_run(void **state)
{
    (void)state;
    fixture_open();
    test_load(&code, 8, MAP_HEAP_BASE);
    for (int32_t i = 0; i < 6; i++) {
        test_load(&code, 5, UINT64_C(0x0123456789ABCDEF) * (uint64_t)(i + 1));
        test_op(&code, OP_SD, 0, 8, 5, 8 * i);
    }
    for (int32_t i = 0; i < BLOCKS; i++) {
        test_load(&code, 10, MAP_HEAP_BASE + 256 * (uint64_t)(i + 1));
        test_load(&code, 11, MAP_HEAP_BASE + 8 * (uint64_t)i);
        test_load(&code, 15, BLOCK_ROWS);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    test_op(&code, OP_ADD, 5, 5, 5, 0);
    test_op(&code, OP_ADD, 6, 5, 5, 0);
    test_op(&code, OP_ADD, 0, 5, 6, 0);
    test_op(&code, OP_SD, 0, 8, 8, 0);
    test_op(&code, OP_LD, 9, 8, 0, 0);
    test_op(&code, OP_LD, 8, 8, 0, 0);
    code_finish(&code);
    run_subject.output = text_bytes("successors");
    run_subject.input = input_for(&kept, run_subject.output, (bytes){0});
    subject_open(&run_subject);
    return 0;
}

static int close_run(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

/* ---- successors ----------------------------------------------------------------------------------- */

static const char *const state_columns[] = {"clk", "is_first", "is_last", "step", "destination", "source",
                                            "n", "real"};
enum { STATE_COLUMNS = sizeof state_columns / sizeof *state_columns };

static void follow(vm_tables *t)
{
    for (uint64_t row = 0; row < ROWS; row++) /* an access stays within what is touched */
        for (int k = 0; k < 2; k++) {
            uint32_t step = get(t, VM_CHIP_COPY_WORDS, "step", row);
            uint32_t w = get(t, VM_CHIP_COPY_WORDS, k ? "source" : "destination", row) + step;
            bool touched = false;
            for (uint64_t m = 0; m < rows_in(t, VM_CHIP_MEMORY); m++)
                touched |= get(t, VM_CHIP_MEMORY, "space", m) == 0 && get(t, VM_CHIP_MEMORY, "w", m) == w;
            if (!touched)
                return;
        }
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

/* Whether constraints of `call` and `copy_words` fail, or CALL or STEP between them: the other buses have
 * their other ends in other tables, and are left out of sight. */
static bool blocks_are_wrong(test_run *run)
{
    stark_table two[2] = {*table_of(&run->tables, VM_CHIP_CALL), *table_of(&run->tables, VM_CHIP_COPY_WORDS)};
    proof_claim claim = {0};
    for (int i = 0; i < 2; i++)
        claim.rows[two[i].chip] = two[i].rows;
    sentences[0] = 0;
    stark_check(&run->chips, &claim, two, 2, NULL, 0, UINT64_MAX, note_sentence, NULL, &run->memory);
    return strstr(sentences, "does not hold") != NULL || strstr(sentences, on_bus(BUS_CALL)) != NULL ||
           strstr(sentences, on_bus(BUS_STEP)) != NULL;
}

/* Every column of every row's state, and runs of them, replaced by every other row's. */
static void every_state_in_every_row(void **state)
{
    (void)state;
    test_run run;
    run_part part;
    run_open(&run, &part, &run_subject);
    vm_tables *t = &run.tables;
    assert_int_equal(rows_in(t, VM_CHIP_COPY_WORDS), ROWS);
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    const stark_table *table = table_of(t, VM_CHIP_COPY_WORDS);
    size_t cells = (size_t)vm_airs[VM_CHIP_COPY_WORDS]->width[AIR_MAIN] * table->rows;
    fp *before = ARENA_NEW(&memory, fp, cells);
    memcpy(before, table->columns[AIR_MAIN], cells * sizeof(fp));
    assert_false(blocks_are_wrong(&run));
    uint32_t tried = 0;
    for (uint64_t row = 0; row < ROWS; row++)
        for (uint64_t other = 0; other < ROWS; other++)
            for (uint32_t columns = 1; columns < 1u << STATE_COLUMNS; columns = columns * 2 + (columns % 3 == 1)) {
                bool changed = false;
                for (int c = 0; c < STATE_COLUMNS; c++)
                    if (columns >> c & 1) {
                        uint32_t value = get(t, VM_CHIP_COPY_WORDS, state_columns[c], other);
                        changed |= get(t, VM_CHIP_COPY_WORDS, state_columns[c], row) != value;
                        set(t, VM_CHIP_COPY_WORDS, state_columns[c], row, value);
                    }
                if (changed) {
                    if (!blocks_are_wrong(&run))
                        fail_msg("row %u may have the state of row %u (columns %x)", (unsigned)row,
                                 (unsigned)other,
                                 (unsigned)columns);
                    tried++;
                }
                memcpy((fp *)table->columns[AIR_MAIN], before, cells * sizeof(fp));
            }
    assert_true(tried > 500);
    test_run_close(&run);
}

static void drop_row(vm_tables *t, uint64_t row)
{
    clear_row(t, VM_CHIP_COPY_WORDS, row);
    follow(t);
}

static void no_first_row(vm_tables *t) { drop_row(t, 0); }
static void no_middle_row(vm_tables *t) { drop_row(t, 2); }
static void no_last_row(vm_tables *t) { drop_row(t, 3); }

static void first_again(vm_tables *t)
{
    /* The second row begins the block anew. */
    set(t, VM_CHIP_COPY_WORDS, "is_first", 1, 1);
    set(t, VM_CHIP_COPY_WORDS, "step", 1, 0);
    follow(t);
}

static void first_in_the_middle(vm_tables *t) { set(t, VM_CHIP_COPY_WORDS, "is_first", 2, 1); }

static void step_left_out(vm_tables *t)
{
    for (uint64_t row = 2; row < 4; row++)
        set(t, VM_CHIP_COPY_WORDS, "step", row, get(t, VM_CHIP_COPY_WORDS, "step", row) + 1);
    set(t, VM_CHIP_COPY_WORDS, "n", 3, BLOCK_ROWS + 1);
    follow(t);
}

static void same_step_twice(vm_tables *t)
{
    copy_row(t, VM_CHIP_COPY_WORDS, 2, 1);
    follow(t);
}

static void shorter_than_called(vm_tables *t)
{
    for (uint64_t row = 0; row < 3; row++)
        set(t, VM_CHIP_COPY_WORDS, "n", row, 3);
    set(t, VM_CHIP_COPY_WORDS, "is_last", 2, 1);
    drop_row(t, 3);
}

static void longer_than_called(vm_tables *t)
{
    for (uint64_t row = 0; row < 4; row++)
        set(t, VM_CHIP_COPY_WORDS, "n", row, 5);
    set(t, VM_CHIP_COPY_WORDS, "is_last", 3, 0);
    follow(t);
}

static void last_row_goes_on(vm_tables *t) { set(t, VM_CHIP_COPY_WORDS, "is_last", 3, 0); }

static void continued_by_another_call(vm_tables *t)
{
    /* The first block ends in the second's rows and the other way round. */
    for (uint64_t row = 2; row < 4; row++)
        swap_cells(t, VM_CHIP_COPY_WORDS, "clk", row, row + BLOCK_ROWS);
    follow(t);
}

static void every_illegal_successor_is_named(void **state)
{
    (void)state;
    const struct {
        void (*change)(vm_tables *);
        const char *reason;
    } cases[] = {
        {no_first_row, on_bus(BUS_CALL)},
        {no_middle_row, on_bus(BUS_STEP)},
        {no_last_row, on_bus(BUS_STEP)},
        {first_again, on_bus(BUS_CALL)},
        {first_in_the_middle, "\"the first step is 0\""},
        {step_left_out, on_bus(BUS_STEP)},
        {same_step_twice, on_bus(BUS_STEP)},
        {shorter_than_called, on_bus(BUS_CALL)},
        {longer_than_called, on_bus(BUS_CALL)},
        {last_row_goes_on, on_bus(BUS_STEP)},
        {continued_by_another_call, on_bus(BUS_STEP)},
    };
    char reasons[sizeof cases / sizeof *cases][64]; /* on_bus gives the same text to several */
    static const bus_tag tags[] = {BUS_CALL, BUS_STEP, BUS_STEP, BUS_CALL, 0, BUS_STEP, BUS_STEP, BUS_CALL,
                                   BUS_CALL,
                                   BUS_STEP, BUS_STEP};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(reasons[i], sizeof reasons[i], "%s", tags[i] != 0 ? on_bus(tags[i]) : cases[i].reason);
        check_says(&(attack){&run_subject, cases[i].change, NULL}, reasons[i]);
    }
    proof_refused(&(attack){&run_subject, shorter_than_called, NULL}, PROOF_BUS);
    proof_refused(&(attack){&run_subject, continued_by_another_call, NULL}, PROOF_BUS);
}

/* ---- aliases and times ---------------------------------------------------------------------------- */

/* In ADD x5, x5, x5 the three accesses happen one after another: rs1 at k = 0, rs2 at 1, rd at 7. */
static uint64_t doubling_row(vm_tables *t) { return find(t, VM_CHIP_ADD, "rd", 5, 0); }

static void both_reads_take_one_token(vm_tables *t)
{
    uint64_t row = doubling_row(t);
    set(t, VM_CHIP_ADD, "b_previous", row, get(t, VM_CHIP_ADD, "a_previous", row));
}

static void write_takes_an_older_token(vm_tables *t)
{
    uint64_t row = doubling_row(t);
    set(t, VM_CHIP_ADD, "old_previous", row, get(t, VM_CHIP_ADD, "a_previous", row));
}

/* The token of the very tick at which it is taken: a gap of −1. */
static void read_at_its_own_time(vm_tables *t)
{
    uint64_t row = doubling_row(t);
    uint32_t clk = get(t, VM_CHIP_ADD, "clk", row);
    set(t, VM_CHIP_ADD, "a_previous", row, 8 * clk + 1);
}

/* One that the same instruction writes only later. */
static void read_before_it_is_written(vm_tables *t)
{
    uint64_t row = doubling_row(t);
    uint32_t clk = get(t, VM_CHIP_ADD, "clk", row);
    set(t, VM_CHIP_ADD, "a_previous", row, 8 * clk + 8);
}

/* rs2 has another value than rs1, though it is the same register. */
static void two_values_of_one_register(vm_tables *t)
{
    uint64_t row = doubling_row(t);
    set(t, VM_CHIP_ADD, "b[0]", row, get(t, VM_CHIP_ADD, "b[0]", row) ^ 1);
}

/* Two instructions at one time. */
static void same_time_twice(vm_tables *t)
{
    uint64_t row = doubling_row(t);
    set(t, VM_CHIP_ADD, "clk", row + 1, get(t, VM_CHIP_ADD, "clk", row));
}

/* An instruction that is executed twice at its time, with nothing in between. */
static void same_row_twice(vm_tables *t)
{
    copy_row(t, VM_CHIP_ADD, t->used_rows[VM_CHIP_ADD]++, doubling_row(t));
}

/* A load finds what stood there before the store, as of a time before it. */
static void load_of_an_old_value(vm_tables *t)
{
    uint64_t row = find(t, VM_CHIP_LOAD_DOUBLE, "rd", 9, 0), stores = rows_in(t,
                                                                              VM_CHIP_STORE_DOUBLE), last = 0;
    for (uint64_t k = 0; k < stores; k++)
        if (get(t, VM_CHIP_STORE_DOUBLE, "rs2", k) == 8)
            last = k;
    set_limbs(t, VM_CHIP_LOAD_DOUBLE, "word", row, get_limbs(t, VM_CHIP_STORE_DOUBLE, "word", last));
    set_age(t, VM_CHIP_LOAD_DOUBLE, "word_age", row, get(t, VM_CHIP_STORE_DOUBLE, "word_age[0]", last),
            get(t, VM_CHIP_LOAD_DOUBLE, "clk", row), 2);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

/* x0 is written: the sink's row goes to it. */
static void write_to_x0(vm_tables *t)
{
    uint64_t row = find(t, VM_CHIP_ADD, "rd", RISCV_SINK, 0);
    set(t, VM_CHIP_ADD, "rd", row, 0);
}

static void exit_code_one(vm_tables *t)
{
    uint64_t row = find(t, VM_CHIP_CALL, "is[0]", 1, 0);
    set(t, VM_CHIP_CALL, "a0[0]", row, 1);
}

/* A word that the segment touches is left out of the ledger. */
static void word_left_out(vm_tables *t)
{
    uint64_t at = ledger_row(t, 0, HEAP_W);
    for (uint64_t row = at; row + 1 < rows_in(t, VM_CHIP_LEDGER); row++)
        copy_row(t, VM_CHIP_LEDGER, row, row + 1);
    uint64_t last = --t->used_rows[VM_CHIP_LEDGER];
    clear_row(t, VM_CHIP_LEDGER, last);
    follow_keys(t);
}

/* Or its last value is another one there. */
static void another_last_value(vm_tables *t)
{
    uint64_t at = ledger_row(t, 0, HEAP_W);
    set(t, VM_CHIP_LEDGER, "final[0]", at, get(t, VM_CHIP_LEDGER, "final[0]", at) ^ 1);
}

static void segment_after_itself(vm_tables *t)
{
    uint64_t at = memory_row(t, 0, HEAP_W);
    set(t, VM_CHIP_MEMORY, "last", at, 1);
    set(t, VM_CHIP_LEDGER, "last", ledger_row(t, 0, HEAP_W), 0);
}

static void aliases_and_times(void **state)
{
    (void)state;
    char memory_bus[16], exec_bus[16], global_bus[16];
    snprintf(memory_bus, sizeof memory_bus, "%s", on_bus(BUS_MEMORY));
    snprintf(exec_bus, sizeof exec_bus, "%s", on_bus(BUS_EXEC));
    snprintf(global_bus, sizeof global_bus, "%s", on_bus(BUS_GLOBAL));
    const struct {
        void (*change)(vm_tables *);
        const char *reason;
    } cases[] = {
        {both_reads_take_one_token, memory_bus},
        {write_takes_an_older_token, memory_bus},
        {read_at_its_own_time, "looks up what RANGE does not have: 16"},
        {read_before_it_is_written, "looks up what RANGE does not have: 16"},
        {two_values_of_one_register, memory_bus},
        {same_time_twice, exec_bus},
        {same_row_twice, exec_bus},
        {load_of_an_old_value, memory_bus},
        {write_to_x0, "looks up what PROGRAM does not have"},
        {exit_code_one, "\"the exit code is 0\""},
        {word_left_out, global_bus},
        {another_last_value, global_bus},
        {segment_after_itself, "memory row"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_says(&(attack){&run_subject, cases[i].change, NULL}, cases[i].reason);
    proof_refused(&(attack){&run_subject, load_of_an_old_value, NULL}, PROOF_BUS);
    proof_refused(&(attack){&run_subject, word_left_out, NULL}, PROOF_BUS);
    proof_refused(&(attack){&run_subject, exit_code_one, NULL}, PROOF_CONSTRAINTS);
}

/* The control, for everything above. */
static void the_honest_run_is_accepted(void **state)
{
    (void)state;
    test_run run;
    run_part part;
    run_open(&run, &part, &run_subject);
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    follow_memory(&run.tables, &tiny.machine); /* which changes nothing here */
    follow_ledger(&run.tables);
    follow_keys(&run.tables);
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    test_run_close(&run);
    run_proof proof;
    const subject *s = &run_subject;
    assert_status(prove_run(&proof, NULL, &s->program, s->input, s->output, (cut){0}), OK);
    assert_status(verify_run(&s->program, &proof), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(every_state_in_every_row, fixture_clear),
        cmocka_unit_test_teardown(every_illegal_successor_is_named, fixture_clear),
        cmocka_unit_test_teardown(aliases_and_times, fixture_clear),
    };
    return cmocka_run_group_tests_name("successors", tests, open_run, close_run);
}
