/* Time of a permutation, one thread. */
#include "base/clock.h"
#include "field/simd.h"
#include "stark/poseidon2.h"

#include <stdio.h>

int main(void)
{
    static fp state[POSEIDON2_WIDTH];
    static fp states[POSEIDON2_WIDTH][POSEIDON2_BATCH];
    printf("%-28s %12s\n", "Poseidon2, width 24", "ns each");
    for (int level = SIMD_PORTABLE - 1; level <= SIMD_AVX512; level++) {
        if (level >= 0 && !simd_set((simd_level)level))
            continue;
        double best = 1e9;
        int count = level <= 0 ? 200 : 2000;
        for (int round = 0; round < 20; round++) {
            double start = clock_seconds();
            for (int i = 0; i < count; i++) {
                if (level < 0)
                    poseidon2_permute(state);
                else
                    poseidon2_permute_batch(states);
            }
            double t = (clock_seconds() - start) / count * 1e9 / (level < 0 ? 1 : POSEIDON2_BATCH);
            best = t < best ? t : best;
        }
        printf("%-28s %12.1f\n", level < 0 ? "one" : simd_name((simd_level)level), best);
    }
    return 0;
}
