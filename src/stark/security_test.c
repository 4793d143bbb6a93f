#include <math.h>
#undef FP_ZERO /* fpclassify's; fp.h has its own */

#include "stark/security.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The table of protocol.md, "Accounting". */
static void agrees_with_the_accounting(void **state)
{
    (void)state;
    static const double without[] = {115.9, 115.9, 142.9, 130.3, 116.9, 127.9, 108.7, 123.95};
    static const double with[] = {131.9, 131.9, 142.9, 138.3, 130.9, 135.9, 128.7, 123.95};
    security_report r;
    security_assess(&r, NULL, &STARK_FULL, STARK_MAX_LOG2_ROWS);
    for (int i = 0; i < SECURITY_TERMS; i++) {
        assert_true(fabs(r.terms[i].error_bits - without[i]) < 0.1);
        assert_true(fabs(r.terms[i].bits - with[i]) < 0.1);
    }
    assert_true(r.interactive_bits >= 128);
    assert_int_equal(r.weakest, 6); /* the queries */
    assert_int_equal(r.terms[r.weakest].grinding_bits, 20);
    assert_true(r.hash_bits > 123.9 && r.hash_bits < 124);
    assert_true(r.overall_bits == r.hash_bits);
}

static void record_nothing(air_tape *t)
{
    (void)t;
}

static void follows_parameters_and_machine(void **state)
{
    (void)state;
    security_report r, other;
    stark_parameters p = STARK_FULL;
    p.queries = 193;
    security_assess(&r, NULL, &p, STARK_MAX_LOG2_ROWS);
    assert_true(r.overall_bits > 100 && r.overall_bits < 101);
    security_assess(&r, NULL, &STARK_TINY, STARK_MAX_LOG2_ROWS);
    assert_true(r.overall_bits < 10);
    arena a;
    arena_open(&a, 1 << 20);
    const air chip = {.name = "one column", .width = {0, 0, 1}, .record = record_nothing};
    const air *chips[] = {&chip};
    stark_machine m;
    stark_machine_open(&m, &a, chips, (uint8_t[]){0}, 1);
    security_assess(&r, &m, &STARK_FULL, 20);
    security_assess(&other, NULL, &STARK_FULL, 20);
    assert_true(r.terms[4].bits > other.terms[4].bits + 10); /* 11 opened values instead of 2^14 */
    assert_true(r.terms[5].bits == other.terms[5].bits);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_accounting),
        cmocka_unit_test(follows_parameters_and_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
