/* Which build of a kernel runs. Hosted only: what is freestanding calls the _portable functions directly. */
#ifndef ASHLAR_FIELD_SIMD_H
#define ASHLAR_FIELD_SIMD_H

#include "base/types.h"

typedef enum { SIMD_PORTABLE, SIMD_AVX2, SIMD_AVX512 } simd_level;

/* The best that the processor offers, or what ASHLAR_SIMD=portable|avx2|avx512 asks for, if it is offered.
 * Fixed at the first call. */
simd_level simd_get(void);

/* For tests: what simd_get returns from now on. Returns false, changing nothing, if the processor lacks
 * it. */
bool simd_set(simd_level level);

const char *simd_name(simd_level level);

#endif
