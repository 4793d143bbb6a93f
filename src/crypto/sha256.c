#include "crypto/sha256.h"

#include "base/memory.h"

const uint32_t sha256_initial_state[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate_right(uint32_t x, unsigned bits) { return x >> bits | x << (32 - bits); }

/* Three rotations of one word, or two and a shift, added without carry. A machine without a rotation
 * shifts the word beside itself instead. */
static inline uint32_t rotate_three(uint32_t x, unsigned first, unsigned second, unsigned third)
{
#if defined(__riscv) && __riscv_xlen == 64 && !defined(__riscv_zbb)
    uint64_t twice = (uint64_t)x << 32 | x;
    return (uint32_t)(twice >> first ^ twice >> second ^ twice >> third);
#else
    return rotate_right(x, first) ^ rotate_right(x, second) ^ rotate_right(x, third);
#endif
}

static inline uint32_t rotate_two(uint32_t x, unsigned first, unsigned second, unsigned shift)
{
#if defined(__riscv) && __riscv_xlen == 64 && !defined(__riscv_zbb)
    uint64_t twice = (uint64_t)x << 32 | x;
    return (uint32_t)(twice >> first ^ twice >> second) ^ x >> shift;
#else
    return rotate_right(x, first) ^ rotate_right(x, second) ^ x >> shift;
#endif
}

static inline uint32_t load_be32(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static inline void round_step(uint32_t v[8], int i, uint32_t word_and_constant)
{
    /* The eight variables stand still; their names move instead. */
    uint32_t *a = &v[(0 - i) & 7], *b = &v[(1 - i) & 7], *c = &v[(2 - i) & 7], *d = &v[(3 - i) & 7];
    uint32_t *e = &v[(4 - i) & 7], *f = &v[(5 - i) & 7], *g = &v[(6 - i) & 7], *h = &v[(7 - i) & 7];
    uint32_t sum1 = rotate_three(*e, 6, 11, 25);
    uint32_t choice = *g ^ (*e & (*f ^ *g));
    uint32_t t = *h + sum1 + choice + word_and_constant;
    uint32_t sum0 = rotate_three(*a, 2, 13, 22);
    uint32_t majority = (*a & *b) | (*c & (*a | *b));
    *d += t;
    *h = t + sum0 + majority;
}

void sha256_compress(uint32_t state[8], const uint8_t block[64])
{
    uint32_t w[16], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = load_be32(block + 4 * i);
    for (int i = 0; i < 8; i++)
        v[i] = state[i];
    for (int base = 0; base < 64; base += 16) {
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            if (base > 0) {
                uint32_t w15 = w[(i + 1) & 15], w2 = w[(i + 14) & 15];
                uint32_t small0 = rotate_two(w15, 7, 18, 3);
                uint32_t small1 = rotate_two(w2, 17, 19, 10);
                w[i] += small0 + w[(i + 9) & 15] + small1;
            }
            round_step(v, i, w[i] + round_constants[base + i]);
        }
    }
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

void sha256(hash256 *out, const uint8_t *data, size_t size_bytes)
{
    uint32_t state[8];
    memcpy(state, sha256_initial_state, sizeof state);
    size_t whole = size_bytes & ~(size_t)63;
    for (size_t i = 0; i < whole; i += 64)
        sha256_compress(state, data + i);

    uint8_t block[64] = {0};
    size_t rest = size_bytes - whole;
    if (rest > 0)
        memcpy(block, data + whole, rest);
    block[rest] = 0x80;
    if (rest >= 56) {
        sha256_compress(state, block);
        memset(block, 0, sizeof block);
    }
    uint64_t bits = (uint64_t)size_bytes << 3;
    for (int i = 0; i < 8; i++)
        block[56 + i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_compress(state, block);
    for (int i = 0; i < 8; i++) {
        uint32_t big_endian = __builtin_bswap32(state[i]);
        memcpy(out->bytes + 4 * i, &big_endian, 4);
    }
}
