#include "field/fp.h"

#include "base/check.h"

fp fp_power(fp a, uint64_t exponent)
{
    fp r = FP_ONE;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1)
            r = fp_mul(r, a);
        a = fp_square(a);
    }
    return r;
}

fp fp_inverse(fp a)
{
    /* p − 2 is 111111 0 and four times 111111 in binary. */
    fp a3 = fp_mul(fp_square(fp_mul(fp_square(a), a)), a);
    fp a6 = a3;
    for (int i = 0; i < 3; i++)
        a6 = fp_square(a6);
    a6 = fp_mul(a6, a3);
    fp r = fp_square(a6);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 6; i++)
            r = fp_square(r);
        r = fp_mul(r, a6);
    }
    return r;
}

void fp_inverse_batch(fp *out, const fp *a, size_t count)
{
    /* In blocks, so that the prefix products need no memory of the caller's. */
    enum { BLOCK = 256 };
    for (size_t start = 0; start < count; start += BLOCK) {
        size_t length = count - start < BLOCK ? count - start : BLOCK;
        fp prefix[BLOCK];
        fp product = FP_ONE;
        for (size_t i = 0; i < length; i++) {
            prefix[i] = product;
            fp x = a[start + i];
            product = x == 0 ? product : fp_mul(product, x);
        }
        fp inverse = fp_inverse(product);
        for (size_t i = length; i-- > 0;) {
            fp x = a[start + i];
            out[start + i] = x == 0 ? 0 : fp_mul(inverse, prefix[i]);
            inverse = x == 0 ? inverse : fp_mul(inverse, x);
        }
    }
}

fp fp_root_of_unity(unsigned log2_order)
{
    CHECK(log2_order <= FP_TWO_ADICITY);
    fp root = FP_CONSTANT(0x6ac49f88); /* 3^127 */
    for (unsigned k = FP_TWO_ADICITY; k > log2_order; k--)
        root = fp_square(root);
    return root;
}

fp fp_root_of_unity_inverse(unsigned log2_order)
{
    CHECK(log2_order <= FP_TWO_ADICITY);
    fp root = FP_CONSTANT(1796240327); /* 3^−127 */
    for (unsigned k = FP_TWO_ADICITY; k > log2_order; k--)
        root = fp_square(root);
    return root;
}

fp fp_inverse_power_of_two(unsigned k)
{
    CHECK(k <= 32);
    return (fp)(((uint64_t)1 << (32 - k)) % FP_MODULUS);
}
