#include "stark/multilinear.h"

fp5 multilinear_eq(const fp5 *z, const fp5 *s, unsigned k)
{
    fp5 r = FP5_ONE;
    for (unsigned i = 0; i < k; i++)
        r = fp5_mul(r, multilinear_eq_one(z[i], s[i]));
    return r;
}

fp5 multilinear_eq_index(const fp5 *z, unsigned k, uint64_t index)
{
    fp5 r = FP5_ONE;
    for (unsigned i = 0; i < k; i++) {
        bool set = index >> (k - 1 - i) & 1;
        r = fp5_mul(r, set ? z[i] : fp5_sub(FP5_ONE, z[i]));
    }
    return r;
}

fp5 multilinear_below(const fp5 *z, unsigned k, uint64_t count)
{
    if (count >> k != 0)
        return FP5_ONE;
    fp5 sum = FP5_ZERO, prefix = FP5_ONE; /* eq of the coordinates so far and the leading bits of count */
    for (unsigned i = 0; i < k; i++) {
        fp5 one = fp5_mul(prefix, z[i]), zero = fp5_sub(prefix, one);
        bool set = count >> (k - 1 - i) & 1;
        if (set)
            sum = fp5_add(sum, zero);
        prefix = set ? one : zero;
    }
    return sum;
}

void multilinear_eq_table(fp5 *table, fp5 factor, const fp5 *z, unsigned k)
{
    table[0] = factor;
    for (unsigned i = 0; i < k; i++)
        for (size_t b = (size_t)1 << i; b-- > 0;) {
            fp5 whole = table[b], one = fp5_mul(whole, z[i]);
            table[2 * b] = fp5_sub(whole, one);
            table[2 * b + 1] = one;
        }
}

fp5 multilinear_evaluate(fp5 *values, const fp5 *z, unsigned k)
{
    for (unsigned i = 0; i < k; i++) {
        size_t half = (size_t)1 << (k - 1 - i);
        for (size_t b = 0; b < half; b++)
            values[b] = multilinear_line(values[b], values[b + half], z[i]);
    }
    return values[0];
}

fp5 multilinear_evaluate_fp(const fp *values, const fp5 *eq, size_t count)
{
    fp5 r = FP5_ZERO;
    size_t b = 0;
    for (; b + 2 <= count; b += 2)
        for (int i = 0; i < FP5_DEGREE; i++)
            r.c[i] = fp_add(r.c[i], fp_reduce((uint64_t)eq[b].c[i] * values[b] +
                                              (uint64_t)eq[b + 1].c[i] * values[b + 1]));
    return b < count ? fp5_add_mul_fp(r, eq[b], values[b]) : r;
}
