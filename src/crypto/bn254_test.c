/* Against OpenSSL's numbers and curves; pairings by their bilinearity. Published vectors:
 * src/evm/precompiles_test.c. */
#include "crypto/bn254.h"

#include "crypto/bn254_tower.h"
#include "crypto/exercise_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/ec.h>

/* Whatever is asked below, by both ways. */
static bool add_both_ways(uint8_t sum[64], const uint8_t p[64], const uint8_t q[64])
{
    uint8_t plain[64], listed[64];
    memcpy(plain, sum, 64);
    memcpy(listed, sum, 64);
    bool ok = bn254_g1_add_plainly(plain, p, q);
    assert_int_equal(bn254_g1_add_by_lists(listed, p, q), ok);
    assert_memory_equal(listed, plain, 64);
    memcpy(sum, plain, 64);
    return ok;
}

static bool multiply_both_ways(uint8_t product[64], const uint8_t p[64], const uint8_t scalar[32])
{
    uint8_t plain[64], listed[64];
    memcpy(plain, product, 64);
    memcpy(listed, product, 64);
    bool ok = bn254_g1_multiply_plainly(plain, p, scalar);
    assert_int_equal(bn254_g1_multiply_by_lists(listed, p, scalar), ok);
    assert_memory_equal(listed, plain, 64);
    memcpy(product, plain, 64);
    return ok;
}

static bool pair_both_ways(bool *is_one, const uint8_t *pairs, size_t count)
{
    bool plain = false, listed = false, ok = bn254_pairing_check_plainly(&plain, pairs, count);
    assert_int_equal(bn254_pairing_check_by_lists(&listed, pairs, count), ok);
    assert_int_equal(listed, plain);
    if (ok)
        *is_one = plain;
    return ok;
}

#define bn254_g1_add add_both_ways
#define bn254_g1_multiply multiply_both_ways
#define bn254_pairing_check pair_both_ways

static const u256 prime = BN254_PRIME;
static const u256 order = {{0x43e1f593f0000001, 0x2833e84879b97091, BN254_P2, BN254_P3}};

/* EIP-197's generator of G2, x.re, x.im, y.re, y.im. */
static const u256 generator_2[4] = {
    {{0x46debd5cd992f6ed, 0x674322d4f75edadd, 0x426a00665e5c4479, 0x1800deef121f1e76}},
    {{0x97e485b7aef312c2, 0xf1aa493335a9e712, 0x7260bfb731fb5d25, 0x198e9393920d483a}},
    {{0x4ce6cc0166fa7daa, 0xe3d1e7690c43d37b, 0x4aab71808dcb408f, 0x12c85ea5db8c6deb}},
    {{0x55acdadcd122975b, 0xbc4b313370b38ef3, 0xec9e99ad690c3395, 0x090689d0585ff075}},
};

static uint64_t seed = 0x5eed;
static BN_CTX *context;
static BIGNUM *p_bn, *r_bn;

static u256 random_below(u256 bound)
{
    for (;;) {
        u256 x;
        for (int i = 0; i < 4; i++) {
            uint64_t kind = exercise_random(&seed) % 8;
            x.limb[i] =
                kind == 0 ? 0 : kind == 1 ? UINT64_MAX : kind == 2 ? bound.limb[i] : exercise_random(&seed);
        }
        x.limb[3] &= UINT64_MAX >> 2;
        if (exercise_random(&seed) % 8 == 0)
            x = u256_sub(bound, u256_from_u64(1 + exercise_random(&seed) % 3));
        if (u256_less(x, bound))
            return x;
    }
}

static BIGNUM *to_bn(u256 a)
{
    uint8_t be[32];
    u256_to_be(be, a);
    return BN_bin2bn(be, 32, NULL);
}

static void assert_value(const char *what, u256 got, BIGNUM *want)
{
    uint8_t be[32];
    assert_int_equal(BN_bn2binpad(want, be, 32), 32);
    if (!u256_equal(got, u256_from_be(be, 32)))
        fail_msg("%s differs", what);
    BN_free(want);
}

/* ---- the field: everything linear is the same in Montgomery's form, products lack 2^256 ---- */

static void field(void **unused)
{
    (void)unused;
    BIGNUM *shift = BN_new(), *inverse = BN_new();
    BN_lshift(shift, BN_value_one(), 256);
    BN_mod_inverse(inverse, shift, p_bn, context);
    for (int i = 0; i < 20000; i++) {
        bn254_fp x = random_below(prime), y = random_below(prime), z = random_below(prime);
        bn254_fp w = random_below(prime), r;
        BIGNUM *a = to_bn(x), *b = to_bn(y), *c = to_bn(z), *d = to_bn(w), *t = BN_new(), *s = BN_new();
        fp_add(&r, &x, &y);
        BN_mod_add(t, a, b, p_bn, context);
        assert_value("sum", r, BN_dup(t));
        fp_sub(&r, &x, &y);
        BN_mod_sub(t, a, b, p_bn, context);
        assert_value("difference", r, BN_dup(t));
        fp_half(&r, &x);
        fp_add(&r, &r, &r);
        assert_true(fp_equal(&r, &x));
        fp_nine_times_plus(&r, &x, &y);
        BN_copy(t, a);
        BN_mul_word(t, 9);
        BN_mod_add(t, t, b, p_bn, context);
        assert_value("nine times", r, BN_dup(t));
        fp_mul(&r, &x, &y);
        BN_mod_mul(t, a, b, p_bn, context);
        BN_mod_mul(s, t, inverse, p_bn, context);
        assert_value("product", r, BN_dup(s));
        fp_mul_two(&r, &x, &y, &z, &w);
        BN_mod_mul(s, c, d, p_bn, context);
        BN_mod_add(t, t, s, p_bn, context);
        BN_mod_mul(t, t, inverse, p_bn, context);
        assert_value("two products", r, BN_dup(t));
        fp_square(&r, &x);
        BN_mod_sqr(t, a, p_bn, context);
        BN_mod_mul(t, t, inverse, p_bn, context);
        assert_value("square", r, BN_dup(t));
        if (i % 20 == 0 && !fp_is_zero(&x)) {
            bn254_fp_inverse(&r, &x);
            fp_mul(&r, &r, &x);
            assert_true(u256_equal(r, BN254_ONE));
        }
        BN_free(a);
        BN_free(b);
        BN_free(c);
        BN_free(d);
        BN_free(t);
        BN_free(s);
    }
    BN_free(shift);
    BN_free(inverse);
}

static void random_fp12(bn254_fp12 *a)
{
    bn254_fp *limbs = (bn254_fp *)a;
    for (int i = 0; i < 12; i++)
        limbs[i] = random_below(prime);
}

/* Rings and their maps by the laws that define them. */
static void tower(void **unused)
{
    (void)unused;
    for (int i = 0; i < 200; i++) {
        bn254_fp12 a, b, c, s, t, line;
        random_fp12(&a);
        random_fp12(&b);
        random_fp12(&c);
        bn254_fp12_mul(&s, &a, &b);
        bn254_fp12_mul(&s, &s, &c);
        bn254_fp12_mul(&t, &b, &c);
        bn254_fp12_mul(&t, &a, &t);
        assert_memory_equal(&s, &t, sizeof s);
        bn254_fp12_square(&s, &a);
        bn254_fp12_mul(&t, &a, &a);
        assert_memory_equal(&s, &t, sizeof s);
        bn254_fp12_inverse(&s, &a);
        bn254_fp12_mul(&s, &s, &a);
        assert_true(bn254_fp12_is_one(&s));
        bn254_fp12_one(&line);
        line.c[1].c[0] = b.c[0].c[0];
        line.c[1].c[1] = b.c[0].c[1];
        bn254_fp12_mul(&s, &a, &line);
        bn254_fp12_mul_line(&t, &a, &line.c[1].c[0], &line.c[1].c[1]);
        assert_memory_equal(&s, &t, sizeof s);
        /* Powers of p: multiplicative, each the former once more, and p^6 the conjugate. */
        bn254_fp12_frobenius(&s, &a, 1);
        bn254_fp12_frobenius(&t, &b, 1);
        bn254_fp12_mul(&t, &s, &t);
        bn254_fp12_mul(&c, &a, &b);
        bn254_fp12_frobenius(&c, &c, 1);
        assert_memory_equal(&c, &t, sizeof c);
        for (unsigned power = 2; power <= 3; power++) {
            bn254_fp12_frobenius(&s, &s, 1);
            bn254_fp12_frobenius(&t, &a, power);
            assert_memory_equal(&s, &t, sizeof s);
        }
        bn254_fp12_frobenius(&s, &s, 3);
        bn254_fp12_conjugate(&t, &a);
        assert_memory_equal(&s, &t, sizeof s);
        /* Into the cyclotomic subgroup. */
        bn254_fp12_inverse(&s, &a);
        bn254_fp12_mul(&s, &t, &s);
        bn254_fp12_frobenius(&t, &s, 2);
        bn254_fp12_mul(&s, &s, &t);
        bn254_fp12_cyclotomic_square(&t, &s);
        bn254_fp12_square(&s, &s);
        assert_memory_equal(&s, &t, sizeof s);
    }
}

/* ---- G1 ---- */

static EC_GROUP *group;

static void encode(uint8_t out[64], const EC_POINT *p)
{
    memset(out, 0, 64);
    if (EC_POINT_is_at_infinity(group, p))
        return;
    BIGNUM *x = BN_new(), *y = BN_new();
    assert_int_equal(EC_POINT_get_affine_coordinates(group, p, x, y, context), 1);
    BN_bn2binpad(x, out, 32);
    BN_bn2binpad(y, out + 32, 32);
    BN_free(x);
    BN_free(y);
}

static void multiple(uint8_t out[64], u256 k)
{
    EC_POINT *p = EC_POINT_new(group);
    BIGNUM *scalar = to_bn(k);
    assert_int_equal(EC_POINT_mul(group, p, scalar, NULL, NULL, context), 1);
    encode(out, p);
    EC_POINT_free(p);
    BN_free(scalar);
}

static void curve(void **unused)
{
    (void)unused;
    for (int i = 0; i < 400; i++) {
        u256 j = random_below(order), k = random_below(order);
        if (i % 5 == 0)
            k = j;
        else if (i % 5 == 1)
            k = u256_sub(order, j);
        else if (i % 5 == 2)
            j = u256_from_u64((uint64_t)i / 5), k = u256_from_u64((uint64_t)i % 4);
        uint8_t p[64], q[64], sum[64], expected[64], scalar[32];
        multiple(p, j);
        multiple(q, k);
        assert_true(bn254_g1_add(sum, p, q));
        uint64_t wide[8] = {0};
        bool carry;
        u256 total = u256_add_carry(&carry, j, k);
        assert_false(carry);
        memcpy(wide, total.limb, 32);
        multiple(expected, u256_reduce_wide(wide, order));
        assert_memory_equal(sum, expected, 64);

        /* Any 256 bits as the scalar. */
        u256 s = {{k.limb[1] * 3, k.limb[0], j.limb[2], exercise_random(&seed)}};
        if (i % 3 == 0)
            s = i < 60 ? u256_from_u64((uint64_t)i / 3) : k;
        else if (i % 30 == 1)
            s = u256_sub(u256_mul(order, u256_from_u64((uint64_t)i / 30 % 6)),
                         u256_from_u64((uint64_t)i & 1));
        u256_to_be(scalar, s);
        assert_true(bn254_g1_multiply(sum, p, scalar));
        u256_mul_wide(wide, s, j);
        multiple(expected, u256_reduce_wide(wide, order));
        assert_memory_equal(sum, expected, 64);
    }
}

static void refusals(void **unused)
{
    (void)unused;
    uint8_t good[64], bad[64], out[64], scalar[32] = {[31] = 2};
    const uint8_t untouched[64] = {1};
    multiple(good, u256_from_u64(7));
    for (int i = 0; i < 4; i++) {
        memcpy(bad, good, 64);
        if (i == 0) {
            bad[63] ^= 1; /* off the curve */
        } else if (i == 1) {
            memset(bad, 0, 64);
            bad[31] = 1; /* (1, 0) */
        } else {
            /* A coordinate that is good modulo p, plus p. */
            uint8_t *c = bad + 32 * (i - 2);
            u256_to_be(c, u256_add(u256_from_be(c, 32), prime));
        }
        memcpy(out, untouched, 64);
        assert_false(bn254_g1_add(out, bad, good));
        assert_false(bn254_g1_add(out, good, bad));
        assert_false(bn254_g1_multiply(out, bad, scalar));
        assert_memory_equal(out, untouched, 64);
    }
    /* p itself is not 0. */
    memset(bad, 0, 64);
    u256_to_be(bad, prime);
    assert_false(bn254_g1_add(out, bad, good));
}

/* ---- pairings ---- */

typedef struct {
    bn254_fp2 x, y;
    bool infinity;
} twist_point;

static void invert_fp2(bn254_fp2 *r, const bn254_fp2 *a)
{
    bn254_fp norm;
    bn254_fp2_norm(&norm, a);
    bn254_fp_inverse(&norm, &norm);
    bn254_fp2_conjugate(r, a);
    bn254_fp2_scale(r, r, &norm);
}

static void twist_add(twist_point *r, const twist_point *a, const twist_point *b)
{
    if (a->infinity || b->infinity) {
        *r = a->infinity ? *b : *a;
        return;
    }
    bn254_fp2 slope, t, x;
    if (bn254_fp2_equal(&a->x, &b->x)) {
        if (!bn254_fp2_equal(&a->y, &b->y) || bn254_fp2_is_zero(&a->y)) {
            r->infinity = true;
            return;
        }
        bn254_fp2_square(&t, &a->x);
        bn254_fp2_add(&slope, &t, &t);
        bn254_fp2_add(&slope, &slope, &t);
        bn254_fp2_add(&t, &a->y, &a->y);
    } else {
        bn254_fp2_sub(&slope, &b->y, &a->y);
        bn254_fp2_sub(&t, &b->x, &a->x);
    }
    invert_fp2(&t, &t);
    bn254_fp2_mul(&slope, &slope, &t);
    bn254_fp2_square(&x, &slope);
    bn254_fp2_sub(&x, &x, &a->x);
    bn254_fp2_sub(&x, &x, &b->x);
    bn254_fp2_sub(&t, &a->x, &x);
    bn254_fp2_mul(&t, &t, &slope);
    bn254_fp2_sub(&r->y, &t, &a->y);
    r->x = x;
    r->infinity = false;
}

static twist_point twist_multiply(const BIGNUM *k, const twist_point *p)
{
    twist_point r = {.infinity = true};
    for (int i = BN_num_bits(k) - 1; i >= 0; i--) {
        twist_add(&r, &r, &r);
        if (BN_is_bit_set(k, i))
            twist_add(&r, &r, p);
    }
    return r;
}

static void to_montgomery(bn254_fp *r, u256 a)
{
    const bn254_fp shift = BN254_R2;
    fp_mul(r, &a, &shift);
}

static void encode_2(uint8_t out[128], const twist_point *q)
{
    const bn254_fp one = {{1, 0, 0, 0}}, *parts[4] = {&q->x.im, &q->x.re, &q->y.im, &q->y.re};
    for (int i = 0; i < 4; i++) {
        bn254_fp t;
        fp_mul(&t, parts[i], &one);
        u256_to_be(out + 32 * i, q->infinity ? U256_ZERO : t);
    }
}

static twist_point base_2(void)
{
    twist_point q = {.infinity = false};
    to_montgomery(&q.x.re, generator_2[0]);
    to_montgomery(&q.x.im, generator_2[1]);
    to_montgomery(&q.y.re, generator_2[2]);
    to_montgomery(&q.y.im, generator_2[3]);
    return q;
}

static void put_pair(uint8_t *out, u256 a, u256 b)
{
    twist_point g = base_2(), q;
    BIGNUM *k = to_bn(b);
    q = twist_multiply(k, &g);
    multiple(out, a);
    encode_2(out + 64, &q);
    BN_free(k);
}

static u256 times(u256 a, u256 b)
{
    uint64_t wide[8];
    u256_mul_wide(wide, a, b);
    return u256_reduce_wide(wide, order);
}

static void bilinear(void **unused)
{
    (void)unused;
    uint8_t pairs[2 * BN254_PAIR_BYTES];
    bool is_one;
    for (int i = 0; i < 12; i++) {
        u256 a = random_below(order), b = random_below(order), c = times(a, b);
        if (u256_is_zero(c))
            continue;
        put_pair(pairs, a, b);
        put_pair(pairs + BN254_PAIR_BYTES, u256_sub(order, c), u256_from_u64(1));
        assert_true(bn254_pairing_check(&is_one, pairs, 2));
        assert_true(is_one);
        put_pair(pairs + BN254_PAIR_BYTES, u256_from_u64(1), u256_sub(order, c));
        assert_true(bn254_pairing_check(&is_one, pairs, 2));
        assert_true(is_one);
        put_pair(pairs + BN254_PAIR_BYTES, u256_from_u64(1), c);
        assert_true(bn254_pairing_check(&is_one, pairs, 2));
        assert_false(is_one);
        /* One pair alone is never 1. */
        assert_true(bn254_pairing_check(&is_one, pairs, 1));
        assert_false(is_one);
    }
}

/* More pairs than share a loop, infinities among them. */
static void many_pairs(void **unused)
{
    (void)unused;
    static uint8_t pairs[40 * BN254_PAIR_BYTES];
    for (size_t count = 1; count <= 40; count += count < 15 ? 7 : 1 + count % 5) {
        uint64_t wide[8] = {0};
        u256 sum = U256_ZERO;
        for (size_t i = 0; i + 1 < count; i++) {
            u256 a = u256_from_u64(exercise_random(&seed)), b = u256_from_u64(exercise_random(&seed) % 1000);
            if (i % 7 == 3)
                a = U256_ZERO;
            if (i % 7 == 5)
                b = U256_ZERO;
            put_pair(pairs + i * BN254_PAIR_BYTES, a, b);
            memcpy(wide, u256_add(sum, u256_mul(a, b)).limb, 32);
            sum = u256_reduce_wide(wide, order);
        }
        u256 rest = u256_is_zero(sum) ? sum : u256_sub(order, sum);
        put_pair(pairs + (count - 1) * BN254_PAIR_BYTES, rest, u256_from_u64(1));
        bool is_one = false;
        assert_true(bn254_pairing_check(&is_one, pairs, count));
        assert_true(is_one);
        put_pair(pairs + (count - 1) * BN254_PAIR_BYTES, u256_add(rest, u256_from_u64(1)), u256_from_u64(1));
        assert_true(bn254_pairing_check(&is_one, pairs, count));
        assert_false(is_one);
    }
    bool is_one = false;
    assert_true(bn254_pairing_check(&is_one, pairs, 0));
    assert_true(is_one);
}

/* A root of a, if it has one: a^((p + 1)/4). */
static bool square_root(bn254_fp *r, const bn254_fp *a)
{
    BIGNUM *e = BN_dup(p_bn);
    BN_add_word(e, 1);
    BN_rshift(e, e, 2);
    bn254_fp t = BN254_ONE;
    for (int i = BN_num_bits(e) - 1; i >= 0; i--) {
        fp_square(&t, &t);
        if (BN_is_bit_set(e, i))
            fp_mul(&t, &t, a);
    }
    BN_free(e);
    *r = t;
    fp_square(&t, &t);
    return fp_equal(&t, a);
}

static bool square_root_2(bn254_fp2 *r, const bn254_fp2 *a)
{
    bn254_fp norm, root, half;
    bn254_fp2_norm(&norm, a);
    if (!square_root(&root, &norm))
        return false;
    fp_add(&half, &a->re, &root);
    fp_half(&half, &half);
    if (!square_root(&r->re, &half)) {
        fp_sub(&half, &half, &root);
        if (!square_root(&r->re, &half))
            return false;
    }
    bn254_fp t;
    fp_add(&t, &r->re, &r->re);
    bn254_fp_inverse(&t, &t);
    fp_mul(&r->im, &a->im, &t);
    bn254_fp2 square;
    bn254_fp2_square(&square, r);
    return bn254_fp2_equal(&square, a);
}

/* Points of the twist of all kinds of orders: only those of order r may pass, whatever they are paired
 * with. */
static void subgroup(void **unused)
{
    (void)unused;
    /* The cofactor 2p − r is 10069·5864401·1875725156269·(a prime of 177 bits). */
    static const char *const factors[] = {"1", "10069", "5864401", "1875725156269"};
    BIGNUM *cofactor = BN_new(), *factor = NULL, *k = BN_new(), *rest = BN_new();
    BN_lshift1(cofactor, p_bn);
    BN_sub(cofactor, cofactor, r_bn);
    bn254_fp2 b = {U256_ZERO, U256_ZERO}, xi;
    to_montgomery(&b.re, u256_from_u64(3));
    to_montgomery(&xi.re, u256_from_u64(9));
    xi.im = BN254_ONE;
    invert_fp2(&xi, &xi);
    bn254_fp2_mul(&b, &b, &xi);
    int tried = 0;
    bool is_one;
    uint8_t pair[BN254_PAIR_BYTES];
    while (tried < 8) {
        twist_point q = {{random_below(prime), random_below(prime)}, {U256_ZERO, U256_ZERO}, false};
        bn254_fp2 right;
        bn254_fp2_square(&right, &q.x);
        bn254_fp2_mul(&right, &right, &q.x);
        bn254_fp2_add(&right, &right, &b);
        if (!square_root_2(&q.y, &right))
            continue;
        tried++;
        for (size_t i = 0; i < 4; i++) {
            for (int with_order_r = 0; with_order_r < 2; with_order_r++) {
                /* What is left of the point's order: the factor (all of it for 1), and r or not. */
                BN_dec2bn(&factor, factors[i]);
                BN_div(k, rest, cofactor, factor, context);
                assert_true(BN_is_zero(rest));
                if (i == 0)
                    BN_one(k);
                if (!with_order_r)
                    BN_mul(k, k, r_bn, context);
                twist_point t = twist_multiply(k, &q);
                if (t.infinity)
                    continue;
                encode_2(pair + 64, &t);
                for (unsigned a = 0; a < 2; a++) {
                    multiple(pair, u256_from_u64(a));
                    assert_false(bn254_pairing_check(&is_one, pair, 1));
                }
            }
        }
        /* And without the cofactor it passes. */
        twist_point t = twist_multiply(cofactor, &q);
        encode_2(pair + 64, &t);
        multiple(pair, u256_from_u64(0));
        assert_true(bn254_pairing_check(&is_one, pair, 1) && is_one);
        multiple(pair, u256_from_u64(5));
        assert_true(bn254_pairing_check(&is_one, pair, 1) && !is_one);
        /* Off the twist, or a part that is not below p. */
        for (int i = 0; i < 4; i++) {
            uint8_t *part = pair + 64 + 32 * i, saved[32];
            memcpy(saved, part, 32);
            u256_to_be(part, u256_add(u256_from_be(part, 32), u256_from_u64(1)));
            assert_false(bn254_pairing_check(&is_one, pair, 1));
            memcpy(part, saved, 32);
            u256_to_be(part, u256_add(u256_from_be(part, 32), prime));
            assert_false(bn254_pairing_check(&is_one, pair, 1));
            memcpy(part, saved, 32);
        }
    }
    BN_free(cofactor);
    BN_free(factor);
    BN_free(k);
    BN_free(rest);
}

int main(void)
{
    context = BN_CTX_new();
    p_bn = to_bn(prime);
    r_bn = to_bn(order);
    BIGNUM *zero = to_bn(U256_ZERO), *one = to_bn(u256_from_u64(1)), *two = to_bn(u256_from_u64(2));
    BIGNUM *three = to_bn(u256_from_u64(3));
    group = EC_GROUP_new_curve_GFp(p_bn, zero, three, context);
    EC_POINT *generator = EC_POINT_new(group);
    if (EC_POINT_set_affine_coordinates(group, generator, one, two, context) != 1 ||
        EC_GROUP_set_generator(group, generator, r_bn, one) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field),      cmocka_unit_test(tower),    cmocka_unit_test(curve),
        cmocka_unit_test(refusals),   cmocka_unit_test(bilinear), cmocka_unit_test(many_pairs),
        cmocka_unit_test(subgroup),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    EC_POINT_free(generator);
    EC_GROUP_free(group);
    BN_free(zero);
    BN_free(one);
    BN_free(two);
    BN_free(three);
    BN_free(p_bn);
    BN_free(r_bn);
    BN_CTX_free(context);
    return failed;
}
