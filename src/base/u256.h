/* 256-bit unsigned integers: four 64-bit limbs, least significant first. Yellow Paper, section 9. */
#ifndef ASHLAR_BASE_U256_H
#define ASHLAR_BASE_U256_H

#include "base/types.h"

typedef struct {
    uint64_t limb[4];
} u256;

#define U256_ZERO ((u256){{0, 0, 0, 0}})

static inline u256 u256_from_u64(uint64_t x) { return (u256){{x, 0, 0, 0}}; }

static inline bool u256_is_zero(u256 a) { return (a.limb[0] | a.limb[1] | a.limb[2] | a.limb[3]) == 0; }

static inline bool u256_equal(u256 a, u256 b)
{
    return ((a.limb[0] ^ b.limb[0]) | (a.limb[1] ^ b.limb[1]) | (a.limb[2] ^ b.limb[2]) |
            (a.limb[3] ^ b.limb[3])) == 0;
}

static inline bool u256_fits_u64(u256 a) { return (a.limb[1] | a.limb[2] | a.limb[3]) == 0; }

/* a < b, unsigned. */
static inline bool u256_less(u256 a, u256 b)
{
    for (int i = 3; i > 0; i--)
        if (a.limb[i] != b.limb[i])
            return a.limb[i] < b.limb[i];
    return a.limb[0] < b.limb[0];
}

/* a + b modulo 2^256; the carry out is in *carry. */
static inline u256 u256_add_carry(bool *carry, u256 a, u256 b)
{
    u256 r;
    uint64_t c = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t s = a.limb[i] + b.limb[i];
        uint64_t c1 = s < a.limb[i];
        r.limb[i] = s + c;
        c = c1 | (r.limb[i] < c);
    }
    *carry = c != 0;
    return r;
}

static inline u256 u256_add(u256 a, u256 b)
{
    bool carry;
    return u256_add_carry(&carry, a, b);
}

/* a − b modulo 2^256; *borrow says that a < b. */
static inline u256 u256_sub_borrow(bool *borrow, u256 a, u256 b)
{
    u256 r;
    uint64_t c = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t d = a.limb[i] - b.limb[i];
        uint64_t c1 = a.limb[i] < b.limb[i];
        r.limb[i] = d - c;
        c = c1 | (d < c);
    }
    *borrow = c != 0;
    return r;
}

static inline u256 u256_sub(u256 a, u256 b)
{
    bool borrow;
    return u256_sub_borrow(&borrow, a, b);
}

/* (*above, *high, *low) += a·b. */
static inline void u256_add_product(uint64_t *low, uint64_t *high, uint64_t *above, uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
#ifdef __x86_64__ /* The compiler keeps no carry in the flags over three limbs. */
    __asm__("addq %3, %0\n\tadcq %4, %1\n\tadcq $0, %2"
            : "+r"(*low), "+r"(*high), "+r"(*above)
            : "r"((uint64_t)product), "r"((uint64_t)(product >> 64))
            : "cc");
#else
    product += *low; /* less than 2^128 still */
    *low = (uint64_t)product;
    *high += (uint64_t)(product >> 64);
    *above += *high < (uint64_t)(product >> 64);
#endif
}

/* a·b modulo 2^256. */
u256 u256_mul(u256 a, u256 b);

/* The full 512-bit product, eight limbs, least significant first. */
void u256_mul_wide(uint64_t product[8], u256 a, u256 b);

/* Quotient and remainder; both are zero when b is zero (EVM's rule). Outputs may be NULL. */
void u256_divide(u256 *quotient, u256 *remainder, u256 a, u256 b);

/* value mod m for a value of 512 bits; zero when m is zero. */
u256 u256_reduce_wide(const uint64_t value[8], u256 m);

/* Both on limbs where they lie: passed by value, 32 bytes go through memory twice. Results may overlap
 * operands. */
void u256_divide_limbs(uint64_t *quotient, uint64_t *remainder, const uint64_t a[4], const uint64_t b[4]);
void u256_reduce_limbs(uint64_t remainder[4], const uint64_t value[8], const uint64_t m[4]);

/* A modulus that values are reduced by again and again: the last one, all zero at the start. */
typedef struct {
    u256 value;
    uint64_t reciprocal[5]; /* floor((2^512 − 1) / value) */
    bool ready;             /* the reciprocal is there */
} u256_modulus;

/* As u256_reduce_limbs. From the second time in a row that m is the same on, by multiplying with its
 * reciprocal, where m has four limbs. */
void u256_reduce_limbs_again(u256_modulus *last, uint64_t remainder[4], const uint64_t value[8],
                             const uint64_t m[4]);

/* a·b + c = quotient·m + remainder with remainder < m, where m = 0 stands for 2^256. False, and nothing is
 * written, if the quotient has more than 256 bits. The results may overlap operands, but not each other. */
bool u256_multiply_divide_limbs(uint64_t quotient[4], uint64_t remainder[4], const uint64_t a[4],
                                const uint64_t b[4], const uint64_t c[4], const uint64_t m[4]);

/* Big-endian bytes, as the EVM and RLP have them. `from` takes up to 32 bytes, right-aligned. */
u256 u256_from_be(const uint8_t *data, size_t size_bytes);
void u256_to_be(uint8_t out[32], u256 a);

/* Bits up to the highest set one; 0 for zero. */
unsigned u256_bit_length(u256 a);

#endif
