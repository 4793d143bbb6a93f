#include "crypto/ripemd160.h"

#include "base/memory.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read as they lie in memory");

/* Which word of the block each step takes, and how far it rotates: left line, then right line. */
static const uint8_t word_of_step[2][80] = {
    {0, 1, 2,  3,  4,  5,  6, 7,  8, 9, 10, 11, 12, 13, 14, 15, 7, 4,  13, 1,  10, 6, 15, 3, 12, 0, 9,
     5, 2, 14, 11, 8,  3,  10, 14, 4, 9, 15, 8,  1,  2,  7,  0,  6, 13, 11, 5,  12, 1, 9,  11, 10, 0, 8,
     12, 4, 13, 3, 7,  15, 14, 5, 6, 2, 4,  0,  5,  9,  7,  12, 2, 10, 14, 1,  3,  8, 11, 6, 15, 13},
    {5,  14, 7, 0, 9, 2,  11, 4, 13, 6, 15, 8, 1, 10, 3, 12, 6, 11, 3,  7, 0,  13, 5, 10, 14, 15, 8,
     12, 4,  9, 1, 2, 15, 5,  1, 3,  7, 14, 6, 9, 11, 8, 12, 2, 10, 0,  4, 13, 8,  6, 4,  1,  3,  11,
     15, 0,  5, 12, 2, 13, 9, 7, 10, 14, 12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11},
};
static const uint8_t rotation_of_step[2][80] = {
    {11, 14, 15, 12, 5,  8,  7,  9,  11, 13, 14, 15, 6,  7, 9, 8,  7,  6,  8,  13, 11, 9,  7,
     15, 7,  12, 15, 9,  11, 7,  13, 12, 11, 13, 6,  7,  14, 9, 13, 15, 14, 8,  13, 6,  5,  12,
     7,  5,  11, 12, 14, 15, 14, 15, 9,  8,  9,  14, 5,  6, 8, 6,  5,  12, 9,  15, 5,  11, 6,
     8,  13, 12, 5,  12, 13, 14, 11, 8,  5,  6},
    {8,  9,  9,  11, 13, 15, 15, 5,  7,  7,  8,  11, 14, 14, 12, 6,  9,  13, 15, 7,  12, 8,  9,
     11, 7,  7,  12, 7,  6,  15, 13, 11, 9,  7,  15, 11, 8,  6,  6,  14, 12, 13, 5,  14, 13, 13,
     7,  5,  15, 5,  8,  11, 14, 14, 6,  14, 6,  9,  12, 9,  12, 5,  15, 8,  8,  5,  12, 9,  12,
     5,  14, 6,  8,  13, 6,  5,  15, 13, 11, 11},
};
static const uint32_t constant_of_round[2][5] = {
    {0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e},
    {0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0},
};

static inline uint32_t rotate_left(uint32_t x, unsigned bits) { return x << bits | x >> (32 - bits); }

static inline uint32_t mix(int function, uint32_t x, uint32_t y, uint32_t z)
{
    switch (function) {
    case 0:
        return x ^ y ^ z;
    case 1:
        return z ^ (x & (y ^ z));
    case 2:
        return (x | ~y) ^ z;
    case 3:
        return y ^ (z & (x ^ y));
    default:
        return x ^ (y | ~z);
    }
}

/* Sixteen steps. Inlined and unrolled for each line and round, so that tables and choices become
 * constants; the five variables stand still, their names move instead. */
static inline __attribute__((always_inline)) void round_of_line(uint32_t v[5], const uint32_t w[16], int line,
                                                                int round)
{
    int function = line == 0 ? round : 4 - round;
#pragma GCC unroll 16
    for (int i = 16 * round; i < 16 * round + 16; i++) {
        uint32_t *a = &v[(80 - i) % 5], *b = &v[(81 - i) % 5], *c = &v[(82 - i) % 5], *d = &v[(83 - i) % 5];
        uint32_t e = v[(84 - i) % 5];
        *a += mix(function, *b, *c, *d) + w[word_of_step[line][i]] + constant_of_round[line][round];
        *a = rotate_left(*a, rotation_of_step[line][i]) + e;
        *c = rotate_left(*c, 10);
    }
}

static inline __attribute__((always_inline)) void all_rounds(uint32_t v[5], const uint32_t w[16], int line)
{
    round_of_line(v, w, line, 0);
    round_of_line(v, w, line, 1);
    round_of_line(v, w, line, 2);
    round_of_line(v, w, line, 3);
    round_of_line(v, w, line, 4);
}

static void compress(uint32_t state[5], const uint8_t block[64])
{
    uint32_t w[16], left[5], right[5];
    memcpy(w, block, sizeof w);
    for (int i = 0; i < 5; i++)
        left[i] = right[i] = state[i];
    all_rounds(left, w, 0);
    all_rounds(right, w, 1);
    uint32_t first = state[1] + left[2] + right[3];
    state[1] = state[2] + left[3] + right[4];
    state[2] = state[3] + left[4] + right[0];
    state[3] = state[4] + left[0] + right[1];
    state[4] = state[0] + left[1] + right[2];
    state[0] = first;
}

void ripemd160(uint8_t out[20], const uint8_t *data, size_t size_bytes)
{
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    size_t whole = size_bytes & ~(size_t)63;
    for (size_t i = 0; i < whole; i += 64)
        compress(state, data + i);

    uint8_t block[64] = {0};
    size_t rest = size_bytes - whole;
    if (rest > 0)
        memcpy(block, data + whole, rest);
    block[rest] = 0x80;
    if (rest >= 56) {
        compress(state, block);
        memset(block, 0, sizeof block);
    }
    uint64_t bits = (uint64_t)size_bytes << 3;
    memcpy(block + 56, &bits, 8);
    compress(state, block);
    memcpy(out, state, 20);
}
