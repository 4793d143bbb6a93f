#include "stark/air.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static arena memory;

static air_tape *empty_tape(void)
{
    air_tape *t = ARENA_NEW(&memory, air_tape, 1);
    t->memory = &memory;
    return t;
}

static void merges_and_folds(void **state)
{
    (void)state;
    air_tape *t = empty_tape();
    air_expr a = air_column(t, AIR_MAIN, 0), b = air_column(t, AIR_MAIN, 1);
    assert_int_equal(air_column(t, AIR_MAIN, 0).index, a.index);
    assert_int_not_equal(air_column(t, AIR_BOUNDARY, 0).index, a.index);
    assert_int_equal(air_add(t, a, b).index, air_add(t, a, b).index);
    assert_int_equal(air_mul(t, a, b).index, air_mul(t, a, b).index);
    assert_int_not_equal(air_sub(t, a, b).index, air_sub(t, b, a).index);
    assert_int_equal(air_add(t, a, air_constant(t, 0)).index, a.index);
    assert_int_equal(air_mul(t, air_constant(t, 1), a).index, a.index);
    assert_int_equal(air_mul(t, air_constant(t, 0), a).index, air_constant(t, 0).index);
    assert_int_equal(air_sub(t, b, b).index, air_constant(t, 0).index);
    assert_int_equal(air_mul(t, air_constant(t, FP_MODULUS - 1), air_constant(t, FP_MODULUS - 1)).index,
                     air_constant(t, 1).index);
    assert_int_equal(air_sub(t, air_constant(t, 2), air_constant(t, 5)).index, air_constant(t, FP_MODULUS - 3).index);
    uint32_t count = t->operation_count;
    for (uint32_t i = 0; i < 1000; i++)
        air_mul(t, air_add(t, a, air_constant(t, i % 100 + 1)), b);
    assert_int_equal(t->operation_count, count + 300 - 3); /* of the constants 1, 2 and 5 are there */
}

/* The same statements, their operands made in one order and in the other. */
static void record_left_first(air_tape *t)
{
    air_expr a = air_column(t, AIR_MAIN, 0), b = air_column(t, AIR_MAIN, 1);
    air_expr left = air_mul(t, a, b), right = air_add(t, b, air_constant(t, 5));
    air_zero(t, "sum", air_sub(t, left, right));
    air_interact(t, 1, false, false, air_constant(t, 1), &right, 1);
}

static void record_right_first(air_tape *t)
{
    air_expr unused = air_public(t, 0);
    air_expr b = air_column(t, AIR_MAIN, 1), five = air_constant(t, 5);
    air_expr right = air_add(t, b, five), a = air_column(t, AIR_MAIN, 0);
    air_expr left = air_mul(t, a, b);
    air_mul(t, unused, unused);
    air_zero(t, "sum", air_sub(t, left, right));
    air_interact(t, 1, false, false, air_constant(t, 1), &right, 1);
}

static void orders_by_use(void **state)
{
    (void)state;
    static const air left = {.name = "left", .width = {0, 0, 2}, .public_count = 1, .record = record_left_first};
    static const air right = {.name = "right", .width = {0, 0, 2}, .public_count = 1, .record = record_right_first};
    const air_tape *x = air_record(&memory, &left), *y = air_record(&memory, &right);
    assert_int_equal(x->operation_count, y->operation_count);
    for (uint32_t i = 0; i < x->operation_count; i++) {
        assert_int_equal(x->operations[i].kind, y->operations[i].kind);
        assert_int_equal(x->operations[i].phase, y->operations[i].phase);
        assert_int_equal(x->operations[i].a, y->operations[i].a);
        assert_int_equal(x->operations[i].b, y->operations[i].b);
    }
    assert_int_equal(x->constraints[0].expression, y->constraints[0].expression);
    assert_int_equal(x->interactions[0].multiplicity, y->interactions[0].multiplicity);
    assert_int_equal(x->interactions[0].message[0], y->interactions[0].message[0]);
}

static void counts_degrees(void **state)
{
    (void)state;
    air_tape *t = empty_tape();
    air_expr a = air_column(t, AIR_MAIN, 0);
    assert_int_equal(air_degree(t, a), 1);
    assert_int_equal(air_degree(t, air_public(t, 0)), 0);
    assert_int_equal(air_degree(t, air_mul(t, air_column(t, AIR_MAIN, 1), air_mul(t, a, a))), 3);
    assert_int_equal(air_degree(t, air_sub(t, air_mul(t, a, a), a)), 2);
    assert_int_equal(air_degree(t, air_scale(t, 7, a)), 1);
}

static void record_rows(air_tape *t)
{
    air_expr a = air_column(t, AIR_MAIN, 0);
    air_zero(t, "all", air_add(t, air_mul(t, a, a), air_public(t, 1)));
    air_zero(t, "not", air_not(t, a));
    air_bool(t, "bit", a);
    air_zero(t, "boundary", air_column(t, AIR_BOUNDARY, 2));
}

static void evaluates_rows(void **state)
{
    (void)state;
    const air chip = {.name = "rows", .width = {0, 3, 1}, .public_count = 2, .record = record_rows};
    const air_tape *t = air_record(&memory, &chip);
    fp main_columns[4], boundary[12], publics[2] = {0, fp_from_u32(1000)};
    for (uint32_t i = 0; i < 4; i++)
        main_columns[i] = fp_from_u32(10 + i);
    for (uint32_t i = 0; i < 12; i++)
        boundary[i] = fp_from_u32(i);
    air_table_view view = {.columns = {NULL, boundary, main_columns}, .row_count = 4, .public_values = publics};
    fp *values = ARENA_NEW(&memory, fp, t->operation_count);
    for (uint32_t row = 0; row < 4; row++) {
        air_evaluate_row(values, t, &view, row);
        uint32_t a = 10 + row;
        const uint32_t expected[] = {a * a + 1000, FP_MODULUS + 1 - a, a * (a - 1), 8 + row};
        for (uint32_t i = 0; i < t->constraint_count; i++)
            assert_int_equal(fp_to_u32(values[t->constraints[i].expression]), expected[i]);
    }
}

static void record_faulty(air_tape *t)
{
    air_expr bound = air_column(t, AIR_MAIN, 0), loose = air_column(t, AIR_MAIN, 1), value = air_column(t, AIR_MAIN, 2);
    air_bool(t, "bit", bound);
    air_interact(t, 1, false, false, bound, &value, 1);
    air_interact(t, 1, false, false, air_add(t, bound, loose), &value, 1);
    air_interact(t, 1, false, true, air_column(t, AIR_MAIN, 3), &value, 1); /* a provider's count */
    air_interact(t, 1, false, true, air_column(t, AIR_PREPROCESSED, 0), &value, 1);
    air_mul(t, air_column(t, AIR_MAIN, 4), value); /* leads nowhere */
}

static char last_message[256];

static void keep_message(void *context, const char *message)
{
    (void)context;
    strncpy(last_message, message, sizeof last_message - 1);
}

static void lint_finds_faults(void **state)
{
    (void)state;
    static const char *const names[] = {"bound", "loose", "value", "count", "idle"};
    air chip = {.name = "faulty", .width = {1, 0, 5}, .record = record_faulty, .column_names = {NULL, NULL, names}};
    const air_tape *t = air_record(&memory, &chip);
    assert_int_equal(air_lint(t, &chip, keep_message, NULL), 2);
    assert_string_equal(last_message, "faulty: main column idle is not used");
}

static void record_inert(air_tape *t)
{
    air_expr real = air_column(t, AIR_MAIN, 0), x = air_column(t, AIR_MAIN, 1);
    air_bool(t, "real is a bit", real);
    air_equal(t, "x is 7 where real", x, air_scale(t, 7, real));
    air_expr message[] = {air_add(t, x, air_constant(t, 3)), air_public(t, 0)};
    air_interact(t, 1, false, false, real, message, 2);
}

static void record_constant_left(air_tape *t)
{
    air_equal(t, "x is 7", air_column(t, AIR_MAIN, 0), air_constant(t, 7));
}

static void record_public_constraint(air_tape *t)
{
    air_zero_when(t, "x is the public value", air_column(t, AIR_MAIN, 0), air_public(t, 0));
}

static void record_always_sent(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0);
    air_interact(t, 1, false, false, air_not(t, x), &x, 1);
}

static void record_sent_by_public(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0);
    air_interact(t, 1, false, false, air_mul(t, x, air_public(t, 0)), &x, 1);
}

static const char *zero_row_fault(void (*record)(air_tape *t))
{
    const air chip = {.name = "padding", .width = {0, 0, 2}, .public_count = 1, .record = record};
    return air_zero_row_fault(air_record(&memory, &chip));
}

static void finds_what_is_no_padding(void **state)
{
    (void)state;
    assert_null(zero_row_fault(record_inert));
    assert_string_equal(zero_row_fault(record_constant_left), "x is 7");
    assert_string_equal(zero_row_fault(record_public_constraint), "x is the public value");
    assert_string_equal(zero_row_fault(record_always_sent), "a multiplicity is not zero in a row of zeros");
    assert_string_equal(zero_row_fault(record_sent_by_public), "a multiplicity has a public value in it");
}

int main(void)
{
    arena_open(&memory, 1 << 24);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_and_folds),
        cmocka_unit_test(orders_by_use),
        cmocka_unit_test(counts_degrees),
        cmocka_unit_test(evaluates_rows),
        cmocka_unit_test(lint_finds_faults),
        cmocka_unit_test(finds_what_is_no_padding),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
