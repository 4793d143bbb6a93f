/* The extension of degree 5, F[x]/(x^5 + x^2 − 1): c[0] + c[1]·x + … + c[4]·x^4. All challenges live here.
 * Freestanding. */
#ifndef ASHLAR_FIELD_FP5_H
#define ASHLAR_FIELD_FP5_H

#include "field/fp.h"

#define FP5_DEGREE 5

typedef struct {
    fp c[FP5_DEGREE];
} fp5;

#define FP5_ZERO ((fp5){{0, 0, 0, 0, 0}})
#define FP5_ONE ((fp5){{FP_ONE, 0, 0, 0, 0}})

static inline fp5 fp5_from_fp(fp a)
{
    return (fp5){{a, 0, 0, 0, 0}};
}

static inline fp5 fp5_add(fp5 a, fp5 b)
{
    for (int i = 0; i < FP5_DEGREE; i++)
        a.c[i] = fp_add(a.c[i], b.c[i]);
    return a;
}

static inline fp5 fp5_sub(fp5 a, fp5 b)
{
    for (int i = 0; i < FP5_DEGREE; i++)
        a.c[i] = fp_sub(a.c[i], b.c[i]);
    return a;
}

static inline fp5 fp5_neg(fp5 a)
{
    return fp5_sub(FP5_ZERO, a);
}

static inline fp5 fp5_double(fp5 a)
{
    return fp5_add(a, a);
}

static inline fp5 fp5_add_fp(fp5 a, fp b)
{
    a.c[0] = fp_add(a.c[0], b);
    return a;
}

static inline fp5 fp5_sub_fp(fp5 a, fp b)
{
    a.c[0] = fp_sub(a.c[0], b);
    return a;
}

static inline fp5 fp5_mul_fp(fp5 a, fp b)
{
    for (int i = 0; i < FP5_DEGREE; i++)
        a.c[i] = fp_mul(a.c[i], b);
    return a;
}

/* acc + a·b, the step of every batching sum. */
static inline fp5 fp5_add_mul_fp(fp5 acc, fp5 a, fp b)
{
    return fp5_add(acc, fp5_mul_fp(a, b));
}

static inline bool fp5_equal(fp5 a, fp5 b)
{
    uint32_t difference = 0;
    for (int i = 0; i < FP5_DEGREE; i++)
        difference |= a.c[i] ^ b.c[i];
    return difference == 0;
}

static inline bool fp5_is_zero(fp5 a)
{
    return (a.c[0] | a.c[1] | a.c[2] | a.c[3] | a.c[4]) == 0;
}

fp5 fp5_mul(fp5 a, fp5 b);
/* r = a·b + c, of five elements each, wherever they are; r may be any of the others. They are read and written one by one: a
 * load of several waits where they were just stored apart, as in a list of such products. */
void fp5_mul_add(fp r[FP5_DEGREE], const fp a[FP5_DEGREE], const fp b[FP5_DEGREE], const fp c[FP5_DEGREE]);
fp5 fp5_square(fp5 a);

/* a·x */
static inline fp5 fp5_mul_x(fp5 a)
{
    return (fp5){{a.c[4], a.c[0], fp_sub(a.c[1], a.c[4]), a.c[2], a.c[3]}};
}

/* a^exponent; 0^0 = 1. */
fp5 fp5_power(fp5 a, uint64_t exponent);

/* a^(p^k), the k-th power of Frobenius; k < 5. */
fp5 fp5_frobenius(fp5 a, unsigned k);

/* x^(i·p^k) at [k − 1][i − 1], k = 1, 2 and i = 1 … 4: raising to the power of p is linear. */
extern const fp5 fp5_frobenius_powers[2][4];

/* 1/a; 0 for 0. */
fp5 fp5_inverse(fp5 a);

/* 1/a for each of `count` elements, by Montgomery's trick; 0 for 0. `out` may be `a`. */
void fp5_inverse_batch(fp5 *out, const fp5 *a, size_t count);

#endif
