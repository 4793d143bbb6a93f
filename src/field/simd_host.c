#include "field/simd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"portable", "avx2", "avx512"};

static int current = -1;

static bool is_offered(simd_level level)
{
    switch (level) {
#if defined(__x86_64__)
    case SIMD_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("bmi2");
    case SIMD_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#endif
    default:
        return level == SIMD_PORTABLE;
    }
}

static simd_level choose(void)
{
    const char *wish = getenv("ASHLAR_SIMD");
    for (int level = SIMD_PORTABLE; wish != NULL && level <= SIMD_AVX512; level++)
        if (strcmp(wish, names[level]) == 0) {
            if (is_offered((simd_level)level))
                return (simd_level)level;
            fprintf(stderr, "ASHLAR_SIMD=%s: this processor lacks it; the best that it has is used\n", wish);
        }
    if (is_offered(SIMD_AVX512))
        return SIMD_AVX512;
    return is_offered(SIMD_AVX2) ? SIMD_AVX2 : SIMD_PORTABLE;
}

simd_level simd_get(void)
{
    int level = __atomic_load_n(&current, __ATOMIC_RELAXED);
    if (level < 0) {
        level = (int)choose();
        __atomic_store_n(&current, level, __ATOMIC_RELAXED);
    }
    return (simd_level)level;
}

bool simd_set(simd_level level)
{
    if (!is_offered(level))
        return false;
    __atomic_store_n(&current, (int)level, __ATOMIC_RELAXED);
    return true;
}

const char *simd_name(simd_level level)
{
    return names[level];
}
