/* What a prover might try with the call multiply_add, each attack with the rule that stops it.
 *
 *   attack                                                        test
 *   another result, of another product                            product_of_another
 *   a word ≥ p is taken as its residue, read or written           product_not_canonical
 *   blocks of other numbers, of another base                      list_of_another_number
 *   an item left out, doubled, of another list                    items_of_the_call
 *   an item reads what a later one writes                         items_out_of_order */
#include "tests/soundness/forge.h"

static const vm_chip CHIP = VM_CHIP_MULTIPLY_ADD;

static test_code code;
static subject multiplying = {.code = &code};

enum { BLOCKS = 8, ITEMS = 4 };

static void multiply(uint32_t list, uint32_t n)
{
    test_load(&code, 10, MAP_HEAP_BASE);
    test_load(&code, 11, list);
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_MULTIPLY_ADD);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

static int open_run(void **state)
{
    (void)state;
    static struct {
        fp blocks[BLOCKS][6];
        uint64_t list[ITEMS];
    } more;
    uint64_t seed = 11;
    for (int i = 0; i < 6 * BLOCKS; i++)
        more.blocks[i / 6][i % 6] = (fp)(test_random(&seed) % FP_MODULUS);
    more.list[0] = call_multiply_add_item(0, 1, 2, 3);
    more.list[1] = call_multiply_add_item(4, 5, 6, 7);
    more.list[2] = call_multiply_add_item(3, 7, 3, 3);
    more.list[3] = call_multiply_add_item(3, 0, 1, 4);
    fixture_open();
    enum { IN = MAP_INPUT_BASE + 40 };
    test_load(&code, 10, MAP_HEAP_BASE);
    test_load(&code, 11, IN);
    test_load(&code, 15, 3 * BLOCKS);
    test_load(&code, 17, CALL_COPY_WORDS);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    multiply(IN + sizeof more.blocks, ITEMS);
    multiply(IN + sizeof more.blocks, 1);
    code_finish(&code);
    multiplying.output = text_bytes("what is proven");
    multiplying.input = input_for(&kept, multiplying.output, (bytes){(const uint8_t *)&more, sizeof more});
    subject_open(&multiplying);
    return 0;
}

static void look_at_rows(vm_tables *t)
{
    assert_int_equal(rows_in(t, CHIP), ITEMS + 1);
}

static void the_honest_run_is_accepted(void **state)
{
    (void)state;
    subject_is_accepted(&multiplying, look_at_rows);
}

static void stops(void (*change)(vm_tables *), const char *reason, status expected)
{
    refused(&(attack){&multiplying, change, NULL}, reason, expected);
}

/* The same by the checker alone. */
static void fails(void (*change)(vm_tables *), const char *reason)
{
    check_says(&(attack){&multiplying, change, NULL}, reason);
}

static void add_to(vm_tables *t, const char *column, uint64_t row, int64_t delta)
{
    fp *at = column_of(t, CHIP, column) + row;
    *at = fp_add(*at, fp_from_u64(delta < 0 ? FP_MODULUS + (uint64_t)delta : (uint64_t)delta));
}

static void follow(vm_tables *t)
{
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

/* What the last item that writes block 4 says. */
static void another_result(vm_tables *t)
{
    set(t, CHIP, "r[6]", 3, get(t, CHIP, "r[6]", 3) ^ 1);
    follow(t);
}

static void another_factor(vm_tables *t) { set(t, CHIP, "b[2]", 0, get(t, CHIP, "b[2]", 0) ^ 1); }
static void another_rest(vm_tables *t) { set(t, CHIP, "c[0]", 0, get(t, CHIP, "c[0]", 0) ^ 1); }
static void not_real(vm_tables *t) { set(t, CHIP, "real", 1, 0); }

static void product_of_another(void **state)
{
    (void)state;
    stops(another_result, "\"r = a·b + c\"", PROOF_CONSTRAINTS);
    fails(another_factor, "\"r = a·b + c\"");
    fails(another_rest, on_bus(BUS_MEMORY));
    fails(not_real, on_bus(BUS_STEP));
}

/* The same element from p more. */
static void add_p(vm_tables *t, const char *name, int index, uint64_t row)
{
    char low[32], high[32];
    snprintf(low, sizeof low, "%s[%d]", name, 2 * index);
    snprintf(high, sizeof high, "%s[%d]", name, 2 * index + 1);
    uint32_t word = (get(t, CHIP, low, row) | get(t, CHIP, high, row) << 16) + FP_MODULUS;
    set(t, CHIP, low, row, word & 0xFFFF);
    set(t, CHIP, high, row, word >> 16);
}

static void write_p_more(vm_tables *t)
{
    add_p(t, "r", 2, 3);
    follow(t);
}

static void read_p_more(vm_tables *t) { add_p(t, "a", 4, 0); }
static void read_p_more_of_b(vm_tables *t) { add_p(t, "b", 0, 0); }
static void read_p_more_of_c(vm_tables *t) { add_p(t, "c", 1, 0); }

static void write_long_limb(vm_tables *t)
{
    add_to(t, "r[4]", 3, 1 << 16);
    add_to(t, "r[5]", 3, -1);
}

static const char *no_range(unsigned bits)
{
    static char text[2][48];
    static int next;
    next = 1 - next;
    snprintf(text[next], sizeof *text, "what RANGE does not have: %u ", bits);
    return text[next];
}

static void product_not_canonical(void **state)
{
    (void)state;
    stops(write_p_more, no_range(15), PROOF_BUS);
    fails(read_p_more, no_range(15));
    fails(read_p_more_of_b, no_range(15));
    fails(read_p_more_of_c, no_range(15));
    fails(write_long_limb, no_range(16));
}

static void another_number(vm_tables *t) { set(t, CHIP, "number[0]", 0, 2); }
static void another_base(vm_tables *t) { add_to(t, "base", 1, 3); }

static void base_of_its_own(vm_tables *t)
{
    for (uint64_t row = 0; row < ITEMS; row++)
        add_to(t, "base", row, 3);
}

static void list_of_another_number(void **state)
{
    (void)state;
    stops(another_number, on_bus(BUS_MEMORY), PROOF_BUS);
    fails(another_base, on_bus(BUS_STEP));
    fails(base_of_its_own, on_bus(BUS_CALL));
}

static void skip_an_item(vm_tables *t) { clear_row(t, CHIP, 1); }
static void last_too_early(vm_tables *t) { set(t, CHIP, "is_last", 1, 1); }
static void never_last(vm_tables *t) { set(t, CHIP, "is_last", 3, 0); }
static void another_place(vm_tables *t) { add_to(t, "list", 1, 1); }
static void first_again(vm_tables *t) { set(t, CHIP, "is_first", 1, 1); }

static void fewer_items(vm_tables *t)
{
    for (uint64_t row = 0; row < 3; row++)
        set(t, CHIP, "left", row, 3 - (uint32_t)row);
    set(t, CHIP, "is_last", 2, 1);
    clear_row(t, CHIP, 3);
}

static void items_of_the_call(void **state)
{
    (void)state;
    stops(last_too_early, "\"the last row has one item left\"", PROOF_CONSTRAINTS);
    fails(skip_an_item, on_bus(BUS_STEP));
    fails(never_last, on_bus(BUS_STEP));
    fails(another_place, on_bus(BUS_STEP));
    fails(first_again, on_bus(BUS_CALL));
    fails(fewer_items, on_bus(BUS_CALL));
}

static void swap_times(vm_tables *t) { swap_cells(t, CHIP, "time", 0, 2); }
static void no_time(vm_tables *t) { set(t, VM_CHIP_CALL, "waits", find(t, VM_CHIP_CALL, "a7[0]", CALL_MULTIPLY_ADD, 0), 0); }

static void items_out_of_order(void **state)
{
    (void)state;
    stops(swap_times, on_bus(BUS_STEP), PROOF_BUS);
    fails(no_time, "\"items wait\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(product_of_another, fixture_clear),
        cmocka_unit_test_teardown(product_not_canonical, fixture_clear),
        cmocka_unit_test_teardown(list_of_another_number, fixture_clear),
        cmocka_unit_test_teardown(items_of_the_call, fixture_clear),
        cmocka_unit_test_teardown(items_out_of_order, fixture_clear),
    };
    return cmocka_run_group_tests_name("multiply_add attacks", tests, open_run, close_subject);
}
