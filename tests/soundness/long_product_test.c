/* What a prover might try with the calls muladd and divide and with hints, each attack with the rule that
 * stops it.
 *
 *   attack                                                        test
 *   a·b + c = q·m + r modulo the field's p alone                  muladd_carry_beyond_p
 *   r + m with q − 1                                              muladd_not_reduced
 *   m = 0, or a quotient of more than 256 bits                    muladd_refused
 *   m = 2^256 where m is not 0, or the other way round            muladd_power_of_another_modulus
 *   bytes of a, b, q or m that are none                           muladd_bytes_that_are_none
 *   an item reads the result of a later one, or takes no time     muladd_items_out_of_order
 *   a list cut off, or begun within                               muladd_list_cut_off
 *   items with another call's modulus                             muladd_modulus_of_another_call
 *   blocks of another number, from another base, beyond memory    list_beyond_memory
 *   q and r change places, or overlap                             divide_results_swapped
 *   a result with other limbs of the same value                   long_output_not_canonical
 *   a hint that says anything; that says two things               hints_that_lie */
#include "base/u256.h"
#include "tests/soundness/forge.h"

static const vm_chip ITEM = VM_CHIP_MULADD, HEAD = VM_CHIP_MULADD_HEAD, DIVISION = VM_CHIP_DIVIDE_LONG;

enum { BLOCKS = MAP_HEAP_BASE, MODULUS = MAP_IMAGE_BASE + 256, ZERO = MODULUS + 32, ITEMS = 4 };
enum { RESULTS = MAP_HEAP_BASE + 1024, LIST = MAP_IMAGE_BASE + 512, HINT = MAP_INPUT_BASE + 4096 };

static test_code code;
static uint64_t image[1 << 16];
static subject computing = {.code = &code, .image = image};

static void multiply(uint32_t list, uint32_t modulus, uint32_t n)
{
    test_load(&code, 10, BLOCKS);
    test_load(&code, 11, list);
    test_load(&code, 12, modulus);
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_MULADD);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

static void divide(uint32_t quotient, uint32_t remainder, uint32_t modulus)
{
    test_load(&code, 10, quotient);
    test_load(&code, 11, remainder);
    for (uint32_t k = 0; k < 3; k++)
        test_load(&code, 12 + k, MAP_IMAGE_BASE + 32 * k);
    test_load(&code, 15, modulus);
    test_load(&code, 17, CALL_DIVIDE);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

/* Three items modulo a number of 198 bits, in rows 0 … 2; one modulo 2^256 in row 3. A division by each. */
static int open_run(void **state)
{
    (void)state;
    uint64_t seed = 23;
    for (int i = 0; i < 12; i++)
        image[i] = i % 4 == 3 ? 0 : test_random(&seed);
    uint64_t *modulus = image + (MODULUS - MAP_IMAGE_BASE) / 8, *list = image + (LIST - MAP_IMAGE_BASE) / 8;
    for (int i = 0; i < 3; i++)
        modulus[i] = test_random(&seed) | 1;
    modulus[3] = 0x35;
    list[0] = call_muladd_item(0, 1, 2, 3);
    list[1] = call_muladd_item(3, 1, 0, 2);
    list[2] = call_muladd_item(2, 2, 3, 1);
    fixture_open();
    test_load(&code, 10, BLOCKS);
    test_load(&code, 11, MAP_IMAGE_BASE);
    test_load(&code, 15, 12);
    test_load(&code, 17, CALL_COPY_WORDS);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    multiply(LIST, MODULUS, 3);
    multiply(LIST, ZERO, 1);
    divide(RESULTS, RESULTS + 32, MODULUS);
    divide(RESULTS + 96, RESULTS + 64, ZERO);
    test_load(&code, 10, HINT);
    test_load(&code, 11, MAP_IMAGE_BASE);
    test_load(&code, 12, HINT_INVERSE);
    test_load(&code, 17, CALL_HINT);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    test_op(&code, OP_LD, 6, 10, 0, 0);
    test_op(&code, OP_LD, 7, 10, 0, 0);
    code_finish(&code);
    computing.output = text_bytes("what is proven");
    computing.input = input_for(&kept, computing.output, (bytes){0});
    subject_open(&computing);
    return 0;
}

static void look_at_rows(vm_tables *t)
{
    assert_int_equal(rows_in(t, ITEM), ITEMS);
}

static void the_honest_run_is_accepted(void **state)
{
    (void)state;
    subject_is_accepted(&computing, look_at_rows);
}

static void stops(void (*change)(vm_tables *), const char *reason, status expected)
{
    refused(&(attack){&computing, change, NULL}, reason, expected);
}

/* The same by the checker alone. */
static void fails(void (*change)(vm_tables *), const char *reason)
{
    check_says(&(attack){&computing, change, NULL}, reason);
}

static void follow(vm_tables *t)
{
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

/* ---- numbers of a row ----------------------------------------------------------------------------- */

static fp *cell(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row)
{
    char column[32];
    return column_of(t, chip, limb_name(column, name, index)) + row;
}

static void add_to(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row, int64_t delta)
{
    fp *at = cell(t, chip, name, index, row);
    *at = fp_add(*at, fp_from_u64(delta < 0 ? FP_MODULUS + (uint64_t)delta : (uint64_t)delta));
}

static u256 number(vm_tables *t, vm_chip chip, const char *name, int count, uint64_t row)
{
    u256 value = U256_ZERO;
    for (int i = 0; i < count; i++) {
        int bit = 256 / count * i;
        value.limb[bit / 64] |= (uint64_t)fp_to_u32(*cell(t, chip, name, i, row)) << bit % 64;
    }
    return value;
}

static void set_number(vm_tables *t, vm_chip chip, const char *name, int count, uint64_t row, u256 value)
{
    uint32_t bits = 256 / (uint32_t)count;
    for (int i = 0; i < count; i++) {
        uint32_t bit = bits * (uint32_t)i;
        *cell(t, chip, name, i, row) =
            fp_from_u32((uint32_t)(value.limb[bit / 64] >> bit % 64) & ((1u << bits) - 1));
    }
}

/* The carries that make every position but the last hold in the field, whatever the numbers are. */
static void follow_carries(vm_tables *t, vm_chip chip, uint64_t row)
{
    fp places[64], carry = FP_ZERO, inverse = fp_inverse(fp_from_u32(1 << 16));
    memset(places, 0, sizeof places);
    for (int i = 0; i < 32; i++)
        for (int j = 0; j < 32; j++) {
            fp ab = fp_mul(*cell(t, chip, "a", i, row), *cell(t, chip, "b", j, row));
            fp qm = fp_mul(*cell(t, chip, "q", i, row), *cell(t, chip, "m", j, row));
            places[i + j] = fp_add(places[i + j], fp_sub(ab, qm));
        }
    bool is_power = get(t, chip, "is_power", row) != 0;
    for (int k = 0; k < 31; k++) {
        fp e = fp_add(places[2 * k], fp_mul(fp_from_u32(256), places[2 * k + 1]));
        if (k < 16)
            e = fp_add(e, fp_sub(*cell(t, chip, "c", k, row), *cell(t, chip, "r", k, row)));
        else if (is_power)
            e = fp_sub(e, fp_add(*cell(t, chip, "q", 2 * k - 32, row),
                                 fp_mul(fp_from_u32(256), *cell(t, chip, "q", 2 * k - 31, row))));
        carry = fp_mul(fp_add(e, carry), inverse);
        *cell(t, chip, "carry", k, row) = carry;
    }
}

/* The mark and gap of what is in the row, as if r were less. */
static void follow_mark(vm_tables *t, vm_chip chip, uint64_t row)
{
    u256 m = number(t, chip, "m", 32, row), r = number(t, chip, "r", 16, row);
    for (int i = 0; i < 16; i++)
        *cell(t, chip, "mark", i, row) = FP_ZERO;
    set(t, chip, "gap", row, 0);
    for (int i = 15; i >= 0 && get(t, chip, "is_power", row) == 0; i--) {
        uint32_t of_m = (uint32_t)(m.limb[i / 4] >> 16 * (i % 4)) & 0xFFFF;
        uint32_t of_r = (uint32_t)(r.limb[i / 4] >> 16 * (i % 4)) & 0xFFFF;
        if (of_m == of_r)
            continue;
        *cell(t, chip, "mark", i, row) = FP_ONE;
        column_of(t, chip, "gap")[row] = fp_sub(fp_sub(fp_from_u32(of_m), fp_from_u32(of_r)), FP_ONE);
        break;
    }
}

/* ---- the equation --------------------------------------------------------------------------------- */

/* r + p: every equation holds in the field. */
static void remainder_plus_p(vm_tables *t, vm_chip chip, uint64_t row)
{
    u256 r = u256_add(number(t, chip, "r", 16, row), u256_from_u64(FP_MODULUS));
    set_number(t, chip, "r", 16, row, r);
    follow_carries(t, chip, row);
    follow_mark(t, chip, row);
    follow(t);
}

static void item_plus_p(vm_tables *t) { remainder_plus_p(t, ITEM, 2); }
static void division_plus_p(vm_tables *t) { remainder_plus_p(t, DIVISION, 0); }

/* q + p as well, modulo 2^256 where nothing compares r. */
static void quotient_plus_p(vm_tables *t)
{
    u256 q = u256_add(number(t, DIVISION, "q", 32, 1), u256_from_u64(FP_MODULUS));
    set_number(t, DIVISION, "q", 32, 1, q);
    follow_carries(t, DIVISION, 1);
    follow(t);
}

static void another_remainder(vm_tables *t)
{
    add_to(t, ITEM, "r", 0, 2, 1);
    follow_carries(t, ITEM, 2);
    follow_mark(t, ITEM, 2);
    follow(t);
}

static void muladd_carry_beyond_p(void **state)
{
    (void)state;
    stops(item_plus_p, "muladd row 2 looks up what RANGE does not have: 15 ", PROOF_BUS);
    assert_null(strstr(sentences, "a position of"));
    assert_null(strstr(sentences, "the last position"));
    assert_null(strstr(sentences, "what RANGE does not have: 16 ")); /* nothing else stops it */
    fails(division_plus_p, "divide_long row 0 looks up what RANGE does not have: 15 ");
    fails(quotient_plus_p, "divide_long row 1 looks up what RANGE does not have: 15 ");
    fails(another_remainder, "\"the last position has no carry\"");
}

static void subtract_one_from_quotient(vm_tables *t, vm_chip chip, uint64_t row)
{
    u256 m = number(t, chip, "m", 32, row);
    set_number(t, chip, "q", 32, row, u256_sub(number(t, chip, "q", 32, row), u256_from_u64(1)));
    set_number(t, chip, "r", 16, row, u256_add(number(t, chip, "r", 16, row), m));
    follow_carries(t, chip, row);
    follow_mark(t, chip, row);
    follow(t);
}

static void item_not_reduced(vm_tables *t) { subtract_one_from_quotient(t, ITEM, 1); }
static void division_not_reduced(vm_tables *t) { subtract_one_from_quotient(t, DIVISION, 0); }

static void without_mark(vm_tables *t)
{
    item_not_reduced(t);
    for (int i = 0; i < 16; i++)
        *cell(t, ITEM, "mark", i, 1) = FP_ZERO;
    set(t, ITEM, "gap", 1, 0);
}

/* Below the highest limb that differs r may well be less. */
static void lower_mark(vm_tables *t)
{
    item_not_reduced(t);
    u256 m = number(t, ITEM, "m", 32, 1), r = number(t, ITEM, "r", 16, 1);
    for (int i = 0; i < 16; i++) {
        uint32_t of_m = (uint32_t)(m.limb[i / 4] >> 16 * (i % 4)) & 0xFFFF;
        uint32_t of_r = (uint32_t)(r.limb[i / 4] >> 16 * (i % 4)) & 0xFFFF;
        if (of_m <= of_r)
            continue;
        for (int k = 0; k < 16; k++)
            *cell(t, ITEM, "mark", k, 1) = k == i ? FP_ONE : FP_ZERO;
        set(t, ITEM, "gap", 1, of_m - of_r - 1);
        return;
    }
    fail_msg("no limb of r is less");
}

/* Two marks of ½ of the gap's sign. */
static void halved_mark(vm_tables *t)
{
    item_not_reduced(t);
    for (int i = 0; i < 16; i++)
        if (fp_to_u32(*cell(t, ITEM, "mark", i, 1)) == 1)
            *cell(t, ITEM, "mark", i, 1) = fp_neg(FP_ONE);
}

static void muladd_not_reduced(void **state)
{
    (void)state;
    stops(item_not_reduced, "muladd row 1 looks up what RANGE does not have: 16 ", PROOF_BUS);
    assert_null(strstr(sentences, "what RANGE does not have: 15 "));
    fails(division_not_reduced, "divide_long row 0 looks up what RANGE does not have: 16 ");
    fails(without_mark, "\"one limb is marked\"");
    fails(lower_mark, "\"limbs are equal above the mark\"");
    fails(halved_mark, "\"a mark is a bit\"");
}

/* A number of its own for m = 0: nothing is less than it. */
static void not_a_power(vm_tables *t)
{
    set(t, DIVISION, "is_power", 1, 0);
    set_number(t, DIVISION, "q", 32, 1, U256_ZERO);
    follow_carries(t, DIVISION, 1);
}

static void power(vm_tables *t)
{
    set(t, DIVISION, "is_power", 0, 1);
    follow_mark(t, DIVISION, 0);
    follow_carries(t, DIVISION, 0);
}

/* r of 2^256 and more, in its last limb. */
static void quotient_too_small(vm_tables *t)
{
    *cell(t, DIVISION, "q", 31, 1) = fp_sub(*cell(t, DIVISION, "q", 31, 1), FP_ONE);
    follow_carries(t, DIVISION, 1);
    follow(t);
}

static void muladd_refused(void **state)
{
    (void)state;
    stops(not_a_power, "\"one limb is marked\"", PROOF_CONSTRAINTS);
    fails(quotient_too_small, "\"the last position has no carry\"");
    /* What has no row is refused by the emulator: src/riscv/emulator_test.c, muladd_is_checked. */
}

static void item_power(vm_tables *t)
{
    set(t, ITEM, "is_power", 0, 1);
    follow_mark(t, ITEM, 0);
    follow_carries(t, ITEM, 0);
}

static void head_power(vm_tables *t) { set(t, HEAD, "is_power", 0, 1); }
static void power_of_padding(vm_tables *t) { set(t, HEAD, "is_power", rows_in(t, HEAD), 1); }

static void muladd_power_of_another_modulus(void **state)
{
    (void)state;
    stops(power, "\"what stands for 2^256 is 0\"", PROOF_CONSTRAINTS);
    fails(head_power, "\"what stands for 2^256 is 0\"");
    fails(item_power, on_bus(BUS_MULADD));
    fails(power_of_padding, "\"what stands for 2^256 is real\"");
}

/* The same number, with 256 in one byte and one less in the next. */
static void carry_in_bytes(vm_tables *t, vm_chip chip, const char *name, uint64_t row)
{
    for (int i = 0; i < 31; i++)
        if (fp_to_u32(*cell(t, chip, name, i + 1, row)) != 0) {
            add_to(t, chip, name, i, row, 256);
            add_to(t, chip, name, i + 1, row, -1);
            follow_carries(t, chip, row);
            return;
        }
    fail_msg("%s is too small", name);
}

static void bytes_of_a(vm_tables *t) { carry_in_bytes(t, ITEM, "a", 0); }
static void bytes_of_b(vm_tables *t) { carry_in_bytes(t, ITEM, "b", 0); }
static void bytes_of_q(vm_tables *t) { carry_in_bytes(t, ITEM, "q", 0); }
static void bytes_of_divided_a(vm_tables *t) { carry_in_bytes(t, DIVISION, "a", 0); }
static void bytes_of_divided_b(vm_tables *t) { carry_in_bytes(t, DIVISION, "b", 0); }
static void bytes_of_divided_q(vm_tables *t) { carry_in_bytes(t, DIVISION, "q", 0); }
static void bytes_of_divided_m(vm_tables *t) { carry_in_bytes(t, DIVISION, "m", 0); }

static void bytes_of_m(vm_tables *t)
{
    add_to(t, HEAD, "m", 4, 0, 256);
    add_to(t, HEAD, "m", 5, 0, -1);
    for (uint64_t row = 0; row < 3; row++) {
        add_to(t, ITEM, "m", 4, row, 256);
        add_to(t, ITEM, "m", 5, row, -1);
        follow_carries(t, ITEM, row);
    }
}

static void muladd_bytes_that_are_none(void **state)
{
    (void)state;
    stops(bytes_of_q, "muladd row 0 looks up what BYTE does not have: ", PROOF_BUS);
    fails(bytes_of_a, "muladd row 0 looks up what BYTE does not have: ");
    fails(bytes_of_b, "muladd row 0 looks up what BYTE does not have: ");
    fails(bytes_of_m, "muladd_head row 0 looks up what BYTE does not have: ");
    fails(bytes_of_divided_a, "divide_long row 0 looks up what BYTE does not have: ");
    fails(bytes_of_divided_b, "divide_long row 0 looks up what BYTE does not have: ");
    fails(bytes_of_divided_q, "divide_long row 0 looks up what BYTE does not have: ");
    fails(bytes_of_divided_m, "divide_long row 0 looks up what BYTE does not have: ");
}

/* ---- lists ---------------------------------------------------------------------------------------- */

static uint64_t muladd_call(vm_tables *t) { return find(t, VM_CHIP_CALL, "a7[0]", CALL_MULADD, 0); }

static void swap_times(vm_tables *t) { swap_cells(t, ITEM, "time", 0, 1); }

static void swap_items(vm_tables *t)
{
    swap_cells(t, ITEM, "time", 0, 1);
    swap_cells(t, ITEM, "left", 0, 1);
    swap_cells(t, ITEM, "list", 0, 1);
}

static void no_time(vm_tables *t) { set(t, VM_CHIP_CALL, "waits", muladd_call(t), 0); }

static void muladd_items_out_of_order(void **state)
{
    (void)state;
    stops(swap_times, on_bus(BUS_MULADD), PROOF_BUS);
    fails(swap_items, on_bus(BUS_MEMORY));
    fails(no_time, "\"items wait\"");
}

static void last_too_early(vm_tables *t) { set(t, ITEM, "is_last", 1, 1); }

static void two_items(vm_tables *t)
{
    set(t, ITEM, "is_last", 1, 1);
    set(t, ITEM, "left", 1, 1);
    set(t, ITEM, "left", 0, 2);
    set(t, HEAD, "n", 0, 2);
    clear_row(t, ITEM, 2);
}

static void never_last(vm_tables *t) { set(t, ITEM, "is_last", 2, 0); }
static void without_head(vm_tables *t) { clear_row(t, HEAD, 0); }
static void without_items(vm_tables *t) { clear_row(t, ITEM, 3); }

static void muladd_list_cut_off(void **state)
{
    (void)state;
    stops(last_too_early, "\"the last row has one item left\"", PROOF_CONSTRAINTS);
    fails(two_items, on_bus(BUS_CALL));
    fails(never_last, on_bus(BUS_MULADD));
    fails(without_head, on_bus(BUS_CALL));
    fails(without_items, on_bus(BUS_MULADD));
}

/* The first item of the first call computes modulo 2^256. */
static void modulus_of_the_next_call(vm_tables *t)
{
    set(t, ITEM, "is_power", 0, 1);
    set_number(t, ITEM, "m", 32, 0, U256_ZERO);
    u256 q, r, zero = U256_ZERO, a = number(t, ITEM, "a", 32, 0), b = number(t, ITEM, "b", 32, 0);
    u256 c = number(t, ITEM, "c", 16, 0);
    assert_true(u256_multiply_divide_limbs(q.limb, r.limb, a.limb, b.limb, c.limb, zero.limb));
    set_number(t, ITEM, "q", 32, 0, q);
    set_number(t, ITEM, "r", 16, 0, r);
    follow_mark(t, ITEM, 0);
    follow_carries(t, ITEM, 0);
    follow(t);
}

static void another_modulus(vm_tables *t) { set(t, HEAD, "modulus", 0, MAP_IMAGE_BASE / 8); }

static void muladd_modulus_of_another_call(void **state)
{
    (void)state;
    stops(modulus_of_the_next_call, on_bus(BUS_MULADD), PROOF_BUS);
    fails(another_modulus, on_bus(BUS_CALL));
}

static void another_block(vm_tables *t) { add_to(t, ITEM, "item", 3, 2, 1); }

/* The same place, from a base below. */
static void another_base(vm_tables *t)
{
    add_to(t, ITEM, "item", 3, 2, 1);
    column_of(t, ITEM, "blocks")[2] = fp_sub(column_of(t, ITEM, "blocks")[2], fp_from_u32(4));
}

static void base_beyond(vm_tables *t)
{
    set(t, HEAD, "blocks", 0, UINT32_C(1) << 29);
    for (uint64_t row = 0; row < 3; row++)
        set(t, ITEM, "blocks", row, UINT32_C(1) << 29);
    uint64_t row = muladd_call(t);
    set(t, VM_CHIP_CALL, "w[0]", row, UINT32_C(1) << 29);
    set(t, VM_CHIP_CALL, "a0[1]", row, UINT32_C(1) << 16);
    set(t, VM_CHIP_CALL, "a0[0]", row, 0);
}

static void list_beyond_memory(void **state)
{
    (void)state;
    stops(another_block, on_bus(BUS_MEMORY), PROOF_BUS);
    fails(another_base, on_bus(BUS_MULADD));
    fails(base_beyond, on_bus(BUS_MEMORY)); /* the ledger has no such words */
}

/* ---- results -------------------------------------------------------------------------------------- */

static void swap_places(vm_tables *t)
{
    uint32_t q = get(t, DIVISION, "w[0]", 0), r = get(t, DIVISION, "w[1]", 0);
    set(t, DIVISION, "w[0]", 0, r);
    set(t, DIVISION, "w[1]", 0, q);
    follow(t);
}

/* Both at one place, at one time. */
static void overlapping(vm_tables *t)
{
    uint64_t row = find(t, VM_CHIP_CALL, "a7[0]", CALL_DIVIDE, 0);
    set(t, DIVISION, "w[1]", 0, get(t, DIVISION, "w[0]", 0));
    set(t, VM_CHIP_CALL, "w[1]", row, get(t, VM_CHIP_CALL, "w[0]", row));
    set_limbs(t, VM_CHIP_CALL, "a1", row, get_limbs(t, VM_CHIP_CALL, "a0", row));
}

static void divide_results_swapped(void **state)
{
    (void)state;
    stops(swap_places, on_bus(BUS_CALL), PROOF_BUS);
    fails(overlapping, on_bus(BUS_MEMORY));
}

static void remainder_with_a_carry(vm_tables *t)
{
    add_to(t, ITEM, "r", 0, 2, 0x10000);
    add_to(t, ITEM, "r", 1, 2, -1);
    follow_carries(t, ITEM, 2);
    follow(t);
}

static void quotient_with_a_carry(vm_tables *t)
{
    carry_in_bytes(t, DIVISION, "q", 0);
    follow(t);
}

static void long_output_not_canonical(void **state)
{
    (void)state;
    stops(remainder_with_a_carry, "muladd row 2 looks up what RANGE does not have: 16 ", PROOF_BUS);
    fails(quotient_with_a_carry, "divide_long row 0 looks up what BYTE does not have: ");
}

/* ---- hints ---------------------------------------------------------------------------------------- */

/* The first word of the hint is another, wherever it is read. */
static void say(vm_tables *t, uint64_t value)
{
    uint32_t w = HINT / 8;
    for (uint64_t row = 0; row < rows_in(t, VM_CHIP_LOAD_DOUBLE); row++)
        if (get(t, VM_CHIP_LOAD_DOUBLE, "rd", row) == 6 || get(t, VM_CHIP_LOAD_DOUBLE, "rd", row) == 7)
            set_limbs(t, VM_CHIP_LOAD_DOUBLE, "word", row, value);
    set_limbs(t, VM_CHIP_MEMORY, "initial", memory_row(t, 0, w), value);
    set_limbs(t, VM_CHIP_LEDGER, "initial", ledger_row(t, 0, w), value);
    follow(t);
}

static void say_another_thing(vm_tables *t) { say(t, 0x123456789ABCDEF0); }

/* The second load reads another value. */
static void say_two_things(vm_tables *t)
{
    say(t, 7);
    for (uint64_t row = 0; row < rows_in(t, VM_CHIP_LOAD_DOUBLE); row++)
        if (get(t, VM_CHIP_LOAD_DOUBLE, "rd", row) == 7)
            set_limbs(t, VM_CHIP_LOAD_DOUBLE, "word", row, 8);
    follow(t);
}

/* The hint is an accelerator's call, which nobody makes. */
static void hint_that_divides(vm_tables *t)
{
    uint64_t row = find(t, VM_CHIP_CALL, "a7[0]", CALL_HINT, 0);
    swap_cells(t, VM_CHIP_CALL, "is[6]", row, find(t, VM_CHIP_CALL, "a7[0]", CALL_DIVIDE, 0));
}

static void hints_that_lie(void **state)
{
    (void)state;
    test_run run;
    run_part part;
    run_open(&run, &part, &computing);
    say_another_thing(&run.tables);
    if (check_tables(&run, &part) != 0) /* nothing says what a hint is */
        fail_msg("%s", sentences);
    test_run_close(&run);
    stops(say_two_things, on_bus(BUS_MEMORY), PROOF_BUS);
    fails(hint_that_divides, "\"a7 is the number\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(muladd_carry_beyond_p, fixture_clear),
        cmocka_unit_test_teardown(muladd_not_reduced, fixture_clear),
        cmocka_unit_test_teardown(muladd_refused, fixture_clear),
        cmocka_unit_test_teardown(muladd_power_of_another_modulus, fixture_clear),
        cmocka_unit_test_teardown(muladd_bytes_that_are_none, fixture_clear),
        cmocka_unit_test_teardown(muladd_items_out_of_order, fixture_clear),
        cmocka_unit_test_teardown(muladd_list_cut_off, fixture_clear),
        cmocka_unit_test_teardown(muladd_modulus_of_another_call, fixture_clear),
        cmocka_unit_test_teardown(list_beyond_memory, fixture_clear),
        cmocka_unit_test_teardown(divide_results_swapped, fixture_clear),
        cmocka_unit_test_teardown(long_output_not_canonical, fixture_clear),
        cmocka_unit_test_teardown(hints_that_lie, fixture_clear),
    };
    return cmocka_run_group_tests_name("long product attacks", tests, open_run, close_subject);
}
