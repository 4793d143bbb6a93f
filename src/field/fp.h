/* KoalaBear, p = 2^31 − 2^24 + 1 = 127·2^24 + 1.
 *
 * An `fp` is an element x as x·2^32 mod p (Montgomery form), always below p, so that equal elements are
 * equal integers. It is never a plain number: fp_from_u32 and fp_to_u32 are the only ways in and out. Proof
 * files and the transcript hold elements as they are here, in Montgomery form; program ids alone are
 * written as numbers. Freestanding; nothing here depends on secret data being hidden. */
#ifndef ASHLAR_FIELD_FP_H
#define ASHLAR_FIELD_FP_H

#include "base/types.h"

typedef uint32_t fp;

#define FP_MODULUS 0x7f000001u
#define FP_MODULUS_INVERSE 0x81000001u /* p·this = 1 modulo 2^32 */
#define FP_TWO_ADICITY 24

/* A constant expression: the element x, for tables and initialisers. */
#define FP_CONSTANT(x) ((fp)(((uint64_t)(x) << 32) % FP_MODULUS))
#define FP_ZERO ((fp)0)
#define FP_ONE FP_CONSTANT(1)
#define FP_TWO FP_CONSTANT(2)
#define FP_HALF FP_CONSTANT(1065353217u)
/* Generates the multiplicative group. It is also the shift of every evaluation coset. */
#define FP_GENERATOR FP_CONSTANT(3)

/* x / 2^32 modulo p for x < 2^32·p, so in particular for a sum of two products of elements. */
static inline fp fp_reduce(uint64_t x)
{
#if defined(__riscv)
    /* The inverse in the upper half needs no zero extensions; hidden from the compiler, which would
     * replace one multiplication by five shifts and additions. */
    uint64_t inverse = (uint64_t)FP_MODULUS_INVERSE << 32;
    __asm__("" : "+r"(inverse));
    int64_t r = (int64_t)((x >> 32) - (uint64_t)(((unsigned __int128)(x * inverse) * FP_MODULUS) >> 64));
    return (fp)(r + (FP_MODULUS & (r >> 63)));
#else
    uint32_t t = (uint32_t)x * FP_MODULUS_INVERSE;
    uint32_t r = (uint32_t)(x >> 32) - (uint32_t)(((uint64_t)t * FP_MODULUS) >> 32);
    return r + (FP_MODULUS & -(r >> 31));
#endif
}

/* Takes x < 2·2^32·p below 2^32·p without changing it modulo p. A sum of four products of elements is such
 * an x; afterwards two more products may be added. */
static inline uint64_t fp_fold(uint64_t x)
{
    const uint64_t bound = (uint64_t)FP_MODULUS << 32;
    return x - (x >= bound ? bound : 0);
}

static inline fp fp_add(fp a, fp b)
{
    uint32_t r = a + b - FP_MODULUS;
    return r + (FP_MODULUS & -(r >> 31));
}

static inline fp fp_sub(fp a, fp b)
{
    uint32_t r = a - b;
    return r + (FP_MODULUS & -(r >> 31));
}

static inline fp fp_neg(fp a)
{
    return fp_sub(0, a);
}

static inline fp fp_double(fp a)
{
    return fp_add(a, a);
}

static inline fp fp_mul(fp a, fp b)
{
    return fp_reduce((uint64_t)a * b);
}

static inline fp fp_square(fp a)
{
    return fp_mul(a, a);
}

/* a/2 */
static inline fp fp_halve(fp a)
{
    return (a >> 1) + ((FP_MODULUS + 1) / 2 & -(a & 1));
}

/* Any x, reduced modulo p. */
static inline fp fp_from_u32(uint32_t x)
{
    return fp_reduce((uint64_t)x * 402124772u); /* 2^64 mod p */
}

static inline fp fp_from_u64(uint64_t x)
{
    return fp_add(fp_reduce((x >> 32) * 414154551u), fp_from_u32((uint32_t)x)); /* 2^96 mod p */
}

/* −x for negative x: what a signed constant means. */
static inline fp fp_from_i64(int64_t x)
{
    return x < 0 ? fp_neg(fp_from_u64(-(uint64_t)x)) : fp_from_u64((uint64_t)x);
}

/* The canonical integer, below p. */
static inline uint32_t fp_to_u32(fp a)
{
    return fp_reduce(a);
}

/* Whether x may stand on a wire; only then fp_from_u32 loses nothing. */
static inline bool fp_is_canonical(uint32_t x)
{
    return x < FP_MODULUS;
}

/* a^exponent; 0^0 = 1. */
fp fp_power(fp a, uint64_t exponent);

/* 1/a; 0 for 0. */
fp fp_inverse(fp a);

/* 1/a for each of `count` elements, by Montgomery's trick; 0 for 0. `out` may be `a`. */
void fp_inverse_batch(fp *out, const fp *a, size_t count);

/* A primitive root of unity of order 2^log2_order ≤ 2^24, and its inverse. They form a tower: the square
 * of the one for k is the one for k − 1. */
fp fp_root_of_unity(unsigned log2_order);
fp fp_root_of_unity_inverse(unsigned log2_order);

/* 1/2^k for k ≤ 32. */
fp fp_inverse_power_of_two(unsigned k);

#endif
