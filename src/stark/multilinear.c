#include "stark/multilinear.h"

#include "stark/list.h"

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

/* Groups of values are summed by the last coordinates, by one list for all of them, and the sums by the first ones. */
fp5 multilinear_evaluate(const fp5 *values, const fp5 *z, unsigned k)
{
    enum { LOW_MAX = 5, GROUP_MAX = 1 << LOW_MAX };
    enum { POINT = LIST_OWN, HIGH = POINT + 2 * LOW_MAX, LOW = HIGH + 2 * GROUP_MAX, GROUP = LOW + 2 * GROUP_MAX,
           WEIGHT = GROUP + GROUP_MAX, SUM, TOTAL, BLOCKS };
    if (k > 2 * LOW_MAX)
        return multilinear_line(multilinear_evaluate(values, z + 1, k - 1),
                                multilinear_evaluate(values + ((size_t)1 << (k - 1)), z + 1, k - 1), z[0]);
    unsigned low = k < LOW_MAX ? k : LOW_MAX, high = k - low;
    uint64_t blocks[BLOCKS * LIST_BLOCK_WORDS] = {0}, items[4 * GROUP_MAX];
    list l;
    list_open_on(&l, blocks, items);
    list_set_all(&l, POINT, z, k);
    list_set_fp(&l, HIGH + 1, FP_ONE);
    list_set_fp(&l, LOW + 1, FP_ONE);
    list_add_eq(&l, HIGH, POINT, high);
    list_add_eq(&l, LOW, POINT + high, low);
    list_run(&l);
    for (uint32_t i = 0; i < 1u << low; i++)
        list_add(&l, LOW + (1u << low) + i, GROUP + i, i == 0 ? LIST_ZERO : SUM, SUM);
    list_add(&l, SUM, WEIGHT, TOTAL, TOTAL);
    for (uint32_t i = 0; i < 1u << high; i++) {
        fp5 weight = list_get(&l, HIGH + (1u << high) + i);
        list_set(&l, WEIGHT, &weight);
        list_set_all(&l, GROUP, values + ((size_t)i << low), (size_t)1 << low);
        list_repeat(&l);
    }
    return list_get(&l, TOTAL);
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
