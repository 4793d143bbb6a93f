#include "field/fp5.h"

#include "base/check.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

static ALWAYS_INLINE fp sum_of_five(const fp a[5], fp b0, fp b1, fp b2, fp b3, fp b4)
{
    uint64_t sum = (uint64_t)a[0] * b0 + (uint64_t)a[1] * b1 + (uint64_t)a[2] * b2 + (uint64_t)a[3] * b3;
    return fp_reduce(fp_fold(fp_fold(sum) + (uint64_t)a[4] * b4));
}

/* The products with x^5 … x^8 are folded into b beforehand: x^5 = 1 − x^2. */
static ALWAYS_INLINE void multiply(fp r[5], const fp a[5], const fp b[5])
{
    const fp x[5] = {a[0], a[1], a[2], a[3], a[4]}, y[5] = {b[0], b[1], b[2], b[3], b[4]};
    fp y14 = fp_sub(y[1], y[4]);
    fp y03 = fp_sub(y[0], y[3]);
    fp y42 = fp_sub(y[4], y[2]);
    fp y314 = fp_sub(y[3], y14);
    r[0] = sum_of_five(x, y[0], y[4], y[3], y[2], y14);
    r[1] = sum_of_five(x, y[1], y[0], y[4], y[3], y[2]);
    r[2] = sum_of_five(x, y[2], y14, y03, y42, y314);
    r[3] = sum_of_five(x, y[3], y[2], y14, y03, y42);
    r[4] = sum_of_five(x, y[4], y[3], y[2], y14, y03);
}

fp5 fp5_mul(fp5 a, fp5 b)
{
    fp5 r;
    multiply(r.c, a.c, b.c);
    return r;
}

void fp5_mul_add(fp r[FP5_DEGREE], const fp a[FP5_DEGREE], const fp b[FP5_DEGREE], const fp c[FP5_DEGREE])
{
    fp product[FP5_DEGREE];
    multiply(product, a, b);
    for (int i = 0; i < FP5_DEGREE; i++)
        r[i] = fp_add(product[i], c[i]);
}

fp5 fp5_square(fp5 a)
{
    return fp5_mul(a, a);
}

fp5 fp5_power(fp5 a, uint64_t exponent)
{
    fp5 r = FP5_ONE;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1)
            r = fp5_mul(r, a);
        a = fp5_square(a);
    }
    return r;
}

#define C(x) FP_CONSTANT(x)

const fp5 fp5_frobenius_powers[2][4] = {
    {
        {{C(1576402667), C(1173144480), C(1567662457), C(1206866823), C(2428146)}},
        {{C(1680345488), C(1381986), C(615237464), C(1380104858), C(295431824)}},
        {{C(441230756), C(323126830), C(704986542), C(1445620072), C(503505220)}},
        {{C(1364444097), C(1144738982), C(2008416047), C(143367062), C(1027410849)}},
    },
    {
        {{C(361322221), C(1970254932), C(446925412), C(2022674657), C(1632465862)}},
        {{C(38642385), C(43998532), C(505661721), C(64403975), C(183375883)}},
        {{C(606751683), C(704817071), C(1858809488), C(1011252806), C(1228083580)}},
        {{C(29971245), C(1609062143), C(1047268670), C(49952075), C(774243406)}},
    },
};

static fp5 frobenius_by(fp5 a, const fp5 powers[4])
{
    fp5 r = fp5_from_fp(a.c[0]);
    for (int j = 0; j < FP5_DEGREE; j++) {
        uint64_t sum = 0;
        for (int i = 0; i < 4; i++)
            sum += (uint64_t)a.c[i + 1] * powers[i].c[j];
        r.c[j] = fp_add(r.c[j], fp_reduce(fp_fold(sum)));
    }
    return r;
}

fp5 fp5_frobenius(fp5 a, unsigned k)
{
    CHECK(k < FP5_DEGREE);
    for (; k >= 2; k -= 2)
        a = frobenius_by(a, fp5_frobenius_powers[1]);
    return k == 1 ? frobenius_by(a, fp5_frobenius_powers[0]) : a;
}

/* Itoh and Tsujii: a^(1 + p + p^2 + p^3 + p^4) lies in the base field. */
fp5 fp5_inverse(fp5 a)
{
    fp5 b = frobenius_by(a, fp5_frobenius_powers[0]);
    b = fp5_mul(b, frobenius_by(b, fp5_frobenius_powers[0]));
    b = fp5_mul(b, frobenius_by(b, fp5_frobenius_powers[1]));
    fp norm = sum_of_five(a.c, b.c[0], b.c[4], b.c[3], b.c[2], fp_sub(b.c[1], b.c[4]));
    return fp5_mul_fp(b, fp_inverse(norm));
}

void fp5_inverse_batch(fp5 *out, const fp5 *a, size_t count)
{
    /* In blocks, so that the prefix products need no memory of the caller's. */
    enum { BLOCK = 128 };
    for (size_t start = 0; start < count; start += BLOCK) {
        size_t length = count - start < BLOCK ? count - start : BLOCK;
        fp5 prefix[BLOCK];
        fp5 product = FP5_ONE;
        for (size_t i = 0; i < length; i++) {
            prefix[i] = product;
            if (!fp5_is_zero(a[start + i]))
                product = fp5_mul(product, a[start + i]);
        }
        fp5 inverse = fp5_inverse(product);
        for (size_t i = length; i-- > 0;) {
            fp5 x = a[start + i];
            if (fp5_is_zero(x)) {
                out[start + i] = FP5_ZERO;
            } else {
                out[start + i] = fp5_mul(inverse, prefix[i]);
                inverse = fp5_mul(inverse, x);
            }
        }
    }
}
