/* Against OpenSSL's numbers. Published vectors: src/evm/precompiles_test.c. */
#include "crypto/modexp.h"

#include "crypto/exercise_test.h"
#include "crypto/zkvm_accelerators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>

enum { MAX_BYTES = 1100 };

static uint64_t seed = 0x5eed;
static BN_CTX *context;
static uint64_t scratch[MODEXP_SCRATCH_WORDS(MAX_BYTES) + 1];

/* Bytes among which runs of zeros and ones are frequent, where carries go wrong. */
static void fill(uint8_t *out, size_t size)
{
    exercise_fill(out, size, &seed);
    uint64_t kind = exercise_random(&seed);
    if (size < 2 || kind % 3 == 0)
        return;
    for (int i = 0; i < 3; i++) {
        size_t start = exercise_random(&seed) % size, length = exercise_random(&seed) % (size - start);
        memset(out + start, exercise_random(&seed) & 1 ? 0xff : 0, length);
    }
}

static void compare(bytes base, bytes exponent, bytes modulus)
{
    uint8_t result[MAX_BYTES + 1], expected[MAX_BYTES];
    const uint64_t guard = 0x0123456789abcdef;
    size_t words = MODEXP_SCRATCH_WORDS(modulus.size);
    scratch[words] = guard;
    result[modulus.size] = 0x5a;
    modexp(result, scratch, base, exponent, modulus);
    assert_true(scratch[words] == guard && result[modulus.size] == 0x5a);

    BIGNUM *b = BN_bin2bn(base.data, (int)base.size, NULL), *e = BN_bin2bn(exponent.data, (int)exponent.size,
                                                                           NULL);
    BIGNUM *m = BN_bin2bn(modulus.data, (int)modulus.size, NULL), *r = BN_new();
    if (!BN_is_zero(m))
        assert_true(BN_mod_exp(r, b, e, m, context) == 1);
    assert_int_equal(BN_bn2binpad(r, expected, (int)modulus.size), modulus.size);
    assert_memory_equal(result, expected, modulus.size);
    size_t zeros = 0;
    while (zeros < modulus.size && modulus.data[zeros] == 0)
        zeros++;
    memset(result, 0x5a, modulus.size);
    assert_int_equal(modexp_by_lists(result, base, exponent, modulus), modulus.size - zeros <= 32);
    if (modulus.size - zeros <= 32)
        assert_memory_equal(result, expected, modulus.size);
    assert_int_equal(result[modulus.size], 0x5a);
    BN_free(b);
    BN_free(e);
    BN_free(m);
    BN_free(r);
}

static void one_case(size_t base_bytes, size_t exponent_bytes, size_t modulus_bytes, unsigned kind)
{
    static uint8_t base[3 * MAX_BYTES], exponent[MAX_BYTES], modulus[MAX_BYTES];
    fill(base, base_bytes);
    fill(exponent, exponent_bytes);
    fill(modulus, modulus_bytes);
    if (modulus_bytes != 0) {
        uint8_t *last = &modulus[modulus_bytes - 1];
        size_t zeros = exercise_random(&seed) % modulus_bytes;
        switch (kind % 5) {
        case 0:
        case 1: *last |= 1; break;
        case 2: memset(last + 1 - zeros, 0, zeros); break;
        case 3: *last = (uint8_t)(*last & -(1u << zeros % 8)); break;
        default: /* a power of two */
            memset(modulus, 0, modulus_bytes);
            modulus[zeros] = (uint8_t)(1u << exercise_random(&seed) % 8);
        }
    }
    compare((bytes){base, base_bytes}, (bytes){exponent, exponent_bytes}, (bytes){modulus, modulus_bytes});
}

static void small_lengths(void **unused)
{
    (void)unused;
    for (size_t m = 0; m <= 72; m++)
        for (unsigned kind = 0; kind < 25; kind++)
            one_case(exercise_random(&seed) % 100, exercise_random(&seed) % 20, m, kind);
}

static void long_bases_and_exponents(void **unused)
{
    (void)unused;
    for (unsigned kind = 0; kind < 100; kind++)
        one_case(exercise_random(&seed) % 3000, exercise_random(&seed) % 300, exercise_random(&seed) % 40,
                 kind);
}

static void large_moduli(void **unused)
{
    (void)unused;
    for (unsigned kind = 0; kind < 40; kind++)
        one_case(exercise_random(&seed) % 1100, exercise_random(&seed) % 60,
                 100 + exercise_random(&seed) % 1000, kind);
}

/* Just below 2^(64n) the products of a reduction reach the last bit of their words. */
static void moduli_of_ones(void **unused)
{
    (void)unused;
    static uint8_t base[MAX_BYTES], ones[MAX_BYTES], modulus[MAX_BYTES];
    memset(ones, 0xff, sizeof ones);
    for (size_t words = 1; words <= 24; words++)
        for (unsigned i = 0; i < 60; i++) {
            size_t size = 8 * words, base_bytes = i % 2 == 0 ? 1 : size;
            memset(modulus, 0xff, size);
            modulus[size - 1] = (uint8_t)(exercise_random(&seed) | 1);
            if (i % 3 == 0)
                modulus[exercise_random(&seed) % size] = 0xfe;
            fill(base, base_bytes);
            bytes m = {modulus, size}, b = {base, base_bytes};
            compare(b, (bytes){ones, size}, m);
            compare(b, m, m);
        }
}

/* Every value of two small numbers, and their corner cases. */
static void exhaustive(void **unused)
{
    (void)unused;
    for (unsigned m = 0; m < 70; m++)
        for (unsigned b = 0; b < 70; b++)
            for (unsigned e = 0; e < 10; e++) {
                const uint8_t base = (uint8_t)b, exponent = (uint8_t)e, modulus = (uint8_t)m;
                unsigned expected = m == 0 ? 0 : 1 % m;
                for (unsigned i = 0; i < e && m != 0; i++)
                    expected = expected * b % m;
                uint8_t result;
                modexp(&result, scratch, (bytes){&base, 1}, (bytes){&exponent, 1}, (bytes){&modulus, 1});
                assert_int_equal(result, expected);
                assert_true(modexp_by_lists(&result, (bytes){&base, 1}, (bytes){&exponent, 1},
                                            (bytes){&modulus, 1}));
                assert_int_equal(result, expected);
            }
}

static void accelerator(void **unused)
{
    (void)unused;
    static uint8_t modulus[1032], result[1032];
    const uint8_t base = 3, exponent = 5;
    modulus[1023] = 100;
    assert_int_equal(zkvm_modexp(&base, 1, &exponent, 1, modulus, 1024, result), ZKVM_EOK);
    assert_int_equal(result[1023], 43);
    assert_int_equal(zkvm_modexp(&base, 1, &exponent, 1, modulus, 1025, result), ZKVM_EFAIL);
    assert_int_equal(zkvm_modexp(NULL, 0, NULL, 0, modulus, 1024, result), ZKVM_EOK);
    assert_int_equal(result[1023], 1);
    assert_int_equal(zkvm_modexp(NULL, 0, NULL, 0, NULL, 0, result), ZKVM_EOK);
}

int main(void)
{
    context = BN_CTX_new();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exhaustive),
        cmocka_unit_test(small_lengths),
        cmocka_unit_test(long_bases_and_exponents),
        cmocka_unit_test(large_moduli),
        cmocka_unit_test(moduli_of_ones),
        cmocka_unit_test(accelerator),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    BN_CTX_free(context);
    return failed;
}
