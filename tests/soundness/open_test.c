/* What a prover might try with the call open, each attack with the rule that stops it.
 *
 *   attack                                                        test
 *   cells past the leaf's end are weighed, or are other padding   leaf_padding_weighed
 *   weights of another call, of another element                   weights_of_another_call
 *   two calls exchange the weights of leaves or blocks            weights_of_each_other
 *   a cell is hashed and another one weighed                      leaf_weighed_otherwise
 *   a path on another side, of another length or index            path_of_another_index
 *   a leaf that the cap does not have; another entry              leaf_not_in_the_tree
 *   a leaf hashed as a node, or with another length               leaf_read_as_node
 *   a word ≥ p is taken as its residue; p − 1                     open_word_not_canonical, word_p_minus_1
 *   leaves, blocks or levels left out, of another place           leaves_of_the_call
 *   a sum that is another leaf's, or is written elsewhere         sum_of_another_leaf */
#include "riscv/open_test.h"
#include "tests/soundness/forge.h"

static const vm_chip OPEN = VM_CHIP_OPEN, LEAF = VM_CHIP_OPEN_LEAF, PATH = VM_CHIP_OPEN_PATH, WEIGHT = VM_CHIP_OPEN_WEIGHT;

static test_code code;
static subject opening = {.code = &code};

/* Two blocks, the second of a word; two levels. A second call opens the first leaves again, with weights of its own. */
enum { WORDS = 9, STRIDE = 20, LEVELS = 2, LEAVES = 3, MORE_LEAVES = 2, ELEMENTS = 2 * WORDS };
enum { ALL_LEAVES = LEAVES + MORE_LEAVES, BLOCKS = 2 };

typedef struct {
    uint64_t list[1 + LEAVES], leaves[LEAVES * STRIDE], weights[CALL_SUM_WORDS * ELEMENTS], cap[CALL_DIGEST_WORDS * LEAVES];
    uint64_t more_weights[CALL_SUM_WORDS * ELEMENTS];
} operands;

static void open_leaves(uint32_t sums, uint32_t at, uint32_t weights, uint32_t n)
{
    test_load(&code, 10, sums);
    test_load(&code, 11, at + (uint32_t)offsetof(operands, leaves));
    test_load(&code, 12, at + weights);
    test_load(&code, 13, at + (uint32_t)offsetof(operands, cap));
    test_load(&code, 14, at + (uint32_t)offsetof(operands, list));
    test_load(&code, 15, n);
    test_load(&code, 17, CALL_OPEN);
    test_op(&code, OP_ECALL, 0, 0, 0, 0);
}

static int open_run(void **state)
{
    (void)state;
    static operands more;
    test_open_operands(more.list, more.leaves, more.weights, more.cap, WORDS, STRIDE, LEVELS, LEAVES);
    uint64_t seed = 8;
    for (int i = 0; i < ELEMENTS; i++)
        test_open_elements(more.more_weights + CALL_SUM_WORDS * i, CALL_SUM_WORDS, &seed);
    fixture_open();
    open_leaves(MAP_HEAP_BASE, MAP_INPUT_BASE + 40, offsetof(operands, weights), LEAVES);
    open_leaves(MAP_HEAP_BASE + 128, MAP_INPUT_BASE + 40, offsetof(operands, more_weights), MORE_LEAVES);
    code_finish(&code);
    opening.output = text_bytes("what is proven");
    opening.input = input_for(&kept, opening.output, (bytes){(const uint8_t *)&more, sizeof more});
    subject_open(&opening);
    return 0;
}

static void look_at_rows(vm_tables *t)
{
    assert_int_equal(rows_in(t, OPEN), ALL_LEAVES);
    assert_int_equal(rows_in(t, LEAF), BLOCKS * ALL_LEAVES);
    assert_int_equal(rows_in(t, PATH), LEVELS * ALL_LEAVES);
    assert_int_equal(rows_in(t, WEIGHT), 2 * WORDS);
    assert_int_equal(rows_in(t, VM_CHIP_PERMUTATION), (BLOCKS + LEVELS) * ALL_LEAVES);
}

static void the_honest_run_is_accepted(void **state)
{
    (void)state;
    subject_is_accepted(&opening, look_at_rows);
}

static void stops(void (*change)(vm_tables *), const char *reason, status expected)
{
    refused(&(attack){&opening, change, NULL}, reason, expected);
}

/* The same by the checker alone. */
static void fails(void (*change)(vm_tables *), const char *reason)
{
    check_says(&(attack){&opening, change, NULL}, reason);
}

static void add_to(vm_tables *t, vm_chip chip, const char *column, uint64_t row, int64_t delta)
{
    fp *at = column_of(t, chip, column) + row;
    *at = fp_add(*at, fp_from_u64(delta < 0 ? FP_MODULUS + (uint64_t)delta : (uint64_t)delta));
}

static void name_of(char out[32], const char *name, int index) { snprintf(out, 32, "%s[%d]", name, index); }

static void follow(vm_tables *t)
{
    follow_memory(t, &tiny.machine);
    follow_ledger(t);
}

static fp cell(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row)
{
    char column[32];
    name_of(column, name, index);
    return column_of(t, chip, column)[row];
}

static void set_cell(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row, fp value)
{
    char column[32];
    name_of(column, name, index);
    column_of(t, chip, column)[row] = value;
}

static void set_word(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row, uint32_t word)
{
    for (int i = 0; i < 2; i++)
        set_cell(t, chip, name, 2 * index + i, row, fp_from_u32(word >> 16 * i & 0xFFFF));
}

static uint32_t word_at(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row)
{
    return fp_to_u32(cell(t, chip, name, 2 * index, row)) | fp_to_u32(cell(t, chip, name, 2 * index + 1, row)) << 16;
}

/* ---- weights and sums ----------------------------------------------------------------------------- */

/* The first leaf's sum is more by `more`, as its rows and memory have it. */
static void sum_is_more(vm_tables *t, int coefficient, fp more)
{
    set_cell(t, LEAF, "sum_after", coefficient, 1, fp_add(cell(t, LEAF, "sum_after", coefficient, 1), more));
    fp sum = cell(t, LEAF, "sum_after", coefficient, 1);
    set_word(t, OPEN, "r", coefficient, 0, sum);
    follow(t);
}

/* The element 1 of the padding, times a weight. */
static void weigh_padding(vm_tables *t)
{
    set_cell(t, LEAF, "weight", 10, 1, FP_ONE);
    sum_is_more(t, 0, FP_ONE);
}

static void padding_as_a_word(vm_tables *t) { set(t, LEAF, "in[0]", 1, 1); }
static void other_padding(vm_tables *t) { set_word(t, LEAF, "word", 2, 1, 0); }
static void more_padding(vm_tables *t) { set_word(t, LEAF, "word", 5, 1, FP_CONSTANT(1)); }
static void odd_padding(vm_tables *t) { set_word(t, LEAF, "word", 3, 1, FP_CONSTANT(1)); }
static void word_left_out(vm_tables *t) { set(t, LEAF, "in[3]", 0, 0); }
static void short_block(vm_tables *t) { set(t, LEAF, "in[6]", 0, 0); }

static void leaf_padding_weighed(void **state)
{
    (void)state;
    stops(weigh_padding, "\"what is read is weighed\"", PROOF_CONSTRAINTS);
    fails(padding_as_a_word, "\"the last block has what is left\"");
    fails(other_padding, "\"padding begins with 1\"");
    fails(more_padding, "\"padding goes on with 0\"");
    fails(odd_padding, "\"padding goes on with 0\"");
    fails(word_left_out, "\"no word is left out\"");
    fails(short_block, "\"only a last block is not full\"");
}

/* A weight of its own, and the sum that it makes. */
static void another_weight(vm_tables *t)
{
    fp element = word_at(t, LEAF, "word", 1, 1);
    set_cell(t, LEAF, "weight", 5, 1, fp_add(cell(t, LEAF, "weight", 5, 1), FP_ONE));
    sum_is_more(t, 0, element);
}

/* All rows of the first call name the second, whose weights are used less often. */
static void weights_of_the_other(vm_tables *t)
{
    fp begin = column_of(t, OPEN, "begin")[LEAVES];
    for (uint64_t row = 0; row < 2 * LEAVES; row++)
        column_of(t, LEAF, "begin")[row] = begin;
    for (uint64_t row = 0; row < LEAVES; row++)
        column_of(t, OPEN, "begin")[row] = begin;
}

static void weights_of_another_leaf_place(vm_tables *t) { add_to(t, LEAF, "done", 1, -1); }
static void used_less(vm_tables *t) { add_to(t, WEIGHT, "uses", 2, -1); }
static void weight_without_a_call(vm_tables *t) { set(t, WEIGHT, "uses", 2 * WORDS + 1, 1); }
static void weights_elsewhere(vm_tables *t) { add_to(t, WEIGHT, "weights", 0, 6); }
static void weights_cut_off(vm_tables *t) { set(t, WEIGHT, "is_last", 3, 1); }

static void weight_not_in_memory(vm_tables *t) { set_word(t, WEIGHT, "word", 1, 4, 5); }

static void weights_of_another_call(void **state)
{
    (void)state;
    stops(another_weight, on_bus(BUS_OPEN_WEIGHT), PROOF_BUS);
    fails(weights_of_the_other, "\"the call begins with its first leaf\"");
    fails(weights_of_another_leaf_place, on_bus(BUS_OPEN_LEAF));
    fails(used_less, on_bus(BUS_STEP));
    fails(weight_without_a_call, "\"only what is real is used\"");
    fails(weights_elsewhere, on_bus(BUS_STEP));
    fails(weights_cut_off, "\"the last row has one word left\"");
    fails(weight_not_in_memory, on_bus(BUS_MEMORY));
}

static void exchange(vm_tables *t, vm_chip chip, const char *name, int count, uint64_t a, uint64_t b)
{
    for (int i = 0; i < count; i++) {
        char column[32];
        name_of(column, name, i);
        swap_cells(t, chip, column, a, b);
    }
}

/* A block is of the call of the other, and has its weights. */
static void exchange_blocks(vm_tables *t, uint64_t a, uint64_t b)
{
    swap_cells(t, LEAF, "begin", a, b);
    exchange(t, LEAF, "weight", 80, a, b);
}

/* The sum of a leaf is what its blocks say, in memory too. */
static void weigh_again(vm_tables *t, uint64_t leaf)
{
    for (uint64_t row = BLOCKS * leaf; row < BLOCKS * (leaf + 1); row++)
        for (int c = 0; c < 5; c++) {
            fp sum = cell(t, LEAF, "sum", c, row);
            for (int e = 0; e < 16; e++)
                if (e < 2 || cell(t, LEAF, "in", e / 2 - 1, row) == FP_ONE)
                    sum = fp_add(sum, fp_mul(cell(t, LEAF, "weight", 5 * e + c, row), word_at(t, LEAF, "word", e, row)));
            set_cell(t, LEAF, "sum_after", c, row, sum);
            if (row + 1 < BLOCKS * (leaf + 1))
                set_cell(t, LEAF, "sum", c, row + 1, sum);
            else
                set_word(t, OPEN, "r", c, leaf, sum);
        }
}

/* Of the second leaf of each call. */
static void exchange_leaves(vm_tables *t)
{
    enum { A = 1, B = LEAVES + 1 };
    swap_cells(t, OPEN, "begin", A, B);
    for (uint64_t i = 0; i < BLOCKS; i++)
        exchange_blocks(t, BLOCKS * A + i, BLOCKS * B + i);
    weigh_again(t, A);
    weigh_again(t, B);
    follow(t);
}

/* Of the first leaf of each call. */
static void exchange_second_blocks(vm_tables *t)
{
    enum { A = 0, B = LEAVES };
    exchange_blocks(t, BLOCKS * A + 1, BLOCKS * B + 1);
    weigh_again(t, A);
    weigh_again(t, B);
    follow(t);
}

/* Each weight is used as often as before, so nothing but the name of the call says whose it is. */
static void weights_of_each_other(void **state)
{
    (void)state;
    stops(exchange_leaves, on_bus(BUS_OPEN), PROOF_BUS);
    stops(exchange_second_blocks, on_bus(BUS_OPEN_LEAF), PROOF_BUS);
}

/* What is hashed has another element than memory. */
static void another_element(vm_tables *t) { set_word(t, LEAF, "word", 3, 0, word_at(t, LEAF, "word", 3, 0) ^ 1); }

static void another_sum(vm_tables *t) { sum_is_more(t, 3, FP_ONE); }
static void another_sum_before(vm_tables *t) { add_to(t, LEAF, "sum[2]", 1, 1); }

static void leaf_weighed_otherwise(void **state)
{
    (void)state;
    stops(another_sum, "\"what is read is weighed\"", PROOF_CONSTRAINTS);
    fails(another_element, on_bus(BUS_MEMORY));
    fails(another_element, on_bus(BUS_PERMUTATION));
    fails(another_sum_before, on_bus(BUS_OPEN_LEAF));
}

/* ---- paths ---------------------------------------------------------------------------------------- */

static void other_side(vm_tables *t)
{
    for (int i = 0; i < 8; i++) {
        fp node = cell(t, PATH, "node", i, 0);
        set_cell(t, PATH, "first", i, 0, node == cell(t, PATH, "first", i, 0) ? FP_ZERO : node);
    }
}

static void index_of_its_own(vm_tables *t)
{
    set(t, PATH, "index", 0, 6);
    set(t, PATH, "next", 0, 3);
}

/* The bit is neither 0 nor 1. */
static void no_bit(vm_tables *t) { add_to(t, PATH, "next", 0, 1); }

/* The index as p more, that is: with other bits and a rest that is no number of 16 bits. */
static void rest_modulo_p(vm_tables *t) { add_to(t, OPEN, "rest", 0, 1 << 16); }

/* p more in the word. */
static void index_modulo_p(vm_tables *t)
{
    set(t, OPEN, "index[0]", 0, get(t, OPEN, "index[0]", 0) + (FP_MODULUS & 0xFFFF));
    set(t, OPEN, "index[1]", 0, FP_MODULUS >> 16);
}

static void another_index(vm_tables *t) { set(t, OPEN, "index[0]", 1, get(t, OPEN, "index[0]", 1) ^ 1); }
static void fewer_levels(vm_tables *t) { set(t, OPEN, "levels", 1, 1); }
static void level_left_out(vm_tables *t) { clear_row(t, PATH, 1); }
static void many_levels(vm_tables *t) { set(t, OPEN, "levels", 0, 14); }
static void sibling_elsewhere(vm_tables *t) { add_to(t, PATH, "data", 1, 4); }

static void path_of_another_index(void **state)
{
    (void)state;
    stops(index_of_its_own, on_bus(BUS_OPEN_PATH), PROOF_BUS);
    fails(other_side, "\"the bit says which is first\"");
    fails(no_bit, "\"an index has bits\"");
    fails(rest_modulo_p, "what RANGE does not have: 16 ");
    fails(index_modulo_p, "what RANGE does not have: 13 ");
    fails(another_index, on_bus(BUS_MEMORY));
    fails(fewer_levels, on_bus(BUS_OPEN));
    fails(many_levels, "what RANGE does not have: 4 ");
    fails(level_left_out, on_bus(BUS_OPEN_PATH));
    fails(sibling_elsewhere, on_bus(BUS_OPEN_PATH));
}

/* The entry says what the path ends in, and memory says something else. */
static void another_entry(vm_tables *t)
{
    set_word(t, OPEN, "entry", 2, 1, word_at(t, OPEN, "entry", 2, 0));
}

static void entry_of_another_leaf(vm_tables *t) { set(t, OPEN, "rest", 1, get(t, OPEN, "rest", 1) - 1); }
static void another_digest(vm_tables *t) { add_to(t, OPEN, "digest[0]", 0, 1); }

static void end_of_its_own(vm_tables *t)
{
    add_to(t, PATH, "after[3]", 1, 1);
    set_word(t, OPEN, "entry", 3, 0, cell(t, PATH, "after", 3, 1));
}

static void leaf_not_in_the_tree(void **state)
{
    (void)state;
    stops(end_of_its_own, on_bus(BUS_PERMUTATION), PROOF_BUS);
    fails(another_entry, on_bus(BUS_OPEN_PATH));
    fails(entry_of_another_leaf, on_bus(BUS_OPEN_PATH));
    fails(another_digest, on_bus(BUS_OPEN_DIGEST));
}

static void role_of_a_node(vm_tables *t) { set(t, LEAF, "capacity[0]", 0, 2); }
static void another_length(vm_tables *t) { add_to(t, LEAF, "capacity[1]", 0, 2); }
static void capacity_between_blocks(vm_tables *t) { add_to(t, LEAF, "capacity[5]", 1, 1); }

static void leaf_read_as_node(void **state)
{
    (void)state;
    stops(role_of_a_node, on_bus(BUS_OPEN_LEAF), PROOF_BUS);
    fails(another_length, on_bus(BUS_OPEN_LEAF));
    fails(capacity_between_blocks, on_bus(BUS_OPEN_LEAF));
}

/* ---- words ---------------------------------------------------------------------------------------- */

static void add_p(vm_tables *t, vm_chip chip, const char *name, int index, uint64_t row)
{
    set_word(t, chip, name, index, row, word_at(t, chip, name, index, row) + FP_MODULUS);
}

static void write_p_more(vm_tables *t)
{
    add_p(t, OPEN, "r", 2, 0);
    follow(t);
}

static void leaf_p_more(vm_tables *t) { add_p(t, LEAF, "word", 4, 0); }
static void sibling_p_more(vm_tables *t) { add_p(t, PATH, "word", 1, 0); }
static void entry_p_more(vm_tables *t) { add_p(t, OPEN, "entry", 1, 0); }
static void weight_p_more(vm_tables *t) { add_p(t, WEIGHT, "word", 8, 0); }

static void open_word_not_canonical(void **state)
{
    (void)state;
    static const char no_range[] = "what RANGE does not have: 15 ";
    stops(write_p_more, no_range, PROOF_BUS);
    fails(leaf_p_more, no_range);
    fails(sibling_p_more, no_range);
    fails(entry_p_more, no_range);
    fails(weight_p_more, no_range);
}

static void top_missing(vm_tables *t) { set(t, LEAF, "top[0]", 0, 0); }
static void top_of_another(vm_tables *t) { set(t, LEAF, "top[1]", 0, 1); }
static void above_top(vm_tables *t) { set(t, LEAF, "word[0]", 0, 7); }
static void above_top_of_a_path(vm_tables *t) { set(t, PATH, "word[0]", 0, 7); }
static void above_top_of_a_weight(vm_tables *t) { set(t, WEIGHT, "word[0]", 0, 7); }

static void word_p_minus_1(void **state)
{
    (void)state;
    fails(above_top, "\"nothing is above p − 1\"");
    fails(above_top_of_a_path, "\"nothing is above p − 1\"");
    fails(above_top_of_a_weight, "\"nothing is above p − 1\"");
    fails(top_missing, "what RANGE does not have: 15 ");
    fails(top_of_another, "\"only the greatest high half is on top\"");
}

/* ---- rows ----------------------------------------------------------------------------------------- */

static void skip_a_leaf(vm_tables *t) { clear_row(t, OPEN, 1); }
static void last_too_early(vm_tables *t) { set(t, OPEN, "is_last", 1, 1); }
static void never_last(vm_tables *t) { set(t, OPEN, "is_last", 2, 0); }
static void first_again(vm_tables *t) { set(t, OPEN, "is_first", 1, 1); }
static void block_too_early(vm_tables *t) { set(t, LEAF, "is_last", 0, 1); }
static void never_last_block(vm_tables *t) { set(t, LEAF, "is_last", 1, 0); }
static void last_in_padding(vm_tables *t) { set(t, LEAF, "is_last", BLOCKS * ALL_LEAVES, 1); }
static void leaf_elsewhere(vm_tables *t) { add_to(t, OPEN, "data", 1, 1); }
static void another_stride(vm_tables *t) { add_to(t, OPEN, "stride", 0, 1); }
static void another_cap(vm_tables *t) { add_to(t, OPEN, "cap", 1, 4); }
static void another_list(vm_tables *t) { add_to(t, OPEN, "list", 0, 1); }
static void swap_times(vm_tables *t) { swap_cells(t, OPEN, "time", 0, 1); }
static void no_time(vm_tables *t) { set(t, VM_CHIP_CALL, "waits", find(t, VM_CHIP_CALL, "a7[0]", CALL_OPEN, 0), 0); }

static void fewer_leaves(vm_tables *t)
{
    set(t, OPEN, "left", 0, 2);
    set(t, OPEN, "left", 1, 1);
    set(t, OPEN, "is_last", 1, 1);
    clear_row(t, OPEN, 2);
}

static void leaves_of_the_call(void **state)
{
    (void)state;
    stops(last_too_early, "\"the last row has one leaf left\"", PROOF_CONSTRAINTS);
    fails(skip_a_leaf, on_bus(BUS_OPEN));
    fails(never_last, on_bus(BUS_OPEN));
    fails(first_again, on_bus(BUS_CALL));
    fails(fewer_leaves, on_bus(BUS_CALL));
    fails(block_too_early, "\"the last block has what is left\"");
    fails(never_last_block, "\"only a last block is not full\"");
    fails(last_in_padding, "\"a last row is real\"");
    fails(leaf_elsewhere, on_bus(BUS_OPEN));
    fails(another_stride, on_bus(BUS_MEMORY));
    fails(another_cap, on_bus(BUS_OPEN));
    fails(another_list, on_bus(BUS_CALL));
    fails(swap_times, on_bus(BUS_OPEN));
    fails(no_time, "\"items wait\"");
}

static void swap_sums(vm_tables *t)
{
    exchange(t, OPEN, "r", 10, 0, 1);
    follow(t);
}

static void written_elsewhere(vm_tables *t) { add_to(t, OPEN, "results", 1, 3); }

static void sum_of_another_leaf(void **state)
{
    (void)state;
    stops(swap_sums, on_bus(BUS_OPEN_DIGEST), PROOF_BUS);
    fails(written_elsewhere, on_bus(BUS_OPEN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_honest_run_is_accepted, fixture_clear),
        cmocka_unit_test_teardown(leaf_padding_weighed, fixture_clear),
        cmocka_unit_test_teardown(weights_of_another_call, fixture_clear),
        cmocka_unit_test_teardown(weights_of_each_other, fixture_clear),
        cmocka_unit_test_teardown(leaf_weighed_otherwise, fixture_clear),
        cmocka_unit_test_teardown(path_of_another_index, fixture_clear),
        cmocka_unit_test_teardown(leaf_not_in_the_tree, fixture_clear),
        cmocka_unit_test_teardown(leaf_read_as_node, fixture_clear),
        cmocka_unit_test_teardown(open_word_not_canonical, fixture_clear),
        cmocka_unit_test_teardown(word_p_minus_1, fixture_clear),
        cmocka_unit_test_teardown(leaves_of_the_call, fixture_clear),
        cmocka_unit_test_teardown(sum_of_another_leaf, fixture_clear),
    };
    return cmocka_run_group_tests_name("open attacks", tests, open_run, close_subject);
}
