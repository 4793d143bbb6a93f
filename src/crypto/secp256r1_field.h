/* Arithmetic modulo p = 2^256 − 2^224 + 2^192 + 2^96 − 1 in Montgomery's form: an element x stands for
 * x/2^256, and is always below p. Outputs may be inputs. */
#ifndef ASHLAR_CRYPTO_SECP256R1_FIELD_H
#define ASHLAR_CRYPTO_SECP256R1_FIELD_H

#include "base/u256.h"
#include "crypto/limbs.h"

typedef u256 r1_field;

#define R1_P0 UINT64_MAX
#define R1_P1 0x00000000ffffffffULL
#define R1_P3 0xffffffff00000001ULL /* and limb 2 is 0 */
#define R1_PRIME ((u256){{R1_P0, R1_P1, 0, R1_P3}})
/* 1, that is 2^256; and 2^512, 2^768, which bring numbers and inverses into this form. */
#define R1_ONE ((r1_field){{1, 0xffffffff00000000, UINT64_MAX, 0x00000000fffffffe}})
#define R1_R2 ((r1_field){{3, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd}})
#define R1_R3 ((r1_field){{0xfffffffd0000000a, 0xffffffedfffffff7, 0x00000005fffffffc, 0x0000001800000001}})

/* The highest limb decides, but once in 2^32. */
static inline __attribute__((always_inline)) bool r1_reaches_prime(const uint64_t r[4])
{
    if (__builtin_expect(r[3] < R1_P3, 1))
        return false;
    if (r[3] != R1_P3 || r[2] != 0)
        return true;
    return r[1] > R1_P1 || (r[1] == R1_P1 && r[0] == R1_P0);
}

/* r = a + carry·2^256 modulo p, for a sum below 2p. */
static inline __attribute__((always_inline)) void r1_store_reduced(r1_field *r, uint64_t a[4], uint64_t carry)
{
    if (carry != 0 || r1_reaches_prime(a)) {
        /* − p = − 2^256 + 2^224 − 2^192 − 2^96 + 1 */
        a[0] += 1;
        uint64_t c = a[0] == 0, t = a[1] - R1_P1, under = a[1] < R1_P1;
        /* Minus the borrow of limb 0, 1 − c. */
        uint64_t b = 1 - c;
        a[1] = t - b;
        b = under | (t < b);
        t = a[2] - b;
        b = a[2] < b;
        a[2] = t;
        a[3] = a[3] - R1_P3 - b;
    }
    *r = (r1_field){{a[0], a[1], a[2], a[3]}};
}

static inline __attribute__((always_inline)) void r1_add(r1_field *r, const r1_field *a, const r1_field *b)
{
    uint64_t s[4];
    s[0] = a->limb[0] + b->limb[0];
    uint64_t c = s[0] < a->limb[0];
    uint64_t t = a->limb[1] + b->limb[1], d = t < a->limb[1];
    s[1] = t + c;
    c = d | (s[1] < c);
    t = a->limb[2] + b->limb[2], d = t < a->limb[2];
    s[2] = t + c;
    c = d | (s[2] < c);
    t = a->limb[3] + b->limb[3], d = t < a->limb[3];
    s[3] = t + c;
    r1_store_reduced(r, s, d | (s[3] < c));
}

static inline __attribute__((always_inline)) void r1_sub(r1_field *r, const r1_field *a, const r1_field *b)
{
    uint64_t r0 = a->limb[0] - b->limb[0];
    uint64_t c = a->limb[0] < b->limb[0];
    uint64_t t = a->limb[1] - b->limb[1], d = a->limb[1] < b->limb[1], r1 = t - c;
    c = d | (t < c);
    t = a->limb[2] - b->limb[2], d = a->limb[2] < b->limb[2];
    uint64_t r2 = t - c;
    c = d | (t < c);
    t = a->limb[3] - b->limb[3], d = a->limb[3] < b->limb[3];
    uint64_t r3 = t - c;
    if (d | (t < c)) {
        /* + p: limb 0 of it is −1, so the carry is there unless r0 is 0. */
        c = r0 != 0;
        r0 -= 1;
        t = r1 + R1_P1, d = t < R1_P1;
        r1 = t + c;
        c = d | (r1 < c);
        r2 += c;
        r3 += R1_P3 + (r2 < c);
    }
    *r = (r1_field){{r0, r1, r2, r3}};
}

static inline __attribute__((always_inline)) void r1_half(r1_field *r, const r1_field *a)
{
    uint64_t r0 = a->limb[0], r1 = a->limb[1], r2 = a->limb[2], r3 = a->limb[3], top = 0;
    if (r0 & 1) {
        r0 -= 1; /* odd, so this carries */
        uint64_t t = r1 + R1_P1, d = t < R1_P1;
        r1 = t + 1;
        uint64_t c = d | (r1 == 0);
        r2 += c;
        c = r2 < c;
        t = r3 + R1_P3;
        top = t < R1_P3;
        r3 = t + c;
        top |= r3 < c;
    }
    *r = (r1_field){{r0 >> 1 | r1 << 63, r1 >> 1 | r2 << 63, r2 >> 1 | r3 << 63, r3 >> 1 | top << 63}};
}

/* r = t/2^256 modulo p, for t < 2^256·p. −1/p is 1 modulo 2^64, so each factor is the lowest limb itself, and
 * its product with p is shifts but for the highest limb. */
static inline __attribute__((always_inline)) void r1_reduce(r1_field *r, uint64_t t[8])
{
    uint64_t over = 0;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        uint64_t k = t[i], c;
        uint64_t low = k << 32, s = t[i + 1] + low;
        c = s < low;
        t[i + 1] = s;
        low = (k >> 32) + c;
        s = t[i + 2] + low;
        c = s < low;
        t[i + 2] = s;
        t[i + 3] = limbs_multiply_add(&c, t[i + 3], k, R1_P3);
        s = t[i + 4] + c;
        uint64_t d = s < c;
        t[i + 4] = s + over;
        over = d | (t[i + 4] < over);
    }
    r1_store_reduced(r, t + 4, over);
}

static inline __attribute__((always_inline)) void r1_mul(r1_field *r, const r1_field *a, const r1_field *b)
{
    uint64_t t[8];
    limbs_multiply(t, a->limb, b->limb);
    r1_reduce(r, t);
}

static inline __attribute__((always_inline)) void r1_square(r1_field *r, const r1_field *a)
{
    uint64_t t[8];
    limbs_square(t, a->limb);
    r1_reduce(r, t);
}

static inline bool r1_is_zero(const r1_field *a) { return u256_is_zero(*a); }

#endif
