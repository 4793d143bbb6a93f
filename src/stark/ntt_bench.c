/* The code at rate 1/2 of single columns, one thread. A cell is one coefficient. */
#include "base/clock.h"
#include "field/simd.h"
#include "stark/ntt.h"

#include <stdio.h>

int main(void)
{
    arena a;
    arena_open(&a, (size_t)2 << 30);
    printf("%-10s %9s %12s\n", "build", "log2 rows", "ns per cell");
    for (int level = SIMD_PORTABLE; level <= SIMD_AVX512; level++) {
        if (!simd_set((simd_level)level))
            continue;
        for (unsigned k = 12; k <= 22; k += 2) {
            enum { COLUMNS = 8 };
            size_t n = (size_t)1 << k;
            arena_rewind(&a, 0);
            const ntt_tables *t = ntt_tables_new(&a, k + 1);
            fp *in = arena_allocate(&a, COLUMNS * n * sizeof(fp), 64);
            fp *out = arena_allocate(&a, 2 * COLUMNS * n * sizeof(fp), 64);
            for (size_t i = 0; i < COLUMNS * n; i++)
                in[i] = (fp)((i * 2654435761u) % FP_MODULUS);
            double best = 1e9;
            for (int round = 0; round < (level == 0 ? 2 : 6); round++) {
                double start = clock_seconds();
                for (size_t i = 0; i < COLUMNS; i++)
                    ntt_forward(t, out + 2 * i * n, in + i * n, k, 1);
                double elapsed = (clock_seconds() - start) * 1e9 / (double)(COLUMNS * n);
                best = elapsed < best ? elapsed : best;
            }
            printf("%-10s %9u %12.2f\n", simd_name((simd_level)level), k, best);
        }
    }
    arena_close(&a);
    return 0;
}
