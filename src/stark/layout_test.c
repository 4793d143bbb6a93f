#include "stark/layout.h"

#include "stark/multilinear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_CELLS = 1 << 14, MAX_COLUMNS = 64 };

static uint64_t seed = 0xba7c9045f12c7f99;

static uint64_t random_u64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

static fp5 random_fp5(void)
{
    fp5 x;
    for (int i = 0; i < FP5_DEGREE; i++)
        x.c[i] = (fp)((random_u64() >> 8) % FP_MODULUS);
    return x;
}

/* Section 4 in its own words: where the cell of row x of column c stands. One list of pieces, sorted. */
typedef struct {
    unsigned log2_size;
    uint32_t table, place, column; /* place: its first row */
} piece;

static int in_order(const void *x, const void *y)
{
    const piece *a = x, *b = y;
    if (a->log2_size != b->log2_size)
        return a->log2_size > b->log2_size ? -1 : 1;
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return a->column < b->column ? -1 : a->column > b->column;
}

static size_t cut(piece *pieces, const layout_table *tables, uint32_t count, unsigned log2_slot)
{
    size_t n = 0;
    for (uint32_t t = 0; t < count; t++)
        for (uint32_t c = 0; c < tables[t].columns; c++)
            for (uint32_t at = 0; at < tables[t].rows;) {
                unsigned a = log2_slot;
                while (1u << a > tables[t].rows - at)
                    a--;
                pieces[n++] = (piece){a, t, at, c};
                at += 1u << a;
            }
    qsort(pieces, n, sizeof *pieces, in_order);
    return n;
}

static uint32_t random_rows(uint32_t most)
{
    uint32_t rows = (uint32_t)(random_u64() % (most + 1));
    rows >>= random_u64() % 8;
    return rows / layout_grain(rows) * layout_grain(rows);
}

/* Every cell of every column stands at one place, in order; and Ŵ is the sum over the cells. */
static void check_shape(const layout_table *tables, uint32_t count, unsigned log2_slot, uint32_t values)
{
    static piece pieces[1 << 14];
    static layout l;
    assert_int_equal(layout_make(&l, log2_slot, tables, count), OK);
    size_t piece_count = cut(pieces, tables, count, log2_slot);
    uint64_t cells = 0;
    unsigned log2_rows = 0;
    for (uint32_t t = 0; t < count; t++) {
        cells += (uint64_t)tables[t].rows * tables[t].columns;
        if (tables[t].columns > 0 && log2_rows < layout_log2_rows(tables[t].rows))
            log2_rows = layout_log2_rows(tables[t].rows);
    }
    assert_int_equal(l.cells, cells);
    uint64_t slots = (cells + (1u << log2_slot) - 1) >> log2_slot;
    assert_int_equal(l.slots, slots + slots % 2);
    size_t k = 0;
    uint64_t cell = 0;
    for (uint32_t i = 0; i < l.run_count; i++) {
        const layout_run *run = &l.runs[i];
        for (uint32_t place = 0; place < run->places; place++)
            for (uint32_t c = 0; c < tables[run->table].columns; c++, k++) {
                assert_true(k < piece_count);
                assert_int_equal(run->log2_size, pieces[k].log2_size);
                assert_int_equal(run->table, pieces[k].table);
                assert_int_equal((run->first_place + place) << run->log2_size, pieces[k].place);
                assert_int_equal(c, pieces[k].column);
                uint64_t block = run->first_block + (uint64_t)place * tables[run->table].columns + c;
                assert_int_equal(block << run->log2_size, cell);
                cell += (uint64_t)1 << run->log2_size;
            }
    }
    assert_int_equal(k, piece_count);
    assert_int_equal(cell, cells);

    log2_rows += (unsigned)(random_u64() % 3); /* virtual rows */
    uint32_t first_slot = (uint32_t)(random_u64() % 5);
    unsigned point_length = log2_slot;
    while (first_slot + l.slots > 1u << (point_length - log2_slot))
        point_length++;
    point_length += (unsigned)(random_u64() % 2);
    fp5 r[32], point[32], powers[MAX_COLUMNS], theta = random_fp5();
    for (unsigned i = 0; i < 32; i++) {
        r[i] = random_fp5();
        point[i] = random_fp5();
    }
    powers[0] = FP5_ONE;
    for (uint32_t i = 1; i < values; i++)
        powers[i] = fp5_mul(powers[i - 1], theta);
    fp5 expected = FP5_ZERO;
    for (size_t i = 0, s = (size_t)first_slot << log2_slot; i < piece_count; i++)
        for (uint32_t x = 0; x < 1u << pieces[i].log2_size; x++, s++) {
            fp5 w = fp5_mul(powers[tables[pieces[i].table].first_value + pieces[i].column],
                            multilinear_eq_index(r, log2_rows, pieces[i].place + x));
            expected = fp5_add(expected, fp5_mul(w, multilinear_eq_index(point, point_length, s)));
        }
    fp5 weight = layout_weight(&l, powers, r, log2_rows, point, point_length, first_slot);
    assert_memory_equal(&weight, &expected, sizeof weight);
}

static void layout_is_a_partition(void **state)
{
    (void)state;
    for (int round = 0; round < 150; round++) {
        layout_table tables[8];
        uint32_t count = (uint32_t)(random_u64() % 9), values = 1, budget = MAX_CELLS;
        for (uint32_t t = 0; t < count; t++) {
            uint32_t columns = (uint32_t)(random_u64() % 6), most = columns == 0 ? 4096 : budget / 8 / columns;
            tables[t] = (layout_table){random_rows(round % 8 == 0 ? most * 4 : most), columns, values};
            values += columns + (uint32_t)(random_u64() % 2);
        }
        check_shape(tables, count, (unsigned)(random_u64() % 10), values);
    }
    check_shape(NULL, 0, 5, 1);
    /* One row; a whole slot; one more grain than a slot. */
    check_shape((layout_table[]){{1, 1, 0}}, 1, 0, 1);
    check_shape((layout_table[]){{1, 3, 0}, {32, 2, 3}, {33, 1, 5}, {63, 2, 6}}, 4, 5, 8);
}

static void grain(void **state)
{
    (void)state;
    assert_int_equal(layout_grain(0), 1);
    assert_int_equal(layout_grain(64), 1);
    assert_int_equal(layout_grain(65), 2);
    assert_int_equal(layout_grain(128), 2);
    assert_int_equal(layout_grain(129), 4);
    assert_int_equal(layout_grain(1 << 23), 1 << 17);
    assert_true(layout_rows_are_allowed(0));
    assert_true(layout_rows_are_allowed(63));
    assert_true(layout_rows_are_allowed((1 << 13) + 256));
    assert_false(layout_rows_are_allowed((1 << 13) + 128));
    assert_true(layout_rows_are_allowed(1 << 23));
    assert_false(layout_rows_are_allowed((1 << 23) + (1 << 18)));
    assert_false(layout_rows_are_allowed(UINT32_MAX));
    assert_false(layout_rows_are_allowed(0x80000000));
    static layout l;
    assert_int_equal(layout_make(&l, 4, (layout_table[]){{65, 1, 0}}, 1), PROOF_SHAPE);
    assert_int_equal(layout_make(&l, 20, (layout_table[]){{1 << 23, 300, 0}}, 1), PROOF_SHAPE);
    /* However the rows are chosen, a column has at most as many pieces as it has whole slots and six. */
    layout_table tables[LAYOUT_MAX_TABLES];
    for (uint32_t t = 0; t < LAYOUT_MAX_TABLES; t++)
        tables[t] = (layout_table){63u << 14, 1, t};
    assert_int_equal(layout_make(&l, 20, tables, LAYOUT_MAX_TABLES), OK);
    assert_int_equal(l.run_count, LAYOUT_MAX_RUNS);
    for (uint32_t rows = 0; rows < 1 << 14; rows++)
        if (layout_rows_are_allowed(rows)) {
            assert_int_equal(layout_make(&l, 14, (layout_table[]){{rows, 1, 0}}, 1), OK);
            assert_true(l.run_count <= LAYOUT_LOG2_GRAIN_PARTS);
            assert_int_equal(l.cells, rows);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_is_a_partition),
        cmocka_unit_test(grain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
