/* What a prover might try with the call keccak256, each attack with the rule that stops it.
 *
 *   attack                                                        test
 *   a piece with digits beyond its cut, or moved to the other     keccak_piece_of_another_cut
 *   a digit that borrows from the next                            keccak_digit_carries
 *   the other decomposition of a digit                            keccak_other_decomposition
 *   the parity of a column flipped, and theta to match            keccak_column_parity
 *   rounds left out, or taken for another block's                 keccak_rounds_of_another_block
 *   iota of the last round missing, or where no round was         keccak_last_constant
 *   a first state that is not zero                                keccak_state_from_nowhere
 *   bytes at another offset, words from another place             keccak_bytes_at_another_offset
 *   a block cut off before the digest, or the digest              keccak_block_cut_off
 *   digests of two calls change places; another digest            keccak_digest_of_another_call
 *   items in no time                                              keccak_items_take_time
 *   a number of 16 bits that is none                              keccak_word_not_canonical */
#include "tests/soundness/forge.h"

static const vm_chip ABSORB = VM_CHIP_KECCAK_ABSORB, ROUNDS = VM_CHIP_KECCAK_ROUNDS,
                     DIGEST = VM_CHIP_KECCAK_DIGEST;
enum { ROWS_OF_BLOCK = 12 };

static test_code code;
static subject hashing = {.code = &code};

static void hash(uint32_t digest, uint32_t data, uint32_t n)
{
    test_load(&code, 10, digest);
    test_load(&code, 11, data);
    test_load(&code, 12, MAP_INPUT_BASE + 48);
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_KECCAK256);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

/* Three blocks, two of them beginning within words, then two and one. */
static int open_run(void **state)
{
    (void)state;
    static uint8_t more[512];
    uint64_t seed = 11;
    for (size_t i = 0; i < sizeof more; i++)
        more[i] = (uint8_t)test_random(&seed);
    fixture_open();
    hash(MAP_HEAP_BASE, MAP_INPUT_BASE + 61, 3);
    hash(MAP_HEAP_BASE + 64, MAP_INPUT_BASE + 64, 2);
    hash(MAP_HEAP_BASE + 32, MAP_INPUT_BASE, 1);
    code_finish(&code);
    hashing.output = text_bytes("what is proven");
    hashing.input = input_for(&kept, hashing.output, (bytes){more, sizeof more});
    subject_open(&hashing);
    return 0;
}

static void the_honest_run_is_accepted(void **state)
{
    (void)state;
    subject_is_accepted(&hashing, NULL);
}

/* "looks up what SPARSE does not have: KIND" */
static const char *no_such(sparse_kind kind)
{
    static char text[4][48];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof *text, "what SPARSE does not have: %d ", (int)kind);
    return text[next];
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

static uint32_t digit(uint32_t x, int place) { return x >> 3 * place & 7; }

static uint32_t at_index(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row)
{
    char column[32];
    snprintf(column, sizeof column, "%s[%d]", name, index);
    return get(t, chip, column, row);
}

/* ---- a round -------------------------------------------------------------------------------------- */

/* Lane 1 is rotated by one: its pieces have seven digits and one, from column 8 on. */
enum { LANE_1_LOW = 8, LANE_1_HIGH = 9 };

/* The same limb, from one digit less in the high piece and eight in the low one. */
static void longer_piece(vm_tables *t)
{
    uint64_t row = find(t, ROUNDS, "piece_0[9]", 1, 0);
    add_to(t, ROUNDS, "piece_0", LANE_1_LOW, row, 1 << 21);
    add_to(t, ROUNDS, "piece_0", LANE_1_HIGH, row, -1);
}

/* The same limb: what is moved between the pieces is a multiple of the cut, and then below zero. */
static void negative_piece(vm_tables *t)
{
    uint64_t row = find(t, ROUNDS, "piece_0[9]", 0, 0);
    add_to(t, ROUNDS, "piece_0", LANE_1_LOW, row, -(1 << 21));
    add_to(t, ROUNDS, "piece_0", LANE_1_HIGH, row, 1);
}

static void keccak_piece_of_another_cut(void **state)
{
    (void)state;
    stops(longer_piece, no_such(SPARSE_CUT + 1), PROOF_BUS);
    fails(negative_piece, no_such(SPARSE_CUT + 1));
}

/* Digit 0 … 6 of limb 0 of lane 1 becomes another bit where the digit of X + 2D is `sum`. */
static void flip_digit(vm_tables *t, uint32_t sum)
{
    for (uint64_t row = 0; row < rows_in(t, ROUNDS); row++)
        for (int place = 0; place < 7; place++) {
            uint32_t x = at_index(t, ROUNDS, "x", 8, row), d = at_index(t, ROUNDS, "theta_0", 8, row);
            if (digit(x, place) + 2 * digit(d, place) != sum)
                continue;
            bool set_now = digit(at_index(t, ROUNDS, "piece_0", LANE_1_LOW, row), place) != 0;
            int64_t weight = (int64_t)1 << 3 * place;
            add_to(t, ROUNDS, "piece_0", LANE_1_LOW, row, set_now ? -weight : weight);
            return;
        }
    fail_msg("there is no such digit");
}

static void borrow(vm_tables *t) { flip_digit(t, 1); }       /* 1 = −1 + 2·1 */
static void carry(vm_tables *t) { flip_digit(t, 6); }        /* 6 = 6 + 2·0 */
static void two_as_two(vm_tables *t) { flip_digit(t, 2); }   /* 2 = 2 + 2·0, not 0 + 2·1 */
static void five_as_three(vm_tables *t) { flip_digit(t, 5); } /* 5 = 3 + 2·1, not 5 + 2·0 */

static void keccak_digit_carries(void **state)
{
    (void)state;
    stops(borrow, no_such(SPARSE_UNSET), PROOF_BUS);
    fails(carry, no_such(SPARSE_UNSET));
}

static void keccak_other_decomposition(void **state)
{
    (void)state;
    stops(two_as_two, no_such(SPARSE_UNSET), PROOF_BUS);
    fails(five_as_three, no_such(SPARSE_UNSET));
}

static int64_t flipped(uint32_t x, int place)
{
    return digit(x, place) != 0 ? -((int64_t)1 << 3 * place) : (int64_t)1 << 3 * place;
}

/* Flips a digit of theta's column in a row, and of all five lanes that it is added to: each decomposition
 * holds as before. The digits that are flipped lie in the low pieces. */
static void flip_theta(vm_tables *t, uint64_t row, int column, int limb, int place)
{
    static const int rotations[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                      25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};
    int theta = 8 * column + limb;
    add_to(t, ROUNDS, "theta_1", theta, row, flipped(at_index(t, ROUNDS, "theta_1", theta, row), place));
    int piece = 0;
    for (int lane = 0; lane < 25; lane++) {
        int moved = rotations[lane] % 8, pieces = moved != 0 ? 2 : 1, stays = 8 - moved;
        if (lane % 5 == column) {
            int at = piece + pieces * limb + (place >= stays);
            int in_piece = place >= stays ? place - stays : place;
            add_to(t, ROUNDS, "piece_1", at, row, flipped(at_index(t, ROUNDS, "piece_1", at, row), in_piece));
        }
        piece += 8 * pieces;
    }
    assert_int_equal(piece, 376);
}

/* Digit 2 of limb 4 of the parity of column 2 in a row's last round, and the two columns of theta that it
 * goes into. */
static void flip_parity(vm_tables *t)
{
    uint64_t row = 3;
    uint32_t parity = get(t, ROUNDS, "parity_low_1[20]", row);
    add_to(t, ROUNDS, "parity_low_1", 20, row, flipped(parity, 2));
    flip_theta(t, row, 3, 4, 2);
    flip_theta(t, row, 1, 4, 3);
}

static void keccak_column_parity(void **state)
{
    (void)state;
    stops(flip_parity, no_such(SPARSE_EVEN), PROOF_BUS);
    check_says(&(attack){&hashing, flip_parity, NULL}, on_bus(BUS_KECCAK));
    assert_null(strstr(sentences, no_such(SPARSE_UNSET))); /* nothing else stops it */
    assert_null(strstr(sentences, no_such(SPARSE_CUT)));
}

/* ---- rows ----------------------------------------------------------------------------------------- */

static void swap_rounds(vm_tables *t) { swap_cells(t, ROUNDS, "time", 5, ROWS_OF_BLOCK + 5); }

/* Row 5 says that it is row 6. */
static void skip_round(vm_tables *t)
{
    set(t, ROUNDS, "row[5]", 5, 0);
    set(t, ROUNDS, "row[6]", 5, 1);
}

/* Row 11 gives what row 12 would receive, if there were one. */
static void one_more_row(vm_tables *t)
{
    set(t, ROUNDS, "row[11]", 11, 0);
    set(t, ROUNDS, "row[0]", 11, 1);
}

static void keccak_rounds_of_another_block(void **state)
{
    (void)state;
    stops(swap_rounds, on_bus(BUS_KECCAK), PROOF_BUS);
    fails(skip_round, on_bus(BUS_KECCAK));
    fails(one_more_row, on_bus(BUS_KECCAK));
}

/* The last constant has bit 3. */
static void without_last_constant(vm_tables *t)
{
    add_to(t, ABSORB, "rate", 0, 1, flipped(at_index(t, ABSORB, "rate", 0, 1), 3));
}

static void with_last_constant(vm_tables *t) { set(t, ABSORB, "rate[0]", 0, 1 << 9); }

static void digest_without_last_constant(vm_tables *t)
{
    add_to(t, DIGEST, "lane", 0, 0, flipped(at_index(t, DIGEST, "lane", 0, 0), 3));
    uint32_t word = get(t, DIGEST, "word[0]", 0);
    set(t, DIGEST, "word[0]", 0, word ^ 8);
}

static void keccak_last_constant(void **state)
{
    (void)state;
    stops(without_last_constant, no_such(SPARSE_UNSET), PROOF_BUS);
    fails(with_last_constant, no_such(SPARSE_UNSET));
    fails(digest_without_last_constant, no_such(SPARSE_UNSET));
}

static void first_state(vm_tables *t) { set(t, ABSORB, "x[140]", 0, 2); }

static void not_first(vm_tables *t) { set(t, ABSORB, "is_first", 0, 0); }

static void first_again(vm_tables *t)
{
    set(t, ABSORB, "is_first", 1, 1);
    for (int i = 0; i < 200; i++)
        add_to(t, ABSORB, "x", i, 1, -(int64_t)at_index(t, ABSORB, "x", i, 1));
}

static void keccak_state_from_nowhere(void **state)
{
    (void)state;
    stops(first_state, "\"the first state is zero\"", PROOF_CONSTRAINTS);
    fails(not_first, on_bus(BUS_KECCAK));
    fails(first_again, on_bus(BUS_CALL));
}

/* The bytes of the block stand one byte lower. */
static void another_offset(vm_tables *t)
{
    set(t, ABSORB, "offset[5]", 0, 0);
    set(t, ABSORB, "offset[4]", 0, 1);
    for (int i = 0; i < 136; i++)
        add_to(t, ABSORB, "block", i, 0,
               (int64_t)at_index(t, ABSORB, "byte", i + 4, 0) - (int64_t)at_index(t, ABSORB, "block", i, 0));
}

static void another_offset_of_the_call(vm_tables *t)
{
    another_offset(t);
    set(t, ABSORB, "data_offset", 0, 4);
}

/* The tail, in a row that is last, from within a word. */
static void offset_of_the_tail(vm_tables *t)
{
    set(t, ABSORB, "offset[0]", 2, 0);
    set(t, ABSORB, "offset[1]", 2, 1);
}

static void another_place(vm_tables *t) { add_to(t, ABSORB, "at", -1, 0, 1); }

static void other_bytes(vm_tables *t)
{
    add_to(t, ABSORB, "block", 7, 0, flipped(at_index(t, ABSORB, "block", 7, 0), 1));
}

static void keccak_bytes_at_another_offset(void **state)
{
    (void)state;
    stops(another_offset, "\"the data has the call's offset\"", PROOF_CONSTRAINTS);
    fails(another_offset_of_the_call, on_bus(BUS_CALL));
    fails(offset_of_the_tail, "\"the tail has no offset\"");
    fails(another_place, "\"other blocks are the data's\"");
    fails(other_bytes, "\"the block's bytes stand at the offset\"");
}

static void last_too_early(vm_tables *t) { set(t, ABSORB, "is_last", 0, 1); }
static void never_last(vm_tables *t) { set(t, ABSORB, "is_last", 2, 0); }
static void without_digest(vm_tables *t) { clear_row(t, DIGEST, 0); }

/* The second call's first block is taken for its tail, and for all that it has. */
static void one_block(vm_tables *t)
{
    set(t, ABSORB, "left", 3, 1);
    set(t, ABSORB, "is_last", 3, 1);
    set(t, ABSORB, "tail", 3, get(t, ABSORB, "data", 3));
}

static void keccak_block_cut_off(void **state)
{
    (void)state;
    stops(last_too_early, "\"the last row has one block left\"", PROOF_CONSTRAINTS);
    fails(never_last, on_bus(BUS_STEP));
    fails(without_digest, on_bus(BUS_STEP));
    fails(one_block, on_bus(BUS_CALL));
}

static void swap_digests(vm_tables *t)
{
    static const struct {
        const char *name;
        int count;
    } columns[] = {{"x", 200}, {"lane", 32}, {"word", 16}};
    char column[32];
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < columns[k].count; i++) {
            snprintf(column, sizeof column, "%s[%d]", columns[k].name, i);
            swap_cells(t, DIGEST, column, 0, 1);
        }
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static void digest_elsewhere(vm_tables *t) { add_to(t, DIGEST, "digest", -1, 0, 1); }

/* Another word, and its bytes as they were. */
static void another_word(vm_tables *t) { add_to(t, DIGEST, "word", 5, 0, 1); }

static void another_lane(vm_tables *t)
{
    add_to(t, DIGEST, "lane", 10, 0, flipped(at_index(t, DIGEST, "lane", 10, 0), 0));
    uint32_t word = get(t, DIGEST, "word[5]", 0);
    set(t, DIGEST, "word[5]", 0, word ^ 1);
}

static void keccak_digest_of_another_call(void **state)
{
    (void)state;
    stops(swap_digests, on_bus(BUS_KECCAK), PROOF_BUS);
    fails(digest_elsewhere, on_bus(BUS_STEP));
    fails(another_word, no_such(SPARSE_LIMB));
    fails(another_lane, no_such(SPARSE_UNSET));
}

static uint64_t first_call(vm_tables *t) { return find(t, VM_CHIP_CALL, "is[2]", 1, 0); }

static void no_time(vm_tables *t) { set(t, VM_CHIP_CALL, "waits", first_call(t), 0); }

/* The offset goes into the word instead. */
static void offset_in_word(vm_tables *t)
{
    uint64_t row = first_call(t);
    set(t, VM_CHIP_CALL, "offset", row, 13);
    add_to(t, VM_CHIP_CALL, "w", 1, row, -1);
}

static void offset_of_words(vm_tables *t)
{
    set(t, VM_CHIP_CALL, "offset", find(t, VM_CHIP_CALL, "is[0]", 1, 0), 1);
}

static void keccak_items_take_time(void **state)
{
    (void)state;
    stops(no_time, "\"items wait\"", PROOF_CONSTRAINTS);
    fails(offset_in_word, "what RANGE does not have: 3 ");
    fails(offset_of_words, "\"words have no offset\"");
}

/* 2^16 more in a word's limb: its bytes would have to be more than bytes. */
static void longer_limb(vm_tables *t) { add_to(t, DIGEST, "word", 2, 0, 1 << 16); }
static void limb_beside_p(vm_tables *t) { add_to(t, DIGEST, "word", 2, 0, -(1 << 16)); }

static void keccak_word_not_canonical(void **state)
{
    (void)state;
    stops(longer_limb, no_such(SPARSE_LIMB), PROOF_BUS);
    fails(limb_beside_p, no_such(SPARSE_LIMB));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(keccak_piece_of_another_cut, fixture_clear),
        cmocka_unit_test_teardown(keccak_digit_carries, fixture_clear),
        cmocka_unit_test_teardown(keccak_other_decomposition, fixture_clear),
        cmocka_unit_test_teardown(keccak_column_parity, fixture_clear),
        cmocka_unit_test_teardown(keccak_rounds_of_another_block, fixture_clear),
        cmocka_unit_test_teardown(keccak_last_constant, fixture_clear),
        cmocka_unit_test_teardown(keccak_state_from_nowhere, fixture_clear),
        cmocka_unit_test_teardown(keccak_bytes_at_another_offset, fixture_clear),
        cmocka_unit_test_teardown(keccak_block_cut_off, fixture_clear),
        cmocka_unit_test_teardown(keccak_digest_of_another_call, fixture_clear),
        cmocka_unit_test_teardown(keccak_items_take_time, fixture_clear),
        cmocka_unit_test_teardown(keccak_word_not_canonical, fixture_clear),
    };
    return cmocka_run_group_tests_name("keccak attacks", tests, open_run, close_subject);
}
