#include "field/fp5.h"

#include "base/check.h"

static fp sum_of_five(const fp a[5], fp b0, fp b1, fp b2, fp b3, fp b4)
{
    uint64_t sum = (uint64_t)a[0] * b0 + (uint64_t)a[1] * b1 + (uint64_t)a[2] * b2 + (uint64_t)a[3] * b3;
    return fp_reduce(fp_fold(fp_fold(sum) + (uint64_t)a[4] * b4));
}

/* The products with x^5 … x^8 are folded into b beforehand: x^5 = 1 − x^2. */
fp5 fp5_mul(fp5 a, fp5 b)
{
    const fp *y = b.c;
    fp y14 = fp_sub(y[1], y[4]);
    fp y03 = fp_sub(y[0], y[3]);
    fp y42 = fp_sub(y[4], y[2]);
    fp y314 = fp_sub(y[3], y14);
    return (fp5){{
        sum_of_five(a.c, y[0], y[4], y[3], y[2], y14),
        sum_of_five(a.c, y[1], y[0], y[4], y[3], y[2]),
        sum_of_five(a.c, y[2], y14, y03, y42, y314),
        sum_of_five(a.c, y[3], y[2], y14, y03, y42),
        sum_of_five(a.c, y[4], y[3], y[2], y14, y03),
    }};
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
