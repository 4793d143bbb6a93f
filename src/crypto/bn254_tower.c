#include "crypto/bn254_tower.h"

#include "base/memory.h"
#include "crypto/bn254_constants.h"
#include "crypto/modular_inverse.h"

typedef bn254_fp fp;
typedef bn254_fp2 fp2;
typedef bn254_fp6 fp6;
typedef bn254_fp12 fp12;

#define FP2_MUL bn254_fp2_mul
#define FP2_ADD bn254_fp2_add
#define FP2_SUB bn254_fp2_sub

void bn254_fp_inverse(fp *r, const fp *a)
{
    static const u256 prime = BN254_PRIME, shift = BN254_R3;
    *r = modular_inverse(*a, &prime);
    fp_mul(r, r, &shift);
}

/* ---- Fp2 ---- */

void bn254_fp2_add(fp2 *r, const fp2 *a, const fp2 *b)
{
    fp_add(&r->re, &a->re, &b->re);
    fp_add(&r->im, &a->im, &b->im);
}

void bn254_fp2_sub(fp2 *r, const fp2 *a, const fp2 *b)
{
    fp_sub(&r->re, &a->re, &b->re);
    fp_sub(&r->im, &a->im, &b->im);
}

static void fp2_negate(fp2 *r, const fp2 *a)
{
    fp_negate(&r->re, &a->re);
    fp_negate(&r->im, &a->im);
}

void bn254_fp2_conjugate(fp2 *r, const fp2 *a)
{
    r->re = a->re;
    fp_negate(&r->im, &a->im);
}

/* −a, or p where a is 0: enough as a factor. */
static inline void fp_complement(fp *r, const fp *a)
{
    const fp prime = BN254_PRIME;
    *r = u256_sub(prime, *a);
}

void bn254_fp2_mul(fp2 *r, const fp2 *a, const fp2 *b)
{
    fp minus, re;
    fp_complement(&minus, &b->im);
    fp_mul_two(&re, &a->re, &b->re, &a->im, &minus);
    fp_mul_two(&r->im, &a->re, &b->im, &a->im, &b->re);
    r->re = re;
}

void bn254_fp2_square(fp2 *r, const fp2 *a)
{
    fp sum, difference, twice;
    fp_add(&sum, &a->re, &a->im);
    fp_sub(&difference, &a->re, &a->im);
    fp_add(&twice, &a->re, &a->re);
    fp_mul(&r->im, &twice, &a->im);
    fp_mul(&r->re, &sum, &difference);
}

void bn254_fp2_scale(fp2 *r, const fp2 *a, const fp *b)
{
    fp_mul(&r->re, &a->re, b);
    fp_mul(&r->im, &a->im, b);
}

void bn254_fp2_norm(fp *r, const fp2 *a) { fp_mul_two(r, &a->re, &a->re, &a->im, &a->im); }

static __attribute__((noinline)) void fp2_mul_xi(fp2 *r, const fp2 *a)
{
    fp minus, re;
    fp_complement(&minus, &a->im);
    fp_nine_times_plus(&re, &a->re, &minus);
    fp_nine_times_plus(&r->im, &a->im, &a->re);
    r->re = re;
}

static void fp2_inverse(fp2 *r, const fp2 *a)
{
    fp norm;
    bn254_fp2_norm(&norm, a);
    bn254_fp_inverse(&norm, &norm);
    bn254_fp2_conjugate(r, a);
    bn254_fp2_scale(r, r, &norm);
}

/* ---- Fp6 ---- */

static void fp6_add(fp6 *r, const fp6 *a, const fp6 *b)
{
    for (int i = 0; i < 3; i++)
        FP2_ADD(&r->c[i], &a->c[i], &b->c[i]);
}

static void fp6_sub(fp6 *r, const fp6 *a, const fp6 *b)
{
    for (int i = 0; i < 3; i++)
        FP2_SUB(&r->c[i], &a->c[i], &b->c[i]);
}

static void fp6_mul_v(fp6 *r, const fp6 *a)
{
    fp2 t;
    fp2_mul_xi(&t, &a->c[2]);
    r->c[2] = a->c[1];
    r->c[1] = a->c[0];
    r->c[0] = t;
}

/* Karatsuba's six products. */
static void fp6_mul(fp6 *r, const fp6 *a, const fp6 *b)
{
    fp2 p0, p1, p2, s, t, c0, c1;
    FP2_MUL(&p0, &a->c[0], &b->c[0]);
    FP2_MUL(&p1, &a->c[1], &b->c[1]);
    FP2_MUL(&p2, &a->c[2], &b->c[2]);

    FP2_ADD(&s, &a->c[1], &a->c[2]);
    FP2_ADD(&t, &b->c[1], &b->c[2]);
    FP2_MUL(&c0, &s, &t);
    FP2_SUB(&c0, &c0, &p1);
    FP2_SUB(&c0, &c0, &p2);
    fp2_mul_xi(&c0, &c0);
    FP2_ADD(&c0, &c0, &p0);

    FP2_ADD(&s, &a->c[0], &a->c[1]);
    FP2_ADD(&t, &b->c[0], &b->c[1]);
    FP2_MUL(&c1, &s, &t);
    FP2_SUB(&c1, &c1, &p0);
    FP2_SUB(&c1, &c1, &p1);

    FP2_ADD(&s, &a->c[0], &a->c[2]);
    FP2_ADD(&t, &b->c[0], &b->c[2]);
    FP2_MUL(&s, &s, &t);
    FP2_SUB(&s, &s, &p0);
    FP2_SUB(&s, &s, &p2);
    FP2_ADD(&r->c[2], &s, &p1);

    fp2_mul_xi(&p2, &p2);
    FP2_ADD(&r->c[1], &c1, &p2);
    r->c[0] = c0;
}

/* r = a·(b + c·v); r is not a. */
static void fp6_mul_sparse(fp6 *r, const fp6 *a, const fp2 *b, const fp2 *c)
{
    fp2 p0, p1, s, t;
    FP2_MUL(&p0, &a->c[0], b);
    FP2_MUL(&p1, &a->c[1], c);

    FP2_MUL(&s, &a->c[2], c);
    fp2_mul_xi(&s, &s);
    FP2_ADD(&r->c[0], &s, &p0);

    FP2_ADD(&s, &a->c[0], &a->c[1]);
    FP2_ADD(&t, b, c);
    FP2_MUL(&s, &s, &t);
    FP2_SUB(&s, &s, &p0);
    FP2_SUB(&r->c[1], &s, &p1);

    FP2_MUL(&s, &a->c[2], b);
    FP2_ADD(&r->c[2], &s, &p1);
}

static void fp6_inverse(fp6 *r, const fp6 *a)
{
    fp2 t0, t1, t2, s, norm;
    /* The adjoint: a0² − ξ·a1·a2, ξ·a2² − a0·a1, a1² − a0·a2. */
    bn254_fp2_square(&t0, &a->c[0]);
    FP2_MUL(&s, &a->c[1], &a->c[2]);
    fp2_mul_xi(&s, &s);
    FP2_SUB(&t0, &t0, &s);
    bn254_fp2_square(&t1, &a->c[2]);
    fp2_mul_xi(&t1, &t1);
    FP2_MUL(&s, &a->c[0], &a->c[1]);
    FP2_SUB(&t1, &t1, &s);
    bn254_fp2_square(&t2, &a->c[1]);
    FP2_MUL(&s, &a->c[0], &a->c[2]);
    FP2_SUB(&t2, &t2, &s);

    FP2_MUL(&norm, &a->c[2], &t1);
    FP2_MUL(&s, &a->c[1], &t2);
    FP2_ADD(&norm, &norm, &s);
    fp2_mul_xi(&norm, &norm);
    FP2_MUL(&s, &a->c[0], &t0);
    FP2_ADD(&norm, &norm, &s);
    fp2_inverse(&norm, &norm);
    FP2_MUL(&r->c[0], &t0, &norm);
    FP2_MUL(&r->c[1], &t1, &norm);
    FP2_MUL(&r->c[2], &t2, &norm);
}

/* ---- Fp12 ---- */

void bn254_fp12_one(fp12 *r)
{
    memset(r, 0, sizeof *r);
    r->c[0].c[0].re = BN254_ONE;
}

bool bn254_fp12_is_one(const fp12 *a)
{
    fp12 one;
    bn254_fp12_one(&one);
    return memcmp(a, &one, sizeof one) == 0;
}

void bn254_fp12_mul(fp12 *r, const fp12 *a, const fp12 *b)
{
    fp6 p0, p1, s, t;
    fp6_mul(&p0, &a->c[0], &b->c[0]);
    fp6_mul(&p1, &a->c[1], &b->c[1]);
    fp6_add(&s, &a->c[0], &a->c[1]);
    fp6_add(&t, &b->c[0], &b->c[1]);
    fp6_mul(&s, &s, &t);
    fp6_sub(&s, &s, &p0);
    fp6_sub(&r->c[1], &s, &p1);
    fp6_mul_v(&p1, &p1);
    fp6_add(&r->c[0], &p0, &p1);
}

/* (a0 + a1)(a0 + v·a1) − (1 + v)·a0·a1, and 2·a0·a1. */
void bn254_fp12_square(fp12 *r, const fp12 *a)
{
    fp6 p, s, t;
    fp6_mul(&p, &a->c[0], &a->c[1]);
    fp6_add(&s, &a->c[0], &a->c[1]);
    fp6_mul_v(&t, &a->c[1]);
    fp6_add(&t, &t, &a->c[0]);
    fp6_mul(&s, &s, &t);
    fp6_sub(&s, &s, &p);
    fp6_add(&r->c[1], &p, &p);
    fp6_mul_v(&p, &p);
    fp6_sub(&r->c[0], &s, &p);
}

void bn254_fp12_mul_line(fp12 *r, const fp12 *a, const fp2 *b, const fp2 *c)
{
    /* 1 + L·w, L = b + c·v */
    fp6 s, t;
    fp6_mul_sparse(&s, &a->c[0], b, c);
    fp6_mul_sparse(&t, &a->c[1], b, c);
    fp6_mul_v(&t, &t);
    fp6_add(&r->c[0], &a->c[0], &t);
    fp6_add(&r->c[1], &a->c[1], &s);
}

void bn254_fp12_conjugate(fp12 *r, const fp12 *a)
{
    r->c[0] = a->c[0];
    for (int i = 0; i < 3; i++)
        fp2_negate(&r->c[1].c[i], &a->c[1].c[i]);
}

void bn254_fp12_inverse(fp12 *r, const fp12 *a)
{
    /* (a0 − a1·w) / (a0² − v·a1²) */
    fp6 s, t;
    fp6_mul(&s, &a->c[0], &a->c[0]);
    fp6_mul(&t, &a->c[1], &a->c[1]);
    fp6_mul_v(&t, &t);
    fp6_sub(&s, &s, &t);
    fp6_inverse(&s, &s);
    bn254_fp12_conjugate(r, a);
    fp6_mul(&r->c[0], &r->c[0], &s);
    fp6_mul(&r->c[1], &r->c[1], &s);
}

/* (a + b·s)² with s² = ξ: a² + ξ·b² and 2ab. */
static void fp4_square(fp2 *low, fp2 *high, const fp2 *a, const fp2 *b)
{
    fp2 t;
    FP2_MUL(&t, a, b);
    FP2_ADD(high, &t, &t);
    bn254_fp2_square(low, a);
    bn254_fp2_square(&t, b);
    fp2_mul_xi(&t, &t);
    FP2_ADD(low, low, &t);
}

/* r = 3t − 2a, or 3t + 2a. */
static void three_minus_two(fp2 *r, const fp2 *t, const fp2 *a)
{
    fp2 d;
    FP2_SUB(&d, t, a);
    FP2_ADD(&d, &d, &d);
    FP2_ADD(r, &d, t);
}

static void three_plus_two(fp2 *r, const fp2 *t, const fp2 *a)
{
    fp2 d;
    FP2_ADD(&d, t, a);
    FP2_ADD(&d, &d, &d);
    FP2_ADD(r, &d, t);
}

void bn254_fp12_cyclotomic_square(fp12 *r, const fp12 *a)
{
    const fp6 *x = &a->c[0], *y = &a->c[1];
    fp2 low0, high0, low1, high1, low2, high2;
    fp4_square(&low0, &high0, &x->c[0], &y->c[1]);
    fp4_square(&low1, &high1, &y->c[0], &x->c[2]);
    fp4_square(&low2, &high2, &x->c[1], &y->c[2]);
    fp2_mul_xi(&high2, &high2);
    three_minus_two(&r->c[0].c[0], &low0, &x->c[0]);
    three_minus_two(&r->c[0].c[1], &low1, &x->c[1]);
    three_minus_two(&r->c[0].c[2], &low2, &x->c[2]);
    three_plus_two(&r->c[1].c[0], &high2, &y->c[0]);
    three_plus_two(&r->c[1].c[1], &high0, &y->c[1]);
    three_plus_two(&r->c[1].c[2], &high1, &y->c[2]);
}

void bn254_fp12_frobenius(fp12 *r, const fp12 *a, unsigned power)
{
    const fp2 *factors = power == 1 ? frobenius_1 : power == 2 ? frobenius_2 : frobenius_3;
    /* w^k stands at c[k % 2].c[k / 2]. */
    for (int k = 0; k < 6; k++) {
        fp2 *out = &r->c[k % 2].c[k / 2];
        *out = a->c[k % 2].c[k / 2];
        if (power & 1)
            bn254_fp2_conjugate(out, out);
        if (k == 0)
            continue;
        if (power == 2)
            bn254_fp2_scale(out, out, &factors[k - 1].re);
        else
            FP2_MUL(out, out, &factors[k - 1]);
    }
}
