/* What lists of products compute on BLS12-381, against blst: points of the subgroups as blst maps numbers to them, some
 * of the curve only, infinity, and bytes that are none. Published vectors in the guest, where this way is taken:
 * tests/crypto/precompiles_guest_test.c. */
#include "crypto/bls12_381.h"

#include "crypto/exercise_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 0x381;

static const uint8_t minus_1[48] = {
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7,
    0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24,
    0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xaa,
};

static void random_number(uint8_t out[48])
{
    exercise_fill(out, 48, &seed);
    out[0] &= 0x0f;
}

static void negate(uint8_t y[48])
{
    int borrow = 0;
    for (int i = 47; i >= 0; i--) {
        int d = minus_1[i] + (i == 47) - y[i] - borrow;
        borrow = d < 0;
        y[i] = (uint8_t)d;
    }
}

/* Mostly of the group; else infinity, (0, ±2), which is on the curve alone, or spoilt. */
static zkvm_bls12_381_g1_point point_1(unsigned kind)
{
    zkvm_bls12_381_g1_point p;
    zkvm_bls12_381_fp u;
    random_number(u.data);
    assert_int_equal(zkvm_bls12_map_fp_to_g1(&u, &p), ZKVM_EOK);
    if (kind == 1 || kind == 2)
        memset(&p, 0, sizeof p);
    if (kind == 2)
        p.data[95] = 2;
    if (kind == 3)
        p.data[exercise_random(&seed) % 96] ^= 4;
    if (kind == 4)
        memcpy(p.data, minus_1, 48);
    if (kind == 5)
        p.data[0] |= 0x80;
    if (exercise_random(&seed) % 2 == 0 && kind != 1)
        negate(p.data + 48);
    return p;
}

static zkvm_bls12_381_g2_point point_2(unsigned kind)
{
    zkvm_bls12_381_g2_point p;
    zkvm_bls12_381_fp2 u;
    random_number(u.data);
    random_number(u.data + 48);
    assert_int_equal(zkvm_bls12_map_fp2_to_g2(&u, &p), ZKVM_EOK);
    if (kind == 1)
        memset(&p, 0, sizeof p);
    if (kind == 3)
        p.data[exercise_random(&seed) % 192] ^= 4;
    if (kind == 5)
        p.data[96] |= 0x80;
    return p;
}

static unsigned random_kind(void)
{
    return exercise_random(&seed) % 3 == 0 ? (unsigned)(exercise_random(&seed) % 6) : 0;
}

static void sums(void **unused)
{
    (void)unused;
    for (int i = 0; i < 200; i++) {
        zkvm_bls12_381_g1_point p = point_1(random_kind()), q = point_1(random_kind()), plain, listed;
        if (i % 5 == 0)
            q = p;
        if (i % 10 == 0)
            negate(q.data + 48);
        memset(&plain, 0, sizeof plain);
        listed = plain;
        zkvm_status done = bls12_381_g1_add_plainly(&p, &q, &plain);
        assert_int_equal(bls12_381_g1_add_by_lists(&p, &q, &listed), done);
        assert_memory_equal(&listed, &plain, sizeof plain);
    }
    for (int i = 0; i < 100; i++) {
        zkvm_bls12_381_g2_point p = point_2(random_kind()), q = point_2(random_kind()), plain, listed;
        if (i % 5 == 0)
            q = p;
        if (i % 10 == 0) {
            negate(q.data + 96);
            negate(q.data + 144);
        }
        memset(&plain, 0, sizeof plain);
        listed = plain;
        zkvm_status done = bls12_381_g2_add_plainly(&p, &q, &plain);
        assert_int_equal(bls12_381_g2_add_by_lists(&p, &q, &listed), done);
        assert_memory_equal(&listed, &plain, sizeof plain);
    }
}

static void random_scalar(zkvm_bls12_381_scalar *k)
{
    exercise_fill(k->data, 32, &seed);
    switch (exercise_random(&seed) % 6) {
    case 0: memset(k->data, 0, 32); break;
    case 1: memset(k->data, 0xff, 32); break;
    case 2: memset(k->data, 0, 31); break;
    default: break;
    }
}

static void multiples(void **unused)
{
    (void)unused;
    enum { MOST = 40 };
    static const size_t counts[] = {0, 1, 1, 2, 3, 5, 32, 33, MOST};
    for (size_t i = 0; i < 3 * sizeof counts / sizeof *counts; i++) {
        size_t count = counts[i % (sizeof counts / sizeof *counts)];
        static zkvm_bls12_381_g1_msm_pair first[MOST];
        static zkvm_bls12_381_g2_msm_pair second[MOST];
        bool some_bad = i % 4 == 3;
        for (size_t k = 0; k < count; k++) {
            first[k].point = point_1(some_bad ? random_kind() : exercise_random(&seed) % 4 == 0);
            second[k].point = point_2(some_bad ? random_kind() : exercise_random(&seed) % 4 == 0);
            random_scalar(&first[k].scalar);
            random_scalar(&second[k].scalar);
        }
        zkvm_bls12_381_g1_point plain_1 = {{0}}, listed_1 = plain_1;
        zkvm_bls12_381_g2_point plain_2 = {{0}}, listed_2 = plain_2;
        zkvm_status done = bls12_381_g1_msm_plainly(first, count, &plain_1);
        assert_int_equal(bls12_381_g1_msm_by_lists(first, count, &listed_1), done);
        if (done == ZKVM_EOK)
            assert_memory_equal(&listed_1, &plain_1, sizeof plain_1);
        done = bls12_381_g2_msm_plainly(second, count, &plain_2);
        assert_int_equal(bls12_381_g2_msm_by_lists(second, count, &listed_2), done);
        if (done == ZKVM_EOK)
            assert_memory_equal(&listed_2, &plain_2, sizeof plain_2);
    }
}

/* Pairs, and the same with one point's negation: their product is 1. */
static void pairings(void **unused)
{
    (void)unused;
    enum { MOST = 36 };
    static const size_t counts[] = {0, 1, 2, 3, 16, 17, 18};
    for (size_t i = 0; i < 2 * sizeof counts / sizeof *counts; i++) {
        size_t count = counts[i % (sizeof counts / sizeof *counts)];
        static zkvm_bls12_381_pairing_pair pairs[MOST];
        bool some_bad = i >= sizeof counts / sizeof *counts;
        for (size_t k = 0; k < count; k++) {
            pairs[k].g1 = point_1(some_bad ? random_kind() : exercise_random(&seed) % 6 == 0);
            pairs[k].g2 = point_2(some_bad ? random_kind() : exercise_random(&seed) % 6 == 0);
            pairs[count + k] = pairs[k];
            if (pairs[k].g1.data[0] != 0 || pairs[k].g1.data[95] != 0)
                negate(pairs[count + k].g1.data + 48);
        }
        for (size_t n = count; n <= 2 * count && n < MOST; n += count + (count == 0)) {
            bool plain = false, listed = false;
            zkvm_status done = bls12_381_pairing_plainly(pairs, n, &plain);
            assert_int_equal(bls12_381_pairing_by_lists(pairs, n, &listed), done);
            if (done == ZKVM_EOK)
                assert_int_equal(listed, plain);
            if (done == ZKVM_EOK && n == 2 * count)
                assert_true(listed);
        }
    }
}

static void compress(uint8_t out[48], const zkvm_bls12_381_g1_point *p)
{
    uint8_t negated[48];
    memcpy(negated, p->data + 48, 48);
    negate(negated);
    memcpy(out, p->data, 48);
    out[0] |= memcmp(p->data + 48, negated, 48) > 0 ? 0xa0 : 0x80;
}

/* A polynomial that is constant has the proof at infinity; and bytes that are good or bad, of which no proof
 * holds. Proofs that hold: the vectors of the guest's test. */
static void proofs(void **unused)
{
    (void)unused;
    static const zkvm_bls12_381_g1_point generator = {{
        0x17, 0xf1, 0xd3, 0xa7, 0x31, 0x97, 0xd7, 0x94, 0x26, 0x95, 0x63, 0x8c, 0x4f, 0xa9, 0xac, 0x0f,
        0xc3, 0x68, 0x8c, 0x4f, 0x97, 0x74, 0xb9, 0x05, 0xa1, 0x4e, 0x3a, 0x3f, 0x17, 0x1b, 0xac, 0x58,
        0x6c, 0x55, 0xe8, 0x3f, 0xf9, 0x7a, 0x1a, 0xef, 0xfb, 0x3a, 0xf0, 0x0a, 0xdb, 0x22, 0xc6, 0xbb,
        0x08, 0xb3, 0xf4, 0x81, 0xe3, 0xaa, 0xa0, 0xf1, 0xa0, 0x9e, 0x30, 0xed, 0x74, 0x1d, 0x8a, 0xe4,
        0xfc, 0xf5, 0xe0, 0x95, 0xd5, 0xd0, 0x0a, 0xf6, 0x00, 0xdb, 0x18, 0xcb, 0x2c, 0x04, 0xb3, 0xed,
        0xd0, 0x3c, 0xc7, 0x44, 0xa2, 0x88, 0x8a, 0xe4, 0x0c, 0xaa, 0x23, 0x29, 0x46, 0xc5, 0xe7, 0xe1,
    }};
    int held = 0, refused = 0;
    for (int i = 0; i < 60; i++) {
        zkvm_bls12_381_g1_msm_pair constant = {.point = generator};
        zkvm_bls12_381_g1_point value, other = point_1(i % 7 == 6 ? 2 : 0);
        zkvm_kzg_commitment commitment;
        zkvm_kzg_proof proof = {{0xc0}};
        zkvm_kzg_field_element z, y;
        random_scalar(&constant.scalar);
        constant.scalar.data[0] &= 0x3f;
        assert_int_equal(bls12_381_g1_msm_plainly(&constant, 1, &value), ZKVM_EOK);
        memcpy(y.data, constant.scalar.data, 32);
        exercise_fill(z.data, 32, &seed);
        z.data[0] &= i % 8 == 7 ? 0xff : 0x3f;
        compress(commitment.data, &value);
        if (memcmp(value.data, (uint8_t[96]){0}, 96) == 0) {
            memset(commitment.data, 0, 48);
            commitment.data[0] = 0xc0;
        }
        if (i % 3 == 1)
            compress(proof.data, &other);
        if (i % 6 == 2)
            compress(commitment.data, &other);
        if (i % 12 == 5)
            commitment.data[exercise_random(&seed) % 48] ^= (uint8_t)(1u << exercise_random(&seed) % 8);
        if (i % 12 == 11)
            proof.data[i % 24 == 11 ? 0 : 47] ^= (uint8_t)(1u << exercise_random(&seed) % 8);
        bool plain = false, listed = false;
        zkvm_status done = bls12_381_kzg_plainly(&commitment, &z, &y, &proof, &plain);
        assert_int_equal(bls12_381_kzg_by_lists(&commitment, &z, &y, &proof, &listed), done);
        assert_int_equal(listed, plain);
        held += listed;
        refused += done != ZKVM_EOK;
    }
    assert_true(held > 10 && refused > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(multiples),
        cmocka_unit_test(pairings),
        cmocka_unit_test(proofs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
