/* One digest over what the functions of this folder give on many inputs: the native build and the guest's
 * must agree on it. */
#ifndef ASHLAR_CRYPTO_EXERCISE_TEST_H
#define ASHLAR_CRYPTO_EXERCISE_TEST_H

#include "base/memory.h"
#include "crypto/keccak.h"
#include "crypto/modular_inverse.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"

static inline uint64_t exercise_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15;
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline void exercise_fill(uint8_t *out, size_t size, uint64_t *state)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)exercise_random(state);
}

static inline void exercise_hashes(keccak256_context *digest, uint64_t *state)
{
    static uint8_t input[700];
    exercise_fill(input, sizeof input, state);
    for (size_t size = 0; size <= 690; size += size < 280 ? 1 : 37)
        for (size_t offset = 0; offset < 8; offset += 1 + size % 4) {
            hash256 hash;
            keccak256(&hash, input + offset, size);
            keccak256_absorb(digest, hash.bytes, 32);
            keccak256_absorb(digest, input + offset, size % 150);
            if (size > 200)
                continue;
            sha256(&hash, input + offset, size);
            keccak256_absorb(digest, hash.bytes, 32);
            ripemd160(hash.bytes, input + offset, size);
            keccak256_absorb(digest, hash.bytes, 20);
        }
}

static inline void exercise_signatures(keccak256_context *digest, uint64_t *state, int count)
{
    static const u256 order = {{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, UINT64_MAX}};
    for (int i = 0; i < count; i++) {
        hash256 message, r, s;
        exercise_fill(message.bytes, 32, state);
        exercise_fill(r.bytes, 32, state);
        exercise_fill(s.bytes, 32, state);
        /* Runs of zeros and ones, for the carries. */
        memset(r.bytes + 8 * (i % 4), i & 4 ? 0xff : 0, i & 8 ? 8 : 0);
        memset(s.bytes + 8 * (i % 3), i & 16 ? 0xff : 0, i & 32 ? 8 : 0);
        uint8_t key[64] = {0}, result[2];
        result[0] = secp256k1_recover(key, &message, r.bytes, s.bytes, (unsigned)i & 3);
        result[1] = secp256k1_verify(key, &message, r.bytes, s.bytes);
        keccak256_absorb(digest, result, 2);
        keccak256_absorb(digest, key, 64);
        u256 x = u256_from_be(message.bytes, 32);
        if (u256_less(x, order)) {
            x = modular_inverse(x, &order);
            keccak256_absorb(digest, (const uint8_t *)x.limb, 32);
        }
    }
}

static inline void exercise(hash256 *out)
{
    uint64_t state = 42;
    keccak256_context digest;
    keccak256_init(&digest);
    exercise_hashes(&digest, &state);
    exercise_signatures(&digest, &state, 100);
    keccak256_finish(&digest, out);
}

#endif
