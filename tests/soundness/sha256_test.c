/* What a prover might try with the call sha256, each attack with the rule that stops it.
 *
 *   attack                                                        test
 *   bits that are none and add up to the same word                sha256_bit_that_is_none
 *   a sum that holds modulo p alone, by a carry that is no byte   sha256_carry_beyond_p
 *   words that are not the block's, or not of its schedule        sha256_words_of_another_block
 *   rounds left out, twice, or taken for another block's          sha256_rounds_of_another_block
 *   the constants of another row                                  sha256_constants_of_another_row
 *   another chaining value at the start, between blocks           sha256_state_from_nowhere
 *   what the rounds leave is added wrong, or not at all           sha256_chaining_value
 *   bytes at another offset, words from another place             sha256_bytes_at_another_offset
 *   a block cut off, one too many, a call without its end         sha256_block_cut_off
 *   results of two calls change places; a result elsewhere        sha256_result_of_another_call
 *   items in no time                                              sha256_items_take_time
 *   bytes that are none in what is read or written                sha256_bytes_that_are_none */
#include "tests/soundness/forge.h"

static const vm_chip STATE = VM_CHIP_SHA256_STATE, BLOCK = VM_CHIP_SHA256_BLOCK,
                     ROUNDS = VM_CHIP_SHA256_ROUNDS;
enum { ROWS_OF_BLOCK = 8 };

static test_code code;
static subject hashing = {.code = &code};

static void compress(uint32_t state, uint32_t data, uint32_t start, uint32_t n)
{
    test_load(&code, 10, state);
    test_load(&code, 11, data);
    test_load(&code, 12, MAP_INPUT_BASE + 48);
    test_load(&code, 13, start);
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_SHA256);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

/* Three blocks, two of them beginning within words, then two, and one from where the first ended. */
static int open_run(void **state)
{
    (void)state;
    static uint8_t more[512];
    uint64_t seed = 12;
    for (size_t i = 0; i < sizeof more; i++)
        more[i] = (uint8_t)test_random(&seed);
    fixture_open();
    compress(MAP_HEAP_BASE, MAP_INPUT_BASE + 61, MAP_INPUT_BASE + 128, 3);
    compress(MAP_HEAP_BASE + 64, MAP_INPUT_BASE + 64, MAP_INPUT_BASE + 136, 2);
    compress(MAP_HEAP_BASE + 32, MAP_INPUT_BASE, MAP_HEAP_BASE, 1);
    code_finish(&code);
    hashing.output = text_bytes("what is proven");
    hashing.input = input_for(&kept, hashing.output, (bytes){more, sizeof more});
    subject_open(&hashing);
    return 0;
}

static int close_run(void **state)
{
    (void)state;
    fixture_close();
    return 0;
}

static void the_honest_run_is_accepted(void **state)
{
    (void)state;
    test_run run;
    run_part part;
    run_open(&run, &part, &hashing);
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    test_run_close(&run);
    run_proof proof;
    assert_status(prove_run(&proof, NULL, &hashing.program, hashing.input, hashing.output, (cut){0}), OK);
    assert_status(verify_run(&hashing.program, &proof), OK);
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

static const char *cell_name(char out[32], const char *name, int index)
{
    snprintf(out, 32, index < 0 ? "%s" : "%s[%d]", name, index);
    return out;
}

static void add_to(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row, int64_t delta)
{
    char column[32];
    fp *at = column_of(t, chip, cell_name(column, name, index)) + row;
    *at = fp_add(*at, fp_from_u64(delta < 0 ? FP_MODULUS + (uint64_t)delta : (uint64_t)delta));
}

static uint32_t at_index(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row)
{
    char column[32];
    return get(t, chip, cell_name(column, name, index), row);
}

static void flip_bit(vm_tables *t, const char *name, int index, uint64_t row)
{
    add_to(t, ROUNDS, name, index, row, at_index(t, ROUNDS, name, index, row) != 0 ? -1 : 1);
}

/* ---- a row of rounds ------------------------------------------------------------------------------ */

/* Two more at a bit and one less at the next: the same limb. */
static void other_bits(vm_tables *t, const char *name, uint64_t row)
{
    add_to(t, ROUNDS, name, 36, row, 2);
    add_to(t, ROUNDS, name, 37, row, -1);
}

static void bits_of_word(vm_tables *t) { other_bits(t, "word", 3); }
static void bits_of_a(vm_tables *t) { other_bits(t, "new_a", 3); }
static void bits_of_e(vm_tables *t) { other_bits(t, "new_e", 3); }
static void bits_before(vm_tables *t) { other_bits(t, "e", 4); }

static void sha256_bit_that_is_none(void **state)
{
    (void)state;
    stops(bits_of_word, "\"a bit\"", PROOF_CONSTRAINTS);
    fails(bits_of_a, "\"a bit\"");
    fails(bits_of_e, "\"a bit\"");
    fails(bits_before, "\"a bit\"");
}

/* A limb's lowest bit is another, and 2^16·carry makes up for it modulo p. */
static void by_carry(vm_tables *t, const char *name, const char *carry, int round, uint64_t row)
{
    char column[32];
    int bit = 32 * round + 16, of_high = 2 * round + 1;
    fp changed = at_index(t, ROUNDS, name, bit, row) != 0 ? FP_ONE : fp_neg(FP_ONE);
    fp *at = column_of(t, ROUNDS, cell_name(column, carry, of_high)) + row;
    *at = fp_add(*at, fp_mul(changed, fp_inverse(fp_from_u32(1 << 16))));
    flip_bit(t, name, bit, row);
}

static void carry_of_a(vm_tables *t) { by_carry(t, "new_a", "carry_a", 7, 5); }
static void carry_of_e(vm_tables *t) { by_carry(t, "new_e", "carry_e", 7, 5); }
static void carry_of_word(vm_tables *t) { by_carry(t, "word", "carry_word", 5, 5); }
static void larger_carry(vm_tables *t) { add_to(t, ROUNDS, "carry_e", 4, 5, 1); }

static void sha256_carry_beyond_p(void **state)
{
    (void)state;
    stops(carry_of_e, "what BYTE does not have: 4 ", PROOF_BUS);
    fails(carry_of_a, "what BYTE does not have: 4 ");
    fails(carry_of_word, "what BYTE does not have: 4 ");
    fails(larger_carry, "\"the new e\"");
}

/* Word 5 of a row is another, what the row is given makes it so. */
static void another_word_in(vm_tables *t, uint64_t row)
{
    add_to(t, ROUNDS, "given", 10, row, at_index(t, ROUNDS, "word", 32 * 5, row) != 0 ? -1 : 1);
    flip_bit(t, "word", 32 * 5, row);
}

static void word_of_the_block(vm_tables *t) { another_word_in(t, 0); }
static void word_of_the_block_too(vm_tables *t) { another_word_in(t, 1); }
static void word_of_the_schedule(vm_tables *t) { another_word_in(t, 2); }

/* What goes over a row: as the words before say, so never another. */
static void given_far(vm_tables *t)
{
    add_to(t, ROUNDS, "ahead", 6, 3, 1);
    add_to(t, ROUNDS, "given", 6, 4, 1);
}

/* As limbs that carry more: the row itself holds. */
static void given_otherwise(vm_tables *t)
{
    add_to(t, ROUNDS, "given", 10, 4, 1 << 16);
    add_to(t, ROUNDS, "carry_word", 10, 4, 1);
    add_to(t, ROUNDS, "given", 11, 4, -1);
}

static void given_by_none(vm_tables *t) { add_to(t, ROUNDS, "next_ahead", 2, 3, 1); }
static void given_by_none_near(vm_tables *t) { add_to(t, ROUNDS, "next_given", 2, 3, 1); }

/* Rows 1 of two blocks change their words, with all that is of the schedule. */
static void swap_words(vm_tables *t)
{
    static const struct {
        const char *name;
        int count;
    } columns[] = {{"word", 256}, {"carry_word", 16}, {"given", 16},
                   {"ahead", 16}, {"next_given", 6},  {"next_ahead", 14}};
    char column[32];
    for (int k = 0; k < 6; k++)
        for (int i = 0; i < columns[k].count; i++)
            swap_cells(t, ROUNDS, cell_name(column, columns[k].name, i), 1, ROWS_OF_BLOCK + 1);
}

static void sha256_words_of_another_block(void **state)
{
    (void)state;
    stops(given_otherwise, on_bus(BUS_SHA256_WORDS), PROOF_BUS);
    fails(word_of_the_block, on_bus(BUS_SHA256_WORDS));
    fails(word_of_the_block_too, on_bus(BUS_SHA256_WORDS));
    fails(word_of_the_schedule, on_bus(BUS_SHA256_WORDS));
    fails(given_far, on_bus(BUS_SHA256_WORDS));
    fails(given_by_none, "\"what the row after the next is given\"");
    fails(given_by_none_near, "\"what the next row is given\"");
    fails(swap_words, on_bus(BUS_SHA256_WORDS));
}

/* ---- rows ----------------------------------------------------------------------------------------- */

static void swap_rounds(vm_tables *t) { swap_cells(t, ROUNDS, "time", 5, ROWS_OF_BLOCK + 5); }

/* Row 4 says that it is row 5. */
static void skip_rounds(vm_tables *t)
{
    set(t, ROUNDS, "row[4]", 4, 0);
    set(t, ROUNDS, "row[5]", 4, 1);
}

/* The last row goes on to a first one. */
static void more_rounds(vm_tables *t)
{
    set(t, ROUNDS, "row[7]", 7, 0);
    set(t, ROUNDS, "row[0]", 7, 1);
}

/* The block takes what row 7 begins with for what it leaves. */
static void rounds_too_few(vm_tables *t)
{
    char column[32];
    static const int places[8] = {0, 1, 2, -1, 0, 1, 2, -1};
    uint32_t sum = 0;
    for (int i = 0; i < 8; i++)
        for (int l = 0; l < 2; l++) {
            uint32_t limb = 0;
            for (int k = 15; k >= 0 && places[i] >= 0; k--)
                limb = 2 * limb + at_index(t, ROUNDS, i < 4 ? "a" : "e", 32 * places[i] + 16 * l + k, 7);
            if (places[i] < 0)
                limb = at_index(t, ROUNDS, i < 4 ? "d" : "h", l, 7);
            set(t, BLOCK, cell_name(column, "rounds", 2 * i + l), 0, limb);
            sum = at_index(t, BLOCK, "before", 2 * i + l, 0) + limb + (l == 0 ? 0 : sum >> 16);
            set(t, BLOCK, cell_name(column, "after", 2 * i + l), 0, sum & 0xFFFF);
        }
}

static void sha256_rounds_of_another_block(void **state)
{
    (void)state;
    stops(swap_rounds, on_bus(BUS_SHA256_ROUNDS), PROOF_BUS);
    fails(skip_rounds, on_bus(BUS_SHA256_ROUNDS));
    fails(more_rounds, on_bus(BUS_SHA256_ROUNDS));
    fails(rounds_too_few, on_bus(BUS_SHA256_ROUNDS));
}

/* The row's number, so that all it sends stays as it is; the constants follow it. */
static void two_rows_for_one(vm_tables *t)
{
    set(t, ROUNDS, "row[4]", 4, 0);
    set(t, ROUNDS, "row[1]", 4, 1);
    set(t, ROUNDS, "row[3]", 4, 1);
}

static void half_of_two_rows(vm_tables *t)
{
    char column[32];
    fp half = fp_inverse(fp_from_u32(2));
    column_of(t, ROUNDS, "row[4]")[4] = FP_ZERO;
    column_of(t, ROUNDS, cell_name(column, "row", 3))[4] = half;
    column_of(t, ROUNDS, cell_name(column, "row", 5))[4] = half;
}

static void sha256_constants_of_another_row(void **state)
{
    (void)state;
    stops(two_rows_for_one, "\"at most one flag is set\"", PROOF_CONSTRAINTS);
    fails(half_of_two_rows, "\"a flag is a bit\"");
    fails(skip_rounds, "\"the new e\"");
}

static void another_byte(vm_tables *t, const char *name, int index)
{
    add_to(t, STATE, name, index, 0, at_index(t, STATE, name, index, 0) > 0 ? -1 : 1);
}

static void first_byte(vm_tables *t) { another_byte(t, "first", 5); }
static void before_block(vm_tables *t) { add_to(t, BLOCK, "before", 4, 1, 1); }
static void before_rounds(vm_tables *t) { flip_bit(t, "a", 40, ROWS_OF_BLOCK); }
static void other_start(vm_tables *t) { add_to(t, STATE, "start", -1, 0, 1); }

/* The second block begins anew. */
static void begins_again(vm_tables *t)
{
    char column[32];
    for (int i = 0; i < 16; i++) {
        uint32_t first = at_index(t, BLOCK, "before", i, 0);
        set(t, BLOCK, cell_name(column, "before", i), 1, first);
    }
}

static void sha256_state_from_nowhere(void **state)
{
    (void)state;
    stops(first_byte, on_bus(BUS_SHA256), PROOF_BUS);
    fails(before_block, on_bus(BUS_SHA256));
    fails(before_rounds, on_bus(BUS_SHA256_ROUNDS));
    fails(other_start, on_bus(BUS_CALL));
    fails(begins_again, on_bus(BUS_SHA256));
}

static void another_sum(vm_tables *t) { add_to(t, BLOCK, "after", 6, 0, 1); }

static void without_sum(vm_tables *t)
{
    char column[32];
    for (int i = 0; i < 16; i++)
        set(t, BLOCK, cell_name(column, "after", i), 0, at_index(t, BLOCK, "rounds", i, 0));
}

/* A limb of 2^16 more or less, and the carry to match. */
static void uncarried_sum(vm_tables *t)
{
    for (int i = 0; i < 16; i += 2) {
        uint32_t sum = at_index(t, BLOCK, "before", i, 0) + at_index(t, BLOCK, "rounds", i, 0);
        int64_t carried = sum >> 16 != 0 ? 1 : -1;
        add_to(t, BLOCK, "after", i, 0, carried << 16);
        add_to(t, BLOCK, "after", i + 1, 0, -carried);
    }
}

static void sha256_chaining_value(void **state)
{
    (void)state;
    stops(another_sum, "\"the carry out of limb 0 is a bit\"", PROOF_CONSTRAINTS);
    fails(without_sum, "\"the carry out of limb 0 is a bit\"");
    fails(uncarried_sum, "what RANGE does not have: 16 ");
}

/* ---- blocks --------------------------------------------------------------------------------------- */

/* The block begins one byte before. */
static void another_offset(vm_tables *t)
{
    char column[32];
    uint32_t bytes[72];
    for (int i = 0; i < 72; i++)
        bytes[i] = at_index(t, BLOCK, "word", i / 2, 0) >> 8 * (i % 2) & 0xFF;
    set(t, BLOCK, "offset[5]", 0, 0);
    set(t, BLOCK, "offset[4]", 0, 1);
    for (int i = 0; i < 72; i++) {
        bool inside = i >= 4 && i < 68;
        set(t, BLOCK, cell_name(column, inside ? "byte" : "rest", inside ? i - 4 : i % 8), 0, bytes[i]);
    }
}

static void another_offset_of_the_call(vm_tables *t)
{
    another_offset(t);
    set(t, BLOCK, "data_offset", 0, 4);
}

static void offset_of_the_tail(vm_tables *t)
{
    set(t, BLOCK, "offset[0]", 2, 0);
    set(t, BLOCK, "offset[1]", 2, 1);
}

static void another_place(vm_tables *t) { add_to(t, BLOCK, "at", -1, 0, 1); }
static void other_bytes(vm_tables *t) { add_to(t, BLOCK, "byte", 7, 0, 1); }

/* 256 less at a byte, one more at the next: the same limb. */
static void bytes_of_a_limb(vm_tables *t)
{
    add_to(t, BLOCK, "byte", 9, 0, -256); /* the block begins at byte 5, so this one is a limb's lower */
    add_to(t, BLOCK, "byte", 10, 0, 1);
}

static void bytes_around(vm_tables *t)
{
    add_to(t, BLOCK, "rest", 2, 0, 256);
    add_to(t, BLOCK, "rest", 3, 0, -1);
}

static void sha256_bytes_at_another_offset(void **state)
{
    (void)state;
    stops(another_offset, "\"the data has the call's offset\"", PROOF_CONSTRAINTS);
    fails(another_offset_of_the_call, on_bus(BUS_SHA256));
    fails(offset_of_the_tail, "\"the tail has no offset\"");
    fails(another_place, "\"other blocks are the data's\"");
    fails(other_bytes, "\"the block's bytes stand at the offset\"");
}

static void last_too_early(vm_tables *t) { set(t, BLOCK, "is_last", 0, 1); }
static void never_last(vm_tables *t) { set(t, BLOCK, "is_last", 2, 0); }
static void without_end(vm_tables *t) { clear_row(t, STATE, 0); }

/* The second call's first block is taken for its tail, and for all that it has. */
static void one_block(vm_tables *t)
{
    set(t, BLOCK, "left", 3, 1);
    set(t, BLOCK, "is_last", 3, 1);
    set(t, BLOCK, "tail", 3, get(t, BLOCK, "data", 3));
}

/* The last but one says that it is over: then as many are left as the call has. */
static void one_less(vm_tables *t)
{
    set(t, BLOCK, "is_last", 1, 1);
    set(t, BLOCK, "left", 1, 1);
}

static void sha256_block_cut_off(void **state)
{
    (void)state;
    stops(last_too_early, "\"the last row has one block left\"", PROOF_CONSTRAINTS);
    fails(never_last, on_bus(BUS_SHA256));
    fails(without_end, on_bus(BUS_CALL));
    fails(one_block, on_bus(BUS_SHA256));
    fails(one_less, on_bus(BUS_SHA256));
}

static void swap_results(vm_tables *t)
{
    char column[32];
    for (int i = 0; i < 32; i++)
        swap_cells(t, STATE, cell_name(column, "last", i), 0, 1);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void result_elsewhere(vm_tables *t) { add_to(t, STATE, "result", -1, 0, 1); }
static void another_result(vm_tables *t) { another_byte(t, "last", 3); }
static void data_of_the_call(vm_tables *t) { add_to(t, STATE, "data", -1, 0, 1); }
static void tail_of_the_call(vm_tables *t) { add_to(t, STATE, "tail", -1, 0, 1); }

static void sha256_result_of_another_call(void **state)
{
    (void)state;
    stops(swap_results, on_bus(BUS_SHA256), PROOF_BUS);
    fails(result_elsewhere, on_bus(BUS_CALL));
    fails(another_result, on_bus(BUS_SHA256));
    fails(data_of_the_call, on_bus(BUS_CALL));
    fails(tail_of_the_call, on_bus(BUS_CALL));
}

static void no_time(vm_tables *t) { set(t, VM_CHIP_CALL, "waits", find(t, VM_CHIP_CALL, "n", 3, 0), 0); }

static void sha256_items_take_time(void **state)
{
    (void)state;
    stops(no_time, "\"items wait\"", PROOF_CONSTRAINTS);
}

/* Bytes of a state that make the same limb. */
static void bytes_of_the_result(vm_tables *t)
{
    add_to(t, STATE, "last", 8, 0, -1);
    add_to(t, STATE, "last", 9, 0, 256);
}

static void bytes_of_the_start(vm_tables *t)
{
    add_to(t, STATE, "first", 8, 0, 256);
    add_to(t, STATE, "first", 9, 0, -1);
}

static void sha256_bytes_that_are_none(void **state)
{
    (void)state;
    stops(bytes_of_the_result, "what BYTE does not have: 4 ", PROOF_BUS);
    fails(bytes_of_the_start, "what BYTE does not have: 4 ");
    fails(bytes_of_a_limb, on_bus(BUS_SHA256_WORDS));
    fails(bytes_around, "what BYTE does not have: 4 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(sha256_bit_that_is_none, fixture_clear),
        cmocka_unit_test_teardown(sha256_carry_beyond_p, fixture_clear),
        cmocka_unit_test_teardown(sha256_words_of_another_block, fixture_clear),
        cmocka_unit_test_teardown(sha256_rounds_of_another_block, fixture_clear),
        cmocka_unit_test_teardown(sha256_constants_of_another_row, fixture_clear),
        cmocka_unit_test_teardown(sha256_state_from_nowhere, fixture_clear),
        cmocka_unit_test_teardown(sha256_chaining_value, fixture_clear),
        cmocka_unit_test_teardown(sha256_bytes_at_another_offset, fixture_clear),
        cmocka_unit_test_teardown(sha256_block_cut_off, fixture_clear),
        cmocka_unit_test_teardown(sha256_result_of_another_call, fixture_clear),
        cmocka_unit_test_teardown(sha256_items_take_time, fixture_clear),
        cmocka_unit_test_teardown(sha256_bytes_that_are_none, fixture_clear),
    };
    return cmocka_run_group_tests_name("sha256 attacks", tests, open_run, close_run);
}
