/* Against OpenSSL's BLAKE2b, which is twelve rounds. Published vectors: src/evm/precompiles_test.c. */
#include "crypto/blake2f.h"

#include "crypto/exercise_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

/* RFC 7693, section 3.3, without a key. */
static void blake2b(uint8_t out[64], const uint8_t *data, size_t size)
{
    uint64_t h[8] = {
        0x6a09e667f3bcc908 ^ 0x01010040, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
        0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    };
    size_t done = 0;
    bool last;
    do {
        uint64_t block[16] = {0}, counter[2] = {0, 0};
        size_t part = size - done < 128 ? size - done : 128;
        if (part != 0)
            memcpy(block, data + done, part);
        done += part;
        counter[0] = done;
        last = done == size;
        blake2f(h, block, counter, last, 12);
    } while (!last);
    memcpy(out, h, 64);
}

static void as_openssl(void **unused)
{
    (void)unused;
    static uint8_t data[1000];
    uint64_t seed = 7;
    exercise_fill(data, sizeof data, &seed);
    for (size_t size = 0; size <= sizeof data; size += 1 + size / 40) {
        uint8_t ours[64], theirs[64];
        blake2b(ours, data, size);
        assert_int_equal(EVP_Digest(data, size, theirs, NULL, EVP_blake2b512(), NULL), 1);
        assert_memory_equal(ours, theirs, 64);
    }
}

/* No rounds leave h mixed with the start only, and each round counts. */
static void round_counts(void **unused)
{
    (void)unused;
    static const uint64_t zero[16] = {0};
    uint64_t h[8] = {1, 2, 3, 4, 5, 6, 7, 8}, other[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    blake2f(h, zero, zero, false, 0);
    /* h ^ h ^ the constants. */
    assert_true(h[0] == 0x6a09e667f3bcc908 && h[7] == 0x5be0cd19137e2179);
    memcpy(h, other, sizeof h);
    blake2f(h, zero, zero, false, 1);
    blake2f(other, zero, zero, false, 2);
    assert_memory_not_equal(h, other, sizeof h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_openssl), cmocka_unit_test(round_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
