/* Hashing of the extension's rows into a tree. A cell is one element of the trace, so half an element
 * here. */
#include "field/simd.h"
#include "stark/merkle.h"

#include <omp.h>
#include <stdio.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void)
{
    arena a;
    arena_open(&a, (size_t)4 << 30);
    printf("%-10s %8s %10s %8s %12s\n", "build", "threads", "log2 rows", "columns", "ns per cell");
    for (int level = SIMD_AVX2; level <= SIMD_AVX512; level++)
        for (unsigned log2_rows = 13; log2_rows <= 20; log2_rows += 7)
            for (int threads = 1; threads <= 2; threads++) {
                if (!simd_set((simd_level)level))
                    continue;
                omp_set_num_threads(threads);
                arena_rewind(&a, 0);
                size_t columns = log2_rows == 20 ? 128 : 1024;
                size_t rows = (size_t)1 << log2_rows;
                fp *data = arena_allocate(&a, columns * rows * sizeof(fp), 64);
                for (size_t i = 0; i < columns * rows; i++)
                    data[i] = (fp)((i * 2654435761u) % FP_MODULUS);
                merkle_matrix m = {data, rows, columns, log2_rows, 1};
                double best = 1e9;
                for (int round = 0; round < 3; round++) {
                    size_t mark = a.used_bytes;
                    merkle_tree tree;
                    double start = seconds();
                    merkle_build(&tree, &a, &m, 1);
                    double t = (seconds() - start) * 1e9 / (double)(columns * rows / 2);
                    best = t < best ? t : best;
                    arena_rewind(&a, mark);
                }
                printf("%-10s %8d %10u %8zu %12.2f\n", simd_name((simd_level)level), threads, log2_rows, columns, best);
            }
    arena_close(&a);
    return 0;
}
