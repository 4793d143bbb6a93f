/* Against libsecp256k1, OpenSSL's numbers, and published vectors. */
#include "crypto/secp256k1.h"

#include "base/hex.h"
#include "base/memory.h"
#include "crypto/keccak.h"
#include "crypto/modular_inverse.h"
#include "crypto/secp256k1_field.h"
#include "crypto/secp256k1_point.h"
#include "crypto/secp256k1_recover.h"
#include "crypto/secp256k1_scalar.h"
#include "crypto/secp256k1_table.h"
#include "crypto/zkvm_accelerators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/sha.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

static const u256 prime = {{0xfffffffefffffc2f, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
static const u256 order = {{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, UINT64_MAX}};

static uint64_t random_state = 0x5eed;

static uint64_t random_u64(void)
{
    random_state += 0x9e3779b97f4a7c15;
    uint64_t z = random_state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Limbs that are often all zeros, all ones or next to them, where carries go wrong. */
static u256 random_u256(void)
{
    u256 r;
    for (int i = 0; i < 4; i++) {
        switch (random_u64() % 6) {
        case 0:
            r.limb[i] = random_u64() % 3;
            break;
        case 1:
            r.limb[i] = UINT64_MAX - random_u64() % 3;
            break;
        case 2:
            r.limb[i] = (random_u64() & 1 ? prime : order).limb[i] + random_u64() % 3 - 1;
            break;
        default:
            r.limb[i] = random_u64();
        }
    }
    return r;
}

static void random_hash(hash256 *h)
{
    u256_to_be(h->bytes, random_u64() % 4 ? (u256){{random_u64(), random_u64(), random_u64(), random_u64()}}
                                          : random_u256());
}

/* ---- the field and the inverse against OpenSSL's BIGNUM --------------------------------------------- */

static BIGNUM *to_bn(u256 a)
{
    uint8_t be[32];
    u256_to_be(be, a);
    return BN_bin2bn(be, 32, NULL);
}

static u256 from_bn(const BIGNUM *a)
{
    uint8_t be[32];
    assert_true(BN_bn2binpad(a, be, 32) == 32);
    return u256_from_be(be, 32);
}

static void assert_field(field got, const BIGNUM *want)
{
    field_normalize(&got);
    assert_true(u256_equal(got, from_bn(want)));
}

static void field_operations(void **unused)
{
    (void)unused;
    BN_CTX *context = BN_CTX_new();
    BIGNUM *p = to_bn(prime), *r = BN_new();
    for (int i = 0; i < 20000; i++) {
        field a = random_u256(), b = random_u256(), c;
        BIGNUM *x = to_bn(a), *y = to_bn(b);
        field_mul(&c, &a, &b);
        BN_mod_mul(r, x, y, p, context);
        assert_field(c, r);
        field_square(&c, &a);
        BN_mod_sqr(r, x, p, context);
        assert_field(c, r);
        field_add(&c, &a, &b);
        BN_mod_add(r, x, y, p, context);
        assert_field(c, r);
        field_sub(&c, &a, &b);
        BN_mod_sub(r, x, y, p, context);
        assert_field(c, r);
        field_half(&c, &a);
        field_add(&c, &c, &c);
        BN_nnmod(r, x, p, context);
        assert_field(c, r);
        c = a;
        field_sub(&c, &c, &c);
        assert_true(field_is_zero(&c));
        BN_free(x);
        BN_free(y);
    }
    assert_true(field_is_zero(&prime));
    BN_free(p);
    BN_free(r);
    BN_CTX_free(context);
}

static void inverses(void **unused)
{
    (void)unused;
    BN_CTX *context = BN_CTX_new();
    BIGNUM *want = BN_new();
    for (int i = 0; i < 4000; i++) {
        u256 modulus = i % 3 == 0 ? prime : i % 3 == 1 ? order : random_u256();
        modulus.limb[0] |= 1;
        if (u256_fits_u64(modulus))
            modulus.limb[1] = 5;
        u256 x = random_u256();
        u256_divide(NULL, &x, x, modulus);
        BIGNUM *a = to_bn(x), *m = to_bn(modulus);
        if (u256_is_zero(x))
            assert_true(u256_is_zero(modular_inverse(x, &modulus)));
        else if (BN_mod_inverse(want, a, m, context))
            assert_true(u256_equal(modular_inverse(x, &modulus), from_bn(want)));
        BN_free(a);
        BN_free(m);
    }
    for (uint64_t m = 3; m < 60; m += 2)
        for (uint64_t x = 1; x < m; x++) {
            u256 modulus = u256_from_u64(m);
            uint64_t a = m, b = x;
            while (b) {
                uint64_t t = a % b;
                a = b;
                b = t;
            }
            if (a == 1)
                assert_int_equal(modular_inverse(u256_from_u64(x), &modulus).limb[0] * x % m, 1);
        }
    BN_free(want);
    BN_CTX_free(context);
}

/* ---- signatures against libsecp256k1 ---------------------------------------------------------------- */

static secp256k1_context *library;
static int ways[4]; /* that hints said */
static arena memory;

static bool library_recover(uint8_t xy[64], const hash256 *message, const uint8_t r[32], const uint8_t s[32],
                            int recovery_id)
{
    uint8_t compact[64], serialized[65];
    size_t size = sizeof serialized;
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey key;
    memcpy(compact, r, 32);
    memcpy(compact + 32, s, 32);
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(library, &signature, compact, recovery_id) ||
        !secp256k1_ecdsa_recover(library, &key, &signature, message->bytes))
        return false;
    secp256k1_ec_pubkey_serialize(library, serialized, &size, &key, SECP256K1_EC_UNCOMPRESSED);
    memcpy(xy, serialized + 1, 64);
    return true;
}

static secp256k1_recover_question question_of(const hash256 *message, const uint8_t r[32],
                                              const uint8_t s[32], unsigned recovery_id)
{
    secp256k1_recover_question question = {.message = *message, .recovery_id = recovery_id};
    memcpy(question.r, r, 32);
    memcpy(question.s, s, 32);
    return question;
}

/* By both ways: with the hint that is made for it, and with one that says to go the plain way. */
static void assert_recovery_by_points(bool expected, const uint8_t want[64], const hash256 *message,
                                      const uint8_t r[32], const uint8_t s[32], unsigned recovery_id)
{
    secp256k1_recover_question question = question_of(message, r, s, recovery_id);
    secp256k1_recover_hint hint;
    uint8_t got[64] = {0};
    secp256k1_recover_hint_make(&hint, &question);
    ways[hint.way & 3]++;
    assert_int_equal(secp256k1_recover_by_points(got, &question, &hint),
                     expected ? SECP256K1_KEY : SECP256K1_NO_KEY);
    assert_memory_equal(got, want, 64);
    memset(got, 0, 64);
    assert_int_equal(secp256k1_recover_plainly(got, message, r, s, recovery_id), expected);
    assert_memory_equal(got, want, 64);
}

static void assert_same_recovery(const hash256 *message, const uint8_t r[32], const uint8_t s[32])
{
    for (int id = 0; id < 4; id++) {
        uint8_t want[64] = {0}, got[64] = {0};
        bool expected = library_recover(want, message, r, s, id);
        assert_int_equal(secp256k1_recover(got, message, r, s, (unsigned)id), expected);
        assert_memory_equal(got, want, 64);
        assert_recovery_by_points(expected, want, message, r, s, (unsigned)id);
        if (expected) {
            assert_true(secp256k1_verify(got, message, r, s));
            got[random_u64() % 64] ^= (uint8_t)(1u << random_u64() % 8);
            assert_false(secp256k1_verify(got, message, r, s));
        }
    }
}

static void recover_random(void **unused)
{
    (void)unused;
    for (int i = 0; i < 1500; i++) {
        hash256 message, r, s;
        random_hash(&message);
        random_hash(&r);
        random_hash(&s);
        assert_same_recovery(&message, r.bytes, s.bytes);
    }
}

static void recover_signed(void **unused)
{
    (void)unused;
    for (int i = 0; i < 500; i++) {
        hash256 secret, message;
        random_hash(&secret);
        random_hash(&message);
        secp256k1_ecdsa_recoverable_signature signature;
        if (!secp256k1_ec_seckey_verify(library, secret.bytes))
            continue;
        secp256k1_pubkey key;
        uint8_t compact[64], serialized[65], got[64];
        size_t size = sizeof serialized;
        int id;
        assert_true(secp256k1_ec_pubkey_create(library, &key, secret.bytes));
        assert_true(
            secp256k1_ecdsa_sign_recoverable(library, &signature, message.bytes, secret.bytes, NULL, NULL));
        secp256k1_ecdsa_recoverable_signature_serialize_compact(library, compact, &id, &signature);
        secp256k1_ec_pubkey_serialize(library, serialized, &size, &key, SECP256K1_EC_UNCOMPRESSED);
        assert_true(secp256k1_recover(got, &message, compact, compact + 32, (unsigned)id));
        assert_memory_equal(got, serialized + 1, 64);
        assert_true(secp256k1_verify(got, &message, compact, compact + 32));
        message.bytes[random_u64() % 32] ^= 1;
        assert_false(secp256k1_verify(got, &message, compact, compact + 32));
    }
}

/* r and s at the ends of their ranges, small nonces (where additions meet equal points), messages that
 * make the key infinity. */
static void recover_edges(void **unused)
{
    (void)unused;
    u256 values[24];
    int count = 0;
    for (uint64_t i = 0; i < 4; i++) {
        values[count++] = u256_from_u64(i);
        values[count++] = u256_sub(order, u256_from_u64(i));
        values[count++] = u256_add(order, u256_from_u64(i + 1));
        values[count++] = u256_sub(prime, u256_from_u64(i));
        values[count++] = u256_sub(u256_sub(prime, order), u256_from_u64(i));
    }
    /* the x of G, 2G, 3G and λG */
    static const char *const xs[] = {
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
        "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
        "bcace2e99da01887ab0102b696902325872844067f15e98da7bba04400b88fcb",
    };
    for (int i = 0; i < 4; i++) {
        uint8_t be[32];
        assert_int_equal(hex_decode_exact(be, 32, xs[i], 64), OK);
        values[count++] = u256_from_be(be, 32);
    }
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++)
            for (int k = 0; k < count; k++) {
                hash256 message;
                uint8_t r[32], s[32];
                u256_to_be(message.bytes, values[i]);
                u256_to_be(r, values[j]);
                u256_to_be(s, values[k]);
                if (k < 8 || i == k)
                    assert_same_recovery(&message, r, s);
            }
    uint8_t key[64] = {0};
    hash256 message = {{1}};
    assert_false(secp256k1_recover(key, &message, message.bytes, message.bytes, 4));
}

/* R = kG and m = s·k: the key is (s·k − m)/r = infinity. */
static void recover_infinity(void **unused)
{
    (void)unused;
    BN_CTX *context = BN_CTX_new();
    BIGNUM *n = to_bn(order), *m = BN_new();
    int refused = 0;
    for (int i = 0; i < 50; i++) {
        hash256 nonce, message, s;
        random_hash(&nonce);
        random_hash(&s);
        secp256k1_pubkey point;
        if (!secp256k1_ec_pubkey_create(library, &point, nonce.bytes))
            continue;
        uint8_t serialized[65];
        size_t size = sizeof serialized;
        secp256k1_ec_pubkey_serialize(library, serialized, &size, &point, SECP256K1_EC_UNCOMPRESSED);
        BIGNUM *k = BN_bin2bn(nonce.bytes, 32, NULL), *b = BN_bin2bn(s.bytes, 32, NULL);
        BN_mod_mul(m, k, b, n, context);
        BN_bn2binpad(m, message.bytes, 32);
        uint8_t key[64] = {0};
        const uint8_t zero[64] = {0};
        if (!secp256k1_recover(key, &message, serialized + 1, s.bytes, serialized[64] & 1)) {
            refused++;
            assert_memory_equal(key, zero, 64);
        } else {
            fail_msg("a key at infinity was recovered");
        }
        assert_same_recovery(&message, serialized + 1, s.bytes);
        BN_free(k);
        BN_free(b);
    }
    assert_true(refused > 20);
    BN_free(n);
    BN_free(m);
    BN_CTX_free(context);
}

/* ---- recovery by points ----------------------------------------------------------------------------- */

typedef secp256k1_pubkey point;

static point point_of(u256 x, bool odd)
{
    uint8_t text[33] = {odd ? 3 : 2};
    point p;
    u256_to_be(text + 1, x);
    assert_true(secp256k1_ec_pubkey_parse(library, &p, text, sizeof text));
    return p;
}

static void coordinates_of(u256 *x, u256 *y, const point *p)
{
    uint8_t text[65];
    size_t size = sizeof text;
    secp256k1_ec_pubkey_serialize(library, text, &size, p, SECP256K1_EC_UNCOMPRESSED);
    *x = u256_from_be(text + 1, 32);
    *y = u256_from_be(text + 33, 32);
}

static point times(point p, u256 k)
{
    uint8_t text[32];
    u256_to_be(text, k);
    assert_true(secp256k1_ec_pubkey_tweak_mul(library, &p, text));
    return p;
}

static point plus(point p, point q)
{
    const point *both[2] = {&p, &q};
    point sum;
    assert_true(secp256k1_ec_pubkey_combine(library, &sum, both, 2));
    return sum;
}

static point generator(void)
{
    static const u256 x = {{0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac}};
    return point_of(x, false);
}

/* H_index, as secp256k1_table.h says that it was found. */
static point blinding(int index)
{
    for (unsigned number = 0;; number++) {
        char text[64];
        uint8_t compressed[33] = {2};
        point h;
        int size = snprintf(text, sizeof text, "%s%u", BLINDING_TEXT, number);
        SHA256((const uint8_t *)text, (size_t)size, compressed + 1);
        if (secp256k1_ec_pubkey_parse(library, &h, compressed, sizeof compressed) && index-- == 0)
            return h;
    }
}

static void assert_words(const uint64_t words[8], point p)
{
    u256 x, y;
    coordinates_of(&x, &y, &p);
    x = secp256k1_balance(x);
    assert_memory_equal(words, x.limb, 32);
    assert_memory_equal(words + 4, y.limb, 32);
}

static u256 power_of_two(unsigned exponent)
{
    u256 x = {{0}};
    x.limb[exponent / 64] = UINT64_C(1) << exponent % 64;
    return x;
}

static void recover_constants(void **unused)
{
    (void)unused;
    point rotated = times(generator(), endomorphism_lambda);
    for (int i = 0; i < SECP256K1_WAYS; i++) {
        point h = blinding(i), far = times(h, power_of_two(POINT_DIGITS));
        assert_words(blinding_point[i], h);
        assert_true(secp256k1_ec_pubkey_negate(library, &far));
        assert_words(blinding_far[i], far);
    }
    assert_words(generator_pair[0], plus(generator(), rotated));
    assert_true(secp256k1_ec_pubkey_negate(library, &rotated));
    assert_words(generator_pair[1], plus(generator(), rotated));
    assert_true(u256_equal(secp256k1_scalar_multiply(endomorphism_lambda, endomorphism_lambda),
                           endomorphism_lambda_squared));
}

/* Sums by the call's rules against the library, and what they refuse. */
static void sums_of_points(void **unused)
{
    (void)unused;
    for (int i = 0; i < 300; i++) {
        point p = times(generator(), u256_from_u64(1 + random_u64() % 50));
        point q = times(generator(), u256_from_u64(51 + random_u64()));
        if (i & 1)
            q = times(generator(), u256_from_u64(1 + random_u64() % 50));
        secp256k1_point a, t;
        secp256k1_sum sum;
        unsigned flags = (unsigned)i >> 1 & 3;
        coordinates_of(&a.x, &a.y, &p);
        coordinates_of(&t.x, &t.y, &q);
        bool good = !u256_equal(a.x, t.x);
        a.x = secp256k1_balance(a.x);
        t.x = secp256k1_balance(t.x);
        if (flags & SECP256K1_NEGATE)
            assert_true(secp256k1_ec_pubkey_negate(library, &q));
        point middle, want;
        const point *both[2] = {&p, &q}, *again[2] = {&p, &middle};
        good = good && secp256k1_ec_pubkey_combine(library, &middle, both, 2);
        want = middle;
        if (flags & SECP256K1_TWICE) {
            u256 x = U256_ZERO, y, x1;
            if (good)
                coordinates_of(&x, &y, &middle);
            x1 = secp256k1_unbalance(a.x);
            good = good && !u256_equal(x, x1) && secp256k1_ec_pubkey_combine(library, &want, again, 2);
        }
        assert_int_equal(secp256k1_add(&sum, &a, &t, flags), good);
        if (good)
            assert_words((const uint64_t *)&sum.sum, want);
        a.x = u256_add(prime, u256_from_u64(random_u64() % 100));
        assert_false(secp256k1_add(&sum, &a, &t, flags));
        assert_false(secp256k1_add(&sum, &t, &a, flags));
    }
    uint64_t points[8] = {0}, list[1] = {UINT64_C(1) << 18};
    assert_false(secp256k1_add_list(points, list, blinding_point[0], points, 1));
}

/* A question whose scalars are u = −m/r and k = s/r. */
static secp256k1_recover_question question_with(point nonce, u256 u, u256 k)
{
    secp256k1_recover_question question = {.recovery_id = 0};
    u256 x, y;
    coordinates_of(&x, &y, &nonce);
    u256_to_be(question.r, x);
    u256_to_be(question.s, secp256k1_scalar_multiply(k, x));
    u256_to_be(question.message.bytes, secp256k1_scalar_negate(secp256k1_scalar_multiply(u, x)));
    question.recovery_id = y.limb[0] & 1;
    return question;
}

static void assert_answer(const secp256k1_recover_question *question, bool refuses_first)
{
    uint8_t want[64] = {0};
    int before = ways[1], plainly = ways[SECP256K1_PLAINLY];
    unsigned id = (unsigned)question->recovery_id;
    bool expected = library_recover(want, &question->message, question->r, question->s, (int)id);
    assert_recovery_by_points(expected, want, &question->message, question->r, question->s, id);
    assert_int_equal(ways[1] - before, refuses_first);
    assert_int_equal(ways[SECP256K1_PLAINLY], plainly);
}

static u256 random_scalar(void)
{
    u256 k = {{random_u64(), random_u64(), random_u64(), random_u64() >> 1}};
    return k;
}

static u256 scalar_sum(u256 a, u256 b)
{
    bool carry;
    u256 sum = u256_add_carry(&carry, a, b);
    return carry || !u256_less(sum, order) ? u256_sub(sum, order) : sum;
}

/* digit i, from the highest on, of half `first` + λ·digit of the next. */
static u256 digit_pair(const secp256k1_recover_hint *hint, int first, unsigned i)
{
    u256 pair = U256_ZERO;
    for (int k = 0; k < 2; k++) {
        const uint64_t *half = hint->half[first + k];
        unsigned bit = POINT_DIGITS - i; /* one above the digit's */
        bool top = hint->way >> (9 + 2 * (first + k)) & 1, negative = hint->way >> (8 + 2 * (first + k)) & 1;
        bool set = i == 0 || (bit == 128 ? top : half[bit / 64] >> bit % 64 & 1);
        u256 one = k == 0 ? u256_from_u64(1) : endomorphism_lambda;
        pair = scalar_sum(pair, set != negative ? one : secp256k1_scalar_negate(one));
    }
    return pair;
}

/* A nonce's point so that, by way 0 or 1, at place `place` acc = ±T, or 2·acc + T is infinity. */
static void meet(unsigned way, unsigned place, int kind)
{
    u256 u = random_scalar(), k = random_scalar(), a = U256_ZERO, b = U256_ZERO;
    secp256k1_recover_question question = question_with(times(generator(), random_scalar()), u, k);
    if (way == 1) { /* whose hint then has the halves that k has by that way */
        k = secp256k1_scalar_multiply(k, endomorphism_lambda);
    }
    secp256k1_recover_hint hint;
    secp256k1_recover_hint_make(&hint, &question);
    assert_int_equal(hint.way & 3, 0);
    for (unsigned i = 0; i < place; i++) {
        a = scalar_sum(scalar_sum(a, a), digit_pair(&hint, 0, i));
        b = scalar_sum(scalar_sum(b, b), digit_pair(&hint, 2, i));
    }
    u256 c = digit_pair(&hint, 0, place), d = digit_pair(&hint, 2, place), h = power_of_two(place);
    if (kind == 1) {
        c = secp256k1_scalar_negate(c);
        d = secp256k1_scalar_negate(d);
    } else if (kind == 2) {
        a = scalar_sum(a, a);
        b = scalar_sum(b, b);
        h = scalar_sum(h, h);
    }
    /* h·H + (a + c)·G + (b + d)·R = 0, where b and d are of λ^way·R */
    a = scalar_sum(a, c);
    b = scalar_sum(b, d);
    if (way == 1)
        b = secp256k1_scalar_multiply(b, endomorphism_lambda);
    if (u256_is_zero(b)) {
        meet(way, place, kind);
        return;
    }
    b = modular_inverse(secp256k1_scalar_negate(b), &order);
    point sum = times(blinding((int)way), h);
    if (!u256_is_zero(a))
        sum = plus(sum, times(generator(), a));
    question = question_with(times(sum, b), u, k);
    assert_answer(&question, way == 0);
    hint.way = (hint.way & ~UINT64_C(3)) | way;
    uint8_t key[64];
    assert_int_equal(secp256k1_recover_by_points(key, &question, &hint), SECP256K1_UNDECIDED);
}

/* What somebody can choose so that an addition has equal x: the other way is right. */
static void recover_meetings(void **unused)
{
    (void)unused;
    static const unsigned places[] = {0, 1, 2, 3, 64, 100, 126, 127, 128};
    for (int kind = 0; kind < 6; kind++)
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            for (int times_over = 0; times_over < 3; times_over++)
                meet((unsigned)kind & 1, places[i], kind / 2);
    /* nonce 1 and others whose part of the table meets G's: R = w·G, w = (1 + λ)/(1 − λ), and 1/w */
    u256 one = u256_from_u64(1), plus_lambda = scalar_sum(one, endomorphism_lambda);
    u256 minus_lambda = scalar_sum(one, secp256k1_scalar_negate(endomorphism_lambda));
    u256 w = secp256k1_scalar_multiply(plus_lambda, modular_inverse(minus_lambda, &order));
    u256 nonces[] = {one, w, modular_inverse(w, &order)};
    secp256k1_recover_question question;
    for (int i = 0; i < 18; i++) {
        u256 nonce = i & 1 ? secp256k1_scalar_negate(nonces[i / 2 % 3]) : nonces[i / 2 % 3];
        for (int k = 0; k < i / 6; k++)
            nonce = secp256k1_scalar_multiply(nonce, endomorphism_lambda);
        question = question_with(times(generator(), nonce), random_scalar(), random_scalar());
        assert_answer(&question, i < 6);
    }
    /* keys ±2^129·H_j and ±2·2^129·H_j, for which the last sums meet */
    for (int i = 0; i < 8; i++) {
        u256 u = random_scalar(), k = random_scalar(), far = power_of_two(POINT_DIGITS + (i & 1));
        point key = times(blinding(i / 4), i & 2 ? far : secp256k1_scalar_negate(far));
        point nonce = plus(key, times(generator(), secp256k1_scalar_negate(u)));
        nonce = times(nonce, modular_inverse(k, &order));
        question = question_with(nonce, u, k);
        assert_answer(&question, i < 2);
    }
    /* u = 0, for both messages that are 0 modulo n; k = 1 and −1 */
    for (int i = 0; i < 2; i++) {
        question = question_with(times(generator(), random_scalar()), U256_ZERO, random_scalar());
        if (i)
            u256_to_be(question.message.bytes, order);
        assert_answer(&question, false);
        u256 k = i ? secp256k1_scalar_negate(one) : one;
        question = question_with(times(generator(), random_scalar()), random_scalar(), k);
        assert_answer(&question, false);
    }
}

/* Whatever a hint says: the same answer, or none. */
static void recover_hints_that_lie(void **unused)
{
    (void)unused;
    int answers[3] = {0};
    for (int i = 0; i < 3000; i++) {
        secp256k1_recover_question question =
            question_with(times(generator(), random_scalar()), random_scalar(), random_scalar());
        if (i % 3 == 0)
            u256_to_be(question.r, random_scalar());
        secp256k1_recover_hint hint;
        uint8_t want[64] = {0}, got[64] = {0};
        bool expected =
            library_recover(want, &question.message, question.r, question.s, (int)question.recovery_id);
        secp256k1_recover_hint_make(&hint, &question);
        uint64_t *words = (uint64_t *)(void *)&hint;
        switch (i % 8) {
        case 0: /* any bit of the halves, of their signs, of the way */
            words[random_u64() % 2 ? 0 : 5 + random_u64() % 8] ^= UINT64_C(1) << random_u64() % 64;
            break;
        case 1: /* another root, the other root, the same root beside p */
            hint.root = random_u64() & 1 ? random_scalar() : u256_sub(prime, hint.root);
            break;
        case 2: /* even halves: both n's multiple more */
            hint.half[0][0] ^= 1;
            break;
        case 3: /* halves of the other scalar */
            memcpy(hint.half[2], hint.half[0], 32);
            break;
        case 4: /* another way */
            hint.way = (hint.way & ~UINT64_C(3)) | (1 + random_u64() % 3);
            break;
        case 5: /* larger halves */
            hint.way ^= UINT64_C(1) << (9 + 2 * (random_u64() % 4));
            break;
        case 6:
            for (int k = 0; k < SECP256K1_RECOVER_HINT_WORDS; k++)
                words[k] = random_u64();
            break;
        default:
            hint.way |= SECP256K1_PLAINLY;
        }
        secp256k1_recovered answer = secp256k1_recover_by_points(got, &question, &hint);
        answers[answer]++;
        if (answer == SECP256K1_UNDECIDED)
            continue;
        assert_int_equal(answer, expected ? SECP256K1_KEY : SECP256K1_NO_KEY);
        assert_memory_equal(got, want, 64);
    }
    assert_true(answers[SECP256K1_UNDECIDED] > 1500 && answers[SECP256K1_KEY] > 200);
    assert_true(answers[SECP256K1_NO_KEY] > 100);
}

/* ---- published vectors ------------------------------------------------------------------------------ */

static json_t *load_fixture(const char *name)
{
    const char *folder = getenv("ASHLAR_FIXTURES");
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "../shared/fixtures", name);
    json_t *root = json_load_file(path, 0, NULL);
    if (!root)
        printf("skipped: %s is not there; set ASHLAR_FIXTURES to the folder of test fixtures\n", path);
    return root;
}

static void ecrecover_precompile(void **unused)
{
    (void)unused;
    json_t *root = load_fixture("precompiles/ecRecover.json");
    if (!root)
        skip();
    size_t index;
    json_t *test;
    assert_true(json_array_size(root) > 0);
    json_array_foreach(root, index, test) {
        const char *input = json_string_value(json_object_get(test, "Input"));
        const char *expected = json_string_value(json_object_get(test, "Expected"));
        uint8_t data[128] = {0};
        size_t digits = strlen(input) < 256 ? strlen(input) : 256;
        assert_int_equal(hex_decode_exact(data, digits / 2, input, digits), OK);
        u256 v = u256_from_be(data + 32, 32);
        zkvm_secp256k1_hash message;
        zkvm_secp256k1_signature signature;
        zkvm_secp256k1_pubkey key;
        memcpy(message.data, data, 32);
        memcpy(signature.data, data + 64, 64);
        char text[65] = "";
        if (u256_fits_u64(v) && (v.limb[0] == 27 || v.limb[0] == 28) &&
            zkvm_secp256k1_ecrecover(&message, &signature, (uint8_t)(v.limb[0] - 27), &key) == ZKVM_EOK) {
            zkvm_keccak256_hash hash;
            zkvm_keccak256(key.data, 64, &hash);
            memset(hash.data, 0, 12);
            hex_encode(text, hash.data, 32);
        }
        assert_string_equal(text, expected);
    }
    json_decref(root);
}

static void wycheproof_bitcoin(void **unused)
{
    (void)unused;
    json_t *root = load_fixture("wycheproof/ecdsa_secp256k1_sha256_bitcoin_test.json");
    if (!root)
        skip();
    const u256 half_order = {{0xdfe92f46681b20a0, 0x5d576e7357a4501d, UINT64_MAX, 0x7fffffffffffffff}};
    size_t g, t, accepted = 0, refused = 0;
    json_t *group, *test;
    json_array_foreach(json_object_get(root, "testGroups"), g, group) {
        const char *uncompressed =
            json_string_value(json_object_get(json_object_get(group, "publicKey"), "uncompressed"));
        uint8_t key[65];
        assert_int_equal(hex_decode_exact(key, 65, uncompressed, strlen(uncompressed)), OK);
        json_array_foreach(json_object_get(group, "tests"), t, test) {
            const char *text = json_string_value(json_object_get(test, "msg"));
            const char *der = json_string_value(json_object_get(test, "sig"));
            const char *result = json_string_value(json_object_get(test, "result"));
            bytes message, signature;
            hash256 digest;
            memory.used_bytes = 0;
            assert_int_equal(hex_decode(&memory, &message, text, strlen(text)), OK);
            assert_int_equal(hex_decode(&memory, &signature, der, strlen(der)), OK);
            SHA256(message.data, message.size, digest.bytes);
            /* DER, whose strictness is not ours, is read by OpenSSL and must come out the same. */
            const uint8_t *cursor = signature.data;
            uint8_t *again = NULL;
            ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &cursor, (long)signature.size);
            bool good = parsed && BN_num_bytes(ECDSA_SIG_get0_r(parsed)) <= 32 &&
                        BN_num_bytes(ECDSA_SIG_get0_s(parsed)) <= 32 &&
                        !BN_is_negative(ECDSA_SIG_get0_r(parsed)) &&
                        !BN_is_negative(ECDSA_SIG_get0_s(parsed)) &&
                        i2d_ECDSA_SIG(parsed, &again) == (int)signature.size &&
                        memcmp(again, signature.data, signature.size) == 0;
            OPENSSL_free(again);
            if (good) {
                uint8_t r[32], s[32];
                BN_bn2binpad(ECDSA_SIG_get0_r(parsed), r, 32);
                BN_bn2binpad(ECDSA_SIG_get0_s(parsed), s, 32);
                bool low = !u256_less(half_order, u256_from_be(s, 32));
                good = secp256k1_verify(key + 1, &digest, r, s) && low;
            }
            ECDSA_SIG_free(parsed);
            assert_int_equal(good, strcmp(result, "valid") == 0);
            good ? accepted++ : refused++;
        }
    }
    assert_true(accepted > 50 && refused > 50);
    json_decref(root);
}

int main(void)
{
    library = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    arena_open(&memory, 1 << 24);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_operations),     cmocka_unit_test(inverses),
        cmocka_unit_test(recover_random),       cmocka_unit_test(recover_signed),
        cmocka_unit_test(recover_edges),        cmocka_unit_test(recover_infinity),
        cmocka_unit_test(recover_constants),    cmocka_unit_test(sums_of_points),
        cmocka_unit_test(recover_meetings),     cmocka_unit_test(recover_hints_that_lie),
        cmocka_unit_test(ecrecover_precompile), cmocka_unit_test(wycheproof_bitcoin),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    secp256k1_context_destroy(library);
    return failed;
}
