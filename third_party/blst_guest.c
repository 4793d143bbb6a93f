/* blst for rv64im, which it has no assembly for: its portable C, but with limbs of 64 bits instead of the 32
 * that it would choose, and with our own field arithmetic, which takes nearly all of the time. All data is
 * public, so that branches may depend on it. */
#include "vect.h"

typedef unsigned __int128 llimb_t;

#define __BLST_NO_ASM__
#define ct_inverse_mod_383 ct_inverse_mod_384

#include "bytes.h"

/* What is done better below goes unused under another name. */
#define mul_mont_384 portable_mul_mont_384
#define sqr_mont_384 portable_sqr_mont_384
#define sqr_n_mul_mont_384 portable_sqr_n_mul_mont_384
#define sqr_n_mul_mont_383 portable_sqr_n_mul_mont_383
#define sqr_mont_382x portable_sqr_mont_382x
#define mul_mont_384x portable_mul_mont_384x
#define add_mod_384 portable_add_mod_384
#define sub_mod_384 portable_sub_mod_384
#define mul_by_3_mod_384 portable_mul_by_3_mod_384
#define lshift_mod_384 portable_lshift_mod_384
#define cneg_mod_384 portable_cneg_mod_384
#define quot_rem_64 portable_quot_rem_64
#include "no_asm.h"
#undef mul_mont_384
#undef sqr_mont_384
#undef sqr_n_mul_mont_384
#undef sqr_n_mul_mont_383
#undef sqr_mont_382x
#undef mul_mont_384x
#undef add_mod_384
#undef sub_mod_384
#undef mul_by_3_mod_384
#undef lshift_mod_384
#undef cneg_mod_384
#undef quot_rem_64
#undef sqr_mont_384x

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 6")
enum { LIMBS = 6 };

/* t modulo p, for t < 2p. */
INLINE void reduce_once(limb_t ret[LIMBS], const limb_t t[LIMBS], const limb_t p[LIMBS])
{
    /* The top limbs decide nearly always. */
    if (t[5] < p[5])
        goto small;
    limb_t d[LIMBS], borrow = 0;
    UNROLL for (int i = 0; i < LIMBS; i++) {
        limb_t x = t[i] - p[i], under = t[i] < p[i];
        d[i] = x - borrow;
        borrow = under | (x < borrow);
    }
    if (borrow)
        goto small;
    UNROLL for (int i = 0; i < LIMBS; i++)
        ret[i] = d[i];
    return;
small:
    UNROLL for (int i = 0; i < LIMBS; i++)
        ret[i] = t[i];
}

/* t += a·b, the limb above into *top, which is overwritten. */
INLINE void multiply_add(limb_t t[LIMBS], limb_t *top, const limb_t a[LIMBS], limb_t b)
{
    limb_t high = 0;
    UNROLL for (int i = 0; i < LIMBS; i++) {
        llimb_t x = (llimb_t)a[i] * b + t[i] + high;
        t[i] = (limb_t)x;
        high = (limb_t)(x >> 64);
    }
    *top = high;
}

/* t + top·2^384 becomes (t + top·2^384 + m·p) / 2^64 for the m that makes it whole. */
INLINE void reduce_limb(limb_t t[LIMBS], limb_t top, const limb_t p[LIMBS], limb_t n0)
{
    limb_t m = t[0] * n0;
    limb_t high = (limb_t)((llimb_t)m * p[0] >> 64) + (t[0] != 0);
    UNROLL for (int i = 1; i < LIMBS; i++) {
        llimb_t x = (llimb_t)m * p[i] + t[i] + high;
        t[i - 1] = (limb_t)x;
        high = (limb_t)(x >> 64);
    }
    t[LIMBS - 1] = top + high;
}

/* a·b / 2^384 modulo p, below p where a·b < 2^384·p. */
INLINE void multiply(limb_t ret[LIMBS], const limb_t a[LIMBS], const limb_t b[LIMBS], const limb_t p[LIMBS],
                     limb_t n0)
{
    limb_t t[LIMBS] = {0}, top;
    UNROLL for (int i = 0; i < LIMBS; i++) {
        multiply_add(t, &top, a, b[i]);
        reduce_limb(t, top, p, n0);
    }
    reduce_once(ret, t, p);
}

void mul_mont_384(vec384 ret, const vec384 a, const vec384 b, const vec384 p, limb_t n0)
{
    multiply(ret, a, b, p, n0);
}

void sqr_mont_384(vec384 ret, const vec384 a, const vec384 p, limb_t n0)
{
    /* The products of different limbs, once. */
    limb_t w[2 * LIMBS] = {0};
    UNROLL for (int i = 0; i < LIMBS - 1; i++) {
        limb_t high = 0;
        UNROLL for (int j = i + 1; j < LIMBS; j++) {
            llimb_t x = (llimb_t)a[i] * a[j] + w[i + j] + high;
            w[i + j] = (limb_t)x;
            high = (limb_t)(x >> 64);
        }
        w[i + LIMBS] = high;
    }
    limb_t carry = 0, shifted = 0;
    UNROLL for (int i = 0; i < LIMBS; i++) {
        limb_t low = w[2 * i] << 1 | shifted, high = w[2 * i + 1] << 1 | w[2 * i] >> 63;
        shifted = w[2 * i + 1] >> 63;
        llimb_t x = (llimb_t)a[i] * a[i] + low + carry;
        w[2 * i] = (limb_t)x;
        x = (x >> 64) + high;
        w[2 * i + 1] = (limb_t)x;
        carry = (limb_t)(x >> 64);
    }
    limb_t t[LIMBS];
    UNROLL for (int i = 0; i < LIMBS; i++)
        t[i] = w[i];
    UNROLL for (int i = 0; i < LIMBS; i++)
        reduce_limb(t, 0, p, n0);
    carry = 0;
    UNROLL for (int i = 0; i < LIMBS; i++) {
        limb_t x = t[i] + w[LIMBS + i], over = x < t[i];
        t[i] = x + carry;
        carry = over | (t[i] < carry);
    }
    reduce_once(ret, t, p);
}

void sqr_n_mul_mont_384(vec384 ret, const vec384 a, size_t count, const vec384 p, limb_t n0, const vec384 b)
{
    for (; count-- != 0; a = ret)
        sqr_mont_384(ret, a, p, n0);
    mul_mont_384(ret, ret, b, p, n0);
}

void sqr_n_mul_mont_383(vec384 ret, const vec384 a, size_t count, const vec384 p, limb_t n0, const vec384 b)
{
    sqr_n_mul_mont_384(ret, a, count, p, n0, b);
}

INLINE limb_t add(limb_t ret[LIMBS], const limb_t a[LIMBS], const limb_t b[LIMBS])
{
    limb_t carry = 0;
    UNROLL for (int i = 0; i < LIMBS; i++) {
        limb_t x = a[i] + b[i], over = x < b[i];
        ret[i] = x + carry;
        carry = over | (ret[i] < carry);
    }
    return carry;
}

INLINE limb_t subtract(limb_t ret[LIMBS], const limb_t a[LIMBS], const limb_t b[LIMBS])
{
    limb_t borrow = 0;
    UNROLL for (int i = 0; i < LIMBS; i++) {
        limb_t x = a[i] - b[i], under = a[i] < b[i];
        ret[i] = x - borrow;
        borrow = under | (x < borrow);
    }
    return borrow;
}

void add_mod_384(vec384 ret, const vec384 a, const vec384 b, const vec384 p)
{
    limb_t t[LIMBS];
    (void)add(t, a, b);
    reduce_once(ret, t, p);
}

void sub_mod_384(vec384 ret, const vec384 a, const vec384 b, const vec384 p)
{
    limb_t t[LIMBS];
    if (subtract(t, a, b))
        (void)add(ret, t, p);
    else
        UNROLL for (int i = 0; i < LIMBS; i++)
            ret[i] = t[i];
}

void mul_by_3_mod_384(vec384 ret, const vec384 a, const vec384 p)
{
    vec384 twice;
    add_mod_384(twice, a, a, p);
    add_mod_384(ret, twice, a, p);
}

void lshift_mod_384(vec384 ret, const vec384 a, size_t count, const vec384 p)
{
    for (; count-- != 0; a = ret)
        add_mod_384(ret, a, a, p);
}

void cneg_mod_384(vec384 ret, const vec384 a, bool_t flag, const vec384 p)
{
    if (flag && (a[0] | a[1] | a[2] | a[3] | a[4] | a[5]) != 0) {
        (void)subtract(ret, p, a);
        return;
    }
    UNROLL for (int i = 0; i < LIMBS; i++)
        ret[i] = a[i];
}

/* a·b + c·d: one reduction for two products. The sum may be up to 8·p². */
INLINE void multiply_two(limb_t ret[LIMBS], const limb_t a[LIMBS], const limb_t b[LIMBS],
                         const limb_t c[LIMBS], const limb_t d[LIMBS], const limb_t p[LIMBS], limb_t n0)
{
    limb_t t[LIMBS] = {0}, top, more;
    UNROLL for (int i = 0; i < LIMBS; i++) {
        multiply_add(t, &top, a, b[i]);
        multiply_add(t, &more, c, d[i]);
        reduce_limb(t, top + more, p, n0);
    }
    reduce_once(ret, t, p);
}

void mul_mont_384x(vec384x ret, const vec384x a, const vec384x b, const vec384 p, limb_t n0)
{
    vec384 minus_a1, real;
    (void)subtract(minus_a1, p, a[1]);
    multiply_two(real, a[0], b[0], minus_a1, b[1], p, n0);
    multiply_two(ret[1], a[0], b[1], a[1], b[0], p, n0);
    vec_copy(ret[0], real, sizeof real);
}

/* (a0 + a1)·(a0 − a1) and 2·a0·a1; the factors stay below 2p. */
void sqr_mont_384x(vec384x ret, const vec384x a, const vec384 p, limb_t n0)
{
    vec384 sum, difference, twice;
    (void)add(sum, a[0], a[1]);
    if (subtract(difference, a[0], a[1]))
        (void)add(difference, difference, p);
    (void)add(twice, a[0], a[0]);
    mul_mont_384(ret[1], twice, a[1], p, n0);
    mul_mont_384(ret[0], sum, difference, p, n0);
}

void sqr_mont_382x(vec384x ret, const vec384x a, const vec384 p, limb_t n0)
{
    sqr_mont_384x(ret, a, p, n0);
}

/* The portable one is not made for a divisor of one limb. */
limb_t quot_rem_64(limb_t *div_rem, const limb_t *divisor, limb_t quotient)
{
    llimb_t product = (llimb_t)*divisor * quotient, dividend = (llimb_t)div_rem[1] << 64 | div_rem[0];
    if (product > dividend) {
        product -= *divisor;
        quotient--;
    }
    div_rem[0] = (limb_t)(dividend - product);
    return div_rem[1] = quotient;
}

/* What vect.h leaves to assembly where limbs have 64 bits. */

#define SELECT(bytes)                                                              \
    void vec_select_##bytes(void *ret, const void *a, const void *b, bool_t sel_a) \
    {                                                                              \
        const limb_t *from = sel_a ? a : b;                                        \
        limb_t *to = ret;                                                          \
        if (to != from)                                                            \
            for (size_t i = 0; i < bytes / sizeof(limb_t); i++)                    \
                to[i] = from[i];                                                   \
    }
SELECT(32)
SELECT(48)
SELECT(96)
SELECT(144)
SELECT(192)
SELECT(288)

bool_t vec_is_zero_16x(const void *a, size_t num)
{
    const limb_t *limbs = a;
    for (size_t i = 0; i < num / sizeof(limb_t); i++)
        if (limbs[i] != 0)
            return 0;
    return 1;
}

bool_t vec_is_equal_16x(const void *a, const void *b, size_t num)
{
    const limb_t *x = a, *y = b;
    for (size_t i = 0; i < num / sizeof(limb_t); i++)
        if (x[i] != y[i])
            return 0;
    return 1;
}

#undef __BLST_NO_ASM__
#include "vect.c"
#define __BLST_NO_ASM__

#include "e1.c"
#include "map_to_g1.c"
#include "e2.c"
#include "map_to_g2.c"
#include "fp12_tower.c"
#include "pairing.c"
#include "exp.c"
#include "sqrt.c"
#include "recip.c"
#include "bulk_addition.c"
#include "multi_scalar.c"
#include "consts.c"
#include "exports.c"
