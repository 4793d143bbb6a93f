#include "crypto/modular_inverse.h"

#include "abi/calls.h"

/* A number in five signed digits of 62 bits, so that the products of a step fit signed 128-bit sums. */
#define DIGIT_BITS 62
#define DIGIT_MASK (UINT64_MAX >> 2)
#define DIGITS 5

typedef struct {
    int64_t digit[DIGITS];
} wide_int;

/* What 62 division steps do to (f, g): 2^62·(f', g') = ((u, v), (q, r))·(f, g). */
typedef struct {
    int64_t u, v, q, r;
} step_matrix;

static unsigned trailing_zeros(uint64_t x)
{
#if defined(__riscv) && !defined(__riscv_zbb)
    /* A de Bruijn sequence, since the machine has no such instruction. */
    static const uint8_t position[64] = {
        0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28, 62, 5,  39, 46, 44, 42,
        22, 9,  24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
        23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
    };
    return position[(x & -x) * 0x022fdd63cc95386dULL >> 58];
#else
    return (unsigned)__builtin_ctzll(x);
#endif
}

/* 62 division steps on the low digits. `delta` is the paper's, negated, as it changes: a swap when it is
 * below zero and g odd. Several steps that only clear low bits of g are taken at once: adding w·f to g,
 * w = −g/f modulo 2^bits, clears `bits` of them, as long as no swap comes first. */
static int64_t division_steps(step_matrix *m, int64_t delta, uint64_t f, uint64_t g)
{
    uint64_t u = 1, v = 0, q = 0, r = 1;
    unsigned left = DIGIT_BITS;
    for (;;) {
        unsigned zeros = trailing_zeros(g | UINT64_MAX << left);
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        delta -= zeros;
        left -= zeros;
        if (left == 0)
            break;
        if (delta < 0) {
            uint64_t t = f;
            f = g;
            g = -t;
            t = u;
            u = q;
            q = -t;
            t = v;
            v = r;
            r = -t;
            delta = -delta;
        }
        unsigned bits = delta + 1 < (int64_t)left ? (unsigned)delta + 1 : left;
        if (bits > 6)
            bits = 6;
        /* f·(f² − 2) = −1/f modulo 64. */
        uint64_t w = g * f * (f * f - 2) & ((1u << bits) - 1);
        g += w * f;
        q += w * u;
        r += w * v;
    }
    *m = (step_matrix){(int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r};
    return delta;
}

/* (f, g) by the matrix, divided by 2^62, which is exact. */
static void apply_to_numbers(wide_int *f, wide_int *g, const step_matrix *m, int digits)
{
    __int128 cf = (__int128)m->u * f->digit[0] + (__int128)m->v * g->digit[0];
    __int128 cg = (__int128)m->q * f->digit[0] + (__int128)m->r * g->digit[0];
    cf >>= DIGIT_BITS;
    cg >>= DIGIT_BITS;
    for (int i = 1; i < digits; i++) {
        int64_t fi = f->digit[i], gi = g->digit[i];
        cf += (__int128)m->u * fi + (__int128)m->v * gi;
        cg += (__int128)m->q * fi + (__int128)m->r * gi;
        f->digit[i - 1] = (int64_t)((uint64_t)cf & DIGIT_MASK);
        g->digit[i - 1] = (int64_t)((uint64_t)cg & DIGIT_MASK);
        cf >>= DIGIT_BITS;
        cg >>= DIGIT_BITS;
    }
    f->digit[digits - 1] = (int64_t)cf;
    g->digit[digits - 1] = (int64_t)cg;
}

/* The same for the cofactors (d, e), divided by 2^62 modulo the modulus. Both stay in (−2m, m): a
 * negative one gets the modulus added first, then the multiple that makes the low digit zero, taken
 * from [0, 2^62), is taken away. */
static void apply_to_cofactors(wide_int *d, wide_int *e, const step_matrix *t, const wide_int *modulus,
                               uint64_t modulus_inverse)
{
    int64_t d_negative = d->digit[DIGITS - 1] >> 63, e_negative = e->digit[DIGITS - 1] >> 63;
    int64_t md = (t->u & d_negative) + (t->v & e_negative);
    int64_t me = (t->q & d_negative) + (t->r & e_negative);
    __int128 cd = (__int128)t->u * d->digit[0] + (__int128)t->v * e->digit[0];
    __int128 ce = (__int128)t->q * d->digit[0] + (__int128)t->r * e->digit[0];
    md -= (int64_t)((modulus_inverse * (uint64_t)cd + (uint64_t)md) & DIGIT_MASK);
    me -= (int64_t)((modulus_inverse * (uint64_t)ce + (uint64_t)me) & DIGIT_MASK);
    cd += (__int128)modulus->digit[0] * md;
    ce += (__int128)modulus->digit[0] * me;
    cd >>= DIGIT_BITS;
    ce >>= DIGIT_BITS;
    for (int i = 1; i < DIGITS; i++) {
        int64_t di = d->digit[i], ei = e->digit[i];
        cd += (__int128)t->u * di + (__int128)t->v * ei + (__int128)modulus->digit[i] * md;
        ce += (__int128)t->q * di + (__int128)t->r * ei + (__int128)modulus->digit[i] * me;
        d->digit[i - 1] = (int64_t)((uint64_t)cd & DIGIT_MASK);
        e->digit[i - 1] = (int64_t)((uint64_t)ce & DIGIT_MASK);
        cd >>= DIGIT_BITS;
        ce >>= DIGIT_BITS;
    }
    d->digit[DIGITS - 1] = (int64_t)cd;
    e->digit[DIGITS - 1] = (int64_t)ce;
}

static wide_int from_u256(const u256 *a)
{
    const uint64_t *l = a->limb;
    return (wide_int){{
        (int64_t)(l[0] & DIGIT_MASK),
        (int64_t)((l[0] >> 62 | l[1] << 2) & DIGIT_MASK),
        (int64_t)((l[1] >> 60 | l[2] << 4) & DIGIT_MASK),
        (int64_t)((l[2] >> 58 | l[3] << 6) & DIGIT_MASK),
        (int64_t)(l[3] >> 56),
    }};
}

/* a + k·modulus, or k·modulus − a where `negate`; digits back in [0, 2^62), the sign in the last. */
static void add_multiple(wide_int *a, const wide_int *modulus, int64_t k, bool negate)
{
    int64_t carry = 0;
    for (int i = 0; i < DIGITS; i++) {
        carry += (negate ? -a->digit[i] : a->digit[i]) + k * modulus->digit[i];
        if (i < DIGITS - 1) {
            a->digit[i] = (int64_t)((uint64_t)carry & DIGIT_MASK);
            carry >>= DIGIT_BITS;
        } else {
            a->digit[i] = carry;
        }
    }
}

#ifdef ASHLAR_CALLS

/* A hint, and its check. Whatever it says, the result is the same. */
u256 modular_inverse(u256 x, const u256 *modulus)
{
    const u256 question[2] = {x, *modulus}, zero = U256_ZERO;
    u256 found, quotient, product;
    call_hint(found.limb, HINT_INVERSE, question[0].limb);
    if (u256_less(found, *modulus)) {
        call_divide(quotient.limb, product.limb, x.limb, found.limb, zero.limb, modulus->limb);
        if (u256_equal(product, u256_from_u64(1)))
            return found;
    }
    return modular_inverse_plain(x, modulus);
}

#else

u256 modular_inverse(u256 x, const u256 *modulus) { return modular_inverse_plain(x, modulus); }

#endif

u256 modular_inverse_plain(u256 x, const u256 *modulus)
{
    const wide_int m = from_u256(modulus);
    /* Newton's iteration from three right bits: 6, 12, 24, 48, 96. */
    uint64_t inverse = (uint64_t)m.digit[0];
    for (int i = 0; i < 5; i++)
        inverse *= 2 - (uint64_t)m.digit[0] * inverse;

    wide_int d = {{0}}, e = {{1}}, f = m, g = from_u256(&x);
    int64_t delta = -1;
    int digits = DIGITS;
    for (;;) {
        step_matrix t;
        delta = division_steps(&t, delta, (uint64_t)f.digit[0], (uint64_t)g.digit[0]);
        apply_to_cofactors(&d, &e, &t, &m, inverse);
        apply_to_numbers(&f, &g, &t, digits);
        int64_t rest = 0;
        for (int i = 0; i < digits; i++)
            rest |= g.digit[i];
        if (rest == 0)
            break;
        /* Drop the last digit of both when it is only a sign that the one below can hold. */
        int64_t ft = f.digit[digits - 1], gt = g.digit[digits - 1];
        if (digits > 1 && (ft ^ ft >> 63) == 0 && (gt ^ gt >> 63) == 0) {
            f.digit[digits - 2] |= (int64_t)((uint64_t)ft << 62);
            g.digit[digits - 2] |= (int64_t)((uint64_t)gt << 62);
            digits--;
        }
    }
    /* f = ±1 and d·x = f. From (−2m, m) to (−m, m), then f's sign away, then to [0, m). */
    add_multiple(&d, &m, d.digit[DIGITS - 1] < 0, false);
    add_multiple(&d, &m, 0, f.digit[digits - 1] < 0);
    add_multiple(&d, &m, d.digit[DIGITS - 1] < 0, false);
    u256 result = {{
        (uint64_t)d.digit[0] | (uint64_t)d.digit[1] << 62,
        (uint64_t)d.digit[1] >> 2 | (uint64_t)d.digit[2] << 60,
        (uint64_t)d.digit[2] >> 4 | (uint64_t)d.digit[3] << 58,
        (uint64_t)d.digit[3] >> 6 | (uint64_t)d.digit[4] << 56,
    }};
    return result;
}
