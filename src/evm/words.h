/* The words of the EVM's stack: operations with operands in memory, spelled out by limb so that the
 * compiler keeps limbs in registers, and big-endian loads and stores. */
#ifndef ASHLAR_EVM_WORDS_H
#define ASHLAR_EVM_WORDS_H

#include "abi/calls.h"
#include "base/byte_order.h"
#include "base/memory.h"
#include "base/types.h"
#include "base/u256.h"

static inline void word_set_u64(u256 *r, uint64_t x)
{
    r->limb[0] = x;
    r->limb[1] = 0;
    r->limb[2] = 0;
    r->limb[3] = 0;
}

static inline void word_copy(u256 *r, const u256 *a)
{
    uint64_t l0 = a->limb[0], l1 = a->limb[1], l2 = a->limb[2], l3 = a->limb[3];
    r->limb[0] = l0;
    r->limb[1] = l1;
    r->limb[2] = l2;
    r->limb[3] = l3;
}

static inline void word_swap(u256 *a, u256 *b)
{
    for (int half = 0; half < 4; half += 2) {
        uint64_t a0 = a->limb[half], a1 = a->limb[half + 1];
        uint64_t b0 = b->limb[half], b1 = b->limb[half + 1];
        a->limb[half] = b0;
        a->limb[half + 1] = b1;
        b->limb[half] = a0;
        b->limb[half + 1] = a1;
    }
}

/* All bits of the limbs above the lowest. */
static inline uint64_t word_high(const u256 *a) { return a->limb[1] | a->limb[2] | a->limb[3]; }

static inline bool word_is_zero(const u256 *a) { return (a->limb[0] | word_high(a)) == 0; }

static inline void word_add(u256 *r, const u256 *a, const u256 *b)
{
    uint64_t s0 = a->limb[0] + b->limb[0];
    uint64_t carry = s0 < b->limb[0];
    uint64_t s1 = a->limb[1] + b->limb[1];
    uint64_t carry1 = s1 < b->limb[1];
    s1 += carry;
    carry = carry1 + (uint64_t)(s1 < carry); /* one at most; an "or" would be of bool, and widened again */
    uint64_t s2 = a->limb[2] + b->limb[2];
    uint64_t carry2 = s2 < b->limb[2];
    s2 += carry;
    carry = carry2 + (uint64_t)(s2 < carry);
    uint64_t s3 = a->limb[3] + b->limb[3] + carry;
    r->limb[0] = s0;
    r->limb[1] = s1;
    r->limb[2] = s2;
    r->limb[3] = s3;
}

static inline void word_sub(u256 *r, const u256 *a, const u256 *b)
{
    uint64_t borrow = a->limb[0] < b->limb[0];
    uint64_t d0 = a->limb[0] - b->limb[0];
    uint64_t d1 = a->limb[1] - b->limb[1];
    uint64_t next = (uint64_t)(a->limb[1] < b->limb[1]) + (uint64_t)(d1 < borrow);
    d1 -= borrow;
    borrow = next;
    uint64_t d2 = a->limb[2] - b->limb[2];
    next = (uint64_t)(a->limb[2] < b->limb[2]) + (uint64_t)(d2 < borrow);
    d2 -= borrow;
    uint64_t d3 = a->limb[3] - b->limb[3] - next;
    r->limb[0] = d0;
    r->limb[1] = d1;
    r->limb[2] = d2;
    r->limb[3] = d3;
}

static inline uint64_t word_less(const u256 *a, const u256 *b)
{
    if (a->limb[3] != b->limb[3])
        return a->limb[3] < b->limb[3];
    if (a->limb[2] != b->limb[2])
        return a->limb[2] < b->limb[2];
    if (a->limb[1] != b->limb[1])
        return a->limb[1] < b->limb[1];
    return a->limb[0] < b->limb[0];
}

static inline uint64_t word_less_signed(const u256 *a, const u256 *b)
{
    if (a->limb[3] != b->limb[3])
        return (int64_t)a->limb[3] < (int64_t)b->limb[3];
    return word_less(a, b);
}

static inline uint64_t word_equal(const u256 *a, const u256 *b)
{
    return ((a->limb[0] ^ b->limb[0]) | (a->limb[1] ^ b->limb[1]) | (a->limb[2] ^ b->limb[2]) |
            (a->limb[3] ^ b->limb[3])) == 0;
}

/* Bits up to the highest set one; 0 for zero. */
static inline unsigned word_bit_length(const u256 *a)
{
    for (unsigned i = 4; i-- > 0;)
        if (a->limb[i] != 0)
            return 64 * i + 64 - (unsigned)__builtin_clzll(a->limb[i]);
    return 0;
}

/* ---- products and quotients ----
 *
 * In the machine the call divide costs as much as some twenty instructions, so whatever is longer than a limb
 * takes it. Its refusals are excluded beforehand. */

#ifdef ASHLAR_CALLS
static const u256 word_zero, word_one = {{1, 0, 0, 0}};
#endif

static inline void word_multiply(u256 *r, const u256 *a, const u256 *b)
{
    typedef unsigned __int128 u128;
#ifdef ASHLAR_CALLS
    if ((word_high(a) | word_high(b)) != 0) {
        u256 unused;
        call_divide(unused.limb, r->limb, a->limb, b->limb, word_zero.limb, word_zero.limb);
        return;
    }
    u128 t = (u128)a->limb[0] * b->limb[0];
    uint64_t r0 = (uint64_t)t, r1 = (uint64_t)(t >> 64), r2 = 0, r3 = 0;
#else
    uint64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3];
    uint64_t b0 = b->limb[0], b1 = b->limb[1], b2 = b->limb[2], b3 = b->limb[3];
    u128 t = (u128)a0 * b0;
#ifdef __x86_64__
    /* By columns: the limbs of one are summed up before the next. */
    uint64_t r0 = (uint64_t)t, r1 = (uint64_t)(t >> 64), r2 = 0, r3 = 0, above = 0;
    u256_add_product(&r1, &r2, &r3, a0, b1);
    u256_add_product(&r1, &r2, &r3, a1, b0);
    u256_add_product(&r2, &r3, &above, a0, b2);
    u256_add_product(&r2, &r3, &above, a1, b1);
    u256_add_product(&r2, &r3, &above, a2, b0);
    r3 += a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0;
#else
    uint64_t r0 = (uint64_t)t, r1, r2, r3;
    t = (u128)a0 * b1 + (uint64_t)(t >> 64);
    r1 = (uint64_t)t;
    t = (u128)a0 * b2 + (uint64_t)(t >> 64);
    r2 = (uint64_t)t;
    r3 = a0 * b3 + (uint64_t)(t >> 64);
    t = (u128)a1 * b0 + r1;
    r1 = (uint64_t)t;
    t = (u128)a1 * b1 + r2 + (uint64_t)(t >> 64);
    r2 = (uint64_t)t;
    r3 += a1 * b2 + (uint64_t)(t >> 64);
    t = (u128)a2 * b0 + r2;
    r2 = (uint64_t)t;
    r3 += a2 * b1 + a3 * b0 + (uint64_t)(t >> 64);
#endif
#endif
    r->limb[0] = r0;
    r->limb[1] = r1;
    r->limb[2] = r2;
    r->limb[3] = r3;
}

#ifndef ASHLAR_CALLS
/* All of the product. */
static inline void word_multiply_wide(uint64_t wide[8], const u256 *a, const u256 *b)
{
    uint64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3];
    uint64_t b0 = b->limb[0], b1 = b->limb[1], b2 = b->limb[2], b3 = b->limb[3];
#ifdef __x86_64__
    unsigned __int128 first = (unsigned __int128)a0 * b0, last = (unsigned __int128)a3 * b3;
    uint64_t r1 = (uint64_t)(first >> 64), r2 = 0, r3 = 0, r4 = 0, r5 = 0, r6 = 0, r7 = 0;
    wide[0] = (uint64_t)first;
    u256_add_product(&r1, &r2, &r3, a0, b1);
    u256_add_product(&r1, &r2, &r3, a1, b0);
    wide[1] = r1;
    u256_add_product(&r2, &r3, &r4, a0, b2);
    u256_add_product(&r2, &r3, &r4, a1, b1);
    u256_add_product(&r2, &r3, &r4, a2, b0);
    wide[2] = r2;
    u256_add_product(&r3, &r4, &r5, a0, b3);
    u256_add_product(&r3, &r4, &r5, a1, b2);
    u256_add_product(&r3, &r4, &r5, a2, b1);
    u256_add_product(&r3, &r4, &r5, a3, b0);
    wide[3] = r3;
    u256_add_product(&r4, &r5, &r6, a1, b3);
    u256_add_product(&r4, &r5, &r6, a2, b2);
    u256_add_product(&r4, &r5, &r6, a3, b1);
    wide[4] = r4;
    u256_add_product(&r5, &r6, &r7, a2, b3);
    u256_add_product(&r5, &r6, &r7, a3, b2);
    wide[5] = r5;
    last += (unsigned __int128)r7 << 64 | r6;
    wide[6] = (uint64_t)last;
    wide[7] = (uint64_t)(last >> 64);
#else
    const uint64_t left[4] = {a0, a1, a2, a3}, right[4] = {b0, b1, b2, b3};
#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i++)
        wide[i] = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < 4; i++) {
        uint64_t carry = 0;
#pragma GCC unroll 4
        for (unsigned j = 0; j < 4; j++) {
            unsigned __int128 t = (unsigned __int128)left[i] * right[j] + wide[i + j] + carry;
            wide[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        wide[i + 4] = carry;
    }
#endif
}

/* The same of a word with itself. */
static inline void word_square(u256 *r, const u256 *a)
{
    typedef unsigned __int128 u128;
    uint64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3];
    u128 low = (u128)a0 * a0, cross = (u128)a0 * a1;
    u128 middle = (u128)a0 * a2 * 2 + (u128)a1 * a1; /* what this loses is above the word */
    uint64_t top = 2 * (a0 * a3 + a1 * a2);
    u128 t = (low >> 64) + (uint64_t)cross;
    u128 second = t + (uint64_t)cross;
    u128 third = (second >> 64) + (cross >> 64) + (cross >> 64) + (uint64_t)middle;
    r->limb[0] = (uint64_t)low;
    r->limb[1] = (uint64_t)second;
    r->limb[2] = (uint64_t)third;
    r->limb[3] = top + (uint64_t)(middle >> 64) + (uint64_t)(third >> 64);
}
#endif

/* a / b and a mod b, 0 where b is. `other` is a word that may be overwritten: not r, but an operand or
 * any. */
static inline void word_quotient(u256 *r, u256 *other, const u256 *a, const u256 *b)
{
#ifdef ASHLAR_CALLS
    if ((word_high(a) | word_high(b)) == 0 || word_is_zero(b))
        word_set_u64(r, b->limb[0] == 0 ? 0 : a->limb[0] / b->limb[0]);
    else
        call_divide(r->limb, other->limb, a->limb, word_one.limb, word_zero.limb, b->limb);
#else
    (void)other;
    u256_divide_limbs(r->limb, NULL, a->limb, b->limb);
#endif
}

static inline void word_remainder(u256 *r, u256 *other, const u256 *a, const u256 *b)
{
#ifdef ASHLAR_CALLS
    if ((word_high(a) | word_high(b)) == 0 || word_is_zero(b))
        word_set_u64(r, b->limb[0] == 0 ? 0 : a->limb[0] % b->limb[0]);
    else
        call_divide(other->limb, r->limb, a->limb, word_one.limb, word_zero.limb, b->limb);
#else
    (void)other;
    u256_divide_limbs(NULL, r->limb, a->limb, b->limb);
#endif
}

/* ---- bytes ---- */

/* The compiler thinks them too long to inline, but the calls around them are the shortest opcodes. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Memory at any alignment; memcpy would be a call in freestanding code. */
typedef struct {
    uint64_t value;
} __attribute__((packed, may_alias)) unaligned_u64;
typedef struct {
    uint32_t value;
} __attribute__((packed, may_alias)) unaligned_u32;

ALWAYS_INLINE uint64_t load_u64_be(const uint8_t *p)
{
    return reverse_bytes(((const unaligned_u64 *)p)->value);
}

ALWAYS_INLINE void store_u64_be(uint8_t *p, uint64_t x)
{
    ((unaligned_u64 *)p)->value = reverse_bytes(x);
}

ALWAYS_INLINE void word_load_be(u256 *r, const uint8_t *p)
{
    r->limb[3] = load_u64_be(p);
    r->limb[2] = load_u64_be(p + 8);
    r->limb[1] = load_u64_be(p + 16);
    r->limb[0] = load_u64_be(p + 24);
}

ALWAYS_INLINE void word_store_be(uint8_t *p, const u256 *a)
{
    store_u64_be(p, a->limb[3]);
    store_u64_be(p + 8, a->limb[2]);
    store_u64_be(p + 16, a->limb[1]);
    store_u64_be(p + 24, a->limb[0]);
}

/* Up to 32 bytes, of which those past the end of `data` count as zero, left-aligned in the word. */
static inline void word_load_padded(u256 *r, bytes data, uint64_t offset)
{
    alignas(8) uint8_t padded[32] = {0};
    if (offset < data.size) {
        uint64_t rest = data.size - offset;
        memcpy(padded, data.data + offset, rest < 32 ? rest : 32);
    }
    word_load_be(r, padded);
}

static inline void word_from_address(u256 *r, const address *a)
{
    uint32_t top = ((const unaligned_u32 *)a->bytes)->value;
    r->limb[0] = load_u64_be(a->bytes + 12);
    r->limb[1] = load_u64_be(a->bytes + 4);
    r->limb[2] = reverse_bytes((uint64_t)top << 32);
    r->limb[3] = 0;
}

static inline void address_from_word(address *r, const u256 *a)
{
    ((unaligned_u32 *)r->bytes)->value = (uint32_t)(reverse_bytes(a->limb[2]) >> 32);
    store_u64_be(r->bytes + 4, a->limb[1]);
    store_u64_be(r->bytes + 12, a->limb[0]);
}

/* min(a, 2^64 − 1). */
static inline uint64_t word_saturated(const u256 *a) { return word_high(a) ? UINT64_MAX : a->limb[0]; }

#endif
