/* What a prover might try with the call muladd_384: as tests/soundness/long_product_test.c has it for numbers of 256 bits.
 *
 *   attack                                                        test
 *   a·b + c = q·m + r modulo the field's p alone                  muladd_384_carry_beyond_p
 *   r + m with q − 1                                              muladd_384_not_reduced
 *   m = 0                                                         muladd_384_by_zero
 *   bytes of a, b, q or m that are none                           muladd_384_bytes_that_are_none
 *   an item reads the result of a later one, or takes no time     muladd_384_items_out_of_order
 *   a list cut off                                                muladd_384_list_cut_off
 *   items with another call's modulus, or of muladd               muladd_384_modulus_of_another_call
 *   blocks of another number, or from another base                muladd_384_blocks_elsewhere
 *   a result with other limbs of the same value                   muladd_384_output_not_canonical */
#include "base/u384.h"
#include "tests/soundness/forge.h"

static const vm_chip ITEM = VM_CHIP_MULADD_384, HEAD = VM_CHIP_MULADD_384_HEAD;

enum { BLOCKS = MAP_HEAP_BASE, MODULUS = MAP_IMAGE_BASE + 256, OTHER = MODULUS + 48, ITEMS = 4 };
enum { LIST = MAP_IMAGE_BASE + 512, BYTES = 48, LIMBS = 24, CARRIES = 47 };

static test_code code;
static uint64_t image[1 << 16];
static subject computing = {.code = &code, .image = image};

static void multiply(uint32_t modulus, uint32_t n)
{
    test_load(&code, 10, BLOCKS);
    test_load(&code, 11, LIST);
    test_load(&code, 12, modulus);
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_MULADD_384);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

/* Three items modulo a number of 326 bits, in rows 0 … 2; one modulo another in row 3. */
static int open_run(void **state)
{
    (void)state;
    uint64_t seed = 29;
    for (int i = 0; i < 18; i++)
        image[i] = i % 6 == 5 ? 0 : test_random(&seed);
    uint64_t *modulus = image + (MODULUS - MAP_IMAGE_BASE) / 8, *list = image + (LIST - MAP_IMAGE_BASE) / 8;
    for (int i = 0; i < 5; i++)
        modulus[i] = test_random(&seed) | 1;
    modulus[5] = 0x35;
    for (int i = 6; i < 12; i++)
        modulus[i] = test_random(&seed);
    list[0] = call_muladd_item(0, 1, 2, 3);
    list[1] = call_muladd_item(3, 1, 0, 2);
    list[2] = call_muladd_item(2, 2, 3, 1);
    fixture_open();
    test_load(&code, 10, BLOCKS);
    test_load(&code, 11, MAP_IMAGE_BASE);
    test_load(&code, 15, 18);
    test_load(&code, 17, CALL_COPY_WORDS);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
    multiply(MODULUS, 3);
    multiply(OTHER, 1);
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

typedef struct {
    uint64_t limb[U384_LIMBS];
} number;

static fp *cell(vm_tables *t, const char *name, int index, uint64_t row)
{
    char column[32];
    return column_of(t, ITEM, limb_name(column, name, index)) + row;
}

static void add_to(vm_tables *t, const char *name, int index, uint64_t row, int64_t delta)
{
    fp *at = cell(t, name, index, row);
    *at = fp_add(*at, fp_from_u64(delta < 0 ? FP_MODULUS + (uint64_t)delta : (uint64_t)delta));
}

static number number_at(vm_tables *t, const char *name, int count, uint64_t row)
{
    number value = {{0}};
    for (int i = 0; i < count; i++) {
        int bit = 384 / count * i;
        value.limb[bit / 64] |= (uint64_t)fp_to_u32(*cell(t, name, i, row)) << bit % 64;
    }
    return value;
}

static void set_number(vm_tables *t, const char *name, int count, uint64_t row, number value)
{
    uint32_t bits = 384 / (uint32_t)count;
    for (int i = 0; i < count; i++) {
        uint32_t bit = bits * (uint32_t)i;
        *cell(t, name, i, row) =
            fp_from_u32((uint32_t)(value.limb[bit / 64] >> bit % 64) & ((1u << bits) - 1));
    }
}

static number add(number a, number b, bool subtract)
{
    number out;
    unsigned __int128 sum = subtract;
    for (int i = 0; i < U384_LIMBS; i++) {
        sum += (unsigned __int128)a.limb[i] + (subtract ? ~b.limb[i] : b.limb[i]);
        out.limb[i] = (uint64_t)sum;
        sum >>= 64;
    }
    return out;
}

/* The carries that make every position but the last hold in the field, whatever the numbers are. */
static void follow_carries(vm_tables *t, uint64_t row)
{
    fp places[2 * BYTES], carry = FP_ZERO, inverse = fp_inverse(fp_from_u32(1 << 16));
    memset(places, 0, sizeof places);
    for (int i = 0; i < BYTES; i++)
        for (int j = 0; j < BYTES; j++) {
            fp ab = fp_mul(*cell(t, "a", i, row), *cell(t, "b", j, row));
            fp qm = fp_mul(*cell(t, "q", i, row), *cell(t, "m", j, row));
            places[i + j] = fp_add(places[i + j], fp_sub(ab, qm));
        }
    for (int k = 0; k < CARRIES; k++) {
        fp e = fp_add(places[2 * k], fp_mul(fp_from_u32(256), places[2 * k + 1]));
        if (k < LIMBS)
            e = fp_add(e, fp_sub(*cell(t, "c", k, row), *cell(t, "r", k, row)));
        carry = fp_mul(fp_add(e, carry), inverse);
        *cell(t, "carry", k, row) = carry;
    }
}

/* The mark and gap of what is in the row, as if r were less. */
static void follow_mark(vm_tables *t, uint64_t row)
{
    for (int i = 0; i < LIMBS; i++)
        *cell(t, "mark", i, row) = FP_ZERO;
    set(t, ITEM, "gap", row, 0);
    number m = number_at(t, "m", BYTES, row);
    for (int i = LIMBS - 1; i >= 0; i--) {
        uint32_t of_m = (uint32_t)(m.limb[i / 4] >> 16 * (i % 4)) & 0xFFFF;
        uint32_t of_r = fp_to_u32(*cell(t, "r", i, row));
        if (of_m == of_r)
            continue;
        *cell(t, "mark", i, row) = FP_ONE;
        column_of(t, ITEM, "gap")[row] = fp_sub(fp_sub(fp_from_u32(of_m), fp_from_u32(of_r)), FP_ONE);
        break;
    }
}

/* ---- the equation --------------------------------------------------------------------------------- */

/* r + p: every equation holds in the field. */
static void remainder_plus_p(vm_tables *t)
{
    set_number(t, "r", LIMBS, 2, add(number_at(t, "r", LIMBS, 2), (number){{FP_MODULUS}}, false));
    follow_carries(t, 2);
    follow_mark(t, 2);
    follow(t);
}

static void another_remainder(vm_tables *t)
{
    add_to(t, "r", 0, 2, 1);
    follow_carries(t, 2);
    follow_mark(t, 2);
    follow(t);
}

static void muladd_384_carry_beyond_p(void **state)
{
    (void)state;
    stops(remainder_plus_p, "muladd_384 row 2 looks up what RANGE does not have: 15 ", PROOF_BUS);
    assert_null(strstr(sentences, "a position of"));
    assert_null(strstr(sentences, "the last position"));
    assert_null(strstr(sentences, "what RANGE does not have: 16 ")); /* nothing else stops it */
    fails(another_remainder, "\"the last position has no carry\"");
}

static void not_reduced(vm_tables *t)
{
    set_number(t, "q", BYTES, 1, add(number_at(t, "q", BYTES, 1), (number){{1}}, true));
    set_number(t, "r", LIMBS, 1, add(number_at(t, "r", LIMBS, 1), number_at(t, "m", BYTES, 1), false));
    follow_carries(t, 1);
    follow_mark(t, 1);
    follow(t);
}

static void without_mark(vm_tables *t)
{
    not_reduced(t);
    for (int i = 0; i < LIMBS; i++)
        *cell(t, "mark", i, 1) = FP_ZERO;
    set(t, ITEM, "gap", 1, 0);
}

/* Below the highest limb that differs r may well be less. */
static void lower_mark(vm_tables *t)
{
    not_reduced(t);
    number m = number_at(t, "m", BYTES, 1);
    for (int i = 0; i < LIMBS; i++) {
        uint32_t of_m = (uint32_t)(m.limb[i / 4] >> 16 * (i % 4)) & 0xFFFF;
        uint32_t of_r = fp_to_u32(*cell(t, "r", i, 1));
        if (of_m <= of_r)
            continue;
        for (int k = 0; k < LIMBS; k++)
            *cell(t, "mark", k, 1) = k == i ? FP_ONE : FP_ZERO;
        set(t, ITEM, "gap", 1, of_m - of_r - 1);
        return;
    }
    fail_msg("no limb of r is less");
}

static void muladd_384_not_reduced(void **state)
{
    (void)state;
    stops(not_reduced, "muladd_384 row 1 looks up what RANGE does not have: 16 ", PROOF_BUS);
    assert_null(strstr(sentences, "what RANGE does not have: 15 "));
    fails(without_mark, "\"one limb is marked\"");
    fails(lower_mark, "\"limbs are equal above the mark\"");
}

/* Whatever q is, r would be a·b + c: small enough once b is 0. There is no mark, as nothing is less. */
static void by_zero(vm_tables *t)
{
    const number zero = {{0}};
    uint64_t row = 3;
    set_number(t, "m", BYTES, row, zero);
    set_number(t, "b", BYTES, row, zero);
    set_number(t, "r", LIMBS, row, number_at(t, "c", LIMBS, row));
    for (int i = 0; i < LIMBS; i++)
        *cell(t, "mark", i, row) = FP_ZERO;
    set(t, ITEM, "gap", row, 0);
    follow_carries(t, row);
    follow(t);
}

static void muladd_384_by_zero(void **state)
{
    (void)state;
    stops(by_zero, "\"one limb is marked\"", PROOF_CONSTRAINTS);
    /* What has no row is refused by the emulator: src/riscv/emulator_test.c, muladd_384_is_checked. */
}

/* The same number, with 256 in one byte and one less in the next. */
static void carry_in_bytes(vm_tables *t, const char *name)
{
    for (int i = 0; i < BYTES - 1; i++)
        if (fp_to_u32(*cell(t, name, i + 1, 0)) != 0) {
            add_to(t, name, i, 0, 256);
            add_to(t, name, i + 1, 0, -1);
            follow_carries(t, 0);
            return;
        }
    fail_msg("%s is too small", name);
}

static void bytes_of_a(vm_tables *t) { carry_in_bytes(t, "a"); }
static void bytes_of_b(vm_tables *t) { carry_in_bytes(t, "b"); }
static void bytes_of_q(vm_tables *t) { carry_in_bytes(t, "q"); }

static void bytes_of_m(vm_tables *t)
{
    char column[32];
    fp *low = column_of(t, HEAD, limb_name(column, "m", 4)), *high = column_of(t, HEAD, limb_name(column, "m", 5));
    *low = fp_add(*low, fp_from_u32(256));
    *high = fp_sub(*high, FP_ONE);
    for (uint64_t row = 0; row < 3; row++) {
        add_to(t, "m", 4, row, 256);
        add_to(t, "m", 5, row, -1);
        follow_carries(t, row);
    }
}

static void muladd_384_bytes_that_are_none(void **state)
{
    (void)state;
    stops(bytes_of_q, "muladd_384 row 0 looks up what BYTE does not have: ", PROOF_BUS);
    fails(bytes_of_a, "muladd_384 row 0 looks up what BYTE does not have: ");
    fails(bytes_of_b, "muladd_384 row 0 looks up what BYTE does not have: ");
    fails(bytes_of_m, "muladd_384_head row 0 looks up what BYTE does not have: ");
}

/* ---- lists ---------------------------------------------------------------------------------------- */

static void swap_times(vm_tables *t) { swap_cells(t, ITEM, "time", 0, 1); }

static void swap_items(vm_tables *t)
{
    swap_cells(t, ITEM, "time", 0, 1);
    swap_cells(t, ITEM, "left", 0, 1);
    swap_cells(t, ITEM, "list", 0, 1);
}

static void no_time(vm_tables *t)
{
    set(t, VM_CHIP_CALL, "waits", find(t, VM_CHIP_CALL, "a7[0]", CALL_MULADD_384, 0), 0);
}

static void muladd_384_items_out_of_order(void **state)
{
    (void)state;
    stops(swap_times, on_bus(BUS_MULADD_384), PROOF_BUS);
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
static void last_of_padding(vm_tables *t) { set(t, ITEM, "is_last", rows_in(t, ITEM), 1); }

static void muladd_384_list_cut_off(void **state)
{
    (void)state;
    stops(last_too_early, "\"the last row has one item left\"", PROOF_CONSTRAINTS);
    fails(two_items, on_bus(BUS_CALL));
    fails(never_last, on_bus(BUS_MULADD_384));
    fails(without_head, on_bus(BUS_CALL));
    fails(without_items, on_bus(BUS_MULADD_384));
    fails(last_of_padding, "\"a last row is real\"");
}

/* The first item of the first call computes modulo the second call's number. */
static void modulus_of_the_next_call(vm_tables *t)
{
    number q, r, a = number_at(t, "a", BYTES, 0), b = number_at(t, "b", BYTES, 0);
    number c = number_at(t, "c", LIMBS, 0), m = number_at(t, "m", BYTES, 3);
    assert_true(u384_multiply_divide(q.limb, r.limb, a.limb, b.limb, c.limb, m.limb));
    set_number(t, "m", BYTES, 0, m);
    set_number(t, "q", BYTES, 0, q);
    set_number(t, "r", LIMBS, 0, r);
    follow_mark(t, 0);
    follow_carries(t, 0);
    follow(t);
}

static void another_modulus(vm_tables *t) { set(t, HEAD, "modulus", 0, MAP_IMAGE_BASE / 8); }

/* The call is one of muladd, whose head there is none of. */
static void of_the_other_call(vm_tables *t)
{
    set(t, VM_CHIP_CALL, "a7[0]", find(t, VM_CHIP_CALL, "a7[0]", CALL_MULADD_384, 0), CALL_MULADD);
}

static void muladd_384_modulus_of_another_call(void **state)
{
    (void)state;
    stops(modulus_of_the_next_call, on_bus(BUS_MULADD_384), PROOF_BUS);
    fails(another_modulus, on_bus(BUS_CALL));
    fails(of_the_other_call, "\"a7 is the number\"");
}

static void another_block(vm_tables *t) { add_to(t, "item", 3, 2, 1); }

/* The same place, from a base below. */
static void another_base(vm_tables *t)
{
    add_to(t, "item", 3, 2, 1);
    column_of(t, ITEM, "blocks")[2] = fp_sub(column_of(t, ITEM, "blocks")[2], fp_from_u32(U384_LIMBS));
}

static void muladd_384_blocks_elsewhere(void **state)
{
    (void)state;
    stops(another_block, on_bus(BUS_MEMORY), PROOF_BUS);
    fails(another_base, on_bus(BUS_MULADD_384));
}

static void remainder_with_a_carry(vm_tables *t)
{
    add_to(t, "r", 0, 2, 0x10000);
    add_to(t, "r", 1, 2, -1);
    follow_carries(t, 2);
    follow(t);
}

static void muladd_384_output_not_canonical(void **state)
{
    (void)state;
    stops(remainder_with_a_carry, "muladd_384 row 2 looks up what RANGE does not have: 16 ", PROOF_BUS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(muladd_384_carry_beyond_p, fixture_clear),
        cmocka_unit_test_teardown(muladd_384_not_reduced, fixture_clear),
        cmocka_unit_test_teardown(muladd_384_by_zero, fixture_clear),
        cmocka_unit_test_teardown(muladd_384_bytes_that_are_none, fixture_clear),
        cmocka_unit_test_teardown(muladd_384_items_out_of_order, fixture_clear),
        cmocka_unit_test_teardown(muladd_384_list_cut_off, fixture_clear),
        cmocka_unit_test_teardown(muladd_384_modulus_of_another_call, fixture_clear),
        cmocka_unit_test_teardown(muladd_384_blocks_elsewhere, fixture_clear),
        cmocka_unit_test_teardown(muladd_384_output_not_canonical, fixture_clear),
    };
    return cmocka_run_group_tests_name("muladd_384 attacks", tests, open_run, close_subject);
}
