/* Each table that a formula stands for, against the rows that the prover looks things up in: a formula that differs in one
 * row is a forgery. */
#include "stark/multilinear.h"
#include "vm/run_test.h"

enum { COORDINATES_MAX = 20, WIDTH_MAX = 8 };

static arena memory;
static vm_tables tables;

static int open_tables(void **state)
{
    (void)state;
    static test_code code;
    test_exit(&code);
    code.program = (riscv_program){
        .entry_pc4 = TEST_BASE, .instructions = code.instructions, .instruction_count = code.count};
    arena_open(&memory, (size_t)1 << 30);
    vm_preprocess(&tables, &memory, &code.program, VM_POWERS_OF_TWO);
    return 0;
}

static int close_tables(void **state)
{
    (void)state;
    arena_close(&memory);
    return 0;
}

static fp5 random_fp5(uint64_t *seed)
{
    fp5 x;
    for (int i = 0; i < FP5_DEGREE; i++)
        x.c[i] = fp_from_u64(test_random(seed));
    return x;
}

static void point_of_row(fp5 *point, unsigned count, uint64_t row)
{
    for (unsigned i = 0; i < count; i++)
        point[i] = row >> (count - 1 - i) & 1 ? FP5_ONE : FP5_ZERO;
}

static void assert_row(const stark_table *table, unsigned count, uint64_t row)
{
    const air *chip = vm_airs[table->chip];
    uint64_t height = table->rows;
    fp5 point[COORDINATES_MAX], values[WIDTH_MAX];
    point_of_row(point, count, row);
    chip->formula(values, point, count);
    for (uint32_t c = 0; c < chip->width[AIR_PREPROCESSED]; c++) {
        fp expected = row < height ? table->columns[AIR_PREPROCESSED][c * height + row] : FP_ZERO;
        if (!fp5_equal(values[c], fp5_from_fp(expected)))
            fail_msg("%s, %u coordinates, row %llu, column %u", chip->name, count, (unsigned long long)row, (unsigned)c);
    }
}

static void assert_point(const stark_table *table, const fp5 *point, unsigned count)
{
    const air *chip = vm_airs[table->chip];
    uint64_t height = table->rows;
    fp5 values[WIDTH_MAX];
    chip->formula(values, point, count);
    size_t mark = memory.used_bytes;
    fp5 *eq = ARENA_NEW(&memory, fp5, (size_t)1 << count);
    multilinear_eq_table(eq, FP5_ONE, point, count);
    for (uint32_t c = 0; c < chip->width[AIR_PREPROCESSED]; c++)
        if (!fp5_equal(values[c], multilinear_evaluate_fp(table->columns[AIR_PREPROCESSED] + c * height, eq, height)))
            fail_msg("%s, %u coordinates, a random point, column %u", chip->name, count, (unsigned)c);
    arena_rewind(&memory, mark);
}

static void formulas_are_their_tables(void **state)
{
    (void)state;
    unsigned found = 0;
    uint64_t seed = 7;
    for (uint32_t i = 0; i < tables.count; i++) {
        const stark_table *table = &tables.tables[i];
        const air *chip = vm_airs[table->chip];
        if (chip->formula == NULL)
            continue;
        found++;
        assert_true(table->rows == UINT32_C(1) << chip->formula_log2_rows);
        for (uint64_t row = 0; row < table->rows; row++)
            assert_row(table, chip->formula_log2_rows, row);
        for (unsigned count = chip->formula_log2_rows; count <= COORDINATES_MAX; count++) {
            fp5 point[COORDINATES_MAX];
            for (unsigned k = 0; k < count; k++)
                point[k] = random_fp5(&seed);
            assert_point(table, point, count);
        }
    }
    assert_int_equal(found, 4);
}

/* The rows of `sparse`, told in another way: digit by digit. */
static void sparse_rows_are_digits(void **state)
{
    (void)state;
    const stark_table *table = NULL;
    for (uint32_t i = 0; i < tables.count; i++)
        if (tables.tables[i].chip == VM_CHIP_SPARSE)
            table = &tables.tables[i];
    assert_non_null(table);
    for (uint32_t index = 0; index < table->rows; index++) {
        uint32_t kind = index >> 16, v = index & 0xFFFF, expected[5] = {kind + 1};
        for (uint32_t bit = 16; bit-- > 0;) {
            uint32_t b = v >> bit & 1, half = bit / 8, place = bit % 8;
            if (kind < 5) { /* the low digits and those above, each from their own lowest on */
                uint32_t *field = &expected[1 + 2 * half + (place >= kind)];
                *field = 8 * *field + b;
            } else if (kind < 7) {
                expected[1] = bit % 2 == 1 ? 8 * expected[1] + 4 * b : expected[1] + (kind == 5 ? b : 2 * b);
            } else {
                expected[1] = 2 * expected[1] + b;
                expected[2 + half] = 8 * expected[2 + half] + b;
            }
        }
        for (uint32_t c = 0; c < 5; c++)
            assert_int_equal(fp_to_u32(table->columns[AIR_PREPROCESSED][c * (uint64_t)table->rows + index]), expected[c]);
    }
}

/* Beyond its rows a table is zero, not what its formula would say of the row's low bits. */
static void formulas_end(void **state)
{
    (void)state;
    uint64_t seed = 8;
    for (uint32_t i = 0; i < tables.count; i++) {
        const stark_table *table = &tables.tables[i];
        const air *chip = vm_airs[table->chip];
        if (chip->formula == NULL)
            continue;
        for (unsigned count = chip->formula_log2_rows; count <= COORDINATES_MAX; count++)
            for (int k = 0; k < 200; k++) {
                uint64_t row = test_random(&seed) & ((UINT64_C(1) << count) - 1);
                assert_row(table, count, row);
                assert_row(table, count, row >> (k % (int)count));
            }
        for (unsigned t = chip->formula_log2_rows; t < COORDINATES_MAX; t++) { /* one bit set above, all else at random */
            fp5 point[COORDINATES_MAX], values[WIDTH_MAX];
            for (unsigned k = 0; k < COORDINATES_MAX; k++)
                point[k] = random_fp5(&seed);
            point[COORDINATES_MAX - 1 - t] = FP5_ONE;
            chip->formula(values, point, COORDINATES_MAX);
            for (uint32_t c = 0; c < chip->width[AIR_PREPROCESSED]; c++)
                assert_true(fp5_is_zero(values[c]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formulas_are_their_tables),
        cmocka_unit_test(sparse_rows_are_digits),
        cmocka_unit_test(formulas_end),
    };
    return cmocka_run_group_tests_name("formulas", tests, open_tables, close_tables);
}
