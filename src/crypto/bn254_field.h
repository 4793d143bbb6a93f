/* Arithmetic modulo p, the prime of BN254, in Montgomery's form: an element x stands for x/2^256, and is
 * always below p. Outputs may be inputs. */
#ifndef ASHLAR_CRYPTO_BN254_FIELD_H
#define ASHLAR_CRYPTO_BN254_FIELD_H

#include "base/u256.h"
#include "crypto/limbs.h"

typedef u256 bn254_fp;

#define BN254_P0 0x3c208c16d87cfd47ULL
#define BN254_P1 0x97816a916871ca8dULL
#define BN254_P2 0xb85045b68181585dULL
#define BN254_P3 0x30644e72e131a029ULL
/* −1/p modulo 2^64. */
#define BN254_NEGATIVE_INVERSE 0x87d20782e4866389ULL

#define BN254_PRIME ((u256){{BN254_P0, BN254_P1, BN254_P2, BN254_P3}})
/* 1, that is 2^256; and 2^512, 2^768, which bring numbers and inverses into this form. */
#define BN254_ONE \
    ((bn254_fp){{0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f}})
#define BN254_R2 \
    ((bn254_fp){{0xf32cfc5b538afa89, 0xb5e71911d44501fb, 0x47ab1eff0a417ff6, 0x06d89f71cab8351f}})
#define BN254_R3 \
    ((bn254_fp){{0xb1cd6dafda1530df, 0x62f210e6a7283db6, 0xef7f0b0c0ada0afb, 0x20fd6e902d592544}})

/* The highest limb decides, but once in 2^62. */
static inline __attribute__((always_inline)) bool fp_reaches_prime(const uint64_t r[4])
{
    if (__builtin_expect(r[3] != BN254_P3, 1))
        return r[3] > BN254_P3;
    if (r[2] != BN254_P2)
        return r[2] > BN254_P2;
    return r[1] != BN254_P1 ? r[1] > BN254_P1 : r[0] >= BN254_P0;
}

/* r = a modulo p, for a < 2p. */
static inline __attribute__((always_inline)) void fp_store_reduced(bn254_fp *r, uint64_t a[4])
{
    if (fp_reaches_prime(a)) {
        uint64_t borrow = a[0] < BN254_P0, d = a[1] - BN254_P1, under = a[1] < BN254_P1;
        a[0] -= BN254_P0;
        a[1] = d - borrow;
        borrow = under | (d < borrow);
        a[3] = a[3] - BN254_P3 - ((a[2] < BN254_P2) | (a[2] - BN254_P2 < borrow));
        a[2] = a[2] - BN254_P2 - borrow;
    }
    r->limb[0] = a[0];
    r->limb[1] = a[1];
    r->limb[2] = a[2];
    r->limb[3] = a[3];
}

static inline __attribute__((always_inline)) void fp_add(bn254_fp *r, const bn254_fp *a, const bn254_fp *b)
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
    s[3] = a->limb[3] + b->limb[3] + c;
    fp_store_reduced(r, s);
}

static inline __attribute__((always_inline)) void fp_sub(bn254_fp *r, const bn254_fp *a, const bn254_fp *b)
{
    uint64_t r0 = a->limb[0] - b->limb[0];
    uint64_t c = a->limb[0] < b->limb[0];
    uint64_t t = a->limb[1] - b->limb[1], d = a->limb[1] < b->limb[1], r1 = t - c;
    c = d | (t < c);
    t = a->limb[2] - b->limb[2], d = a->limb[2] < b->limb[2];
    uint64_t r2 = t - c;
    c = d | (t < c);
    uint64_t r3 = a->limb[3] - b->limb[3] - c;
    /* The difference is above −2^255, so the sign shows. */
    if ((int64_t)r3 < 0) {
        r0 += BN254_P0;
        c = r0 < BN254_P0;
        t = r1 + BN254_P1, d = t < BN254_P1;
        r1 = t + c;
        c = d | (r1 < c);
        t = r2 + BN254_P2, d = t < BN254_P2;
        r2 = t + c;
        r3 += BN254_P3 + (d | (r2 < c));
    }
    *r = (bn254_fp){{r0, r1, r2, r3}};
}

static inline bool fp_is_zero(const bn254_fp *a) { return u256_is_zero(*a); }
static inline bool fp_equal(const bn254_fp *a, const bn254_fp *b) { return u256_equal(*a, *b); }

static inline void fp_negate(bn254_fp *r, const bn254_fp *a)
{
    const bn254_fp zero = U256_ZERO;
    fp_sub(r, &zero, a);
}

/* a/2. */
static inline __attribute__((always_inline)) void fp_half(bn254_fp *r, const bn254_fp *a)
{
    uint64_t r0 = a->limb[0], r1 = a->limb[1], r2 = a->limb[2], r3 = a->limb[3];
    if (r0 & 1) {
        r0 += BN254_P0;
        uint64_t c = r0 < BN254_P0, t = r1 + BN254_P1, d = t < BN254_P1;
        r1 = t + c;
        c = d | (r1 < c);
        t = r2 + BN254_P2, d = t < BN254_P2;
        r2 = t + c;
        r3 += BN254_P3 + (d | (r2 < c));
    }
    *r = (bn254_fp){{r0 >> 1 | r1 << 63, r1 >> 1 | r2 << 63, r2 >> 1 | r3 << 63, r3 >> 1}};
}

/* t = t + a·b, which must stay below 2^512. */
static inline __attribute__((always_inline)) void fp_wide_multiply_add(uint64_t t[8], const bn254_fp *a,
                                                                       const bn254_fp *b)
{
    uint64_t b0 = b->limb[0], b1 = b->limb[1], b2 = b->limb[2], b3 = b->limb[3], over = 0;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        uint64_t x = a->limb[i], c = 0;
        t[i] = limbs_multiply_add(&c, t[i], x, b0);
        t[i + 1] = limbs_multiply_add(&c, t[i + 1], x, b1);
        t[i + 2] = limbs_multiply_add(&c, t[i + 2], x, b2);
        t[i + 3] = limbs_multiply_add(&c, t[i + 3], x, b3);
        uint64_t s = t[i + 4] + c, d = s < c;
        t[i + 4] = s + over;
        over = d | (t[i + 4] < over);
    }
}

/* r = t/2^256 modulo p, for t < 2^256·p. */
static inline __attribute__((always_inline)) void fp_reduce(bn254_fp *r, uint64_t t[8])
{
    uint64_t over = 0;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        uint64_t k = t[i] * BN254_NEGATIVE_INVERSE;
        /* The low word comes out as zero, with a carry unless it was zero. */
        uint64_t c = (uint64_t)((unsigned __int128)k * BN254_P0 >> 64) + (t[i] != 0);
        t[i + 1] = limbs_multiply_add(&c, t[i + 1], k, BN254_P1);
        t[i + 2] = limbs_multiply_add(&c, t[i + 2], k, BN254_P2);
        t[i + 3] = limbs_multiply_add(&c, t[i + 3], k, BN254_P3);
        uint64_t s = t[i + 4] + c, d = s < c;
        t[i + 4] = s + over;
        over = d | (t[i + 4] < over);
    }
    fp_store_reduced(r, t + 4);
}

static inline __attribute__((always_inline)) void fp_mul(bn254_fp *r, const bn254_fp *a, const bn254_fp *b)
{
    uint64_t t[8];
    limbs_multiply(t, a->limb, b->limb);
    fp_reduce(r, t);
}

/* r = a·b + c·d with one reduction. */
static inline __attribute__((always_inline)) void fp_mul_two(bn254_fp *r, const bn254_fp *a,
                                                             const bn254_fp *b,
                                                             const bn254_fp *c, const bn254_fp *d)
{
    uint64_t t[8];
    limbs_multiply(t, a->limb, b->limb);
    fp_wide_multiply_add(t, c, d);
    fp_reduce(r, t);
}

static inline __attribute__((always_inline)) void fp_square(bn254_fp *r, const bn254_fp *a)
{
    uint64_t t[8];
    limbs_square(t, a->limb);
    fp_reduce(r, t);
}

/* r = 9a + c, for c ≤ p. */
static inline __attribute__((always_inline)) void fp_nine_times_plus(bn254_fp *r, const bn254_fp *a,
                                                                     const bn254_fp *c)
{
    uint64_t t[4], top = 0;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        t[i] = limbs_multiply_add(&top, c->limb[i], a->limb[i], 9);
    /* The quotient by p, or one less. */
    uint64_t quotient = (top << 60 | t[3] >> 4) / ((BN254_P3 >> 4) + 1), carry = 0, borrow = 0;
    const uint64_t p[4] = {BN254_P0, BN254_P1, BN254_P2, BN254_P3};
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        uint64_t low = limbs_multiply_add(&carry, 0, quotient, p[i]), d = t[i] - low, under = t[i] < low;
        t[i] = d - borrow;
        borrow = under | (d < borrow);
    }
    fp_store_reduced(r, t);
}

/* r = 1/a, 0 for 0. */
void bn254_fp_inverse(bn254_fp *r, const bn254_fp *a);

#endif
