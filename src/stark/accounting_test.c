#include <math.h>
#undef FP_ZERO /* fpclassify's; fp.h has its own */

#include "stark/accounting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The table once more, in plain fractions of |F| = p^5 and of what a query misses: a round's error is count /
 * |F|, or miss^queries, divided by 2^grinding. */
typedef struct {
    double count, miss, queries, grinding;
    unsigned times;
} fraction;

static void check(const accounting *a, const fraction *expected, unsigned count)
{
    double p = 2147483648.0 - 16777216.0 + 1, field = p * p * p * p * p, sum = 0, worst = 0;
    assert_int_equal(a->count, count);
    for (unsigned i = 0; i < count; i++) {
        double error = expected[i].count / field;
        if (expected[i].queries > 0) {
            error = 1;
            for (unsigned k = 0; k < expected[i].queries; k++)
                error *= expected[i].miss;
        }
        for (unsigned k = 0; k < expected[i].grinding; k++)
            error /= 2;
        worst = error > worst ? error : worst;
        sum += error * expected[i].times;
        assert_true(fabs(exp2(-a->rounds[i].bits) / error - 1) < 1e-9);
        assert_int_equal(a->rounds[i].times, expected[i].times);
    }
    assert_true(fabs(exp2(-a->worst_bits) / worst - 1) < 1e-9);
    assert_true(fabs(exp2(-a->sum_bits) / sum - 1) < 1e-9);
}

/* As many proofs as there can be, each with all its rounds; the challenge that a run's parts share once for them, and once for
 * each node, which is a run. */
static void trees_add_up(void **state)
{
    (void)state;
    static accounting a;
    accounting_layer layers[ACCOUNTING_LAYERS];
    accounting_make(&a, NULL, &PROOF_FULL);
    accounting_layers(layers, &a);
    assert_true(fabs(layers[0].sum_bits - a.sum_bits) < 1e-9 && fabs(layers[1].sum_bits - a.sum_bits) < 1e-9);
    assert_int_equal(layers[ACCOUNTING_LAYERS - 1].parts, 131070);
    for (int i = 2; i < ACCOUNTING_LAYERS; i++) {
        uint64_t left = layers[i].parts, nodes = left == 1 ? 1 : 0;
        for (; left > 1; left--) /* a node of two takes their places */
            nodes++;
        assert_int_equal(layers[i].proofs, layers[i].parts + nodes);
        double error = 0;
        for (uint64_t proof = 0; proof < layers[i].proofs; proof++)
            for (uint32_t r = 0; r < a.count; r++)
                if (r > 0 || proof == 0 || proof >= layers[i].parts)
                    error += a.rounds[r].times * exp2(-a.rounds[r].bits);
        assert_true(fabs(exp2(-layers[i].sum_bits) / error - 1) < 1e-6);
    }
}

static void agrees_with_an_independent_count(void **state)
{
    (void)state;
    static accounting a;
    accounting_make(&a, NULL, &PROOF_FULL);
    /* 13 + 23 variables of the layers: 36·35/2 rounds. */
    const fraction expected[] = {
        {.count = 2130706433.0 * 8, .grinding = 16, .times = 1},
        {.count = 8589934592.0 * 100, .grinding = 16, .times = 1},
        {.count = 2, .times = 630},
        {.count = 1, .times = 71},
        {.count = 4097, .times = 1},
        {.count = 1, .times = 23},
        {.count = 3, .times = 23},
        {.count = 8192, .times = 1},
        {.count = 2097154, .times = 9},
        {.miss = 3.0 / 4, .queries = 268, .grinding = 20, .times = 1},
        {.count = 269, .times = 1},
        {.count = 131074, .times = 9},
        {.miss = 5.0 / 8, .queries = 164, .grinding = 20, .times = 1},
        {.count = 165, .times = 1},
        {.count = 8194, .times = 5},
        {.miss = 9.0 / 16, .queries = 134, .grinding = 20, .times = 1},
        {.count = 135, .times = 1},
        {.count = 2, .times = 10},
    };
    check(&a, expected, sizeof expected / sizeof *expected);
    assert_true(a.worst_bits >= 131 && a.sum_bits >= 128.7);
    assert_true(a.collision_bits > 123.9 && a.collision_bits < 124);
    assert_true(a.overall_bits == a.collision_bits);
}

static void record(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0);
    air_bool(t, "a bit", x);
    air_interact(t, 3, false, false, x, (air_expr[]){x, x}, 2);
}

static void follows_parameters_and_machine(void **state)
{
    (void)state;
    arena memory;
    arena_open(&memory, 1 << 20);
    const air chip = {.name = "one column", .width = {0, 0, 1}, .record = record};
    const air *chips[] = {&chip};
    stark_machine m;
    stark_machine_open(&m, &memory, chips, (uint8_t[]){0}, 1);
    static accounting any, one;
    accounting_make(&any, NULL, &PROOF_FULL);
    accounting_make(&one, &m, &PROOF_FULL);
    assert_true(fabs(one.rounds[1].bits - any.rounds[1].bits - log2(50)) < 1e-9); /* 2 fields instead of 100 */
    assert_true(one.rounds[4].bits > any.rounds[4].bits + 10); /* one constraint */
    assert_true(one.rounds[9].bits == any.rounds[9].bits);
    opening_parameters few = OPENING_FULL;
    few.rounds[1].queries = 100;
    accounting_make(&one, NULL, &(proof_parameters){&few, 16, 16});
    assert_int_equal(one.weakest, 12); /* its queries */
    assert_true(one.worst_bits < 90 && one.sum_bits < one.worst_bits);
    accounting_make(&one, NULL, &PROOF_TINY);
    assert_true(one.worst_bits < 10 && one.overall_bits == one.sum_bits);
    arena_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_an_independent_count), cmocka_unit_test(trees_add_up),
        cmocka_unit_test(follows_parameters_and_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
