/* Against OpenSSL's BIGNUM, on limbs where carries and quotient estimates go wrong. */
#include "base/u256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>

static uint64_t random_state = 256;
static BN_CTX *context;
static BIGNUM *x, *y, *want, *rest, *two_256;

static uint64_t random_u64(void)
{
    random_state += 0x9e3779b97f4a7c15;
    uint64_t z = random_state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint64_t random_limb(void)
{
    switch (random_u64() % 8) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return UINT64_MAX;
    case 3:
        return UINT64_MAX - 1;
    case 4:
        return (uint64_t)1 << random_u64() % 64;
    case 5:
        return UINT64_MAX << random_u64() % 64;
    case 6:
        return random_u64() >> random_u64() % 64;
    default:
        return random_u64();
    }
}

/* Of any length from 0 to 4 limbs. */
static u256 random_u256(void)
{
    u256 r = U256_ZERO;
    uint64_t limbs = random_u64() % 6;
    for (unsigned i = 0; i < 4 && i < limbs; i++)
        r.limb[i] = random_limb();
    return r;
}

static void set_limbs(BIGNUM *out, const uint64_t *limb, int count)
{
    assert_non_null(BN_lebin2bn((const uint8_t *)limb, 8 * count, out));
}

static void assert_limbs(const uint64_t *got, int count, const BIGNUM *value)
{
    uint64_t expected[8];
    assert_true(BN_bn2lebinpad(value, (uint8_t *)expected, 8 * count) == 8 * count);
    assert_memory_equal(got, expected, 8 * (size_t)count);
}

static void assert_divides(u256 a, u256 b)
{
    u256 quotient, remainder;
    set_limbs(x, a.limb, 4);
    set_limbs(y, b.limb, 4);
    u256_divide(&quotient, &remainder, a, b);
    if (u256_is_zero(b)) {
        assert_true(u256_is_zero(quotient) && u256_is_zero(remainder));
        return;
    }
    BN_div(want, rest, x, y, context);
    assert_limbs(quotient.limb, 4, want);
    assert_limbs(remainder.limb, 4, rest);
    u256 alone;
    u256_divide(&alone, NULL, a, b);
    assert_true(u256_equal(alone, quotient));
    u256_divide(NULL, &alone, a, b);
    assert_true(u256_equal(alone, remainder));
}

static void assert_reduces(const uint64_t value[8], u256 m)
{
    u256 got = u256_reduce_wide(value, m);
    if (u256_is_zero(m)) {
        assert_true(u256_is_zero(got));
        return;
    }
    set_limbs(x, value, 8);
    set_limbs(y, m.limb, 4);
    BN_nnmod(rest, x, y, context);
    assert_limbs(got.limb, 4, rest);
}

static void sums_and_products(void **unused)
{
    (void)unused;
    for (int i = 0; i < 60000; i++) {
        u256 a = random_u256(), b = random_u256();
        bool carry, borrow;
        uint64_t wide[8];
        set_limbs(x, a.limb, 4);
        set_limbs(y, b.limb, 4);

        u256 sum = u256_add_carry(&carry, a, b);
        BN_add(want, x, y);
        assert_int_equal(carry, BN_num_bits(want) > 256);
        BN_mask_bits(want, 256);
        assert_limbs(sum.limb, 4, want);
        assert_true(u256_equal(u256_add(a, b), sum));

        u256 difference = u256_sub_borrow(&borrow, a, b);
        BN_mod_sub(want, x, y, two_256, context);
        assert_limbs(difference.limb, 4, want);
        assert_int_equal(borrow, BN_cmp(x, y) < 0);
        assert_int_equal(u256_less(a, b), BN_cmp(x, y) < 0);
        assert_int_equal(u256_equal(a, b), BN_cmp(x, y) == 0);
        assert_true(u256_equal(u256_sub(a, b), difference));

        BN_mul(want, x, y, context);
        u256_mul_wide(wide, a, b);
        assert_limbs(wide, 8, want);
        u256 product = u256_mul(a, b);
        assert_memory_equal(product.limb, wide, 32);

        assert_int_equal(u256_bit_length(a), BN_num_bits(x));
        assert_int_equal(u256_is_zero(a), BN_is_zero(x));
        assert_int_equal(u256_fits_u64(a), BN_num_bits(x) <= 64);
    }
}

static void divisions(void **unused)
{
    (void)unused;
    for (int i = 0; i < 60000; i++)
        assert_divides(random_u256(), random_u256());
    /* Exact multiples and their neighbours: the estimate of a quotient digit is most often off here. */
    for (int i = 0; i < 60000; i++) {
        u256 b = random_u256(), q = random_u256();
        u256 a = u256_mul(b, q);
        assert_divides(a, b);
        assert_divides(u256_add(a, u256_from_u64(1)), b);
        assert_divides(u256_sub(a, u256_from_u64(1)), b);
    }
    for (unsigned k = 0; k < 256; k++)
        for (unsigned i = 0; i < 20; i++) {
            u256 power = U256_ZERO;
            power.limb[k / 64] = (uint64_t)1 << k % 64;
            assert_divides(random_u256(), power);
        }
    /* All numbers of few distinct limbs. */
    static const uint64_t limbs[] = {0, 1, UINT64_MAX, (uint64_t)1 << 63};
    for (unsigned i = 0; i < 256; i++)
        for (unsigned j = 0; j < 256; j++) {
            u256 a, b;
            for (unsigned k = 0; k < 4; k++) {
                a.limb[k] = limbs[i >> 2 * k & 3];
                b.limb[k] = limbs[j >> 2 * k & 3];
            }
            assert_divides(a, b);
        }
}

static void reductions(void **unused)
{
    (void)unused;
    for (int i = 0; i < 100000; i++) {
        uint64_t value[8] = {0};
        uint64_t length = random_u64() % 9;
        for (unsigned j = 0; j < length; j++)
            value[j] = random_limb();
        u256 m = random_u256();
        assert_reduces(value, m);
        /* q·m + r with r just below m or just above 0 */
        u256 q = random_u256();
        u256_mul_wide(value, q, m);
        assert_reduces(value, m);
        if (value[0] != 0) {
            value[0]--;
            assert_reduces(value, m);
        }
    }
    uint64_t all[8];
    memset(all, 0xff, sizeof all);
    for (unsigned bits = 0; bits < 256; bits++) {
        u256 m = U256_ZERO;
        m.limb[bits / 64] = (uint64_t)1 << bits % 64;
        assert_reduces(all, m);
        assert_reduces(all, u256_sub(m, u256_from_u64(1)));
        assert_reduces(all, u256_add(m, u256_from_u64(1)));
    }
}

/* Each modulus with several values, so that its reciprocal is made and used; against the division, which is
 * held against BIGNUM above. */
static void reductions_again(void **unused)
{
    (void)unused;
    u256_modulus last = {.ready = false};
    const u256 all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    for (int i = 0; i < 60000; i++) {
        u256 m = {{random_limb(), random_limb(), random_limb(), random_limb()}};
        if (i < 256) { /* powers of two, below 2^192 too */
            m = U256_ZERO;
            m.limb[i / 64] = (uint64_t)1 << i % 64;
        } else if (i < 512) {
            m = (u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, (uint64_t)1 << i % 64}};
        }
        for (unsigned turn = 0; turn < 8; turn++) {
            uint64_t value[8], got[4];
            u256 q = turn == 2 || turn == 3 ? all : random_u256();
            u256_mul_wide(value, q, m);
            if (turn % 2 == 1 && value[0] != 0)
                value[0]--;
            for (unsigned j = 0; turn > 3 && j < 8; j++)
                value[j] = turn == 4 ? UINT64_MAX : random_limb();
            u256 expected = u256_reduce_wide(value, m);
            u256_reduce_limbs_again(&last, got, value, m.limb);
            assert_memory_equal(got, expected.limb, sizeof got);
            if (turn == 7) {
                assert_true(last.ready || m.limb[3] == 0 || (value[4] | value[5] | value[6] | value[7]) == 0);
                u256_reduce_limbs_again(&last, value, value, m.limb); /* in place */
                assert_memory_equal(value, expected.limb, sizeof got);
            }
        }
    }
}

/* a·b + c = q·m + r, with q of every length up to the one that is too long. */
static void assert_multiplies_and_divides(u256 a, u256 b, u256 c, u256 m)
{
    u256 q = {{7, 7, 7, 7}}, r = {{9, 9, 9, 9}}, kept_q = q, kept_r = r;
    set_limbs(x, a.limb, 4);
    set_limbs(y, b.limb, 4);
    assert_true(BN_mul(want, x, y, context));
    set_limbs(x, c.limb, 4);
    assert_true(BN_add(want, want, x));
    if (u256_is_zero(m))
        assert_true(BN_copy(y, two_256) != NULL);
    else
        set_limbs(y, m.limb, 4);
    assert_true(BN_div(x, rest, want, y, context));
    if (!u256_multiply_divide_limbs(q.limb, r.limb, a.limb, b.limb, c.limb, m.limb)) {
        assert_true(BN_num_bits(x) > 256);
        assert_true(u256_equal(q, kept_q) && u256_equal(r, kept_r));
        return;
    }
    assert_limbs(q.limb, 4, x);
    assert_limbs(r.limb, 4, rest);
    u256 in_place[2] = {a, b};
    assert_true(u256_multiply_divide_limbs(in_place[0].limb, in_place[1].limb, in_place[0].limb,
                                           in_place[1].limb, c.limb, m.limb));
    assert_true(u256_equal(in_place[0], q) && u256_equal(in_place[1], r));
}

static void products_divided(void **unused)
{
    (void)unused;
    const u256 all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    assert_multiplies_and_divides(all, all, all, U256_ZERO);
    assert_multiplies_and_divides(all, all, all, all);
    assert_multiplies_and_divides(all, u256_from_u64(1), U256_ZERO, u256_from_u64(1));
    assert_multiplies_and_divides(all, u256_from_u64(1), u256_from_u64(1), u256_from_u64(1)); /* 2^256 */
    assert_multiplies_and_divides(all, u256_from_u64(2), u256_from_u64(1), u256_from_u64(2));
    assert_multiplies_and_divides(all, u256_from_u64(2), u256_from_u64(2), u256_from_u64(2)); /* 2^256 */
    for (int i = 0; i < 100000; i++)
        assert_multiplies_and_divides(random_u256(), random_u256(), random_u256(), random_u256());
}

static void big_endian(void **unused)
{
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        u256 a = random_u256();
        uint8_t got[32], expected[32];
        set_limbs(x, a.limb, 4);
        BN_bn2binpad(x, expected, 32);
        u256_to_be(got, a);
        assert_memory_equal(got, expected, 32);
        assert_true(u256_equal(u256_from_be(got, 32), a));
        int size = BN_num_bytes(x);
        assert_true(u256_equal(u256_from_be(got + 32 - size, (size_t)size), a));
        uint8_t shorter[32];
        size_t some = random_u64() % 33;
        memcpy(shorter, got, some);
        u256 front = u256_from_be(shorter, some);
        BN_bin2bn(shorter, (int)some, want);
        assert_limbs(front.limb, 4, want);
    }
}

int main(void)
{
    context = BN_CTX_new();
    x = BN_new();
    y = BN_new();
    want = BN_new();
    rest = BN_new();
    two_256 = BN_new();
    BN_set_bit(two_256, 256);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_products),
        cmocka_unit_test(divisions),
        cmocka_unit_test(reductions),
        cmocka_unit_test(reductions_again),
        cmocka_unit_test(products_divided),
        cmocka_unit_test(big_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
