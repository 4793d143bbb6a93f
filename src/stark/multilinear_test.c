#include "stark/multilinear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 0xd1310ba698dfb5ac;

static fp random_fp(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    uint64_t r = seed * 0x2545f4914f6cdd1d;
    return (r & 31) == 0 ? FP_MODULUS - 1 : (r & 31) == 1 ? 0 : (fp)((r >> 8) % FP_MODULUS);
}

static fp5 random_fp5(void)
{
    fp5 x;
    for (int i = 0; i < FP5_DEGREE; i++)
        x.c[i] = random_fp();
    return x;
}

static void assert_fp5(fp5 a, fp5 b)
{
    assert_memory_equal(&a, &b, sizeof a);
}

/* The definition, by bits of b from the most significant. */
static fp5 eq_of_bits(const fp5 *z, unsigned k, unsigned b)
{
    fp5 r = FP5_ONE;
    for (unsigned i = 0; i < k; i++)
        r = fp5_mul(r, (b >> (k - 1 - i)) % 2 == 1 ? z[i] : fp5_sub(FP5_ONE, z[i]));
    return r;
}

static void eq_agrees_with_its_definition(void **state)
{
    (void)state;
    for (unsigned k = 0; k <= 8; k++) {
        fp5 z[8], s[8], table[256], factor = random_fp5(), sum = FP5_ZERO;
        for (unsigned i = 0; i < k; i++) {
            z[i] = random_fp5();
            s[i] = random_fp5();
        }
        multilinear_eq_table(table, factor, z, k);
        for (unsigned b = 0; b < 1u << k; b++) {
            fp5 expected = eq_of_bits(z, k, b), bits[8];
            assert_fp5(multilinear_eq_index(z, k, b), expected);
            assert_fp5(table[b], fp5_mul(factor, expected));
            for (unsigned i = 0; i < k; i++)
                bits[i] = b >> (k - 1 - i) & 1 ? FP5_ONE : FP5_ZERO;
            assert_fp5(multilinear_eq(z, bits, k), expected);
            sum = fp5_add(sum, fp5_mul(expected, eq_of_bits(s, k, b)));
        }
        /* eq(z, s) is the extension of b ↦ eq(z, b) at s. */
        assert_fp5(multilinear_eq(z, s, k), sum);
    }
}

static void extensions_agree_with_their_sum(void **state)
{
    (void)state;
    enum { MOST = 12 }; /* from 11 on an extension is made of two */
    static fp5 eq[1 << MOST], values[1 << MOST];
    static fp base[1 << MOST];
    for (unsigned k = 0; k <= MOST; k++) {
        fp5 z[MOST], expected = FP5_ZERO;
        for (unsigned i = 0; i < k; i++)
            z[i] = random_fp5();
        multilinear_eq_table(eq, FP5_ONE, z, k);
        for (unsigned b = 0; b < 1u << k; b++) {
            values[b] = random_fp5();
            expected = fp5_add(expected, fp5_mul(values[b], eq_of_bits(z, k, b)));
        }
        assert_fp5(multilinear_evaluate(values, z, k), expected);
        for (size_t count = 0; count <= (size_t)1 << k; count += 1 + count / 3) {
            expected = FP5_ZERO;
            for (unsigned b = 0; b < count; b++) {
                base[b] = random_fp();
                expected = fp5_add(expected, fp5_mul_fp(eq_of_bits(z, k, b), base[b]));
            }
            assert_fp5(multilinear_evaluate_fp(base, eq, count), expected);
        }
    }
}

static void sums_of_the_first(void **state)
{
    (void)state;
    for (unsigned k = 0; k <= 6; k++) {
        fp5 z[6], sum = FP5_ZERO;
        for (unsigned i = 0; i < k; i++)
            z[i] = random_fp5();
        for (unsigned count = 0; count <= 1u << k; count++) {
            assert_fp5(multilinear_below(z, k, count), sum);
            if (count < 1u << k)
                sum = fp5_add(sum, eq_of_bits(z, k, count));
        }
    }
}

/* On {0,1}^k an extension is its function, and x = Σ 2^i·bit_i is the linear one. */
static void the_first_coordinate_is_the_greatest_bit(void **state)
{
    (void)state;
    fp5 z[5], values[32], linear = FP5_ZERO;
    for (unsigned i = 0; i < 5; i++) {
        z[i] = random_fp5();
        linear = fp5_add(linear, fp5_mul_fp(z[i], fp_from_u32(1u << (4 - i))));
    }
    for (unsigned b = 0; b < 32; b++)
        values[b] = fp5_from_fp(fp_from_u32(b));
    assert_fp5(multilinear_evaluate(values, z, 5), linear);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eq_agrees_with_its_definition),
        cmocka_unit_test(extensions_agree_with_their_sum),
        cmocka_unit_test(sums_of_the_first),
        cmocka_unit_test(the_first_coordinate_is_the_greatest_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
