/* Keccak, SHA-256 and RIPEMD-160 against OpenSSL and published vectors. */
#include "base/hex.h"
#include "base/memory.h"
#include "crypto/keccak.h"
#include "crypto/ripemd160.h"
#include "crypto/sha256.h"
#include "crypto/zkvm_accelerators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#define LONGEST 1200

static uint8_t input[LONGEST + 8];

static void fill_input(void)
{
    uint64_t x = 88172645463325252;
    for (size_t i = 0; i < sizeof input; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        input[i] = (uint8_t)x;
    }
}

static void assert_hex(const uint8_t *got, size_t size, const char *want)
{
    char text[2 * 32 + 1];
    hex_encode(text, got, size);
    assert_string_equal(text, want);
}

/* The Keccak team's vectors and Ethereum's well-known digests. */
static void keccak_published(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *digest;
    } vectors[] = {
        {"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
        {"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"},
        {"\x80", "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"},
        {"\xc0", "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"},
        {"The quick brown fox jumps over the lazy dog",
         "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15"},
        {"transfer(address,uint256)", "a9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        hash256 digest;
        keccak256(&digest, (const uint8_t *)vectors[i].text, strlen(vectors[i].text));
        assert_hex(digest.bytes, 32, vectors[i].digest);
        zkvm_keccak256_hash same;
        zkvm_status result = zkvm_keccak256((const uint8_t *)vectors[i].text, strlen(vectors[i].text), &same);
        assert_int_equal(result, ZKVM_EOK);
        assert_memory_equal(same.data, digest.bytes, 32);
    }
    uint64_t state[25] = {0};
    keccak_f1600(state);
    assert_true(state[0] == 0xf1258f7940e1dde7 && state[24] == 0xeaf1ff7b5ceca249);
}

/* SHA3-256 is the same sponge with another padding byte: the permutation against OpenSSL. */
static void sha3_through_keccak(hash256 *out, const uint8_t *data, size_t size)
{
    uint64_t state[25] = {0};
    uint8_t *lanes = (uint8_t *)state;
    size_t filled = 0;
    for (size_t i = 0; i < size; i++) {
        lanes[filled++] ^= data[i];
        if (filled == KECCAK256_RATE_BYTES) {
            keccak_f1600(state);
            filled = 0;
        }
    }
    lanes[filled] ^= 0x06;
    lanes[KECCAK256_RATE_BYTES - 1] ^= 0x80;
    keccak_f1600(state);
    memcpy(out, state, 32);
}

/* Keccak-256 written plainly on the permutation, to hold the real one's paths against. */
static void plain_keccak(hash256 *out, const uint8_t *data, size_t size)
{
    uint64_t state[25] = {0};
    uint8_t *lanes = (uint8_t *)state;
    for (size_t i = 0; i < size; i++) {
        lanes[i % KECCAK256_RATE_BYTES] ^= data[i];
        if (i % KECCAK256_RATE_BYTES == KECCAK256_RATE_BYTES - 1)
            keccak_f1600(state);
    }
    lanes[size % KECCAK256_RATE_BYTES] ^= 0x01;
    lanes[KECCAK256_RATE_BYTES - 1] ^= 0x80;
    keccak_f1600(state);
    memcpy(out, state, 32);
}

static void keccak_lengths(void **unused)
{
    (void)unused;
    for (size_t size = 0; size <= LONGEST; size++) {
        hash256 got, want;
        sha3_through_keccak(&got, input, size);
        assert_true(EVP_Digest(input, size, want.bytes, NULL, EVP_sha3_256(), NULL) == 1);
        assert_memory_equal(&got, &want, 32);
        for (size_t offset = 0; offset < 8; offset += 1 + size % 3) {
            plain_keccak(&want, input + offset, size);
            keccak256(&got, input + offset, size);
            assert_memory_equal(&got, &want, 32);
        }
    }
}

static void keccak_pieces(void **unused)
{
    (void)unused;
    uint64_t x = 1;
    for (int round = 0; round < 2000; round++) {
        keccak256_context context;
        keccak256_init(&context);
        x = x * 6364136223846793005 + 1442695040888963407;
        size_t size = (size_t)(x >> 33) % (LONGEST + 1), done = 0;
        while (done < size) {
            x = x * 6364136223846793005 + 1442695040888963407;
            size_t piece = (size_t)(x >> 40) % (x >> 60 < 8 ? 12 : 300);
            if (piece > size - done)
                piece = size - done;
            keccak256_absorb(&context, input + done, piece);
            done += piece;
        }
        hash256 got, want;
        keccak256_finish(&context, &got);
        plain_keccak(&want, input, size);
        assert_memory_equal(&got, &want, 32);
    }
}

static void sha256_lengths(void **unused)
{
    (void)unused;
    for (size_t size = 0; size <= LONGEST; size++) {
        hash256 got, want;
        sha256(&got, input + size % 8, size);
        assert_true(EVP_Digest(input + size % 8, size, want.bytes, NULL, EVP_sha256(), NULL) == 1);
        assert_memory_equal(&got, &want, 32);
    }
    hash256 digest;
    sha256(&digest, (const uint8_t *)"abc", 3);
    assert_hex(digest.bytes, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void ripemd160_published(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *digest;
    } vectors[] = {
        {"", "9c1185a5c5e9fc54612808977ee8f548b2258d31"},
        {"a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe"},
        {"abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
        {"message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "12a053384a9c0c88e405a06c27dcf49ada62eb2b"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        zkvm_ripemd160_hash digest;
        const uint8_t *text = (const uint8_t *)vectors[i].text;
        zkvm_status result = zkvm_ripemd160(text, strlen(vectors[i].text), &digest);
        assert_int_equal(result, ZKVM_EOK);
        assert_hex(digest.data + 12, 20, vectors[i].digest);
        assert_hex(digest.data, 12, "000000000000000000000000");
    }
}

static void ripemd160_lengths(void **unused)
{
    (void)unused;
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(NULL, "legacy");
    OSSL_PROVIDER *standard = OSSL_PROVIDER_load(NULL, "default");
    EVP_MD *oracle = EVP_MD_fetch(NULL, "RIPEMD160", NULL);
    assert_non_null(oracle);
    for (size_t size = 0; size <= LONGEST; size++) {
        uint8_t got[20], want[20];
        ripemd160(got, input + size % 8, size);
        assert_true(EVP_Digest(input + size % 8, size, want, NULL, oracle, NULL) == 1);
        assert_memory_equal(got, want, 20);
    }
    EVP_MD_free(oracle);
    OSSL_PROVIDER_unload(standard);
    OSSL_PROVIDER_unload(legacy);
}

int main(void)
{
    fill_input();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keccak_published), cmocka_unit_test(keccak_lengths),
        cmocka_unit_test(keccak_pieces),    cmocka_unit_test(sha256_lengths),
        cmocka_unit_test(ripemd160_published), cmocka_unit_test(ripemd160_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
