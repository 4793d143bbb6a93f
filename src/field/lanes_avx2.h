/* lanes.h for AVX2: eight elements in a register. */
#ifndef ASHLAR_FIELD_LANES_AVX2_H
#define ASHLAR_FIELD_LANES_AVX2_H

#include "field/fp.h"

#include <immintrin.h>

#define LANES_WIDTH 8

typedef __m256i lanes;

/* Sums for the even lanes and for the odd ones. */
typedef struct {
    __m256i even, odd;
} lanes_wide;

static inline lanes lanes_load(const fp *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

static inline void lanes_store(fp *p, lanes a)
{
    _mm256_storeu_si256((__m256i *)p, a);
}

static inline lanes lanes_broadcast(fp a)
{
    return _mm256_set1_epi32((int)a);
}

static inline lanes lanes_zero(void)
{
    return _mm256_setzero_si256();
}

static inline lanes lanes_gather(const fp *p, size_t stride)
{
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_i32gather_epi32((const int *)p, _mm256_mullo_epi32(index, _mm256_set1_epi32((int)stride)), 4);
}

static inline lanes lanes_add(lanes a, lanes b)
{
    __m256i sum = _mm256_add_epi32(a, b);
    return _mm256_min_epu32(sum, _mm256_sub_epi32(sum, _mm256_set1_epi32(FP_MODULUS)));
}

static inline lanes lanes_sub(lanes a, lanes b)
{
    __m256i difference = _mm256_sub_epi32(a, b);
    return _mm256_min_epu32(difference, _mm256_add_epi32(difference, _mm256_set1_epi32(FP_MODULUS)));
}

static inline __m256i lanes_odd(__m256i a)
{
    return _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(a)));
}

/* x/2^32 in the upper half of each 64-bit lane, above −p; the lower half is zero. */
static inline __m256i lanes_montgomery(__m256i x)
{
    __m256i t = _mm256_mul_epu32(x, _mm256_set1_epi32((int)FP_MODULUS_INVERSE));
    return _mm256_sub_epi64(x, _mm256_mul_epu32(t, _mm256_set1_epi32(FP_MODULUS)));
}

/* Joins the upper halves and makes what is negative positive. */
static inline lanes lanes_join(__m256i even, __m256i odd)
{
    __m256i r = _mm256_blend_epi32(lanes_odd(even), odd, 0xaa);
    return _mm256_min_epu32(r, _mm256_add_epi32(r, _mm256_set1_epi32(FP_MODULUS)));
}

static inline lanes_wide lanes_wide_zero(void)
{
    return (lanes_wide){_mm256_setzero_si256(), _mm256_setzero_si256()};
}

static inline lanes_wide lanes_wide_mul(lanes a, lanes b)
{
    return (lanes_wide){_mm256_mul_epu32(a, b), _mm256_mul_epu32(lanes_odd(a), lanes_odd(b))};
}

static inline lanes_wide lanes_wide_add_mul(lanes_wide w, lanes a, lanes b)
{
    w.even = _mm256_add_epi64(w.even, _mm256_mul_epu32(a, b));
    w.odd = _mm256_add_epi64(w.odd, _mm256_mul_epu32(lanes_odd(a), lanes_odd(b)));
    return w;
}

/* Without unsigned 64-bit comparisons: what is at least p·2^32 has an upper half of at least p, and only the upper
 * half changes. */
static inline __m256i lanes_fold_half(__m256i x)
{
    __m256i less = _mm256_sub_epi64(x, _mm256_set1_epi64x((long long)FP_MODULUS << 32));
    return _mm256_blend_epi32(x, _mm256_min_epu32(x, less), 0xaa);
}

static inline lanes_wide lanes_wide_fold(lanes_wide w)
{
    return (lanes_wide){lanes_fold_half(w.even), lanes_fold_half(w.odd)};
}

/* For sums below p·2^32, that is, of two products. */
static inline lanes lanes_wide_reduce_two(lanes_wide w)
{
    return lanes_join(lanes_montgomery(w.even), lanes_montgomery(w.odd));
}

static inline lanes lanes_wide_reduce(lanes_wide w)
{
    return lanes_wide_reduce_two(lanes_wide_fold(w));
}

static inline lanes lanes_mul(lanes a, lanes b)
{
    return lanes_wide_reduce_two(lanes_wide_mul(a, b));
}

#endif
