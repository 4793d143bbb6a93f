/* The extensions over which BN254 is paired: Fp2 = Fp[i]/(i² + 1), Fp6 = Fp2[v]/(v³ − ξ) with ξ = 9 + i,
 * Fp12 = Fp6[w]/(w² − v). Outputs may be inputs. */
#ifndef ASHLAR_CRYPTO_BN254_TOWER_H
#define ASHLAR_CRYPTO_BN254_TOWER_H

#include "crypto/bn254_field.h"

typedef struct {
    bn254_fp re, im;
} bn254_fp2;

typedef struct {
    bn254_fp2 c[3]; /* of 1, v, v² */
} bn254_fp6;

typedef struct {
    bn254_fp6 c[2]; /* of 1, w */
} bn254_fp12;

static inline bool bn254_fp2_is_zero(const bn254_fp2 *a) { return fp_is_zero(&a->re) && fp_is_zero(&a->im); }
static inline bool bn254_fp2_equal(const bn254_fp2 *a, const bn254_fp2 *b)
{
    return fp_equal(&a->re, &b->re) && fp_equal(&a->im, &b->im);
}

void bn254_fp2_add(bn254_fp2 *r, const bn254_fp2 *a, const bn254_fp2 *b);
void bn254_fp2_sub(bn254_fp2 *r, const bn254_fp2 *a, const bn254_fp2 *b);
void bn254_fp2_conjugate(bn254_fp2 *r, const bn254_fp2 *a);
void bn254_fp2_mul(bn254_fp2 *r, const bn254_fp2 *a, const bn254_fp2 *b);
void bn254_fp2_square(bn254_fp2 *r, const bn254_fp2 *a);
/* By an element of Fp. */
void bn254_fp2_scale(bn254_fp2 *r, const bn254_fp2 *a, const bn254_fp *b);
/* re² + im², zero for zero only. */
void bn254_fp2_norm(bn254_fp *r, const bn254_fp2 *a);

void bn254_fp12_one(bn254_fp12 *r);
bool bn254_fp12_is_one(const bn254_fp12 *a);
void bn254_fp12_mul(bn254_fp12 *r, const bn254_fp12 *a, const bn254_fp12 *b);
void bn254_fp12_square(bn254_fp12 *r, const bn254_fp12 *a);
/* r = a·(1 + b·w + c·w³) */
void bn254_fp12_mul_line(bn254_fp12 *r, const bn254_fp12 *a, const bn254_fp2 *b, const bn254_fp2 *c);
/* To the power p^6; the inverse of what has norm 1 over Fp6. */
void bn254_fp12_conjugate(bn254_fp12 *r, const bn254_fp12 *a);
void bn254_fp12_inverse(bn254_fp12 *r, const bn254_fp12 *a);
/* The square of an element of the cyclotomic subgroup, where a^(p^4 − p^2 + 1) = 1: R. Granger and M. Scott,
 * "Faster squaring in the cyclotomic subgroup of sixth degree extensions" (2010), section 3.2. */
void bn254_fp12_cyclotomic_square(bn254_fp12 *r, const bn254_fp12 *a);
/* r = a^(p^power), power from 1 to 3. */
void bn254_fp12_frobenius(bn254_fp12 *r, const bn254_fp12 *a, unsigned power);

#endif
