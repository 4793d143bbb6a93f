#include "crypto/sha256.h"

#include "abi/calls.h"
#include "base/byte_order.h"
#include "base/memory.h"

enum { BLOCK_BYTES = 64 };

const uint32_t sha256_initial_state[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint32_t round_constants[64] = {
#include "crypto/sha256_constants.inc"
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

void sha256_state_read(uint32_t state[8], const hash256 *written)
{
    for (int i = 0; i < 8; i++)
        state[i] = load_be32(written->bytes + 4 * i);
}

static void write_state(hash256 *out, const uint32_t state[8])
{
    for (int i = 0; i < 8; i++) {
        uint32_t big_endian = __builtin_bswap32(state[i]);
        memcpy(out->bytes + 4 * i, &big_endian, 4);
    }
}

void sha256_blocks(hash256 *out, const uint8_t *data, const uint8_t *tail, const hash256 *start, size_t n)
{
    uint32_t state[8];
    sha256_state_read(state, start);
    for (; n > 1; n--, data += BLOCK_BYTES)
        sha256_compress(state, data);
    sha256_compress(state, tail);
    write_state(out, state);
}

/* The data's end: its last `rest` bytes, the padding, and its length in the end; one block or two. */
static size_t pad(uint8_t blocks[2 * BLOCK_BYTES], const uint8_t *data, size_t rest, size_t size_bytes)
{
    size_t size = rest < BLOCK_BYTES - 8 ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    memset(blocks, 0, size);
    if (rest > 0)
        memcpy(blocks, data, rest);
    blocks[rest] = 0x80;
    uint64_t big_endian = reverse_bytes((uint64_t)size_bytes << 3);
    memcpy(blocks + size - 8, &big_endian, 8);
    return size / BLOCK_BYTES;
}

#ifdef ASHLAR_CALLS

/* As the call takes it. */
static const alignas(8) uint8_t written_initial_state[32] = {
    0x6a, 0x09, 0xe6, 0x67, 0xbb, 0x67, 0xae, 0x85, 0x3c, 0x6e, 0xf3, 0x72, 0xa5, 0x4f, 0xf5, 0x3a,
    0x51, 0x0e, 0x52, 0x7f, 0x9b, 0x05, 0x68, 0x8c, 0x1f, 0x83, 0xd9, 0xab, 0x5b, 0xe0, 0xcd, 0x19,
};

void sha256(hash256 *out, const uint8_t *data, size_t size_bytes)
{
    alignas(8) uint8_t end[2 * BLOCK_BYTES];
    uint64_t state[4];
    const uint64_t *tail = (const uint64_t *)(const void *)end;
    const uint64_t *from = (const uint64_t *)(const void *)written_initial_state;
    size_t whole = size_bytes / BLOCK_BYTES;
    for (; whole >= CALL_ITEMS_MAX; whole -= CALL_ITEMS_MAX, data += CALL_ITEMS_MAX * BLOCK_BYTES) {
        memcpy(end, data + (CALL_ITEMS_MAX - 1) * BLOCK_BYTES, BLOCK_BYTES);
        call_sha256(state, data, tail, from, CALL_ITEMS_MAX);
        from = state;
    }
    if (pad(end, data + whole * BLOCK_BYTES, size_bytes % BLOCK_BYTES, size_bytes) == 2) {
        call_sha256(state, data, tail, from, whole + 1);
        from = state;
        tail += BLOCK_BYTES / 8;
        whole = 0;
    }
    call_sha256((uint64_t *)(void *)out, data, tail, from, whole + 1);
}

#else

void sha256(hash256 *out, const uint8_t *data, size_t size_bytes)
{
    uint32_t state[8];
    uint8_t end[2 * BLOCK_BYTES];
    memcpy(state, sha256_initial_state, sizeof state);
    size_t rest = size_bytes % BLOCK_BYTES;
    for (size_t whole = size_bytes / BLOCK_BYTES; whole > 0; whole--, data += BLOCK_BYTES)
        sha256_compress(state, data);
    size_t blocks = pad(end, data, rest, size_bytes);
    for (size_t i = 0; i < blocks; i++)
        sha256_compress(state, end + BLOCK_BYTES * i);
    write_state(out, state);
}

#endif
