/* Against OpenSSL and Wycheproof's vectors. More published vectors: src/evm/precompiles_test.c. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/secp256r1.h"

#include "base/hex.h"
#include "crypto/exercise_test.h"
#include "crypto/secp256r1_field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>

/* Whatever is asked below, by both ways. */
static bool verify_both_ways(const uint8_t public_key_xy[64], const hash256 *message, const uint8_t r[32],
                             const uint8_t s[32])
{
    bool plain = secp256r1_verify_plainly(public_key_xy, message, r, s);
    assert_int_equal(secp256r1_verify_by_lists(public_key_xy, message, r, s), plain);
    return plain;
}

#define secp256r1_verify verify_both_ways

static const u256 prime = R1_PRIME;
static uint64_t seed = 0x5eed;
static BN_CTX *context;
static EC_GROUP *group;
static BIGNUM *order;

static u256 random_below(u256 bound)
{
    for (;;) {
        u256 x;
        for (int i = 0; i < 4; i++) {
            uint64_t kind = exercise_random(&seed) % 8;
            x.limb[i] =
                kind == 0 ? 0 : kind == 1 ? UINT64_MAX : kind == 2 ? bound.limb[i] : exercise_random(&seed);
        }
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

static void assert_value(const char *what, u256 got, const BIGNUM *want)
{
    uint8_t be[32];
    assert_int_equal(BN_bn2binpad(want, be, 32), 32);
    if (!u256_equal(got, u256_from_be(be, 32)))
        fail_msg("%s differs", what);
}

/* Everything linear is the same in Montgomery's form, products lack 2^256. */
static void field(void **unused)
{
    (void)unused;
    BIGNUM *p = to_bn(prime), *shift = BN_new(), *inverse = BN_new(), *t = BN_new();
    BN_lshift(shift, BN_value_one(), 256);
    BN_mod_inverse(inverse, shift, p, context);
    for (int i = 0; i < 30000; i++) {
        r1_field x = random_below(prime), y = random_below(prime), r;
        BIGNUM *a = to_bn(x), *b = to_bn(y);
        r1_add(&r, &x, &y);
        BN_mod_add(t, a, b, p, context);
        assert_value("sum", r, t);
        r1_sub(&r, &x, &y);
        BN_mod_sub(t, a, b, p, context);
        assert_value("difference", r, t);
        r1_half(&r, &x);
        r1_add(&r, &r, &r);
        assert_true(u256_equal(r, x));
        r1_mul(&r, &x, &y);
        BN_mod_mul(t, a, b, p, context);
        BN_mod_mul(t, t, inverse, p, context);
        assert_value("product", r, t);
        r1_square(&r, &x);
        BN_mod_sqr(t, a, p, context);
        BN_mod_mul(t, t, inverse, p, context);
        assert_value("square", r, t);
        BN_free(a);
        BN_free(b);
    }
    BN_free(p);
    BN_free(shift);
    BN_free(inverse);
    BN_free(t);
}

typedef struct {
    uint8_t key[64], r[32], s[32];
    hash256 message;
} signed_message;

static EC_KEY *make_key(uint8_t out[64], const BIGNUM *secret)
{
    EC_KEY *key = EC_KEY_new();
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *x = BN_new(), *y = BN_new();
    EC_KEY_set_group(key, group);
    EC_KEY_set_private_key(key, secret);
    EC_POINT_mul(group, point, secret, NULL, NULL, context);
    assert_int_equal(EC_KEY_set_public_key(key, point), 1);
    EC_POINT_get_affine_coordinates(group, point, x, y, context);
    BN_bn2binpad(x, out, 32);
    BN_bn2binpad(y, out + 32, 32);
    EC_POINT_free(point);
    BN_free(x);
    BN_free(y);
    return key;
}

static bool openssl_verify(EC_KEY *key, const signed_message *m)
{
    ECDSA_SIG *signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn(m->r, 32, NULL), BN_bin2bn(m->s, 32, NULL));
    bool good = ECDSA_do_verify(m->message.bytes, 32, signature, key) == 1;
    ECDSA_SIG_free(signature);
    return good;
}

static bool verify(const signed_message *m) { return secp256r1_verify(m->key, &m->message, m->r, m->s); }

/* Signed by OpenSSL, among others by small keys, whose multiples meet the generator's; then changed. */
static void signatures(void **unused)
{
    (void)unused;
    size_t accepted = 0, refused = 0;
    for (unsigned i = 0; i < 150; i++) {
        signed_message m;
        BIGNUM *secret = i < 40 ? to_bn(u256_from_u64(1 + i)) : to_bn(random_below(prime));
        BN_mod(secret, secret, order, context);
        if (BN_is_zero(secret))
            BN_one(secret);
        if (i % 4 == 3)
            BN_sub(secret, order, secret);
        EC_KEY *key = make_key(m.key, secret);
        exercise_fill(m.message.bytes, 32, &seed);
        if (i % 10 == 0)
            memset(m.message.bytes, i % 20 ? 0xff : 0, 32);
        ECDSA_SIG *signature = ECDSA_do_sign(m.message.bytes, 32, key);
        BN_bn2binpad(ECDSA_SIG_get0_r(signature), m.r, 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(signature), m.s, 32);
        ECDSA_SIG_free(signature);
        assert_true(verify(&m));
        accepted++;
        for (int change = 0; change < 6; change++) {
            signed_message other = m;
            uint8_t *part = change < 2 ? other.r : change < 4 ? other.s : other.message.bytes;
            if (change % 2)
                part[exercise_random(&seed) % 32] ^= (uint8_t)(1u << exercise_random(&seed) % 8);
            else
                exercise_fill(part, 32, &seed);
            bool good = openssl_verify(key, &other);
            assert_int_equal(verify(&other), good);
            refused += !good;
        }
        EC_KEY_free(key);
        BN_free(secret);
    }
    assert_true(accepted >= 100 && refused > 500);
}

/* message = −r·secret makes the sum infinity. */
static void infinity(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < 30; i++) {
        signed_message m;
        BIGNUM *secret = to_bn(u256_from_u64(1 + exercise_random(&seed) % (i < 15 ? 20 : UINT64_MAX)));
        EC_KEY *key = make_key(m.key, secret);
        exercise_fill(m.r, 32, &seed);
        exercise_fill(m.s, 32, &seed);
        m.r[0] = m.s[0] = 0;
        BIGNUM *t = BN_bin2bn(m.r, 32, NULL);
        BN_mod_mul(t, t, secret, order, context);
        BN_sub(t, order, t);
        BN_bn2binpad(t, m.message.bytes, 32);
        assert_false(verify(&m));
        assert_false(openssl_verify(key, &m));
        BN_free(t);
        BN_free(secret);
        EC_KEY_free(key);
    }
}

static void refusals(void **unused)
{
    (void)unused;
    signed_message m;
    BIGNUM *secret = to_bn(u256_from_u64(12345));
    EC_KEY *key = make_key(m.key, secret);
    exercise_fill(m.message.bytes, 32, &seed);
    ECDSA_SIG *signature = ECDSA_do_sign(m.message.bytes, 32, key);
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), m.r, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), m.s, 32);
    for (int i = 0; i < 8; i++) {
        signed_message bad = m;
        uint8_t *part = i & 1 ? bad.s : bad.r;
        if (i < 2)
            memset(part, 0, 32);
        else if (i < 4)
            BN_bn2binpad(order, part, 32);
        else if (i < 6)
            u256_to_be(bad.key + 32 * (i & 1), prime);
        else if (i == 6)
            memset(bad.key, 0, 64);
        else
            bad.key[63] ^= 1;
        assert_false(verify(&bad));
    }
    assert_true(verify(&m));
    ECDSA_SIG_free(signature);
    EC_KEY_free(key);
    BN_free(secret);
}

static void wycheproof(void **unused)
{
    (void)unused;
    const char *folder = getenv("ASHLAR_FIXTURES");
    char path[512];
    snprintf(path, sizeof path, "%s/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json",
             folder ? folder : "../shared/fixtures");
    json_t *root = json_load_file(path, 0, NULL), *set, *test;
    if (!root) {
        printf("skipped: %s is not there; set ASHLAR_FIXTURES to the folder of test fixtures\n", path);
        skip();
    }
    arena memory;
    arena_open(&memory, 1 << 20);
    size_t g, t, accepted = 0, refused = 0;
    json_array_foreach(json_object_get(root, "testGroups"), g, set) {
        const char *uncompressed = json_string_value(json_object_get(json_object_get(set, "publicKey"),
                                                                     "uncompressed"));
        uint8_t key[65];
        assert_int_equal(hex_decode_exact(key, 65, uncompressed, strlen(uncompressed)), OK);
        json_array_foreach(json_object_get(set, "tests"), t, test) {
            const char *text = json_string_value(json_object_get(test, "msg"));
            const char *hex = json_string_value(json_object_get(test, "sig"));
            bytes message, signature;
            memory.used_bytes = 0;
            assert_int_equal(hex_decode(&memory, &message, text, strlen(text)), OK);
            assert_int_equal(hex_decode(&memory, &signature, hex, strlen(hex)), OK);
            hash256 digest;
            SHA256(message.data, message.size, digest.bytes);
            bool good = signature.size == 64 &&
                        secp256r1_verify(key + 1, &digest, signature.data, signature.data + 32);
            if (good != (strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0))
                fail_msg("case %lld", json_integer_value(json_object_get(test, "tcId")));
            good ? accepted++ : refused++;
        }
    }
    assert_true(accepted > 50 && refused > 50);
    json_decref(root);
    arena_close(&memory);
}

int main(void)
{
    context = BN_CTX_new();
    group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    order = BN_dup(EC_GROUP_get0_order(group));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field),    cmocka_unit_test(signatures), cmocka_unit_test(infinity),
        cmocka_unit_test(refusals), cmocka_unit_test(wycheproof),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    BN_free(order);
    EC_GROUP_free(group);
    BN_CTX_free(context);
    return failed;
}
