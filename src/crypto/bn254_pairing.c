/* The optimal ate pairing: F. Vercauteren, "Optimal pairings" (2010), section IV.A. */
#include "crypto/bn254.h"

#include "base/memory.h"
#include "crypto/bn254_constants.h"
#include "crypto/bn254_curve.h"

/* Pairs that share the squarings of one Miller loop and its inversions; bounds the stack. */
#define GROUP_PAIRS 16

typedef struct {
    bn254_fp2 x, y;
} g2_point;

typedef struct {
    g2_point q, t; /* t runs through the multiples of q */
    bn254_fp minus_x_by_y, y_inverse; /* −x/y and 1/y of the point of G1 */
    bool has_line;                    /* false where that is infinity: the other is still to be checked */
    bn254_fp2 denominator;
    bn254_fp norm, norms_before;
} miller_pair;

/* r = 1/r for each pair's denominator, with one inversion of Fp. False where one is zero. */
static bool invert_denominators(miller_pair *pairs, size_t count)
{
    bn254_fp product = BN254_ONE, inverse;
    for (size_t i = 0; i < count; i++) {
        bn254_fp2_norm(&pairs[i].norm, &pairs[i].denominator);
        pairs[i].norms_before = product;
        if (i == 0)
            product = pairs[i].norm;
        else
            bn254_fp_multiply(&product, &product, &pairs[i].norm);
    }
    if (fp_is_zero(&product))
        return false;
    bn254_fp_inverse(&inverse, &product);
    for (size_t i = count; i-- != 0;) {
        bn254_fp own = inverse;
        if (i != 0) {
            bn254_fp_multiply(&own, &inverse, &pairs[i].norms_before);
            bn254_fp_multiply(&inverse, &inverse, &pairs[i].norm);
        }
        bn254_fp2_conjugate(&pairs[i].denominator, &pairs[i].denominator);
        bn254_fp2_scale(&pairs[i].denominator, &pairs[i].denominator, &own);
    }
    return true;
}

/* The third point of the line through t with this slope, mirrored, where `other` is the x of the second. The
 * line at the point of G1, divided by its y: 1 − slope·x/y·w + (slope·t.x − t.y)/y·w³. */
static void step_along(bn254_fp12 *f, miller_pair *p, const bn254_fp2 *slope, const bn254_fp2 *other)
{
    bn254_fp2 x, c, b;
    bn254_fp2_mul(&c, slope, &p->t.x);
    bn254_fp2_sub(&c, &c, &p->t.y);
    bn254_fp2_square(&x, slope);
    bn254_fp2_sub(&x, &x, &p->t.x);
    bn254_fp2_sub(&p->t.x, &x, other);
    bn254_fp2_mul(&x, slope, &p->t.x);
    bn254_fp2_sub(&p->t.y, &c, &x);
    if (p->has_line) {
        bn254_fp2_scale(&b, slope, &p->minus_x_by_y);
        bn254_fp2_scale(&c, &c, &p->y_inverse);
        bn254_fp12_mul_line(f, f, &b, &c);
    }
}

static bool double_all(bn254_fp12 *f, miller_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bn254_fp2_add(&pairs[i].denominator, &pairs[i].t.y, &pairs[i].t.y);
    if (!invert_denominators(pairs, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        bn254_fp2 square, slope, x = pairs[i].t.x;
        bn254_fp2_square(&square, &x);
        bn254_fp2_add(&slope, &square, &square);
        bn254_fp2_add(&slope, &slope, &square);
        bn254_fp2_mul(&slope, &slope, &pairs[i].denominator);
        step_along(f, &pairs[i], &slope, &x);
    }
    return true;
}

/* q or its mirror image, or its image under the Frobenius map taken `power` times. */
static void addend(g2_point *out, const g2_point *q, unsigned power, bool negative)
{
    *out = *q;
    if (power & 1) {
        bn254_fp2_conjugate(&out->x, &out->x);
        bn254_fp2_conjugate(&out->y, &out->y);
    }
    if (power != 0) {
        const bn254_fp2 *factors = power == 1 ? frobenius_1 : power == 2 ? frobenius_2 : frobenius_3;
        bn254_fp2_mul(&out->x, &out->x, &factors[1]);
        bn254_fp2_mul(&out->y, &out->y, &factors[2]);
    }
    if (negative) {
        fp_negate(&out->y.re, &out->y.re);
        fp_negate(&out->y.im, &out->y.im);
    }
}

static bool add_all(bn254_fp12 *f, miller_pair *pairs, size_t count, unsigned power, bool negative)
{
    g2_point second;
    for (size_t i = 0; i < count; i++) {
        addend(&second, &pairs[i].q, power, negative);
        bn254_fp2_sub(&pairs[i].denominator, &second.x, &pairs[i].t.x);
    }
    if (!invert_denominators(pairs, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        bn254_fp2 slope;
        addend(&second, &pairs[i].q, power, negative);
        bn254_fp2_sub(&slope, &second.y, &pairs[i].t.y);
        bn254_fp2_mul(&slope, &slope, &pairs[i].denominator);
        step_along(f, &pairs[i], &slope, &second.x);
    }
    return true;
}

/* f = the product of the Miller functions. False where a point of the twist is not of order r.
 *
 * That costs no computation of its own. With π the Frobenius map, [6u + 2]q + π(q) − π²(q) + π³(q) = 0
 * holds for all of that order; and for no other point of the twist over Fp2, since the norm of 6u + 2 + π
 * − π² + π³ as an element of Z[π], π² − (6u² + 1)π + p = 0, has no factor in common with the cofactor. A
 * sum that has no slope cannot come up for q of order r either, as its terms are multiples of q by numbers
 * that are neither equal nor opposite modulo r. */
static bool miller_loop(bn254_fp12 *f, miller_pair *pairs, size_t count)
{
    bn254_fp12_one(f);
    for (int i = (int)sizeof ate_digits - 2; i >= 0; i--) {
        if (i != (int)sizeof ate_digits - 2)
            bn254_fp12_square(f, f);
        if (!double_all(f, pairs, count))
            return false;
        if (ate_digits[i] != 0 && !add_all(f, pairs, count, 0, ate_digits[i] < 0))
            return false;
    }
    if (!add_all(f, pairs, count, 1, false) || !add_all(f, pairs, count, 2, true))
        return false;
    for (size_t i = 0; i < count; i++) {
        g2_point last;
        addend(&last, &pairs[i].q, 3, true);
        if (!bn254_fp2_equal(&last.x, &pairs[i].t.x) || !bn254_fp2_equal(&last.y, &pairs[i].t.y))
            return false;
    }
    return true;
}

/* r = a^(−u) for a in the cyclotomic subgroup. */
static void power_minus_u(bn254_fp12 *r, const bn254_fp12 *a)
{
    bn254_fp12 odd[4], square, result, term;
    odd[0] = *a;
    bn254_fp12_cyclotomic_square(&square, a);
    for (int i = 1; i < 4; i++)
        bn254_fp12_mul(&odd[i], &odd[i - 1], &square);
    result = odd[parameter_digits[sizeof parameter_digits - 1] >> 1];
    for (int i = (int)sizeof parameter_digits - 2; i >= 0; i--) {
        bn254_fp12_cyclotomic_square(&result, &result);
        int digit = parameter_digits[i];
        if (digit > 0) {
            bn254_fp12_mul(&result, &result, &odd[digit >> 1]);
        } else if (digit < 0) {
            bn254_fp12_conjugate(&term, &odd[-digit >> 1]);
            bn254_fp12_mul(&result, &result, &term);
        }
    }
    bn254_fp12_conjugate(r, &result);
}

/* Whether f^((p^12 − 1)/r) = 1. The hard part to the multiple of its exponent in L. Fuentes-Castañeda, E.
 * Knapp, F. Rodríguez-Henríquez, "Faster hashing to G2" (2011), section 5. */
static bool final_power_is_one(const bn254_fp12 *f)
{
    bn254_fp12 a, b, t;
    bn254_fp12_inverse(&t, f);
    bn254_fp12_conjugate(&a, f);
    bn254_fp12_mul(&t, &a, &t);
    bn254_fp12_frobenius(&a, &t, 2);
    bn254_fp12_mul(&a, &a, &t); /* f^((p^6 − 1)(p^2 + 1)) */

    /* Exponents of a: x2 = −2u, x6 = 6u², x12 = 12u³ and so on. */
    bn254_fp12 minus_2u, minus_6u, plus_6u2, plus_12u3, sum, low;
    power_minus_u(&b, &a);
    bn254_fp12_cyclotomic_square(&minus_2u, &b);
    bn254_fp12_cyclotomic_square(&t, &minus_2u);
    bn254_fp12_mul(&minus_6u, &t, &minus_2u);
    power_minus_u(&plus_6u2, &minus_6u);
    bn254_fp12_cyclotomic_square(&t, &plus_6u2);
    power_minus_u(&plus_12u3, &t);
    bn254_fp12_conjugate(&plus_12u3, &plus_12u3);

    /* s = 12u³ + 6u² + 6u; then (s + 6u² + 1) + p·(s − 2u) + p²·s + p³·(s − 2u − 1). */
    bn254_fp12_mul(&sum, &plus_12u3, &plus_6u2);
    bn254_fp12_conjugate(&t, &minus_6u);
    bn254_fp12_mul(&sum, &sum, &t);
    bn254_fp12_mul(&low, &sum, &minus_2u);
    bn254_fp12_mul(&t, &sum, &plus_6u2);
    bn254_fp12_mul(&t, &t, &a);
    bn254_fp12_frobenius(&b, &low, 1);
    bn254_fp12_mul(&t, &t, &b);
    bn254_fp12_frobenius(&b, &sum, 2);
    bn254_fp12_mul(&t, &t, &b);
    bn254_fp12_conjugate(&a, &a);
    bn254_fp12_mul(&low, &low, &a);
    bn254_fp12_frobenius(&b, &low, 3);
    bn254_fp12_mul(&t, &t, &b);
    return bn254_fp12_is_one(&t);
}

/* False where it is refused; infinity is left as zeros. */
static bool read_g2(g2_point *q, bool *infinity, const uint8_t bytes[128])
{
    if (!bn254_fp_read(&q->x.im, bytes) || !bn254_fp_read(&q->x.re, bytes + 32) ||
        !bn254_fp_read(&q->y.im, bytes + 64) || !bn254_fp_read(&q->y.re, bytes + 96))
        return false;
    *infinity = bn254_fp2_is_zero(&q->x) && bn254_fp2_is_zero(&q->y);
    if (*infinity)
        return true;
    bn254_fp2 left, right;
    bn254_fp2_square(&left, &q->y);
    bn254_fp2_square(&right, &q->x);
    bn254_fp2_mul(&right, &right, &q->x);
    bn254_fp2_add(&right, &right, &twist_b);
    return bn254_fp2_equal(&left, &right);
}

bool bn254_pairing_check_plainly(bool *is_one, const uint8_t *pairs, size_t count)
{
    miller_pair group[GROUP_PAIRS];
    bn254_fp12 product, f;
    bool any = false;
    for (size_t done = 0; done < count;) {
        size_t used = 0;
        for (; done < count && used < GROUP_PAIRS; done++) {
            miller_pair *p = &group[used];
            bn254_affine point;
            bool no_point, no_twist;
            if (!bn254_g1_read(&point, &no_point, pairs + BN254_PAIR_BYTES * done) ||
                !read_g2(&p->q, &no_twist, pairs + BN254_PAIR_BYTES * done + 64))
                return false;
            if (no_twist)
                continue;
            p->t = p->q;
            p->has_line = !no_point;
            p->minus_x_by_y = point.x;
            p->y_inverse = BN254_ONE;
            if (!no_point) {
                bn254_fp_inverse(&p->y_inverse, &point.y);
                bn254_fp_multiply(&p->minus_x_by_y, &p->minus_x_by_y, &p->y_inverse);
                fp_negate(&p->minus_x_by_y, &p->minus_x_by_y);
            }
            used++;
        }
        if (used == 0)
            continue;
        if (!miller_loop(&f, group, used))
            return false;
        if (any)
            bn254_fp12_mul(&product, &product, &f);
        else
            product = f;
        any = true;
    }
    *is_one = !any || final_power_is_one(&product);
    return true;
}
