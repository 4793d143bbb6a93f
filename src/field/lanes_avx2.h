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

/* Without unsigned 64-bit comparisons: what is at least p·2^32 has an upper half of at least p, and only
 * the upper half changes. */
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

/* (a + b)^3 for b given as b − p. Signed products: nothing between needs to be canonical. */
static inline lanes lanes_cube_sum(lanes a, lanes b_minus_p)
{
    const __m256i p = _mm256_set1_epi32(FP_MODULUS);
    const __m256i inverse = _mm256_set1_epi32((int)FP_MODULUS_INVERSE);
    __m256i even = _mm256_add_epi32(a, b_minus_p);
    __m256i odd = lanes_odd(even);
    __m256i even2 = _mm256_mul_epi32(even, even);
    __m256i odd2 = _mm256_mul_epi32(odd, odd);
    even2 = _mm256_sub_epi64(even2, _mm256_mul_epi32(_mm256_mul_epi32(even2, inverse), p));
    odd2 = _mm256_sub_epi64(odd2, _mm256_mul_epi32(_mm256_mul_epi32(odd2, inverse), p));
    __m256i even3 = _mm256_mul_epi32(_mm256_srli_epi64(even2, 32), even);
    __m256i odd3 = _mm256_mul_epi32(lanes_odd(odd2), odd);
    even3 = _mm256_sub_epi64(even3, _mm256_mul_epi32(_mm256_mul_epi32(even3, inverse), p));
    odd3 = _mm256_sub_epi64(odd3, _mm256_mul_epi32(_mm256_mul_epi32(odd3, inverse), p));
    return lanes_join(even3, odd3);
}

/* a − b + p, below 2p: only to be a factor of lanes_mul. */
static inline lanes lanes_sub_loose(lanes a, lanes b)
{
    return _mm256_add_epi32(_mm256_sub_epi32(a, b), _mm256_set1_epi32(FP_MODULUS));
}

/* Rows to columns. */
static inline __attribute__((always_inline)) void lanes_transpose(lanes a[LANES_WIDTH])
{
    __m256i b[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i += 4) {
        __m256i t0 = _mm256_unpacklo_epi32(a[i], a[i + 1]);
        __m256i t1 = _mm256_unpackhi_epi32(a[i], a[i + 1]);
        __m256i t2 = _mm256_unpacklo_epi32(a[i + 2], a[i + 3]);
        __m256i t3 = _mm256_unpackhi_epi32(a[i + 2], a[i + 3]);
        b[i] = _mm256_unpacklo_epi64(t0, t2);
        b[i + 1] = _mm256_unpackhi_epi64(t0, t2);
        b[i + 2] = _mm256_unpacklo_epi64(t1, t3);
        b[i + 3] = _mm256_unpackhi_epi64(t1, t3);
    }
#pragma GCC unroll 8
    for (int c = 0; c < 4; c++) {
        a[c] = _mm256_permute2x128_si256(b[c], b[4 + c], 0x20);
        a[4 + c] = _mm256_permute2x128_si256(b[c], b[4 + c], 0x31);
    }
}

/* Elements at even places of a ‖ b, and those at odd places. */
static inline void lanes_deinterleave(lanes *even, lanes *odd, lanes a, lanes b)
{
    __m256 x = _mm256_castsi256_ps(a), y = _mm256_castsi256_ps(b);
    __m256i evens = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0x88));
    __m256i odds = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0xdd));
    *even = _mm256_permute4x64_epi64(evens, 0xd8);
    *odd = _mm256_permute4x64_epi64(odds, 0xd8);
}

/* "Low" elements: x − p instead of x, so in [−p, 0), signed. Dividing one by 2^k gives a low one again,
 * with nothing to correct, so that a division and an addition need one correction. */
static inline lanes lanes_low(lanes a)
{
    return _mm256_sub_epi32(a, _mm256_set1_epi32(FP_MODULUS));
}

static inline lanes lanes_from_low(lanes a)
{
    return _mm256_add_epi32(a, _mm256_set1_epi32(FP_MODULUS));
}

/* Without a correction. */
static inline lanes lanes_add_raw(lanes a, lanes b)
{
    return _mm256_add_epi32(a, b);
}

/* From [−p, p). */
static inline lanes lanes_low_correct(lanes a)
{
    return _mm256_max_epu32(a, _mm256_sub_epi32(a, _mm256_set1_epi32(FP_MODULUS)));
}

static inline lanes lanes_low_add(lanes a, lanes b)
{
    __m256i sum = _mm256_add_epi32(a, b);
    return _mm256_max_epu32(sum, _mm256_add_epi32(sum, _mm256_set1_epi32(FP_MODULUS)));
}

static inline lanes lanes_low_sub(lanes a, lanes b)
{
    return lanes_low_correct(_mm256_sub_epi32(a, b));
}

/* a/2^k for constant 1 ≤ k ≤ 24: p = 1 modulo 2^k, so a − (a mod 2^k)·p is divisible. */
static inline __attribute__((always_inline)) lanes lanes_low_shift_down(lanes a, unsigned k)
{
    __m256i high = _mm256_slli_epi32(a, (int)(32 - k));
    __m256i low = _mm256_sub_epi32(_mm256_srli_epi32(high, 1), _mm256_srli_epi32(high, 8));
    return _mm256_sub_epi32(_mm256_srai_epi32(a, (int)k), low);
}

#endif
