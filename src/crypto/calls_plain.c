/* The machine's calls in plain C, natively and under qemu. In the machine the program's start brings its
 * own. */
#include "abi/calls.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/u256.h"
#include "base/u384.h"
#include "crypto/hint.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1_point.h"
#include "crypto/sha256.h"

void call_copy_words(uint64_t *destination, const uint64_t *source, size_t n)
{
    memmove(destination, source, n * sizeof *destination);
}

void call_keccak256(uint64_t digest[4], const uint8_t *data, const uint64_t tail[17], size_t n)
{
    hash256 out;
    keccak256_blocks(&out, data, (const uint8_t *)tail, n);
    memcpy(digest, out.bytes, sizeof out.bytes);
}

void call_sha256(uint64_t state[4], const uint8_t *data, const uint64_t tail[8], const uint64_t start[4],
                 size_t n)
{
    hash256 first, out;
    memcpy(first.bytes, start, sizeof first.bytes);
    sha256_blocks(&out, data, (const uint8_t *)tail, &first, n);
    memcpy(state, out.bytes, sizeof out.bytes);
}

void call_muladd(uint64_t *blocks, const uint64_t *list, const uint64_t m[4], size_t n)
{
    CHECK(n >= 1 && n <= CALL_ITEMS_MAX);
    const uint64_t modulus[4] = {m[0], m[1], m[2], m[3]};
    uint64_t quotient[4];
    for (size_t i = 0; i < n; i++) {
        uint64_t *block[CALL_LIST_NUMBERS];
        for (int k = 0; k < CALL_LIST_NUMBERS; k++)
            block[k] = blocks + 4 * (list[i] >> 16 * k & 0xFFFF);
        CHECK(u256_multiply_divide_limbs(quotient, block[3], block[0], block[1], block[2], modulus));
    }
}

void call_muladd_384(uint64_t *blocks, const uint64_t *list, const uint64_t m[6], size_t n)
{
    CHECK(n >= 1 && n <= CALL_ITEMS_MAX);
    uint64_t modulus[U384_LIMBS], quotient[U384_LIMBS];
    memcpy(modulus, m, sizeof modulus);
    for (size_t i = 0; i < n; i++) {
        uint64_t *block[CALL_LIST_NUMBERS];
        for (int k = 0; k < CALL_LIST_NUMBERS; k++)
            block[k] = blocks + U384_LIMBS * (list[i] >> 16 * k & 0xFFFF);
        CHECK(u384_multiply_divide(quotient, block[3], block[0], block[1], block[2], modulus));
    }
}

void call_divide(uint64_t q[4], uint64_t r[4], const uint64_t a[4], const uint64_t b[4], const uint64_t c[4],
                 const uint64_t m[4])
{
    CHECK(q + 4 <= r || r + 4 <= q);
    CHECK(u256_multiply_divide_limbs(q, r, a, b, c, m));
}

void call_point(uint64_t result[8], const uint64_t *list, const uint64_t start[8], const uint64_t *base,
                size_t n)
{
    CHECK(n >= 1 && n <= CALL_ITEMS_MAX && secp256k1_add_list(result, list, start, base, n));
}

void call_hint(uint64_t *results, call_hint_kind kind, const uint64_t *arguments)
{
    hint_compute(results, kind, arguments);
}
