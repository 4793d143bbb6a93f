#include "field/simd.h"
#include "stark/poseidon2_builds.h"

void poseidon2_permute_batch(fp states[POSEIDON2_WIDTH][POSEIDON2_BATCH])
{
    switch (simd_get()) {
    case SIMD_AVX512:
        poseidon2_permute_batch_avx512(states);
        return;
    case SIMD_AVX2:
        poseidon2_permute_batch_avx2(states);
        return;
    case SIMD_PORTABLE:
        poseidon2_permute_batch_portable(states);
        return;
    }
}
