/* Arithmetic modulo p = 2^256 − 2^32 − 977. An element is any 256-bit number, congruent to its value: only
 * field_normalize brings it below p. Outputs may be inputs. Products are always inlined: a call costs a
 * tenth of one. */
#ifndef ASHLAR_CRYPTO_SECP256K1_FIELD_H
#define ASHLAR_CRYPTO_SECP256K1_FIELD_H

#include "base/u256.h"
#include "crypto/limbs.h"

typedef u256 field;

/* 2^256 modulo p. */
#define FIELD_FOLD 0x1000003d1ULL

/* r + 2^256, or r − 2^256, with the carry out of the lowest limb still to be passed on. Rare, so out of
 * line. */
void secp256k1_field_carry(field *r);
void secp256k1_field_borrow(field *r);

/* The same as field_mul and repeated field_square, out of line. */
void secp256k1_field_multiply(field *r, const field *a, const field *b);
void secp256k1_field_square_times(field *r, const field *a, unsigned times);

/* A root of a; false if it has none. */
bool secp256k1_field_square_root(field *r, const field *a);

/* x³ + 7 */
void secp256k1_field_curve(field *r, const field *x);

static inline void field_add(field *r, const field *a, const field *b)
{
    uint64_t r0 = a->limb[0] + b->limb[0];
    uint64_t c = r0 < a->limb[0];
    uint64_t s1 = a->limb[1] + b->limb[1], c1 = s1 < a->limb[1], r1 = s1 + c;
    c = c1 | (r1 < c);
    uint64_t s2 = a->limb[2] + b->limb[2], c2 = s2 < a->limb[2], r2 = s2 + c;
    c = c2 | (r2 < c);
    uint64_t s3 = a->limb[3] + b->limb[3], c3 = s3 < a->limb[3], r3 = s3 + c;
    c = c3 | (r3 < c);
    r->limb[1] = r1;
    r->limb[2] = r2;
    r->limb[3] = r3;
    if (c) {
        r0 += FIELD_FOLD;
        r->limb[0] = r0;
        if (__builtin_expect(r0 < FIELD_FOLD, 0))
            secp256k1_field_carry(r);
        return;
    }
    r->limb[0] = r0;
}

static inline void field_sub(field *r, const field *a, const field *b)
{
    uint64_t r0 = a->limb[0] - b->limb[0];
    uint64_t c = a->limb[0] < b->limb[0];
    uint64_t s1 = a->limb[1] - b->limb[1], c1 = a->limb[1] < b->limb[1], r1 = s1 - c;
    c = c1 | (s1 < c);
    uint64_t s2 = a->limb[2] - b->limb[2], c2 = a->limb[2] < b->limb[2], r2 = s2 - c;
    c = c2 | (s2 < c);
    uint64_t s3 = a->limb[3] - b->limb[3], c3 = a->limb[3] < b->limb[3], r3 = s3 - c;
    c = c3 | (s3 < c);
    r->limb[1] = r1;
    r->limb[2] = r2;
    r->limb[3] = r3;
    r->limb[0] = r0 - (c ? FIELD_FOLD : 0);
    if (c && __builtin_expect(r0 < FIELD_FOLD, 0))
        secp256k1_field_borrow(r);
}

/* a/2. */
static inline void field_half(field *r, const field *a)
{
    uint64_t r0 = a->limb[0], r1 = a->limb[1], r2 = a->limb[2], r3 = a->limb[3], top = 0;
    if (r0 & 1) {
        /* a + p = a − FIELD_FOLD + 2^256 */
        uint64_t borrow = r0 < FIELD_FOLD;
        r0 -= FIELD_FOLD;
        top = 1;
        if (__builtin_expect(borrow, 0)) {
            borrow = r1 < 1;
            r1 -= 1;
            uint64_t next = r2 < borrow;
            r2 -= borrow;
            top = 1 - (r3 < next);
            r3 -= next;
        }
    }
    r->limb[0] = r0 >> 1 | r1 << 63;
    r->limb[1] = r1 >> 1 | r2 << 63;
    r->limb[2] = r2 >> 1 | r3 << 63;
    r->limb[3] = r3 >> 1 | top << 63;
}

static inline void field_negate(field *r, const field *a)
{
    const field zero = U256_ZERO;
    field_sub(r, &zero, a);
}

/* A 512-bit product folded into 256 bits. */
static inline void field_reduce(field *r, const uint64_t t[8])
{
    uint64_t carry = 0;
    uint64_t r0 = limbs_multiply_add(&carry, t[0], t[4], FIELD_FOLD);
    uint64_t r1 = limbs_multiply_add(&carry, t[1], t[5], FIELD_FOLD);
    uint64_t r2 = limbs_multiply_add(&carry, t[2], t[6], FIELD_FOLD);
    uint64_t r3 = limbs_multiply_add(&carry, t[3], t[7], FIELD_FOLD);
    unsigned __int128 s = (unsigned __int128)carry * FIELD_FOLD + r0;
    uint64_t c = (uint64_t)(s >> 64);
    r->limb[0] = (uint64_t)s;
    r1 += c;
    r->limb[1] = r1;
    r->limb[2] = r2;
    r->limb[3] = r3;
    if (__builtin_expect(r1 < c, 0)) {
        /* The carry into limb 2, and from limb 3 around. */
        if (++r->limb[2] == 0 && ++r->limb[3] == 0) {
            r->limb[0] += FIELD_FOLD;
            if (r->limb[0] < FIELD_FOLD)
                r->limb[1]++;
        }
    }
}

static inline __attribute__((always_inline)) void field_mul(field *r, const field *a, const field *b)
{
    uint64_t t[8];
    limbs_multiply(t, a->limb, b->limb);
    field_reduce(r, t);
}

static inline __attribute__((always_inline)) void field_square(field *r, const field *a)
{
    uint64_t t[8];
    limbs_square(t, a->limb);
    field_reduce(r, t);
}

/* Below p. */
static inline void field_normalize(field *a)
{
    if ((a->limb[1] & a->limb[2] & a->limb[3]) == UINT64_MAX && a->limb[0] >= -FIELD_FOLD)
        *a = (field){{a->limb[0] + FIELD_FOLD, 0, 0, 0}};
}

static inline bool field_is_zero(const field *a)
{
    field n = *a;
    field_normalize(&n);
    return u256_is_zero(n);
}

#endif
