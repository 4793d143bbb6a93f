/* Multiplication and inversion in the extension, one thread, ns for each element. */
#include "base/clock.h"
#include "field/fp5.h"
#include "field/lanes_check.h"
#include "field/simd.h"

#include <stdio.h>

static double best_of(void (*work)(fp5 *, size_t), fp5 *a, size_t count)
{
    double best = 1e9;
    for (int round = 0; round < 30; round++) {
        double start = clock_seconds();
        work(a, count);
        double t = (clock_seconds() - start) * 1e9 / (double)count;
        best = t < best ? t : best;
    }
    return best;
}

static void multiply_scalar(fp5 *a, size_t count)
{
    for (size_t i = 0; i < count; i++)
        a[i] = fp5_mul(a[i], a[i]);
}

static void invert_scalar(fp5 *a, size_t count)
{
    fp5_inverse_batch(a, a, count);
}

int main(void)
{
    static fp5 a[LANES_CHECK_LENGTH];
    for (size_t i = 0; i < LANES_CHECK_LENGTH; i++)
        a[i] = (fp5){{(fp)i + 1, 2, 3, 4, 5}};
    static void (*const multiply[])(fp5 *, size_t) = {lanes_multiply_portable, lanes_multiply_avx2,
                                                      lanes_multiply_avx512};
    static void (*const invert[])(fp5 *, size_t) = {lanes_invert_portable, lanes_invert_avx2,
                 lanes_invert_avx512};
    printf("%-10s %12s %16s\n", "build", "fp5 product", "batch inversion");
    printf("%-10s %12.1f %16.1f\n", "scalar", best_of(multiply_scalar, a, LANES_CHECK_LENGTH),
           best_of(invert_scalar, a, LANES_CHECK_LENGTH));
    for (int level = 0; level < 3; level++)
        if (simd_set((simd_level)level))
            printf("%-10s %12.1f %16.1f\n", simd_name((simd_level)level),
                   best_of(multiply[level], a, LANES_CHECK_LENGTH), best_of(invert[level], a,
                           LANES_CHECK_LENGTH));
    return 0;
}
