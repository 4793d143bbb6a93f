/* lanes.h for AVX-512 (F, BW, DQ, VL): sixteen elements in a register. */
#ifndef ASHLAR_FIELD_LANES_AVX512_H
#define ASHLAR_FIELD_LANES_AVX512_H

#include "field/fp.h"

#include <immintrin.h>

#define LANES_WIDTH 16

typedef __m512i lanes;

/* Sums for the even lanes and for the odd ones. */
typedef struct {
    __m512i even, odd;
} lanes_wide;

static inline lanes lanes_load(const fp *p)
{
    return _mm512_loadu_si512(p);
}

static inline void lanes_store(fp *p, lanes a)
{
    _mm512_storeu_si512(p, a);
}

static inline lanes lanes_broadcast(fp a)
{
    return _mm512_set1_epi32((int)a);
}

static inline lanes lanes_zero(void)
{
    return _mm512_setzero_si512();
}

static inline lanes lanes_gather(const fp *p, size_t stride)
{
    const __m512i index = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_i32gather_epi32(_mm512_mullo_epi32(index, _mm512_set1_epi32((int)stride)), p, 4);
}

static inline lanes lanes_add(lanes a, lanes b)
{
    __m512i sum = _mm512_add_epi32(a, b);
    return _mm512_min_epu32(sum, _mm512_sub_epi32(sum, _mm512_set1_epi32(FP_MODULUS)));
}

static inline lanes lanes_sub(lanes a, lanes b)
{
    __m512i difference = _mm512_sub_epi32(a, b);
    return _mm512_min_epu32(difference, _mm512_add_epi32(difference, _mm512_set1_epi32(FP_MODULUS)));
}

static inline __m512i lanes_odd(__m512i a)
{
    return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(a)));
}

/* x/2^32 in the upper half of each 64-bit lane, above −p; the lower half is zero. */
static inline __m512i lanes_montgomery(__m512i x)
{
    __m512i t = _mm512_mul_epu32(x, _mm512_set1_epi32((int)FP_MODULUS_INVERSE));
    return _mm512_sub_epi64(x, _mm512_mul_epu32(t, _mm512_set1_epi32(FP_MODULUS)));
}

/* Joins the upper halves and makes what is negative positive. */
static inline lanes lanes_join(__m512i even, __m512i odd)
{
    __m512i r = _mm512_castps_si512(
        _mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555, _mm512_castsi512_ps(even)));
    return _mm512_min_epu32(r, _mm512_add_epi32(r, _mm512_set1_epi32(FP_MODULUS)));
}

static inline lanes_wide lanes_wide_zero(void)
{
    return (lanes_wide){_mm512_setzero_si512(), _mm512_setzero_si512()};
}

static inline lanes_wide lanes_wide_mul(lanes a, lanes b)
{
    return (lanes_wide){_mm512_mul_epu32(a, b), _mm512_mul_epu32(lanes_odd(a), lanes_odd(b))};
}

static inline lanes_wide lanes_wide_add_mul(lanes_wide w, lanes a, lanes b)
{
    w.even = _mm512_add_epi64(w.even, _mm512_mul_epu32(a, b));
    w.odd = _mm512_add_epi64(w.odd, _mm512_mul_epu32(lanes_odd(a), lanes_odd(b)));
    return w;
}

static inline __m512i lanes_fold_half(__m512i x)
{
    return _mm512_min_epu64(x, _mm512_sub_epi64(x, _mm512_set1_epi64((long long)FP_MODULUS << 32)));
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
    const __m512i p = _mm512_set1_epi32(FP_MODULUS);
    const __m512i inverse = _mm512_set1_epi32((int)FP_MODULUS_INVERSE);
    __m512i even = _mm512_add_epi32(a, b_minus_p);
    __m512i odd = lanes_odd(even);
    __m512i even2 = _mm512_mul_epi32(even, even);
    __m512i odd2 = _mm512_mul_epi32(odd, odd);
    even2 = _mm512_sub_epi64(even2, _mm512_mul_epi32(_mm512_mul_epi32(even2, inverse), p));
    odd2 = _mm512_sub_epi64(odd2, _mm512_mul_epi32(_mm512_mul_epi32(odd2, inverse), p));
    __m512i even3 = _mm512_mul_epi32(_mm512_srli_epi64(even2, 32), even);
    __m512i odd3 = _mm512_mul_epi32(lanes_odd(odd2), odd);
    even3 = _mm512_sub_epi64(even3, _mm512_mul_epi32(_mm512_mul_epi32(even3, inverse), p));
    odd3 = _mm512_sub_epi64(odd3, _mm512_mul_epi32(_mm512_mul_epi32(odd3, inverse), p));
    return lanes_join(even3, odd3);
}

/* a − b + p, below 2p: only to be a factor of lanes_mul. */
static inline lanes lanes_sub_loose(lanes a, lanes b)
{
    return _mm512_add_epi32(_mm512_sub_epi32(a, b), _mm512_set1_epi32(FP_MODULUS));
}

/* Rows to columns. */
static inline __attribute__((always_inline)) void lanes_transpose(lanes a[LANES_WIDTH])
{
    __m512i b[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i += 4) {
        __m512i t0 = _mm512_unpacklo_epi32(a[i], a[i + 1]);
        __m512i t1 = _mm512_unpackhi_epi32(a[i], a[i + 1]);
        __m512i t2 = _mm512_unpacklo_epi32(a[i + 2], a[i + 3]);
        __m512i t3 = _mm512_unpackhi_epi32(a[i + 2], a[i + 3]);
        b[i] = _mm512_unpacklo_epi64(t0, t2);
        b[i + 1] = _mm512_unpackhi_epi64(t0, t2);
        b[i + 2] = _mm512_unpacklo_epi64(t1, t3);
        b[i + 3] = _mm512_unpackhi_epi64(t1, t3);
    }
    /* b[4g + c] has, in its 128-bit part q, column 4q + c of rows 4g … 4g + 3. */
#pragma GCC unroll 16
    for (int c = 0; c < 4; c++) {
        __m512i t0 = _mm512_shuffle_i32x4(b[c], b[4 + c], 0x44);
        __m512i t1 = _mm512_shuffle_i32x4(b[c], b[4 + c], 0xee);
        __m512i t2 = _mm512_shuffle_i32x4(b[8 + c], b[12 + c], 0x44);
        __m512i t3 = _mm512_shuffle_i32x4(b[8 + c], b[12 + c], 0xee);
        a[c] = _mm512_shuffle_i32x4(t0, t2, 0x88);
        a[4 + c] = _mm512_shuffle_i32x4(t0, t2, 0xdd);
        a[8 + c] = _mm512_shuffle_i32x4(t1, t3, 0x88);
        a[12 + c] = _mm512_shuffle_i32x4(t1, t3, 0xdd);
    }
}

/* Elements at even places of a ‖ b, and those at odd places. */
static inline void lanes_deinterleave(lanes *even, lanes *odd, lanes a, lanes b)
{
    const __m512i places = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    *even = _mm512_permutex2var_epi32(a, places, b);
    *odd = _mm512_permutex2var_epi32(a, _mm512_add_epi32(places, _mm512_set1_epi32(1)), b);
}

/* "Low" elements: x − p instead of x, so in [−p, 0), signed. Dividing one by 2^k gives a low one again,
 * with nothing to correct, so that a division and an addition need one correction. */
static inline lanes lanes_low(lanes a)
{
    return _mm512_sub_epi32(a, _mm512_set1_epi32(FP_MODULUS));
}

static inline lanes lanes_from_low(lanes a)
{
    return _mm512_add_epi32(a, _mm512_set1_epi32(FP_MODULUS));
}

/* Without a correction. */
static inline lanes lanes_add_raw(lanes a, lanes b)
{
    return _mm512_add_epi32(a, b);
}

/* From [−p, p). */
static inline lanes lanes_low_correct(lanes a)
{
    return _mm512_max_epu32(a, _mm512_sub_epi32(a, _mm512_set1_epi32(FP_MODULUS)));
}

static inline lanes lanes_low_add(lanes a, lanes b)
{
    __m512i sum = _mm512_add_epi32(a, b);
    return _mm512_max_epu32(sum, _mm512_add_epi32(sum, _mm512_set1_epi32(FP_MODULUS)));
}

static inline lanes lanes_low_sub(lanes a, lanes b)
{
    return lanes_low_correct(_mm512_sub_epi32(a, b));
}

/* a/2^k for constant 1 ≤ k ≤ 24: p = 1 modulo 2^k, so a − (a mod 2^k)·p is divisible. */
static inline __attribute__((always_inline)) lanes lanes_low_shift_down(lanes a, unsigned k)
{
    __m512i high = _mm512_slli_epi32(a, 32 - k);
    __m512i low = _mm512_sub_epi32(_mm512_srli_epi32(high, 1), _mm512_srli_epi32(high, 8));
    return _mm512_sub_epi32(_mm512_srai_epi32(a, k), low);
}

#endif
