#include "field/fp5.h"
#include "field/lanes_check.h"
#include "field/simd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 0x243f6a8885a308d3;

static uint64_t random_u64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

/* One in eight is an edge: 0, 1, −1, or a raw value next to the modulus. */
static fp random_fp(void)
{
    uint64_t r = random_u64();
    switch (r & 31) {
    case 0: return 0;
    case 1: return FP_ONE;
    case 2: return fp_neg(FP_ONE);
    case 3: return FP_MODULUS - 1;
    default: return (fp)((r >> 8) % FP_MODULUS);
    }
}

static fp5 random_fp5(void)
{
    fp5 r;
    for (int i = 0; i < FP5_DEGREE; i++)
        r.c[i] = random_fp();
    return r;
}

static uint64_t plain(fp a)
{
    return fp_to_u32(a);
}

static void fp_agrees_with_plain_integers(void **state)
{
    (void)state;
    const uint64_t p = FP_MODULUS;
    assert_int_equal((uint32_t)(FP_MODULUS * FP_MODULUS_INVERSE), 1);
    for (int i = 0; i < 100000; i++) {
        fp a = random_fp();
        fp b = random_fp();
        uint64_t x = plain(a);
        uint64_t y = plain(b);
        assert_true(x < p);
        assert_int_equal(fp_from_u32((uint32_t)x), a);
        assert_int_equal(plain(fp_add(a, b)), (x + y) % p);
        assert_int_equal(plain(fp_sub(a, b)), (x + p - y) % p);
        assert_int_equal(plain(fp_mul(a, b)), x * y % p);
        assert_int_equal(plain(fp_neg(a)), (p - x) % p);
        assert_int_equal(plain(fp_double(a)), 2 * x % p);
        assert_int_equal(fp_double(fp_halve(a)), a);
        uint64_t z = random_u64();
        assert_int_equal(plain(fp_from_u64(z)), z % p);
        assert_int_equal(plain(fp_from_u32((uint32_t)z)), (uint32_t)z % p);
        assert_int_equal(fp_from_i64(-(int64_t)(z >> 1)), fp_neg(fp_from_u64(z >> 1)));
        assert_true(fp_add(a, b) < p && fp_sub(a, b) < p && fp_mul(a, b) < p && fp_halve(a) < p);
        if (a != 0)
            assert_int_equal(fp_mul(a, fp_inverse(a)), FP_ONE);
    }
    assert_int_equal(fp_inverse(0), 0);
    assert_int_equal(plain(FP_CONSTANT(123456789)), 123456789);
    assert_int_equal(fp_double(FP_HALF), FP_ONE);
    for (unsigned k = 0; k <= 32; k++)
        assert_int_equal(fp_mul(fp_inverse_power_of_two(k), fp_power(FP_TWO, k)), FP_ONE);
}

static void roots_of_unity_have_their_order(void **state)
{
    (void)state;
    /* 3 generates the group: its order divides 2^24·127 and is neither half of it nor a 127th. */
    assert_int_equal(fp_power(FP_GENERATOR, (FP_MODULUS - 1) / 2), fp_neg(FP_ONE));
    assert_int_not_equal(fp_power(FP_GENERATOR, (FP_MODULUS - 1) / 127), FP_ONE);
    assert_int_equal(fp_root_of_unity(24), fp_power(FP_GENERATOR, 127));
    for (unsigned k = 1; k <= FP_TWO_ADICITY; k++) {
        assert_int_equal(fp_power(fp_root_of_unity(k), (uint64_t)1 << (k - 1)), fp_neg(FP_ONE));
        assert_int_equal(fp_square(fp_root_of_unity(k)), fp_root_of_unity(k - 1));
        assert_int_equal(fp_mul(fp_root_of_unity(k), fp_root_of_unity_inverse(k)), FP_ONE);
    }
}

/* Schoolbook, with the reduction spelled out. */
static fp5 naive_mul(fp5 a, fp5 b)
{
    fp c[9] = {0};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++)
            c[i + j] = fp_add(c[i + j], fp_mul(a.c[i], b.c[j]));
    for (int k = 8; k >= 5; k--) {
        c[k - 5] = fp_add(c[k - 5], c[k]);
        c[k - 3] = fp_sub(c[k - 3], c[k]);
    }
    return (fp5){{c[0], c[1], c[2], c[3], c[4]}};
}

static void fp5_agrees_with_schoolbook(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        fp5 a = random_fp5();
        fp5 b = random_fp5();
        fp s = random_fp();
        assert_true(fp5_equal(fp5_mul(a, b), naive_mul(a, b)));
        assert_true(fp5_equal(fp5_square(a), naive_mul(a, a)));
        assert_true(fp5_equal(fp5_mul_fp(a, s), naive_mul(a, fp5_from_fp(s))));
        assert_true(fp5_equal(fp5_mul_x(a), naive_mul(a, (fp5){{0, FP_ONE, 0, 0, 0}})));
        fp5 expected = fp5_add(naive_mul(a, b), a), in_place[3] = {a, b, b};
        fp5_mul_add(in_place[2].c, a.c, b.c, a.c);
        fp5_mul_add(in_place[1].c, a.c, in_place[1].c, a.c);
        fp5_mul_add(in_place[0].c, in_place[0].c, b.c, in_place[0].c);
        for (int k = 0; k < 3; k++)
            assert_true(fp5_equal(in_place[k], expected));
        assert_true(fp5_equal(fp5_sub(fp5_add(a, b), b), a));
        if (!fp5_is_zero(a))
            assert_true(fp5_equal(fp5_mul(a, fp5_inverse(a)), FP5_ONE));
    }
    fp5 largest = {{FP_MODULUS - 1, FP_MODULUS - 1, FP_MODULUS - 1, FP_MODULUS - 1, FP_MODULUS - 1}};
    assert_true(fp5_equal(fp5_mul(largest, largest), naive_mul(largest, largest)));
    assert_true(fp5_is_zero(fp5_inverse(FP5_ZERO)));
    for (unsigned k = 0; k < 5; k++) {
        fp5 a = random_fp5();
        fp5 expected = a;
        for (unsigned i = 0; i < k; i++)
            expected = fp5_power(expected, FP_MODULUS);
        assert_true(fp5_equal(fp5_frobenius(a, k), expected));
    }
}

/* Rabin's test: f of degree 5 is irreducible iff f divides x^(p^5) − x and gcd(f, x^p − x) = 1. */
static void the_polynomial_is_irreducible(void **state)
{
    (void)state;
    fp5 x = {{0, FP_ONE, 0, 0, 0}};
    fp5 power = x;
    fp5 x_p = x;
    for (int i = 0; i < 5; i++) {
        fp5 r = FP5_ONE;
        for (uint64_t e = FP_MODULUS, bit = (uint64_t)1 << 31; bit != 0; bit >>= 1) {
            r = naive_mul(r, r);
            if (e & bit)
                r = naive_mul(r, power);
        }
        power = r;
        if (i == 0)
            x_p = r;
    }
    assert_true(fp5_equal(power, x));

    /* Euclid on f and (x^p mod f) − x. */
    fp a[6] = {fp_neg(FP_ONE), 0, FP_ONE, 0, 0, FP_ONE};
    fp b[6] = {0};
    fp5 difference = fp5_sub(x_p, x);
    memcpy(b, difference.c, sizeof(difference.c));
    int degree_a = 5;
    int degree_b = 4;
    while (degree_b >= 0 && b[degree_b] == 0)
        degree_b--;
    assert_true(degree_b >= 0);
    while (degree_b > 0) {
        fp inverse = fp_inverse(b[degree_b]);
        while (degree_a >= degree_b) {
            fp q = fp_mul(a[degree_a], inverse);
            for (int i = 0; i <= degree_b; i++)
                a[degree_a - degree_b + i] = fp_sub(a[degree_a - degree_b + i], fp_mul(q, b[i]));
            while (degree_a >= 0 && a[degree_a] == 0)
                degree_a--;
        }
        assert_true(degree_a >= 0); /* zero: a common factor */
        fp t[6];
        memcpy(t, a, sizeof(t));
        memcpy(a, b, sizeof(a));
        memcpy(b, t, sizeof(b));
        int degree = degree_a;
        degree_a = degree_b;
        degree_b = degree;
    }
}

static void batch_inversion_agrees(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 127, 128, 129, 1000};
    for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
        fp a[1000], b[1000];
        fp5 x[1000], y[1000];
        for (size_t i = 0; i < counts[k]; i++) {
            a[i] = random_fp();
            x[i] = i % 7 == 3 ? FP5_ZERO : random_fp5();
            y[i] = x[i];
        }
        fp_inverse_batch(b, a, counts[k]);
        fp5_inverse_batch(y, y, counts[k]);
        for (size_t i = 0; i < counts[k]; i++) {
            assert_int_equal(b[i], fp_inverse(a[i]));
            assert_true(fp5_equal(y[i], fp5_inverse(x[i])));
        }
    }
}

static void lanes_are_equal_in_every_build(void **state)
{
    (void)state;
    static lanes_check_input in;
    static lanes_check_result expected, portable, vector;
    for (size_t i = 0; i < LANES_CHECK_LENGTH; i++) {
        in.a[i] = random_fp();
        in.b[i] = random_fp();
        in.x[i] = random_fp5();
        in.y[i] = random_fp5();
        if (i % 100 == 99)
            in.x[i] = FP5_ZERO;
    }
    for (int i = 0; i < 5; i++) {
        in.x[0].c[i] = in.y[0].c[i] = in.a[0] = in.b[0] = FP_MODULUS - 1;
        in.x[17].c[i] = in.y[17].c[i] = in.a[17] = in.b[17] = FP_MODULUS - 1;
    }
    for (size_t i = 0; i < LANES_CHECK_LENGTH; i++) {
        fp a = in.a[i];
        fp b = in.b[i];
        fp5 x = in.x[i];
        fp5 y = in.y[i];
        expected.sum[i] = fp_add(a, b);
        expected.difference[i] = fp_sub(a, b);
        expected.product[i] = fp_mul(a, b);
        expected.negative[i] = fp_neg(a);
        expected.twice[i] = fp_double(a);
        expected.squared[i] = fp_square(a);
        expected.gathered[i] = a;
        expected.apart[i % 2][i / 2] = a;
        expected.wide[i] = fp_add(fp_mul(FP_CONSTANT(4), fp_mul(a, b)), fp_add(fp_square(a), fp_square(b)));
        expected.product5[i] = naive_mul(x, y);
        expected.sum5[i] = fp5_add(x, y);
        expected.difference5[i] = fp5_sub(x, y);
        expected.inverse[i] = fp_inverse(a);
        expected.inverse5[i] = fp5_inverse(x);
        expected.batch5[i] = fp5_inverse(i < 16 * 16 ? y : x);
        expected.mixed5[i] = fp5_add_fp(fp5_mul_fp(fp5_neg(x), a), b);
    }
    lanes_check_portable(&portable, &in);
    assert_memory_equal(&portable, &expected, sizeof(expected));
    simd_level best = simd_get();
    if (simd_set(SIMD_AVX2)) {
        lanes_check_avx2(&vector, &in);
        assert_memory_equal(&vector, &expected, sizeof(expected));
    } else {
        print_message("this processor lacks AVX2: not compared\n");
    }
    if (simd_set(SIMD_AVX512)) {
        memset(&vector, 0, sizeof(vector));
        lanes_check_avx512(&vector, &in);
        assert_memory_equal(&vector, &expected, sizeof(expected));
    } else {
        print_message("this processor lacks AVX-512: not compared\n");
    }
    assert_true(simd_set(best));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fp_agrees_with_plain_integers),
        cmocka_unit_test(roots_of_unity_have_their_order),
        cmocka_unit_test(fp5_agrees_with_schoolbook),
        cmocka_unit_test(the_polynomial_is_irreducible),
        cmocka_unit_test(batch_inversion_agrees),
        cmocka_unit_test(lanes_are_equal_in_every_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
