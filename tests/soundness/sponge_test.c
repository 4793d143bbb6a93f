/* What a prover might try with the call sponge, each attack with the rule that stops it.
 *
 *   attack                                                        test
 *   a word ≥ p is taken as its residue, read or written           sponge_word_not_canonical
 *   p − 1 is refused, or passes for another word                  word_p_minus_1
 *   a capacity other than the state's: a leaf for a node          leaf_read_as_node
 *   an S-box that gives something else, another permutation       sponge_permutes
 *   a block left out, doubled, from another place                 sponge_blocks_of_the_call
 *   a call that never ends, or that ends in another's block       sponge_block_cut_off
 *   states of two calls change places; another is written         sponge_state_of_another_call */
#include "tests/soundness/forge.h"

static const vm_chip SPONGE = VM_CHIP_SPONGE, STATE = VM_CHIP_SPONGE_STATE, PERMUTATION = VM_CHIP_PERMUTATION;

static test_code code;
static subject hashing = {.code = &code};

static void absorb(uint32_t state, uint32_t data, uint32_t n)
{
    test_load(&code, 10, state);
    test_load(&code, 11, data);
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_SPONGE);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

enum { P_MINUS_1_AT = 5 }; /* an element of the first block */

/* Three blocks from the input, then one into each of two states. */
static int open_run(void **state)
{
    (void)state;
    static uint32_t more[64];
    uint64_t seed = 11;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        more[i] = i == P_MINUS_1_AT ? FP_MODULUS - 1 : (uint32_t)(test_random(&seed) % FP_MODULUS);
    fixture_open();
    test_load(&code, 1, MAP_HEAP_BASE);
    test_load(&code, 2, FP_CONSTANT(1)); /* the role of a leaf */
    test_op(&code, OP_SD, 0, 1, 2, 64);
    absorb(MAP_HEAP_BASE, MAP_INPUT_BASE + 40, 3);
    absorb(MAP_HEAP_BASE + 128, MAP_INPUT_BASE + 104, 1);
    absorb(MAP_HEAP_BASE + 256, MAP_INPUT_BASE + 168, 1);
    code_finish(&code);
    hashing.output = text_bytes("what is proven");
    hashing.input = input_for(&kept, hashing.output, (bytes){(const uint8_t *)more, sizeof more});
    subject_open(&hashing);
    return 0;
}

static void look_at_rows(vm_tables *t)
{
    assert_int_equal(rows_in(t, SPONGE), 5);
    assert_int_equal(rows_in(t, STATE), 3);
}

static void the_honest_run_is_accepted(void **state)
{
    (void)state;
    subject_is_accepted(&hashing, look_at_rows);
}

static void stops(void (*change)(vm_tables *), const char *reason, status expected)
{
    refused(&(attack){&hashing, change, NULL}, reason, expected);
}

/* The same by the checker alone. */
static void fails(void (*change)(vm_tables *), const char *reason)
{
    check_says(&(attack){&hashing, change, NULL}, reason);
}

static void add_to(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row, int64_t delta)
{
    char column[32];
    snprintf(column, sizeof column, index < 0 ? "%s" : "%s[%d]", name, index);
    fp *at = column_of(t, chip, column) + row;
    *at = fp_add(*at, fp_from_u64(delta < 0 ? FP_MODULUS + (uint64_t)delta : (uint64_t)delta));
}

/* The number that element `index` of a row's words stands for. */
static uint32_t word_at(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row)
{
    char low[32], high[32];
    snprintf(low, sizeof low, "%s[%d]", name, 2 * index);
    snprintf(high, sizeof high, "%s[%d]", name, 2 * index + 1);
    return get(t, chip, low, row) | get(t, chip, high, row) << 16;
}

static void set_word(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row, uint32_t word)
{
    char column[32];
    for (int i = 0; i < 2; i++) {
        snprintf(column, sizeof column, "%s[%d]", name, 2 * index + i);
        set(t, chip, column, row, word >> 16 * i & 0xFFFF);
    }
}

/* ---- words ---------------------------------------------------------------------------------------- */

static void add_p(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row)
{
    set_word(t, chip, name, index, row, word_at(t, chip, name, index, row) + FP_MODULUS);
}

/* As if the input had had it. */
static void read_p_more(vm_tables *t) { add_p(t, SPONGE, "word", 9, 1); }

static void capacity_p_more(vm_tables *t) { add_p(t, STATE, "old", 18, 0); }

/* What is written, and the memory after it. */
static void write_p_more(vm_tables *t)
{
    add_p(t, STATE, "new", 3, 0);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

/* The same number from limbs that are none. */
static void write_long_limb(vm_tables *t)
{
    add_to(t, STATE, "new", 6, 0, 1 << 16);
    add_to(t, STATE, "new", 7, 0, -1);
}

static void write_negative_limb(vm_tables *t)
{
    add_to(t, STATE, "new", 7, 0, (int64_t)FP_MODULUS - 1 - get(t, STATE, "new[7]", 0));
}

static const char *no_range(unsigned bits)
{
    static char text[2][48];
    static int next;
    next = 1 - next;
    snprintf(text[next], sizeof *text, "what RANGE does not have: %u ", bits);
    return text[next];
}

static void sponge_word_not_canonical(void **state)
{
    (void)state;
    stops(write_p_more, no_range(15), PROOF_BUS);
    fails(read_p_more, no_range(15));
    fails(capacity_p_more, no_range(15));
    fails(write_long_limb, no_range(16));
    fails(write_negative_limb, no_range(15));
}

/* p − 1 has top = 1, and nothing else has. */
static void top_missing(vm_tables *t) { set(t, SPONGE, "top[5]", 0, 0); }
static void top_of_another(vm_tables *t) { set(t, SPONGE, "top[6]", 0, 1); }

/* p, p + 1, …: the high half of p − 1 over a low half. */
static void above_top(vm_tables *t) { set(t, SPONGE, "word[10]", 0, 7); }

static void not_a_bit(vm_tables *t) { set(t, SPONGE, "top[5]", 0, 2); }

static void word_p_minus_1(void **state)
{
    (void)state;
    stops(above_top, "\"nothing is above p − 1\"", PROOF_CONSTRAINTS);
    fails(top_missing, no_range(15));
    fails(top_of_another, "\"only the greatest high half is on top\"");
    fails(not_a_bit, "\"top is a bit\"");
}

/* ---- the permutation ------------------------------------------------------------------------------ */

/* Role and length, as the first block's row has them, are not those in memory. */
static void another_capacity(vm_tables *t) { set(t, SPONGE, "capacity[0]", 0, 2); }

/* The first row takes them from memory, where others stand. */
static void capacity_not_in_memory(vm_tables *t) { set_word(t, STATE, "old", 16, 0, FP_CONSTANT(2)); }

static void capacity_between_blocks(vm_tables *t) { add_to(t, SPONGE, "capacity", 3, 1, 1); }

static void leaf_read_as_node(void **state)
{
    (void)state;
    stops(capacity_not_in_memory, on_bus(BUS_MEMORY), PROOF_BUS);
    fails(another_capacity, on_bus(BUS_SPONGE));
    fails(capacity_between_blocks, on_bus(BUS_SPONGE));
}

static void another_cube(vm_tables *t) { add_to(t, PERMUTATION, "full", 30, 0, 1); }
static void another_partial_cube(vm_tables *t) { add_to(t, PERMUTATION, "partial", 22, 0, 1); }
static void another_before(vm_tables *t) { swap_cells(t, PERMUTATION, "before[7]", 0, 1); }
static void another_after(vm_tables *t) { add_to(t, SPONGE, "after", 23, 2, 1); }
static void not_permuted(vm_tables *t) { clear_row(t, PERMUTATION, 3); }
static void not_real(vm_tables *t) { set(t, PERMUTATION, "real", 0, 0); }
static void twice_real(vm_tables *t) { set(t, PERMUTATION, "real", 0, 2); }

static void sponge_permutes(void **state)
{
    (void)state;
    stops(another_cube, "\"an S-box is a cube\"", PROOF_CONSTRAINTS);
    fails(another_partial_cube, "\"an S-box is a cube\"");
    fails(another_before, "\"an S-box is a cube\"");
    fails(another_after, on_bus(BUS_PERMUTATION));
    fails(not_permuted, on_bus(BUS_PERMUTATION));
    fails(not_real, "\"an S-box is a cube\"");
    fails(twice_real, "\"a flag is a bit\"");
}

/* ---- rows ----------------------------------------------------------------------------------------- */

static void skip_a_block(vm_tables *t) { clear_row(t, SPONGE, 1); }
static void another_place(vm_tables *t) { add_to(t, SPONGE, "data", -1, 1, 8); }
static void another_time(vm_tables *t) { swap_cells(t, SPONGE, "time", 0, 1); }

static void one_block_less(vm_tables *t)
{
    set(t, STATE, "n", 0, 2);
    set(t, SPONGE, "left", 0, 2);
    set(t, SPONGE, "left", 1, 1);
    set(t, SPONGE, "is_last", 1, 1);
    clear_row(t, SPONGE, 2);
}

static void data_of_its_own(vm_tables *t)
{
    add_to(t, STATE, "data", -1, 0, 8);
    for (uint64_t row = 0; row < 3; row++)
        add_to(t, SPONGE, "data", -1, row, 8);
}

static void sponge_blocks_of_the_call(void **state)
{
    (void)state;
    stops(skip_a_block, on_bus(BUS_SPONGE), PROOF_BUS);
    fails(another_place, on_bus(BUS_SPONGE));
    fails(another_time, on_bus(BUS_SPONGE));
    fails(one_block_less, on_bus(BUS_CALL));
    fails(data_of_its_own, on_bus(BUS_CALL));
}

static void last_too_early(vm_tables *t) { set(t, SPONGE, "is_last", 1, 1); }
static void never_last(vm_tables *t) { set(t, SPONGE, "is_last", 2, 0); }
static void nothing_written(vm_tables *t) { clear_row(t, STATE, 0); }

/* Two ends of one block: the state after two of them besides. */
static void last_in_padding(vm_tables *t) { set(t, SPONGE, "is_last", 5, 1); }

static void sponge_block_cut_off(void **state)
{
    (void)state;
    stops(last_too_early, "\"the last row has one block left\"", PROOF_CONSTRAINTS);
    fails(never_last, on_bus(BUS_SPONGE));
    fails(nothing_written, on_bus(BUS_CALL));
    fails(last_in_padding, "\"a last row is real\"");
}

static void swap_states(vm_tables *t)
{
    char column[32];
    for (int i = 0; i < 48; i++) {
        snprintf(column, sizeof column, "new[%d]", i);
        swap_cells(t, STATE, column, 1, 2);
    }
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void another_state(vm_tables *t)
{
    set_word(t, STATE, "new", 23, 1, 5);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void written_elsewhere(vm_tables *t) { add_to(t, STATE, "state", -1, 1, 1); }

/* In the call's first cycle: before the last block is read. */
static void written_early(vm_tables *t)
{
    add_to(t, STATE, "clk", -1, 0, -1);
}

static void sponge_state_of_another_call(void **state)
{
    (void)state;
    stops(swap_states, on_bus(BUS_SPONGE_STATE), PROOF_BUS);
    fails(another_state, on_bus(BUS_SPONGE_STATE));
    fails(written_elsewhere, on_bus(BUS_CALL));
    fails(written_early, on_bus(BUS_CALL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(sponge_word_not_canonical, fixture_clear),
        cmocka_unit_test_teardown(word_p_minus_1, fixture_clear),
        cmocka_unit_test_teardown(leaf_read_as_node, fixture_clear),
        cmocka_unit_test_teardown(sponge_permutes, fixture_clear),
        cmocka_unit_test_teardown(sponge_blocks_of_the_call, fixture_clear),
        cmocka_unit_test_teardown(sponge_block_cut_off, fixture_clear),
        cmocka_unit_test_teardown(sponge_state_of_another_call, fixture_clear),
    };
    return cmocka_run_group_tests_name("sponge attacks", tests, open_run, close_subject);
}
