/* What a prover might try with the call `point`, each attack with the rule that stops it.
 *
 *   attack                                                        test
 *   a limb equation that holds modulo p_native only               point_carry_beyond_p
 *   T = P, where every slope is one                               point_equal_x
 *   x + p beside x, to pass as another x                          point_x_not_canonical
 *   y + p as output                                               point_output_not_canonical
 *   flags that are no bits, or not the item's                     point_flags
 *   digits and limbs out of their ranges                          point_digits_out_of_range
 *   P so far, time or place of another call or item               point_of_another_call
 *   items left out, the result not written                        point_cut_off
 *   items in no time                                              point_items_take_time */
#include "crypto/secp256k1_point.h"
#include "crypto/secp256k1_table.h"
#include "tests/soundness/forge.h"
#include "vm/fill.h"
#include "vm/point_sum/point_sum.h"

static const vm_chip START = VM_CHIP_POINT_START, SUM = VM_CHIP_POINT_SUM, END = VM_CHIP_POINT_END;

static test_code code;
static subject adding = {.code = &code};

/* Rows of point_sum: three items that begin at start[0]; one from their result on; one with the result (x,
 * 1); one whose result has x of balanced bytes 0. */
enum { FIRST_CALL, ROW_TWICE = 2, ROW_SECOND = 3, ROW_Y_IS_1 = 4, ROW_X_IS_0 = 5 };

typedef struct {
    secp256k1_point start[3], table[3];
    uint64_t list[6];
} input_words;

static input_words words;

#define ITEM(number, flags) ((number) | (uint64_t)(flags) << 16)

static const u256 prime = {{0xfffffffefffffc2f, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
static const u256 x_of_y_1 = {
    {0xb24bcbcfaaaff507, 0xe80d68167653f6b2, 0x35ab7741333ce5a6, 0x1fe1e5ef3fceb5c1}};
static const u256 y_of_x_0 = {
    {0x1f7ed1efbbf4fc94, 0xf43b5ed19e93a25e, 0x3bb7ca8846d9b758, 0x7a478b86b502185c}};

static void sum_points(uint32_t result, uint32_t start, uint32_t list, uint32_t n)
{
    enum { INPUT = MAP_INPUT_BASE + 40 };
    test_load(&code, 10, result);
    test_load(&code, 11, INPUT + offsetof(input_words, list) + 8 * list);
    test_load(&code, 12, start < 3 ? INPUT + offsetof(input_words, start) + 64 * start : start);
    test_load(&code, 13, INPUT + offsetof(input_words, table));
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_POINT);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

static int open_run(void **state)
{
    (void)state;
    memcpy(&words.start[0], generator_pair[0], 64);
    memcpy(&words.table[0], generator_pair[1], 64);
    memcpy(&words.table[1], blinding_point[0], 64);
    words.table[2] = (secp256k1_point){U256_ZERO, y_of_x_0};
    const secp256k1_point wanted[2] = {{secp256k1_balance(x_of_y_1), u256_from_u64(1)}, words.table[2]};
    for (int i = 0; i < 2; i++) {
        secp256k1_sum sum;
        assert_true(secp256k1_add(&sum, &wanted[i], &words.table[0], SECP256K1_NEGATE));
        words.start[1 + i] = sum.sum;
    }
    const uint64_t list[6] = {ITEM(1, SECP256K1_TWICE), ITEM(0, SECP256K1_NEGATE),
                              ITEM(2, SECP256K1_TWICE | SECP256K1_NEGATE), ITEM(1, 0), ITEM(0, 0),
                              ITEM(0, 0)};
    memcpy(words.list, list, sizeof list);
    fixture_open();
    sum_points(MAP_HEAP_BASE, 0, 0, 3);
    sum_points(MAP_HEAP_BASE + 64, MAP_HEAP_BASE, 3, 1);
    sum_points(MAP_HEAP_BASE + 128, 1, 4, 1);
    sum_points(MAP_HEAP_BASE + 192, 2, 5, 1);
    code_finish(&code);
    adding.output = text_bytes("what is proven");
    adding.input = input_for(&kept, adding.output, (bytes){(const uint8_t *)&words, sizeof words});
    subject_open(&adding);
    return 0;
}

static void look_at_rows(vm_tables *t)
{
    assert_int_equal(get(t, END, "y[0]", 2), 1);
    assert_int_equal(get(t, END, "x[0]", 3), 0);
}

static void the_honest_run_is_accepted(void **state)
{
    (void)state;
    subject_is_accepted(&adding, look_at_rows);
}

static void stops(void (*change)(vm_tables *), const char *reason, status expected)
{
    refused(&(attack){&adding, change, NULL}, reason, expected);
}

/* The same by the checker alone. */
static void fails(void (*change)(vm_tables *), const char *reason)
{
    check_says(&(attack){&adding, change, NULL}, reason);
}

/* Whether the checker of the last attack named a constraint of the equations. */
static bool breaks_an_equation(void)
{
    static const char *const names[] = {"slope is of P and T", "x3 is of P + T",  "both slopes are",
                                        "x is of the sum",     "y is of the sum", "one addition has one slope"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(sentences, names[i]) != NULL)
            return true;
    return false;
}

static const char *element(const char *name, int index)
{
    static char text[4][32];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof *text, "%s[%d]", name, index);
    return text[next];
}

static void add_to(vm_tables *t, vm_chip chip, const char *column, uint64_t row, int64_t delta)
{
    fp *at = column_of(t, chip, column) + row;
    *at = fp_add(*at, fp_from_u64(delta < 0 ? FP_MODULUS + (uint64_t)delta : (uint64_t)delta));
}

/* ---- rows that are filled anew -------------------------------------------------------------------- */

static u256 number_in(vm_tables *t, const char *name, int bytes, uint64_t row)
{
    u256 x = U256_ZERO;
    for (int i = 0; i < 32 / bytes; i++)
        x.limb[i * bytes / 8] |= (uint64_t)get(t, SUM, element(name, i), row) << 8 * (i * bytes % 8);
    return x;
}

static vm_point_item item_of(vm_tables *t, uint64_t row)
{
    return (vm_point_item){
        .before = {number_in(t, "x1", 1, row), number_in(t, "y1", 2, row)},
        .t = {number_in(t, "x2", 1, row), number_in(t, "y2", 2, row)},
        .sum = {number_in(t, "slope", 1, row), number_in(t, "x3", 1, row), number_in(t, "last", 1, row),
                {number_in(t, "x", 1, row), number_in(t, "y", 2, row)}},
        .word = ITEM(get(t, SUM, "number", row), get(t, SUM, "negate", row) | get(t, SUM, "twice", row) << 1),
    };
}

/* All columns but those of time and place. */
static void fill_item(vm_tables *t, uint64_t row, vm_point_item item)
{
    static const char *const kept_columns[] = {"time", "real", "left", "list", "base", "result"};
    static riscv_access accesses[9];
    riscv_call call = {.n = 1, .item_words = 9};
    riscv_trace_data trace = {.calls = &call, .call_accesses = accesses};
    vm_source source = {.trace = &trace};
    vm_rows rows = {.source = &source, .point_items = &item};
    point_sum_trace filled = {0};
    item.at = (vm_call_item){0, 0};
    vm_fill_row vm_fill_point_sum;
    vm_fill_point_sum(&filled, &rows, 0);
    const air *chip = vm_airs[SUM];
    for (uint32_t c = 0; c < chip->width[AIR_MAIN]; c++) {
        const char *name = chip->column_names[AIR_MAIN][c];
        bool keep = strstr(name, "age") != NULL;
        for (size_t i = 0; i < sizeof kept_columns / sizeof *kept_columns; i++)
            keep = keep || strcmp(name, kept_columns[i]) == 0;
        if (!keep)
            set(t, SUM, name, row, ((const uint32_t *)&filled)[c]);
    }
}

/* ---- attacks -------------------------------------------------------------------------------------- */

/* y + p_native = y + 1 + 2^16·0x7F00, or y − p_native: only the carry out of position 0 changes, by 1/2^16
 * modulo p_native, which is ± 0x7F00. */
static void another_y(vm_tables *t)
{
    int64_t sign = get(t, SUM, "y[1]", ROW_TWICE) + 0x7F00 <= 0xFFFF ? 1 : -1;
    add_to(t, SUM, "y[0]", ROW_TWICE, sign);
    add_to(t, SUM, "y[1]", ROW_TWICE, sign * 0x7F00);
    add_to(t, SUM, "carry_4[0]", ROW_TWICE, sign * 0x7F00);
}

static void point_carry_beyond_p(void **state)
{
    (void)state;
    _Static_assert(FP_MODULUS == 0x7F000001, "1 + 2^16·0x7F00");
    stops(another_y, "what RANGE does not have: 15 ", PROOF_BUS);
    check_says(&(attack){&adding, another_y, NULL}, "what RANGE does not have: 15 ");
    assert_false(breaks_an_equation());
}

/* P + P by any slope: T's place has P, and the equations hold. */
static void any_slope(vm_tables *t)
{
    vm_point_item item = item_of(t, ROW_SECOND);
    secp256k1_sum sum;
    item.t = item.before;
    item.word = ITEM(1, 0);
    /* Of (x1, y1) and another point the slope makes one that both are on: P' = (x1 + 1, y1 + slope) is on
     * no curve, but slope, x3 − 1 and y are right for P and P. */
    secp256k1_point other = {u256_add(item.before.x, u256_from_u64(1)),
                             u256_add(item.before.y, u256_from_u64(77))};
    assert_true(secp256k1_add(&sum, &item.before, &other, 0));
    u256 x = secp256k1_unbalance(sum.middle_x);
    secp256k1_point target = {secp256k1_balance(u256_add(x, u256_from_u64(1))), U256_ZERO};
    /* y by the same slope: (target − P) on the line through P */
    item.sum = sum;
    item.sum.middle_x = item.sum.sum.x = target.x;
    u256 y = item.sum.sum.y; /* slope·(x1 − x) − y1; one more in x takes the slope off: 77 */
    item.sum.sum.y = u256_sub(y, u256_from_u64(77));
    fill_item(t, ROW_SECOND, item);
}

static void point_equal_x(void **state)
{
    (void)state;
    stops(any_slope, "\"x1 is not x2\"", PROOF_CONSTRAINTS);
    check_says(&(attack){&adding, any_slope, NULL}, "\"x1 is not x2\"");
    assert_false(breaks_an_equation());
}

/* Zero is p. */
static void t_beside_p(vm_tables *t)
{
    vm_point_item item = item_of(t, ROW_TWICE);
    assert_true(u256_is_zero(item.t.x));
    item.t.x = prime;
    fill_item(t, ROW_TWICE, item);
}

static void sum_beside_p(vm_tables *t)
{
    vm_point_item item = item_of(t, ROW_X_IS_0);
    assert_true(u256_is_zero(item.sum.sum.x));
    item.sum.sum.x = prime;
    fill_item(t, ROW_X_IS_0, item);
}

/* With any numbers in the columns that are to show it. */
static void t_beside_p_with_factors(vm_tables *t)
{
    t_beside_p(t);
    set(t, SUM, "canonical2[0]", ROW_TWICE, 0);
}

static void point_x_not_canonical(void **state)
{
    (void)state;
    stops(t_beside_p, "\"or limb 0 does not carry\"", PROOF_CONSTRAINTS);
    check_says(&(attack){&adding, t_beside_p, NULL}, "\"or limb 0 does not carry\"");
    assert_false(breaks_an_equation());
    fails(t_beside_p_with_factors, "what RANGE does not have: 16 ");
    fails(sum_beside_p, "\"or limb 0 does not carry\"");
    assert_false(breaks_an_equation());
}

static void y_beside_p(vm_tables *t)
{
    vm_point_item item = item_of(t, ROW_Y_IS_1);
    assert_true(u256_equal(item.sum.sum.y, u256_from_u64(1)));
    item.sum.sum.y = u256_add(prime, u256_from_u64(1));
    fill_item(t, ROW_Y_IS_1, item);
    for (int i = 0; i < 16; i++)
        set(t, END, element("y", i), 2, get(t, SUM, element("y", i), ROW_Y_IS_1));
    set(t, END, "canonical[0]", 2, 1);
    set(t, END, "canonical[1]", 2, 1);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void point_output_not_canonical(void **state)
{
    (void)state;
    stops(y_beside_p, "\"or limb 0 does not carry\"", PROOF_CONSTRAINTS);
    check_says(&(attack){&adding, y_beside_p, NULL}, "\"or limb 0 does not carry\"");
    assert_false(breaks_an_equation());
    assert_null(strstr(sentences, "bus "));
}

static void half_a_sign(vm_tables *t) { set(t, SUM, "negate", FIRST_CALL + 1, (FP_MODULUS + 1) / 2); }
static void twice_twice(vm_tables *t) { set(t, SUM, "twice", FIRST_CALL, 2); }

/* −T by the item, T by the row: x of P − T, but the flag of the word is the row's. */
static void another_sign(vm_tables *t)
{
    vm_point_item item = item_of(t, FIRST_CALL + 1);
    item.word ^= ITEM(0, SECP256K1_NEGATE);
    assert_true(secp256k1_add(&item.sum, &item.before, &item.t, (unsigned)(item.word >> 16)));
    fill_item(t, FIRST_CALL + 1, item);
}

static void once(vm_tables *t)
{
    vm_point_item item = item_of(t, ROW_TWICE);
    item.word ^= ITEM(0, SECP256K1_TWICE);
    assert_true(secp256k1_add(&item.sum, &item.before, &item.t, (unsigned)(item.word >> 16)));
    fill_item(t, ROW_TWICE, item);
}

static void point_flags(void **state)
{
    (void)state;
    stops(another_sign, on_bus(BUS_MEMORY), PROOF_BUS);
    assert_false(breaks_an_equation());
    fails(once, on_bus(BUS_MEMORY));
    assert_false(breaks_an_equation());
    fails(half_a_sign, "\"negate is a bit\"");
    fails(twice_twice, "\"twice is a bit\"");
}

/* The same number of digits that are none. */
static void longer_digit(vm_tables *t)
{
    add_to(t, SUM, "slope[4]", ROW_TWICE, 256);
    add_to(t, SUM, "slope[5]", ROW_TWICE, -1);
}

static void longer_quotient(vm_tables *t) { add_to(t, SUM, "quotient_0[16]", ROW_TWICE, 256); }
static void longer_limb(vm_tables *t)
{
    add_to(t, SUM, "y[3]", ROW_TWICE, 0x10000);
    add_to(t, SUM, "y[4]", ROW_TWICE, -1);
}

static void point_digits_out_of_range(void **state)
{
    (void)state;
    stops(longer_digit, "what BYTE does not have", PROOF_CONSTRAINTS);
    fails(longer_quotient, "what RANGE does not have: 8 ");
    fails(longer_limb, "what RANGE does not have: 16 ");
}

static void swap_times(vm_tables *t) { swap_cells(t, SUM, "time", ROW_Y_IS_1, ROW_X_IS_0); }
static void another_list(vm_tables *t) { add_to(t, START, "list", 0, 1); }
static void another_result(vm_tables *t) { add_to(t, START, "result", 0, 8); }
static void another_base(vm_tables *t)
{
    add_to(t, SUM, "base", FIRST_CALL + 1, 8); /* the same point by another number */
    add_to(t, SUM, "number", FIRST_CALL + 1, -1);
}
static void another_item(vm_tables *t) { add_to(t, SUM, "list", FIRST_CALL + 1, 1); }
static void another_point(vm_tables *t) { add_to(t, SUM, "number", FIRST_CALL, 1); }

/* What is written is not what came out. */
static void another_end(vm_tables *t)
{
    add_to(t, END, "x[3]", 1, 1);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void point_of_another_call(void **state)
{
    (void)state;
    stops(swap_times, on_bus(BUS_POINT), PROOF_BUS);
    fails(another_base, on_bus(BUS_POINT));
    fails(another_list, on_bus(BUS_CALL));
    fails(another_result, on_bus(BUS_CALL));
    fails(another_item, on_bus(BUS_POINT));
    fails(another_point, on_bus(BUS_MEMORY));
    fails(another_end, on_bus(BUS_POINT));
}

static void without_end(vm_tables *t) { clear_row(t, END, 0); }
static void without_item(vm_tables *t) { clear_row(t, SUM, FIRST_CALL + 1); }
static void fewer_items(vm_tables *t) { add_to(t, START, "n", 0, -1); }

/* Item 1 is said to be the last. */
static void end_early(vm_tables *t)
{
    add_to(t, SUM, "left", FIRST_CALL + 1, -1);
    clear_row(t, SUM, ROW_TWICE);
}

static void point_cut_off(void **state)
{
    (void)state;
    stops(without_end, on_bus(BUS_POINT), PROOF_BUS);
    fails(without_item, on_bus(BUS_POINT));
    fails(fewer_items, on_bus(BUS_CALL));
    fails(end_early, on_bus(BUS_POINT));
}

static void no_time(vm_tables *t)
{
    set(t, VM_CHIP_CALL, "waits", find(t, VM_CHIP_CALL, element("is", 1 + CALL_INDEX_POINT), 1, 0), 0);
}

static void point_items_take_time(void **state)
{
    (void)state;
    stops(no_time, "\"items wait\"", PROOF_CONSTRAINTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(point_carry_beyond_p, fixture_clear),
        cmocka_unit_test_teardown(point_equal_x, fixture_clear),
        cmocka_unit_test_teardown(point_x_not_canonical, fixture_clear),
        cmocka_unit_test_teardown(point_output_not_canonical, fixture_clear),
        cmocka_unit_test_teardown(point_flags, fixture_clear),
        cmocka_unit_test_teardown(point_digits_out_of_range, fixture_clear),
        cmocka_unit_test_teardown(point_of_another_call, fixture_clear),
        cmocka_unit_test_teardown(point_cut_off, fixture_clear),
        cmocka_unit_test_teardown(point_items_take_time, fixture_clear),
    };
    return cmocka_run_group_tests_name("point attacks", tests, open_run, close_subject);
}
