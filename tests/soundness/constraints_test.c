/* The attacks of the design's protocol page that constraints and buses stop: each is tried on valid tables of
 * a small run, lookups are counted anew, and what stops it must be named. */
#include "vm/run_test.h"

static test_code code;
static test_run run;
static char heard[1 << 14]; /* what failed */

static void listen(void *context, uint32_t chip, const char *sentence)
{
    (void)context;
    (void)chip;
    size_t used = strlen(heard);
    snprintf(heard + used, sizeof heard - used, "%s\n", sentence);
}

/* A run with loads, stores and copies; an unaligned store over two words; all four output words. */
static void open_run(void)
{
    static uint64_t image[1 << 16];
    image[2] = 0x123456789ABCDEF0;
    code.count = 0;
    test_load(&code, 8, MAP_HEAP_BASE);
    test_load(&code, 5, 0x8796A5B4C3D2E1F0);
    test_op(&code, OP_SD, 0, 8, 5, 5);
    test_op(&code, OP_LD, 6, 8, 0, 3);
    test_load(&code, 9, MAP_IMAGE_BASE);
    test_op(&code, OP_LD, 6, 9, 0, 16);
    test_load(&code, 9, MAP_OUTPUT_BASE);
    for (int32_t i = 0; i < 4; i++)
        test_op(&code, OP_SD, 0, 9, 5, 8 * i);
    test_op(&code, OP_AUIPC, 7, 0, 0, 1);
    for (uint32_t i = 1; i < 3; i++) {
        test_load(&code, 10, MAP_HEAP_BASE + 0x1000 * i);
        test_load(&code, 11, MAP_HEAP_BASE);
        test_load(&code, 15, 3);
        test_load(&code, 17, CALL_COPY_WORDS);
        test_op(&code, OP_ECALL, 0, 0, 0, 0);
    }
    test_exit(&code);
    test_run_open(&run, &code, image, (bytes){0});
    assert_int_equal(test_run_check(&run, test_print, NULL), 0);
}

static fp *at(vm_chip chip, const char *name, uint64_t row)
{
    for (uint32_t i = 0; i < run.tables.count; i++) {
        const stark_table *table = &run.tables.tables[i];
        for (int phase = 0; table->chip == (uint32_t)chip && phase < AIR_PHASES; phase++)
            for (uint32_t c = 0; c < vm_airs[chip]->width[phase]; c++)
                if (strcmp(vm_airs[chip]->column_names[phase][c], name) == 0)
                    return (fp *)table->columns[phase] + (uint64_t)c * table->rows + row;
    }
    fail_msg("%s has no column %s", vm_airs[chip]->name, name);
    return NULL;
}

static void set(vm_chip chip, const char *name, uint64_t row, uint32_t value)
{
    *at(chip, name, row) = fp_from_u32(value);
}

static uint32_t get(vm_chip chip, const char *name, uint64_t row)
{
    return fp_to_u32(*at(chip, name, row));
}

/* Makes row `to` of a chip equal to row `from`. */
static void copy_row(vm_chip chip, uint64_t to, uint64_t from)
{
    for (int phase = 0; phase < AIR_PHASES; phase++)
        for (uint32_t c = 0; c < vm_airs[chip]->width[phase]; c++) {
            const char *name = vm_airs[chip]->column_names[phase][c];
            *at(chip, name, to) = *at(chip, name, from);
        }
}

/* Row `row` becomes padding, all zeros. */
static void clear_row(vm_chip chip, uint64_t row)
{
    for (int phase = 0; phase < AIR_PHASES; phase++)
        for (uint32_t c = 0; c < vm_airs[chip]->width[phase]; c++)
            *at(chip, vm_airs[chip]->column_names[phase][c], row) = 0;
}

/* The lie must fail, and `by` must be among what is said of it. */
static void is_stopped(const char *by)
{
    heard[0] = 0;
    uint64_t missing = vm_count_lookups(&run.chips, &run.tables, run.claim, listen, NULL, &run.memory);
    uint64_t failures = test_run_check(&run, listen, NULL);
    assert_true(missing + failures > 0);
    if (strstr(heard, by) == NULL)
        fail_msg("stopped, but not by \"%s\":\n%s", by, heard);
}

static int set_up(void **state)
{
    (void)state;
    open_run();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_run_close(&run);
    return 0;
}

static uint64_t ledger_row_of(uint32_t w)
{
    for (uint64_t i = 0; i < run.ledger_count; i++)
        if (run.ledger[i].space == 0 && run.ledger[i].w == w)
            return i;
    fail_msg("no ledger row");
    return 0;
}

/* ---- one test for each row of the table --------------------------------------------------------- */

static void shared_messages_are_committed_before_the_shared_challenge(void **state)
{
    (void)state;
    for (int chip = 0; chip < VM_CHIPS; chip++) {
        const air_tape *t = run.chips.tape[chip];
        bool *needed = ARENA_NEW(&run.memory, bool, t->operation_count);
        for (uint32_t i = 0; i < t->interaction_count; i++) {
            const air_interaction *x = &t->interactions[i];
            assert_int_equal(x->shared, x->tag == BUS_GLOBAL || x->tag == BUS_OUTPUT);
            if (!x->shared)
                continue;
            needed[x->multiplicity] = true;
            for (uint32_t j = 0; j < x->length; j++)
                needed[x->message[j]] = true;
        }
        for (uint32_t i = t->operation_count; i-- > 0;) {
            const air_operation *o = &t->operations[i];
            if (needed[i] && o->kind >= AIR_ADD)
                needed[o->a] = needed[o->b] = true;
            if (needed[i] && o->kind == AIR_COLUMN)
                assert_int_not_equal(o->phase, AIR_MAIN);
        }
    }
}

static void an_empty_ledger_part_cannot_reset_the_key(void **state)
{
    (void)state;
    for (uint64_t row = 0; row < run.ledger_count; row++)
        clear_row(VM_CHIP_LEDGER, row);
    is_stopped("bus 13");
}

static void a_word_is_not_listed_twice(void **state)
{
    (void)state;
    uint64_t last = run.ledger_count - 1;
    copy_row(VM_CHIP_LEDGER, last + 1, last);
    *at(VM_CHIP_LEDGER, "key_before", last + 1) = vm_ledger_key(run.ledger[last].space, run.ledger[last].w);
    *at(VM_CHIP_LEDGER, "gap_low", last + 1) = fp_neg(FP_ONE);
    is_stopped("ledger row");
}

static void padding_hides_no_duplicate_in_the_ledger(void **state)
{
    (void)state;
    uint64_t last = run.ledger_count - 1;
    copy_row(VM_CHIP_LEDGER, last + 2, last);
    is_stopped("bus 13");
}

static void ledger_parts_leave_no_gap(void **state)
{
    (void)state;
    run.source.key_before = fp_from_u32(5);
    is_stopped("bus 13");
    run.source.key_before = vm_first_key_before();
    run.source.ledger_count--;
    is_stopped("bus 13");
}

static void a_block_of_rows_is_not_cut_off(void **state)
{
    (void)state;
    set(VM_CHIP_COPY_WORDS, "is_last", 1, 1);
    clear_row(VM_CHIP_COPY_WORDS, 2);
    is_stopped("the last step is n − 1");
    set(VM_CHIP_COPY_WORDS, "is_last", 1, 0);
    is_stopped("bus 8");
}

static void a_ring_of_steps_needs_a_call(void **state)
{
    (void)state;
    /* two rows that hand on to each other */
    copy_row(VM_CHIP_COPY_WORDS, 10, 1);
    copy_row(VM_CHIP_COPY_WORDS, 11, 1);
    set(VM_CHIP_COPY_WORDS, "step", 10, 1);
    set(VM_CHIP_COPY_WORDS, "step", 11, 2);
    is_stopped("bus 8");
}

static void an_accelerator_row_needs_a_call(void **state)
{
    (void)state;
    copy_row(VM_CHIP_COPY_WORDS, 10, 0);
    set(VM_CHIP_COPY_WORDS, "is_last", 10, 1);
    set(VM_CHIP_COPY_WORDS, "n", 10, 1);
    is_stopped("bus 7");
    /* a middle row that says it is none */
    clear_row(VM_CHIP_COPY_WORDS, 10);
    set(VM_CHIP_COPY_WORDS, "is_first", 10, 1);
    is_stopped("a first row is real");
}

static void two_calls_do_not_swap_their_states(void **state)
{
    (void)state;
    /* rows 1 and 4 are the second steps of both calls */
    uint32_t first = get(VM_CHIP_COPY_WORDS, "destination", 1),
             second = get(VM_CHIP_COPY_WORDS, "destination", 4);
    assert_int_not_equal(first, second);
    set(VM_CHIP_COPY_WORDS, "destination", 1, second);
    set(VM_CHIP_COPY_WORDS, "destination", 4, first);
    is_stopped("bus 8");
}

static void operands_and_count_of_a_call_are_bound(void **state)
{
    (void)state;
    uint64_t row = 0; /* the first copy */
    uint32_t w = get(VM_CHIP_CALL, "w[1]", row), n = get(VM_CHIP_CALL, "n", row);
    set(VM_CHIP_CALL, "w[1]", row, w + 1);
    is_stopped("the operand's word");
    set(VM_CHIP_CALL, "w[1]", row, w);
    /* n = p + 3 reads as 3: its limbs are 4 and 0x7F00 */
    set(VM_CHIP_CALL, "a5[0]", row, 4);
    set(VM_CHIP_CALL, "a5[1]", row, 0x7F00);
    assert_int_equal(n, 3);
    is_stopped("looks up what RANGE does not have: 13 32512");
}

static void padding_of_the_region_table_maps_nothing(void **state)
{
    (void)state;
    /* the heap's first word pretends to lie in block 0 */
    uint64_t row = ledger_row_of(MAP_HEAP_BASE / 8);
    set(VM_CHIP_LEDGER, "w_high", row, 0);
    is_stopped("looks up what REGION does not have");
}

static void an_image_word_is_neither_zero_nor_input(void **state)
{
    (void)state;
    uint64_t row = ledger_row_of(MAP_IMAGE_BASE / 8 + 2);
    assert_int_equal(get(VM_CHIP_LEDGER, "is_image", row), 1);
    set(VM_CHIP_LEDGER, "is_image", row, 0);
    set(VM_CHIP_LEDGER, "is_input", row, 1);
    is_stopped("looks up what REGION does not have");
    set(VM_CHIP_LEDGER, "is_input", row, 0);
    set(VM_CHIP_LEDGER, "is_image", row, 1);
    set(VM_CHIP_LEDGER, "initial[0]", row, 0);
    is_stopped("looks up what IMAGE does not have");
}

static void a_zero_word_does_not_start_with_something_else(void **state)
{
    (void)state;
    set(VM_CHIP_LEDGER, "initial[3]", ledger_row_of(MAP_HEAP_BASE / 8), 1);
    is_stopped("it starts as zero");
}

static void padding_makes_no_output(void **state)
{
    (void)state;
    uint64_t row = run.ledger_count;
    set(VM_CHIP_LEDGER, "is_output", row, 1);
    is_stopped("a real row has one class");
    /* nor does a word of another class */
    set(VM_CHIP_LEDGER, "is_output", row, 0);
    row = ledger_row_of(MAP_HEAP_BASE / 8);
    set(VM_CHIP_LEDGER, "is_zero", row, 0);
    set(VM_CHIP_LEDGER, "is_output", row, 1);
    is_stopped("looks up what REGION does not have");
}

static void the_next_word_is_never_a_register(void **state)
{
    (void)state;
    /* an access at the top of memory would have w + 1 = 2^29, the key of x0, but another space */
    assert_true(fp_to_u32(vm_ledger_key(SPACE_REGISTERS, 0)) == 1u << 29);
    uint64_t row = ledger_row_of(MAP_HEAP_BASE / 8);
    set(VM_CHIP_LEDGER, "w_high", row, 1u << 13);
    is_stopped("looks up what REGION does not have");
}

static void the_straddle_flag_is_looked_up(void **state)
{
    (void)state;
    assert_int_equal(get(VM_CHIP_STORE_MISALIGNED, "crosses", 0), 1);
    set(VM_CHIP_STORE_MISALIGNED, "crosses", 0, 0);
    is_stopped("looks up what SMALL does not have");
}

static void padding_of_the_program_is_no_instruction(void **state)
{
    (void)state;
    /* a row that executes the all-zero padding at pc4 0 */
    uint64_t row = run.tables.used_rows[VM_CHIP_CONSTANT];
    set(VM_CHIP_CONSTANT, "real", row, 1);
    is_stopped("looks up what PROGRAM does not have");
}

static void results_relative_to_the_pc_are_the_programs(void **state)
{
    (void)state;
    for (uint64_t row = 0; row < run.tables.used_rows[VM_CHIP_CONSTANT]; row++)
        if (get(VM_CHIP_CONSTANT, "rd", row) == 7) { /* AUIPC */
            set(VM_CHIP_CONSTANT, "value[0]", row, get(VM_CHIP_CONSTANT, "value[0]", row) + 4);
            is_stopped("looks up what PROGRAM does not have");
            return;
        }
    fail();
}

static void only_exit_with_code_zero_halts(void **state)
{
    (void)state;
    uint64_t exit_row = run.tables.used_rows[VM_CHIP_CALL] - 1;
    set(VM_CHIP_CALL, "next", 0, RISCV_HALT);
    is_stopped("exit halts, other calls go on");
    set(VM_CHIP_CALL, "next", 0, get(VM_CHIP_CALL, "pc4", 0) + 1);
    set(VM_CHIP_CALL, "a0[2]", exit_row, 1);
    is_stopped("the exit code is 0");
}

static void accesses_do_not_go_back_in_time(void **state)
{
    (void)state;
    /* a gap of −1: the access before is this very one */
    uint32_t clk = get(VM_CHIP_LOAD_DOUBLE, "clk", 0);
    set(VM_CHIP_LOAD_DOUBLE, "word_age[0]", 0, riscv_tick(clk, RISCV_K_READ));
    *at(VM_CHIP_LOAD_DOUBLE, "word_age[1]", 0) = fp_neg(FP_ONE);
    is_stopped("looks up what RANGE does not have");
    set(VM_CHIP_LOAD_DOUBLE, "word_age[1]", 0, 0xFFFF);
    is_stopped("looks up what RANGE does not have: 10");
}

static void a_segment_follows_the_one_that_touched_the_word_before(void **state)
{
    (void)state;
    set(VM_CHIP_MEMORY, "last", 0, 1); /* this segment itself */
    is_stopped("looks up what RANGE does not have: 16");
}

static void tables_are_of_the_kind_of_proof(void **state)
{
    (void)state;
    uint32_t rows[STARK_MAX_CHIPS];
    memcpy(rows, run.claim->rows, sizeof rows);
    assert_int_equal(vm_check_presence(VM_BOTH, rows), OK);
    assert_int_equal(vm_check_presence(VM_SEGMENT, rows), PROOF_SHAPE); /* a second ledger */
    assert_int_equal(vm_check_presence(VM_LEDGER, rows), PROOF_SHAPE);
    rows[VM_CHIP_MEMORY] = 0;
    assert_int_equal(vm_check_presence(VM_BOTH, rows), PROOF_SHAPE);
    memcpy(rows, run.claim->rows, sizeof rows);
    rows[VM_CHIPS] = 6; /* a chip that the key does not have */
    assert_int_equal(vm_check_presence(VM_BOTH, rows), PROOF_SHAPE);
}

#define ATTACK(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ATTACK(shared_messages_are_committed_before_the_shared_challenge),
        ATTACK(an_empty_ledger_part_cannot_reset_the_key),
        ATTACK(a_word_is_not_listed_twice),
        ATTACK(padding_hides_no_duplicate_in_the_ledger),
        ATTACK(ledger_parts_leave_no_gap),
        ATTACK(a_block_of_rows_is_not_cut_off),
        ATTACK(a_ring_of_steps_needs_a_call),
        ATTACK(an_accelerator_row_needs_a_call),
        ATTACK(two_calls_do_not_swap_their_states),
        ATTACK(operands_and_count_of_a_call_are_bound),
        ATTACK(padding_of_the_region_table_maps_nothing),
        ATTACK(an_image_word_is_neither_zero_nor_input),
        ATTACK(a_zero_word_does_not_start_with_something_else),
        ATTACK(padding_makes_no_output),
        ATTACK(the_next_word_is_never_a_register),
        ATTACK(the_straddle_flag_is_looked_up),
        ATTACK(padding_of_the_program_is_no_instruction),
        ATTACK(results_relative_to_the_pc_are_the_programs),
        ATTACK(only_exit_with_code_zero_halts),
        ATTACK(accesses_do_not_go_back_in_time),
        ATTACK(a_segment_follows_the_one_that_touched_the_word_before),
        ATTACK(tables_are_of_the_kind_of_proof),
    };
    return cmocka_run_group_tests_name("attacks on constraints", tests, NULL, NULL);
}
