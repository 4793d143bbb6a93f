#include "crypto/keccak.h"

#include "abi/calls.h"
#include "base/memory.h"
#include "crypto/keccak_internal.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "lanes are read as they lie in memory");

#define RATE_LANES (KECCAK256_RATE_BYTES / 8)

const uint64_t keccak_round_constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static inline uint64_t load_lane(const uint8_t *data)
{
    uint64_t lane;
    memcpy(&lane, data, 8);
    return lane;
}

#if !(defined(__riscv) && __riscv_xlen == 64)

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE uint64_t rotate_left(uint64_t x, unsigned bits) { return x << bits | x >> (64 - bits); }

/* One row of chi, in place. */
ALWAYS_INLINE void chi(uint64_t row[5], uint64_t b0, uint64_t b1, uint64_t b2, uint64_t b3, uint64_t b4)
{
    row[0] = b0 ^ (~b1 & b2);
    row[1] = b1 ^ (~b2 & b3);
    row[2] = b2 ^ (~b3 & b4);
    row[3] = b3 ^ (~b4 & b0);
    row[4] = b4 ^ (~b0 & b1);
}

/* A round from `a` into `e`; the lanes of a are theta's input, and each row of e takes its five through
 * rho and pi. */
ALWAYS_INLINE void keccak_round(uint64_t e[25], const uint64_t a[25], uint64_t constant)
{
    uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    uint64_t d0 = c4 ^ rotate_left(c1, 1);
    uint64_t d1 = c0 ^ rotate_left(c2, 1);
    uint64_t d2 = c1 ^ rotate_left(c3, 1);
    uint64_t d3 = c2 ^ rotate_left(c4, 1);
    uint64_t d4 = c3 ^ rotate_left(c0, 1);
    chi(e, a[0] ^ d0, rotate_left(a[6] ^ d1, 44), rotate_left(a[12] ^ d2, 43), rotate_left(a[18] ^ d3, 21),
        rotate_left(a[24] ^ d4, 14));
    e[0] ^= constant;
    chi(e + 5, rotate_left(a[3] ^ d3, 28), rotate_left(a[9] ^ d4, 20), rotate_left(a[10] ^ d0, 3),
        rotate_left(a[16] ^ d1, 45), rotate_left(a[22] ^ d2, 61));
    chi(e + 10, rotate_left(a[1] ^ d1, 1), rotate_left(a[7] ^ d2, 6), rotate_left(a[13] ^ d3, 25),
        rotate_left(a[19] ^ d4, 8), rotate_left(a[20] ^ d0, 18));
    chi(e + 15, rotate_left(a[4] ^ d4, 27), rotate_left(a[5] ^ d0, 36), rotate_left(a[11] ^ d1, 10),
        rotate_left(a[17] ^ d2, 15), rotate_left(a[23] ^ d3, 56));
    chi(e + 20, rotate_left(a[2] ^ d2, 62), rotate_left(a[8] ^ d3, 55), rotate_left(a[14] ^ d4, 39),
        rotate_left(a[15] ^ d0, 41), rotate_left(a[21] ^ d1, 2));
}

ALWAYS_INLINE void permute(uint64_t state[25])
{
    uint64_t other[25];
    for (int round = 0; round < 24; round += 2) {
        keccak_round(other, state, keccak_round_constants[round]);
        keccak_round(state, other, keccak_round_constants[round + 1]);
    }
}

ALWAYS_INLINE void absorb_blocks(uint64_t state[25], const uint8_t *blocks, size_t count)
{
    for (; count > 0; count--) {
        if (blocks) {
            for (int i = 0; i < RATE_LANES; i++)
                state[i] ^= load_lane(blocks + 8 * i);
            blocks += KECCAK256_RATE_BYTES;
        }
        permute(state);
    }
}

/* A freestanding build (the verifier's library) has nobody to ask what the processor can do. */
#if defined(__x86_64__) && __STDC_HOSTED__
#define HAS_BMI_BUILD
#endif

#ifdef HAS_BMI_BUILD
/* With an AND that complements, which chi is made of, and rotations that do not overwrite: a fifth less
 * time. */
__attribute__((target("bmi,bmi2"))) static void absorb_blocks_bmi(uint64_t state[25], const uint8_t *blocks,
                                                                  size_t count)
{
    absorb_blocks(state, blocks, count);
}
#endif

void keccak_absorb_blocks(uint64_t state[25], const uint8_t *blocks, size_t count)
{
#ifdef HAS_BMI_BUILD
    if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
        absorb_blocks_bmi(state, blocks, count);
        return;
    }
#endif
    absorb_blocks(state, blocks, count);
}

#endif

void keccak_f1600(uint64_t state[25]) { keccak_absorb_blocks(state, NULL, 1); }

/* Folds fewer bytes than a block in, from a lane's beginning on. */
static void fold_bytes(uint64_t *lanes, const uint8_t *data, size_t size_bytes)
{
    size_t rest = size_bytes % 8;
    const uint8_t *end = data + size_bytes;
    for (size_t whole = size_bytes - rest; whole > 0; whole -= 8, data += 8)
        *lanes++ ^= load_lane(data);
    if (rest == 0)
        return;
    if (size_bytes > 8) {
        /* The last eight bytes, without those that are in already. */
        *lanes ^= load_lane(end - 8) >> (64 - 8 * rest);
        return;
    }
    uint64_t last = 0;
    for (size_t i = 0; i < rest; i++)
        last |= (uint64_t)data[i] << (8 * i);
    *lanes ^= last;
}

/* Pads and squeezes. */
static void finish(hash256 *out, uint64_t state[25], size_t filled_bytes)
{
    state[filled_bytes / 8] ^= (uint64_t)1 << (8 * (filled_bytes % 8));
    state[RATE_LANES - 1] ^= (uint64_t)1 << 63;
    keccak_f1600(state);
    memcpy(out, state, 32);
}

void keccak256_blocks(hash256 *out, const uint8_t *data, const uint8_t *tail, size_t n)
{
    uint64_t state[25] = {0};
    if (n > 1)
        keccak_absorb_blocks(state, data, n - 1);
    keccak_absorb_blocks(state, tail, 1);
    memcpy(out, state, sizeof *out);
}

#ifdef ASHLAR_GUEST

/* The last block: fewer bytes than a block has, and the padding. */
static void pad(uint64_t block[RATE_LANES], const uint8_t *data, size_t size_bytes)
{
    size_t lanes = size_bytes / 8, rest = size_bytes % 8;
    const uint8_t *end = data + size_bytes;
    uint64_t last = 0;
    for (size_t i = 0; i < lanes; i++, data += 8)
        block[i] = load_lane(data);
    if (rest > 0 && lanes > 0)
        last = load_lane(end - 8) >> (64 - 8 * rest);
    else
        for (size_t i = 0; i < rest; i++)
            last |= (uint64_t)data[i] << (8 * i);
    block[lanes] = last | (uint64_t)1 << (8 * rest);
    for (size_t i = lanes + 1; i < RATE_LANES; i++)
        block[i] = 0;
    block[RATE_LANES - 1] |= (uint64_t)1 << 63;
}

/* The machine has a call for it, up to a length. */
static bool call_machine(hash256 *out, const uint8_t *data, size_t size_bytes)
{
    size_t blocks = size_bytes / KECCAK256_RATE_BYTES, whole = blocks * KECCAK256_RATE_BYTES;
    if (blocks >= CALL_ITEMS_MAX)
        return false;
    uint64_t tail[RATE_LANES];
    pad(tail, data + whole, size_bytes - whole);
    call_keccak256((uint64_t *)(void *)out, data, tail, blocks + 1);
    return true;
}

#else

static bool call_machine(hash256 *out, const uint8_t *data, size_t size_bytes)
{
    (void)out;
    (void)data;
    (void)size_bytes;
    return false;
}

#endif

void keccak256(hash256 *out, const uint8_t *data, size_t size_bytes)
{
    if (call_machine(out, data, size_bytes))
        return;
    uint64_t state[25] = {0};
    size_t blocks = size_bytes / KECCAK256_RATE_BYTES;
    size_t whole = blocks * KECCAK256_RATE_BYTES;
    if (blocks > 0)
        keccak_absorb_blocks(state, data, blocks);
    fold_bytes(state, data + whole, size_bytes - whole);
    finish(out, state, size_bytes - whole);
}

void keccak256_init(keccak256_context *context) { memset(context, 0, sizeof *context); }

void keccak256_absorb(keccak256_context *context, const uint8_t *data, size_t size_bytes)
{
    uint64_t *state = context->state;
    size_t filled = context->filled_bytes;
    /* Bytes one by one up to a lane's end, then lanes, then whole blocks. */
    while (size_bytes > 0 && filled % 8 != 0) {
        state[filled / 8] ^= (uint64_t)*data++ << (8 * (filled % 8));
        filled++;
        size_bytes--;
    }
    if (filled > 0 && size_bytes >= KECCAK256_RATE_BYTES - filled) {
        size_t part = KECCAK256_RATE_BYTES - filled;
        if (part > 0)
            fold_bytes(state + filled / 8, data, part);
        keccak_f1600(state);
        data += part;
        size_bytes -= part;
        filled = 0;
    }
    if (size_bytes >= KECCAK256_RATE_BYTES) {
        size_t blocks = size_bytes / KECCAK256_RATE_BYTES;
        keccak_absorb_blocks(state, data, blocks);
        data += blocks * KECCAK256_RATE_BYTES;
        size_bytes -= blocks * KECCAK256_RATE_BYTES;
    }
    if (size_bytes > 0)
        fold_bytes(state + filled / 8, data, size_bytes);
    context->filled_bytes = filled + size_bytes;
}

void keccak256_finish(keccak256_context *context, hash256 *out)
{
    finish(out, context->state, context->filled_bytes);
}
