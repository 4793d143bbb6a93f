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
 *   bytes that are none in what is read or written                sha256_bytes_that_are_none
 *   all that follows from a lie is honest: one rule is left       sha256_lie_followed_through
 *   a call that no program made                                   sha256_call_of_nobody
 * And what looks free, but is not:                                sha256_what_row_0_is_given */
#include "tests/soundness/forge.h"

#include "vm/fill.h"
#include "vm/sha256_rounds/sha256_rounds.h"

vm_fill_row vm_fill_sha256_rounds;

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

/* ---- lies that are followed through --------------------------------------------------------------- */

/* The checker says this, and nothing else. */
static void fails_alone(void (*change)(vm_tables *), const char *reason)
{
    fails(change, reason);
    char *rest = NULL;
    for (char *line = strtok_r(sentences, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (strstr(line, reason) == NULL)
            fail_msg("expected \"%s\" alone, not: %s", reason, line);
}

/* Blocks 0, 1, 2 are the first call's, 3 and 4 the second's, 5 the third's. */
enum { FIRST_OF_TWO = 3, LAST_OF_TWO = 4, CALL_OF_TWO = 1, BLOCK_OF_ONE = 5, CALL_OF_ONE = 2 };

static void get_state(vm_tables *t, uint32_t words[8], const char *name, uint64_t block)
{
    for (int i = 0; i < 8; i++)
        words[i] = at_index(t, BLOCK, name, 2 * i, block) | at_index(t, BLOCK, name, 2 * i + 1, block) << 16;
}

static void set_state(vm_tables *t, const char *name, uint64_t block, const uint32_t words[8])
{
    char column[32];
    for (int i = 0; i < 16; i++)
        set(t, BLOCK, cell_name(column, name, i), block, words[i / 2] >> 16 * (i % 2) & 0xFFFF);
}

static void get_bytes(vm_tables *t, uint8_t bytes[64], uint64_t block)
{
    for (int i = 0; i < 64; i++)
        bytes[i] = (uint8_t)at_index(t, BLOCK, "byte", i, block);
}

/* The rows of rounds that this value and these bytes make. */
static void fill_rounds(vm_tables *t, uint64_t block, const uint32_t before[8], const uint8_t bytes[64])
{
    const stark_table *table = table_of(t, ROUNDS);
    riscv_call call = {.clk = get(t, BLOCK, "time", block), .n = 1};
    riscv_access words[8] = {0};
    for (int i = 0; i < 8; i++)
        memcpy(&words[i].old, bytes + 8 * i, 8);
    riscv_trace_data trace = {.calls = &call, .call_accesses = words};
    vm_sha256_block filled = {.at = {0, 0}};
    memcpy(filled.before, before, sizeof filled.before);
    vm_rows rows = {.source = &(vm_source){.trace = &trace}, .sha256_blocks = &filled};
    for (uint64_t number = 0; number < ROWS_OF_BLOCK; number++) {
        uint32_t row[sizeof(sha256_rounds_trace) / sizeof(uint32_t)] = {0};
        vm_fill_sha256_rounds(row, &rows, number);
        for (uint64_t c = 0; c < sizeof row / sizeof *row; c++)
            ((fp *)table->columns[AIR_MAIN])[c * table->rows + ROWS_OF_BLOCK * block + number] =
                fp_from_u32(row[c]);
    }
}

/* What the rounds of this block leave goes on to the call's end. */
static void follow_rounds(vm_tables *t, uint64_t block, uint64_t call)
{
    char column[32];
    uint32_t before[8], rounds[8] = {0}, after[8];
    uint8_t bytes[64];
    uint64_t last = ROWS_OF_BLOCK * block + 7;
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 32; k++)
            rounds[i] |= at_index(t, ROUNDS, i < 4 ? "new_a" : "new_e", 32 * (7 - i % 4) + k, last) << k;
    get_state(t, before, "before", block);
    for (int i = 0; i < 8; i++)
        after[i] = before[i] + rounds[i];
    set_state(t, "rounds", block, rounds);
    set_state(t, "after", block, after);
    if (!get(t, BLOCK, "is_last", block)) {
        set_state(t, "before", block + 1, after);
        get_bytes(t, bytes, block + 1);
        fill_rounds(t, block + 1, after, bytes);
        follow_rounds(t, block + 1, call);
        return;
    }
    for (int i = 0; i < 32; i++)
        set(t, STATE, cell_name(column, "last", i), call, after[i / 4] >> (24 - 8 * (i % 4)) & 0xFF);
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

/* The block as it is, but with another byte; only its rounds know. */
static void rounds_of_bytes(vm_tables *t, int byte)
{
    uint32_t before[8];
    uint8_t bytes[64];
    get_state(t, before, "before", FIRST_OF_TWO);
    get_bytes(t, bytes, FIRST_OF_TWO);
    bytes[byte] ^= 0x55;
    fill_rounds(t, FIRST_OF_TWO, before, bytes);
    follow_rounds(t, FIRST_OF_TWO, CALL_OF_TWO);
}

static void rounds_of_a_word(vm_tables *t) { rounds_of_bytes(t, 13); }
static void rounds_of_a_word_of_row_1(vm_tables *t) { rounds_of_bytes(t, 49); }

/* The block too, not what it read. */
static void block_of_bytes(vm_tables *t)
{
    uint32_t before[8];
    uint8_t bytes[64];
    get_state(t, before, "before", FIRST_OF_TWO);
    set(t, BLOCK, "byte[40]", FIRST_OF_TWO, at_index(t, BLOCK, "byte", 40, FIRST_OF_TWO) ^ 0x80);
    get_bytes(t, bytes, FIRST_OF_TWO);
    fill_rounds(t, FIRST_OF_TWO, before, bytes);
    follow_rounds(t, FIRST_OF_TWO, CALL_OF_TWO);
}

/* And what it read, not memory. */
static void words_of_bytes(vm_tables *t)
{
    uint32_t byte = at_index(t, BLOCK, "byte", 40, FIRST_OF_TWO);
    block_of_bytes(t);
    add_to(t, BLOCK, "word", 20, FIRST_OF_TWO, (byte & 0x80) != 0 ? -0x80 : 0x80);
}

static void rounds_from_elsewhere(vm_tables *t)
{
    uint32_t before[8];
    uint8_t bytes[64];
    get_state(t, before, "before", LAST_OF_TWO);
    get_bytes(t, bytes, LAST_OF_TWO);
    before[3] ^= 1; /* d, of which a row has only limbs */
    fill_rounds(t, LAST_OF_TWO, before, bytes);
    follow_rounds(t, LAST_OF_TWO, CALL_OF_TWO);
}

static void block_from(vm_tables *t, uint64_t block, uint64_t call, const uint32_t before[8])
{
    uint8_t bytes[64];
    get_bytes(t, bytes, block);
    set_state(t, "before", block, before);
    fill_rounds(t, block, before, bytes);
    follow_rounds(t, block, call);
}

/* The second block begins as the first did. */
static void block_from_elsewhere(vm_tables *t)
{
    uint32_t before[8];
    get_state(t, before, "before", FIRST_OF_TWO);
    block_from(t, LAST_OF_TWO, CALL_OF_TWO, before);
}

/* Not from what stands in memory. */
static void call_from_elsewhere(vm_tables *t)
{
    uint32_t before[8];
    get_state(t, before, "before", FIRST_OF_TWO);
    before[7] ^= 1;
    set(t, STATE, "first[31]", CALL_OF_TWO, before[7] & 0xFF);
    block_from(t, FIRST_OF_TWO, CALL_OF_TWO, before);
}

/* Bits and carries of a row's last sum, after `delta` is added to it. */
static void add_to_sum(vm_tables *t, const char *name, const char *carry, uint64_t row, int64_t delta)
{
    char column[32];
    int64_t carried[2], limb[2] = {0, 0};
    for (int l = 0; l < 2; l++) {
        carried[l] = at_index(t, ROUNDS, carry, 14 + l, row);
        for (int k = 0; k < 16; k++)
            limb[l] |= (int64_t)at_index(t, ROUNDS, name, 224 + 16 * l + k, row) << k;
    }
    int64_t low = limb[0] + (carried[0] << 16) + delta;
    int64_t high = limb[1] + (carried[1] << 16) - carried[0] + (low >> 16);
    for (int k = 0; k < 32; k++) {
        int64_t bit = (k < 16 ? low >> k : high >> (k - 16)) & 1;
        set(t, ROUNDS, cell_name(column, name, 224 + k), row, (uint32_t)bit);
    }
    set(t, ROUNDS, cell_name(column, carry, 14), row, (uint32_t)(low >> 16));
    set(t, ROUNDS, cell_name(column, carry, 15), row, (uint32_t)(high >> 16));
}

enum { LAST_ROW = ROWS_OF_BLOCK * LAST_OF_TWO + 7 };

static uint32_t turned(uint32_t x, int first, int second, int shift)
{
    return (x >> first | x << (32 - first)) ^ (x >> second | x << (32 - second)) ^ x >> shift;
}

/* Of row 7 nobody receives what its words would add. */
static void last_word(vm_tables *t)
{
    uint32_t word = 0;
    for (int k = 0; k < 32; k++)
        word |= at_index(t, ROUNDS, "word", 224 + k, LAST_ROW) << k;
    uint32_t near[2] = {turned(word, 17, 19, 10), turned(word ^ 1, 17, 19, 10)};
    uint32_t far[2] = {turned(word, 7, 18, 3), turned(word ^ 1, 7, 18, 3)};
    for (int l = 0; l < 2; l++) {
        add_to(t, ROUNDS, "next_given", 2 + l, LAST_ROW,
               (int64_t)(near[1] >> 16 * l & 0xFFFF) - (near[0] >> 16 * l & 0xFFFF));
        add_to(t, ROUNDS, "next_ahead", 12 + l, LAST_ROW,
               (int64_t)(far[1] >> 16 * l & 0xFFFF) - (far[0] >> 16 * l & 0xFFFF));
    }
    int64_t delta = (word & 1) != 0 ? -1 : 1;
    flip_bit(t, "word", 224, LAST_ROW);
    add_to_sum(t, "new_a", "carry_a", LAST_ROW, delta);
    add_to_sum(t, "new_e", "carry_e", LAST_ROW, delta);
    follow_rounds(t, LAST_OF_TWO, CALL_OF_TWO);
}

static void last_of(vm_tables *t, const char *name, int bit)
{
    flip_bit(t, name, 224 + bit, LAST_ROW);
    follow_rounds(t, LAST_OF_TWO, CALL_OF_TWO);
}

static void last_a(vm_tables *t) { last_of(t, "new_a", 3); }
static void last_a_high(vm_tables *t) { last_of(t, "new_a", 31); }
static void last_e(vm_tables *t) { last_of(t, "new_e", 0); }
static void last_e_high(vm_tables *t) { last_of(t, "new_e", 16); }

/* The ninth word, of a block that begins within one. */
static void ninth_word(vm_tables *t)
{
    uint32_t before[8];
    uint8_t bytes[64];
    get_state(t, before, "before", 0);
    uint32_t byte = at_index(t, BLOCK, "byte", 60, 0); /* byte 1 of word 8, as the block begins at byte 5 */
    set(t, BLOCK, "byte[60]", 0, byte ^ 1);
    add_to(t, BLOCK, "word", 32, 0, (byte & 1) != 0 ? -0x100 : 0x100);
    get_bytes(t, bytes, 0);
    fill_rounds(t, 0, before, bytes);
    follow_rounds(t, 0, 0);
}

/* The last block is read behind the others; whatever stands there. */
static void tail_in_the_data(vm_tables *t)
{
    set(t, BLOCK, "at", LAST_OF_TWO, get(t, BLOCK, "data", LAST_OF_TWO));
}

/* From another place that the block's own row names. */
static void tail_of_a_block(vm_tables *t)
{
    add_to(t, BLOCK, "tail", -1, LAST_OF_TWO, 1);
    add_to(t, BLOCK, "at", -1, LAST_OF_TWO, 1);
}

static void data_of_a_block(vm_tables *t)
{
    add_to(t, BLOCK, "data", -1, FIRST_OF_TWO, 1);
    add_to(t, BLOCK, "at", -1, FIRST_OF_TWO, 1);
}

static void items_of_a_call(vm_tables *t) { add_to(t, STATE, "n", -1, CALL_OF_TWO, 1); }
static void offset_of_a_call(vm_tables *t) { add_to(t, STATE, "data_offset", -1, CALL_OF_TWO, 1); }
static void time_of_a_call(vm_tables *t) { add_to(t, STATE, "clk", -1, CALL_OF_TWO, 1); }

/* Two blocks in each other's cycle, with all that is theirs but the accesses. */
static void times_exchanged(vm_tables *t)
{
    swap_cells(t, BLOCK, "time", FIRST_OF_TWO, LAST_OF_TWO);
    for (uint64_t row = 0; row < ROWS_OF_BLOCK; row++)
        swap_cells(t, ROUNDS, "time", ROWS_OF_BLOCK * FIRST_OF_TWO + row, ROWS_OF_BLOCK * LAST_OF_TWO + row);
}

static void sha256_lie_followed_through(void **state)
{
    (void)state;
    fails_alone(rounds_of_a_word, on_bus(BUS_SHA256_WORDS));
    fails_alone(rounds_of_a_word_of_row_1, on_bus(BUS_SHA256_WORDS));
    fails_alone(block_of_bytes, "\"the block's bytes stand at the offset\"");
    fails_alone(words_of_bytes, on_bus(BUS_MEMORY));
    fails_alone(rounds_from_elsewhere, on_bus(BUS_SHA256_ROUNDS));
    fails_alone(block_from_elsewhere, on_bus(BUS_SHA256));
    fails_alone(call_from_elsewhere, on_bus(BUS_MEMORY));
    fails_alone(last_word, "\"a word of the schedule\"");
    fails_alone(last_a, "\"the new a\"");
    fails_alone(last_a_high, "\"the new a\"");
    fails_alone(last_e, "\"the new e\"");
    fails_alone(last_e_high, "\"the new e\"");
    fails(tail_in_the_data, "\"the last block is at the tail\"");
    fails_alone(ninth_word, on_bus(BUS_MEMORY));
    fails(times_exchanged, on_bus(BUS_SHA256));
    fails(tail_of_a_block, on_bus(BUS_SHA256));
    fails(data_of_a_block, on_bus(BUS_SHA256));
    fails(items_of_a_call, on_bus(BUS_CALL));
    fails(offset_of_a_call, on_bus(BUS_CALL));
    fails(time_of_a_call, on_bus(BUS_CALL));
}

/* The last call once more, a cycle later: all of it is there but who made it. */
static void call_of_nobody(vm_tables *t)
{
    char column[32];
    uint64_t state = rows_in(t, STATE), block = rows_in(t, BLOCK), rounds = rows_in(t, ROUNDS);
    copy_row(t, STATE, state, CALL_OF_ONE);
    copy_row(t, BLOCK, block, BLOCK_OF_ONE);
    add_to(t, STATE, "clk", -1, state, 1);
    add_to(t, BLOCK, "time", -1, block, 1);
    for (uint64_t row = 0; row < ROWS_OF_BLOCK; row++) {
        copy_row(t, ROUNDS, rounds + row, ROWS_OF_BLOCK * BLOCK_OF_ONE + row);
        add_to(t, ROUNDS, "time", -1, rounds + row, 1);
    }
    uint32_t last = 8 * get(t, STATE, "clk", CALL_OF_ONE);
    for (int i = 0; i < 8; i++) {
        set(t, BLOCK, cell_name(column, "age", 2 * i), block, last + K_READ + 1);
        set(t, BLOCK, cell_name(column, "age", 2 * i + 1), block, 7);
    }
    for (int i = 0; i < 4; i++) {
        set(t, STATE, cell_name(column, "first_age", 2 * i), state, last + K_READ + 2);
        set(t, STATE, cell_name(column, "first_age", 2 * i + 1), state, 7);
        set(t, STATE, cell_name(column, "last_age", 2 * i), state, last + K_WRITE + 1);
        set(t, STATE, cell_name(column, "last_age", 2 * i + 1), state, 7);
        for (int l = 0; l < 4; l++)
            set(t, STATE, cell_name(column, "old", 4 * i + l), state,
                at_index(t, STATE, "last", 8 * i + 2 * l, state) +
                    (at_index(t, STATE, "last", 8 * i + 2 * l + 1, state) << 8));
    }
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

/* Its blocks and rounds alone. */
static void blocks_of_nobody(vm_tables *t)
{
    call_of_nobody(t);
    clear_row(t, STATE, rows_in(t, STATE));
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void rounds_of_nobody(vm_tables *t)
{
    uint64_t rounds = rows_in(t, ROUNDS);
    for (uint64_t row = 0; row < ROWS_OF_BLOCK; row++) {
        copy_row(t, ROUNDS, rounds + row, ROWS_OF_BLOCK * BLOCK_OF_ONE + row);
        add_to(t, ROUNDS, "time", -1, rounds + row, 1);
    }
}

static void sha256_call_of_nobody(void **state)
{
    (void)state;
    fails_alone(call_of_nobody, on_bus(BUS_CALL));
    fails(blocks_of_nobody, on_bus(BUS_SHA256));
    fails(rounds_of_nobody, on_bus(BUS_SHA256_ROUNDS));
}

/* Row 0 is given anything, and hands it on to row 1: their words stay the block's. */
static void given_anything(vm_tables *t)
{
    char column[32];
    uint64_t row = ROWS_OF_BLOCK * LAST_OF_TWO;
    for (int i = 0; i < 16; i++) { /* carries of 255 and 255, all else moved to what is given */
        fp *given = column_of(t, ROUNDS, cell_name(column, "given", i)) + row;
        for (int r = 0; r < 2; r++) {
            uint32_t carry = at_index(t, ROUNDS, "carry_word", i, row + (uint64_t)r);
            int64_t more = (int64_t)(255 - carry) << 16;
            if (i % 2 == 1)
                more -= 255 - (int64_t)at_index(t, ROUNDS, "carry_word", i - 1, row + (uint64_t)r);
            fp by = more < 0 ? fp_neg(fp_from_u32((uint32_t)-more)) : fp_from_u32((uint32_t)more);
            if (r == 1) { /* through what row 0 was given ahead */
                fp *ahead = column_of(t, ROUNDS, cell_name(column, "ahead", i)) + row;
                int place = i < 4 ? i : i - 10; /* of words 0, 1 and 7 there are columns */
                *ahead = fp_add(*ahead, by);
                if (i < 4 || i >= 14) {
                    fp *next = column_of(t, ROUNDS, cell_name(column, "next_given", place)) + row;
                    *next = fp_add(*next, by);
                }
            }
            given[r] = fp_add(given[r], by);
        }
    }
    for (int i = 0; i < 16; i++)
        for (uint64_t r = 0; r < 2; r++)
            set(t, ROUNDS, cell_name(column, "carry_word", i), row + r, 255);
}

static void sha256_what_row_0_is_given(void **state)
{
    (void)state;
    test_run run;
    run_part part;
    attack_open(&run, &part, &(attack){&hashing, given_anything, NULL});
    if (check_tables(&run, &part) != 0)
        fail_msg("%s", sentences);
    test_run_close(&run);
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
        cmocka_unit_test_teardown(sha256_lie_followed_through, fixture_clear),
        cmocka_unit_test_teardown(sha256_call_of_nobody, fixture_clear),
        cmocka_unit_test_teardown(sha256_what_row_0_is_given, fixture_clear),
    };
    return cmocka_run_group_tests_name("sha256 attacks", tests, open_run, close_run);
}
