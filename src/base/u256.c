#include "base/u256.h"

#include "base/byte_order.h"
#include "base/memory.h"

void u256_mul_wide(uint64_t product[8], u256 a, u256 b)
{
    memset(product, 0, 8 * sizeof(uint64_t));
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 4; j++) {
            unsigned __int128 t = (unsigned __int128)a.limb[i] * b.limb[j] + product[i + j] + carry;
            product[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        product[i + 4] = carry;
    }
}

u256 u256_mul(u256 a, u256 b)
{
    if (u256_fits_u64(a) && u256_fits_u64(b)) {
        unsigned __int128 t = (unsigned __int128)a.limb[0] * b.limb[0];
        return (u256){{(uint64_t)t, (uint64_t)(t >> 64), 0, 0}};
    }
    u256 r = U256_ZERO;
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; i + j < 4; j++) {
            unsigned __int128 t = (unsigned __int128)a.limb[i] * b.limb[j] + r.limb[i + j] + carry;
            r.limb[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
    }
    return r;
}

unsigned u256_bit_length(u256 a)
{
    for (unsigned i = 4; i-- > 0;)
        if (a.limb[i] != 0)
            return 64 * i + 64 - (unsigned)__builtin_clzll(a.limb[i]);
    return 0;
}

#ifdef __x86_64__
#include "base/u256_divide_x86.h"
#else
/* Division by multiplication with a reciprocal, which is made once for a divisor: N. Möller and T. Granlund,
 * "Improved division by invariant integers", IEEE Transactions on Computers 60 (2011). Divisors have their
 * highest bit set. */

/* floor((2^128 − 1) / d) − 2^64; algorithm 2. */
static uint64_t reciprocal_of_limb(uint64_t d)
{
    uint64_t odd = d & 1, d40 = (d >> 24) + 1, half = (d >> 1) + odd;
    uint64_t v0 = ((1u << 19) - 3 * (1u << 8)) / (uint32_t)(d >> 55);
    uint64_t v1 = (v0 << 11) - (v0 * v0 * d40 >> 40) - 1;
    uint64_t v2 = (v1 << 13) + (v1 * (((uint64_t)1 << 60) - v1 * d40) >> 47);
    uint64_t e = (v2 >> 1 & -odd) - v2 * half;
    uint64_t v3 = (v2 << 31) + ((uint64_t)((unsigned __int128)v2 * e >> 64) >> 1);
    return v3 - (uint64_t)(((unsigned __int128)v3 * d + d) >> 64) - d;
}

/* floor((2^192 − 1) / (d1, d0)) − 2^64; algorithm 6. */
static uint64_t reciprocal_of_two(uint64_t d1, uint64_t d0)
{
    uint64_t v = reciprocal_of_limb(d1);
    uint64_t p = d1 * v + d0;
    if (p < d0) {
        v--;
        if (p >= d1) {
            v--;
            p -= d1;
        }
        p -= d1;
    }
    unsigned __int128 t = (unsigned __int128)v * d0;
    uint64_t high = (uint64_t)(t >> 64);
    p += high;
    if (p < high) {
        v--;
        if (p > d1 || (p == d1 && (uint64_t)t >= d0))
            v--;
    }
    return v;
}

/* (*rest, next) / d for *rest < d; algorithm 4. */
static inline uint64_t divide_two_by_one(uint64_t *rest, uint64_t next, uint64_t d, uint64_t reciprocal)
{
    unsigned __int128 q = (unsigned __int128)reciprocal * *rest + ((unsigned __int128)*rest << 64 | next);
    uint64_t digit = (uint64_t)(q >> 64) + 1;
    uint64_t r = next - digit * d;
    if (r > (uint64_t)q) {
        digit--;
        r += d;
    }
    if (r >= d) {
        digit++;
        r -= d;
    }
    *rest = r;
    return digit;
}

/* (*u2, *u1, u0) / (d1, d0) for (*u2, *u1) < (d1, d0), where the rest is left; algorithm 5. */
static inline uint64_t divide_three_by_two(uint64_t *u2, uint64_t *u1, uint64_t u0, uint64_t d1, uint64_t d0,
                                           uint64_t reciprocal)
{
    unsigned __int128 d = (unsigned __int128)d1 << 64 | d0;
    unsigned __int128 q = (unsigned __int128)reciprocal * *u2 + ((unsigned __int128)*u2 << 64 | *u1);
    uint64_t digit = (uint64_t)(q >> 64);
    unsigned __int128 r = (unsigned __int128)(*u1 - digit * d1) << 64 | u0;
    r -= (unsigned __int128)digit * d0 + d;
    digit++;
    if ((uint64_t)(r >> 64) >= (uint64_t)q) {
        digit--;
        r += d;
    }
    if (r >= d) {
        digit++;
        r -= d;
    }
    *u2 = (uint64_t)(r >> 64);
    *u1 = (uint64_t)r;
    return digit;
}

/* The upper of two limbs after a shift to the left by less than 64. */
static inline uint64_t shifted_limb(uint64_t upper, uint64_t lower, unsigned shift)
{
    return upper << shift | lower >> 1 >> (63 - shift);
}

static uint64_t divide_by_limb(uint64_t *quotient, const uint64_t *dividend, unsigned limbs, uint64_t divisor)
{
    unsigned shift = (unsigned)__builtin_clzll(divisor);
    divisor <<= shift;
    uint64_t reciprocal = reciprocal_of_limb(divisor);
    uint64_t rest = shifted_limb(0, dividend[limbs - 1], shift);
    for (unsigned i = limbs; i-- > 0;) {
        uint64_t next = shifted_limb(dividend[i], i > 0 ? dividend[i - 1] : 0, shift);
        quotient[i] = divide_two_by_one(&rest, next, divisor, reciprocal);
    }
    return rest >> shift;
}

/* Knuth, TAOCP vol. 2, 4.3.1, algorithm D, for a divisor of n limbs, 2 to 4, and a dividend of n or more.
 * Inlined for each n, so that the loops over n unroll. */
static inline __attribute__((always_inline)) void divide_by_limbs(uint64_t *quotient, uint64_t *remainder,
                                                                  const uint64_t *dividend, unsigned limbs,
                                                                  const uint64_t *divisor, unsigned n)
{
    unsigned shift = (unsigned)__builtin_clzll(divisor[n - 1]);
    uint64_t u[9], v[4];
    v[0] = divisor[0] << shift;
#pragma GCC unroll 4
    for (unsigned i = 1; i < n; i++)
        v[i] = shifted_limb(divisor[i], divisor[i - 1], shift);
    u[0] = dividend[0] << shift;
    for (unsigned i = 1; i < limbs; i++)
        u[i] = shifted_limb(dividend[i], dividend[i - 1], shift);
    u[limbs] = shifted_limb(0, dividend[limbs - 1], shift);

    uint64_t d1 = v[n - 1], d0 = v[n - 2], reciprocal = reciprocal_of_two(d1, d0);
    for (unsigned j = limbs - n + 1; j-- > 0;) {
        uint64_t digit = UINT64_MAX, high = u[j + n], low = u[j + n - 1], next = u[j + n - 2], carry = 0;
        bool third = false; /* a limb above (high, low), which is what the upper two limbs leave */
        if (high == d1 && low == d0) {
            /* The division would overflow; the digit is 2^64 − 1 or, as otherwise, one less. */
            low = d0 + next;
            high = d1 + (low < next);
            third = high < d1;
        } else {
            digit = divide_three_by_two(&high, &low, next, d1, d0, reciprocal);
        }
#pragma GCC unroll 4
        for (unsigned i = 0; i + 2 < n; i++) {
            unsigned __int128 p = (unsigned __int128)digit * v[i] + carry;
            carry = (uint64_t)(p >> 64) + (u[i + j] < (uint64_t)p);
            u[i + j] -= (uint64_t)p;
        }
        unsigned __int128 top = (unsigned __int128)high << 64 | low;
        bool too_large = top < carry && !third;
        top -= carry;
        u[j + n - 2] = (uint64_t)top;
        u[j + n - 1] = (uint64_t)(top >> 64);
        if (too_large) {
            digit--;
            carry = 0;
#pragma GCC unroll 4
            for (unsigned i = 0; i < n; i++) {
                unsigned __int128 sum = (unsigned __int128)u[i + j] + v[i] + carry;
                u[i + j] = (uint64_t)sum;
                carry = (uint64_t)(sum >> 64);
            }
        }
        quotient[j] = digit;
    }
    for (unsigned i = 0; i < n; i++)
        remainder[i] = u[i] >> shift | (i + 1 < n ? u[i + 1] << 1 << (63 - shift) : 0);
}

/* The divisor is not zero; the quotient has as many limbs as the dividend. Either of the first two may be
 * NULL. */
static void divide_limbs(uint64_t *quotient, uint64_t *remainder, const uint64_t *dividend, unsigned limbs,
                         const uint64_t divisor[4])
{
    uint64_t unused_quotient[8], unused_remainder[4];
    quotient = quotient != NULL ? quotient : unused_quotient;
    remainder = remainder != NULL ? remainder : unused_remainder;
    unsigned n = 4;
    while (divisor[n - 1] == 0)
        n--;
    for (unsigned i = 0; i < 4; i++)
        remainder[i] = 0;
    for (; limbs > 0 && dividend[limbs - 1] == 0; limbs--)
        quotient[limbs - 1] = 0;
    for (unsigned i = limbs < n ? 0 : limbs - n + 1; i < limbs; i++)
        quotient[i] = 0;
    if (limbs < n)
        for (unsigned i = 0; i < limbs; i++)
            remainder[i] = dividend[i];
    else if (n == 1)
        remainder[0] = divide_by_limb(quotient, dividend, limbs, divisor[0]);
    else if (n == 2)
        divide_by_limbs(quotient, remainder, dividend, limbs, divisor, 2);
    else if (n == 3)
        divide_by_limbs(quotient, remainder, dividend, limbs, divisor, 3);
    else
        divide_by_limbs(quotient, remainder, dividend, limbs, divisor, 4);
}
#endif

static void copy_limbs(uint64_t *to, const uint64_t *from)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = from[i];
}

#ifndef __x86_64__
/* By 2^k: a shift, and what it shifts out. That is nearly half of a block's long divisions: by 2^224 where code is
 * older than SHR, by 2^96 and the like in fixed point. */
static void divide_by_power(uint64_t *quotient, uint64_t *remainder, const uint64_t a[4], unsigned k)
{
    unsigned limbs = k / 64, bits = k % 64;
    for (unsigned i = 0; i + limbs < 4; i++) {
        uint64_t above = i + limbs < 3 ? a[i + limbs + 1] : 0;
        quotient[i] = a[i + limbs] >> bits | above << 1 << (63 - bits);
    }
    for (unsigned i = 0; i < limbs; i++)
        remainder[i] = a[i];
    remainder[limbs] = a[limbs] & (((uint64_t)1 << bits) - 1);
}

/* 256 where b is no power of two. */
static unsigned power_of_two(const uint64_t b[4])
{
    unsigned n = 3;
    while (n > 0 && b[n] == 0)
        n--;
    uint64_t others = b[n] & (b[n] - 1);
    for (unsigned i = 0; i < n; i++)
        others |= b[i];
    return others != 0 ? 256 : 64 * n + 63 - (unsigned)__builtin_clzll(b[n]);
}
#endif

/* Apart, so that short operands do not pay for the registers it saves. */
static __attribute__((noinline)) void divide_long(uint64_t *quotient, uint64_t *remainder,
                                                  const uint64_t a[4], const uint64_t b[4])
{
    uint64_t q[4] = {0}, r[4] = {0};
    bool is_zero = (b[0] | b[1] | b[2] | b[3]) == 0;
#ifndef __x86_64__
    unsigned power = is_zero ? 256 : power_of_two(b);
    if (power < 256)
        divide_by_power(q, r, a, power);
    else
#endif
    if (!is_zero)
        divide_limbs(quotient ? q : NULL, remainder ? r : NULL, a, 4, b);
    if (quotient)
        copy_limbs(quotient, q);
    if (remainder)
        copy_limbs(remainder, r);
}

static inline void set_limb(uint64_t *to, uint64_t x)
{
    to[0] = x;
    to[1] = to[2] = to[3] = 0;
}

void u256_divide_limbs(uint64_t *quotient, uint64_t *remainder, const uint64_t a[4], const uint64_t b[4])
{
    if ((a[1] | a[2] | a[3] | b[1] | b[2] | b[3]) != 0 || b[0] == 0) {
        divide_long(quotient, remainder, a, b);
        return;
    }
    uint64_t digit = a[0] / b[0], rest = a[0] - digit * b[0];
    if (quotient)
        set_limb(quotient, digit);
    if (remainder)
        set_limb(remainder, rest);
}

void u256_divide(u256 *quotient, u256 *remainder, u256 a, u256 b)
{
    u256_divide_limbs(quotient ? quotient->limb : NULL, remainder ? remainder->limb : NULL, a.limb, b.limb);
}

void u256_reduce_limbs(uint64_t remainder[4], const uint64_t value[8], const uint64_t m[4])
{
    uint64_t r[4] = {0};
    if ((m[0] | m[1] | m[2] | m[3]) != 0)
        divide_limbs(NULL, r, value, 8, m);
    copy_limbs(remainder, r);
}

/* Barrett's reduction: A. Menezes, P. van Oorschot, S. Vanstone, "Handbook of Applied Cryptography", 14.42,
 * with b = 2^64, k = 4. The quotient's estimate is at most three too small: one each for the limbs of the
 * value that are left out, for the reciprocal (2^512 − 1 instead of 2^512 matters to powers of two), and for
 * rounding with the columns that are left out, less than 3/b. */
static void reduce_by_reciprocal(uint64_t remainder[4], const uint64_t value[8], const u256_modulus *m)
{
    uint64_t quotient[5], low = 0, high = 0, above = 0, r[5], borrow = 0;
#pragma GCC unroll 8
    for (unsigned column = 3; column < 9; column++) {
#pragma GCC unroll 8
        for (unsigned i = 0; i < 5; i++)
            if (i <= column && column - i < 5)
                u256_add_product(&low, &high, &above, value[3 + i], m->reciprocal[column - i]);
        if (column >= 5)
            quotient[column - 5] = low;
        low = high;
        high = above;
        above = 0;
    }
    quotient[4] = low;
    low = high = 0;
#pragma GCC unroll 8
    for (unsigned column = 0; column < 5; column++) {
#pragma GCC unroll 8
        for (unsigned i = 0; i < 5; i++)
            if (i <= column && column - i < 4)
                u256_add_product(&low, &high, &above, quotient[i], m->value.limb[column - i]);
        unsigned __int128 t = (unsigned __int128)value[column] - low - borrow;
        r[column] = (uint64_t)t;
        borrow = (uint64_t)(t >> 64) & 1;
        low = high;
        high = above;
        above = 0;
    }
    u256 rest = {{r[0], r[1], r[2], r[3]}};
    while (r[4] != 0 || !u256_less(rest, m->value)) {
        bool under;
        rest = u256_sub_borrow(&under, rest, m->value);
        r[4] -= under;
    }
    copy_limbs(remainder, rest.limb);
}

void u256_reduce_limbs_again(u256_modulus *last, uint64_t remainder[4], const uint64_t value[8],
                             const uint64_t m[4])
{
    if (m[3] == 0 || (value[4] | value[5] | value[6] | value[7]) == 0) {
        u256_reduce_limbs(remainder, value, m);
        return;
    }
    const uint64_t *known = last->value.limb;
    if (((m[0] ^ known[0]) | (m[1] ^ known[1]) | (m[2] ^ known[2]) | (m[3] ^ known[3])) != 0) {
        copy_limbs(last->value.limb, m);
        last->ready = false;
        u256_reduce_limbs(remainder, value, m);
        return;
    }
    if (!last->ready) {
        const uint64_t all[8] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                                 UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
        uint64_t quotient[8] = {0}, rest[4] = {0};
        divide_limbs(quotient, rest, all, 8, m);
        for (unsigned i = 0; i < 5; i++)
            last->reciprocal[i] = quotient[i];
        last->ready = true;
    }
    reduce_by_reciprocal(remainder, value, last);
}

bool u256_multiply_divide_limbs(uint64_t quotient[4], uint64_t remainder[4], const uint64_t a[4],
                                const uint64_t b[4], const uint64_t c[4], const uint64_t m[4])
{
    uint64_t value[8] = {c[0], c[1], c[2], c[3]}, q[8] = {0}, r[4] = {0};
    for (unsigned i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (unsigned j = 0; j < 4; j++) {
            unsigned __int128 t = (unsigned __int128)a[i] * b[j] + value[i + j] + carry;
            value[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        value[i + 4] = carry;
    }
    if ((m[0] | m[1] | m[2] | m[3]) == 0) {
        copy_limbs(quotient, value + 4);
        copy_limbs(remainder, value);
        return true;
    }
    divide_limbs(q, r, value, 8, m);
    if ((q[4] | q[5] | q[6] | q[7]) != 0)
        return false;
    copy_limbs(quotient, q);
    copy_limbs(remainder, r);
    return true;
}

u256 u256_reduce_wide(const uint64_t value[8], u256 m)
{
    u256 r;
    u256_reduce_limbs(r.limb, value, m.limb);
    return r;
}

static inline uint64_t load_be64(const uint8_t *data)
{
    uint64_t x;
    memcpy(&x, data, 8);
    return reverse_bytes(x);
}

u256 u256_from_be(const uint8_t *data, size_t size_bytes)
{
    u256 r = U256_ZERO;
    if (size_bytes == 32) {
        for (int i = 0; i < 4; i++)
            r.limb[i] = load_be64(data + 24 - 8 * i);
        return r;
    }
    int limb = 0;
    for (; size_bytes >= 8; size_bytes -= 8)
        r.limb[limb++] = load_be64(data + size_bytes - 8);
    uint64_t top = 0;
    for (size_t i = 0; i < size_bytes; i++)
        top = top << 8 | data[i];
    if (size_bytes != 0)
        r.limb[limb] = top;
    return r;
}

void u256_to_be(uint8_t out[32], u256 a)
{
    for (int i = 0; i < 4; i++) {
        uint64_t big_endian = reverse_bytes(a.limb[3 - i]);
        memcpy(out + 8 * i, &big_endian, 8);
    }
}
