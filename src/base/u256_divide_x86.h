/* Division of limbs on x86-64, which has an instruction for two limbs by one: shorter there than multiplying
 * with a reciprocal (u256.c). Included by u256.c alone. Knuth, TAOCP vol. 2, 4.3.1, algorithm D. */
#ifndef ASHLAR_BASE_U256_DIVIDE_X86_H
#define ASHLAR_BASE_U256_DIVIDE_X86_H

#include <stddef.h>
#include <stdint.h>

#define UNROLLED static inline __attribute__((always_inline))
typedef unsigned __int128 two_limbs;

/* (*rest, next) / d for *rest < d, where the rest is left. */
UNROLLED uint64_t divide_two_by_one(uint64_t *rest, uint64_t next, uint64_t d)
{
    uint64_t digit, left;
    __asm__("divq %4" : "=a"(digit), "=d"(left) : "0"(next), "1"(*rest), "r"(d) : "cc");
    *rest = left;
    return digit;
}

/* (*u2, *u1, u0) / (d1, d0) for (*u2, *u1) < (d1, d0), where the rest is left; d1 has its highest bit set.
 * The quotient of the upper limbs alone is at most two too large. */
UNROLLED uint64_t divide_three_by_two(uint64_t *u2, uint64_t *u1, uint64_t u0, uint64_t d1, uint64_t d0)
{
    uint64_t digit = UINT64_MAX, rest = *u1 + d1;
    bool small = rest >= d1; /* the rest fits a limb, so that the digit may be too large */
    if (__builtin_expect(*u2 != d1, 1)) {
        rest = *u2;
        digit = divide_two_by_one(&rest, *u1, d1);
        small = true;
    }
    two_limbs product = (two_limbs)digit * d0, left = ((two_limbs)rest << 64 | u0) - product;
    for (unsigned i = 0; i < 2 && __builtin_expect(small && product > ((two_limbs)rest << 64 | u0), 0); i++) {
        digit--;
        product -= d0;
        rest += d1;
        small = rest >= d1;
        left = ((two_limbs)rest << 64 | u0) - product;
    }
    *u2 = (uint64_t)(left >> 64);
    *u1 = (uint64_t)left;
    return digit;
}

/* After a digit that was one too large. */
UNROLLED void add_back(uint64_t *u, const uint64_t *v, unsigned n)
{
    uint64_t carry = 0;
    for (unsigned i = 0; i < n; i++) {
        two_limbs sum = (two_limbs)u[i] + v[i] + carry;
        u[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> 64);
    }
}

/* The digit where the upper two limbs are the divisor's: 2^64 − 1, or one less. */
static __attribute__((noinline)) uint64_t take_largest_digit(uint64_t *u, const uint64_t *v, unsigned n)
{
    uint64_t digit = UINT64_MAX, carry = 0;
    for (unsigned i = 0; i < n; i++) {
        two_limbs product = (two_limbs)digit * v[i] + carry;
        carry = (uint64_t)(product >> 64) + (u[i] < (uint64_t)product);
        u[i] -= (uint64_t)product;
    }
    if (u[n] < carry) {
        digit--;
        add_back(u, v, n);
    }
    return digit;
}

/* A digit of the n + 1 limbs from u on by n, 2 to 4, where the rest is left in the lower n. */
UNROLLED uint64_t take_digit(uint64_t *u, const uint64_t *v, unsigned n)
{
    uint64_t high = u[n], low = u[n - 1], borrow = 0;
    if (__builtin_expect(high == v[n - 1] && low == v[n - 2], 0))
        return take_largest_digit(u, v, n);
    uint64_t digit = divide_three_by_two(&high, &low, u[n - 2], v[n - 1], v[n - 2]);
    if (n == 3) {
        two_limbs product = (two_limbs)digit * v[0], top = (two_limbs)high << 64 | low;
        uint64_t carry = (uint64_t)(product >> 64) + (u[0] < (uint64_t)product);
        u[0] -= (uint64_t)product;
        borrow = top < carry;
        top -= carry;
        low = (uint64_t)top;
        high = (uint64_t)(top >> 64);
    } else if (n == 4) {
        two_limbs first = (two_limbs)digit * v[0], second = (two_limbs)digit * v[1] + (uint64_t)(first >> 64);
        __asm__("subq %5, %0\n\tsbbq %6, %1\n\tsbbq %7, %2\n\tsbbq $0, %3\n\tsbbq %4, %4"
                : "+&r"(u[0]), "+&r"(u[1]), "+&r"(low), "+&r"(high), "=&r"(borrow)
                : "r"((uint64_t)first), "r"((uint64_t)second), "r"((uint64_t)(second >> 64))
                : "cc");
    }
    u[n - 2] = low;
    u[n - 1] = high;
    if (__builtin_expect(borrow != 0, 0)) {
        digit--;
        add_back(u, v, n);
    }
    return digit;
}

UNROLLED uint64_t high_of_shifted(uint64_t upper, uint64_t lower, unsigned shift)
{
    return (uint64_t)(((two_limbs)upper << 64 | lower) << shift >> 64);
}

UNROLLED void store_digit(uint64_t *quotient, unsigned at, uint64_t digit)
{
    if (quotient != NULL)
        quotient[at] = digit;
}

/* For a divisor of n limbs, 2 to 4, and a dividend of n or more. */
UNROLLED void divide_by_limbs(uint64_t *quotient, uint64_t *remainder, const uint64_t *dividend,
                              unsigned limbs, const uint64_t *divisor, unsigned n)
{
    unsigned shift = (unsigned)__builtin_clzll(divisor[n - 1]);
    uint64_t u[9], v[4];
    v[0] = divisor[0] << shift;
#pragma GCC unroll 4
    for (unsigned i = 1; i < n; i++)
        v[i] = high_of_shifted(divisor[i], divisor[i - 1], shift);
    u[0] = dividend[0] << shift;
#pragma GCC unroll 8
    for (unsigned i = 1; i < limbs; i++)
        u[i] = high_of_shifted(dividend[i], dividend[i - 1], shift);
    u[limbs] = high_of_shifted(0, dividend[limbs - 1], shift);
    /* Products of numbers below the divisor have no highest digit. */
    unsigned digits = limbs - n;
    if (limbs == n || u[limbs] != 0 || u[limbs - 1] >= v[n - 1])
        store_digit(quotient, digits, take_digit(u + digits, v, n));
    if (__builtin_constant_p(digits)) { /* the rests stay in registers */
#pragma GCC unroll 4
        for (unsigned j = digits; j-- > 0;)
            store_digit(quotient, j, take_digit(u + j, v, n));
    } else {
        for (unsigned j = digits; j-- > 0;)
            store_digit(quotient, j, take_digit(u + j, v, n));
    }
    if (remainder == NULL)
        return;
#pragma GCC unroll 4
    for (unsigned i = 0; i < n; i++)
        remainder[i] = i + 1 < n ? (uint64_t)(((two_limbs)u[i + 1] << 64 | u[i]) >> shift) : u[i] >> shift;
}

/* The divisor is not zero. Either of the first two may be NULL; they are zero before, and the quotient has as
 * many limbs as the dividend. */
UNROLLED void divide_limbs(uint64_t *quotient, uint64_t *remainder, const uint64_t *dividend, unsigned limbs,
                           const uint64_t divisor[4])
{
    unsigned n = divisor[3] ? 4 : divisor[2] ? 3 : divisor[1] ? 2 : 1;
    while (limbs > 0 && dividend[limbs - 1] == 0)
        limbs--;
    if (limbs < n) {
        for (unsigned i = 0; remainder != NULL && i < limbs; i++)
            remainder[i] = dividend[i];
    } else if (n == 4 && limbs == 4) { /* one digit */
        divide_by_limbs(quotient, remainder, dividend, 4, divisor, 4);
    } else if (n == 4 && limbs == 8) { /* a product of two such numbers */
        divide_by_limbs(quotient, remainder, dividend, 8, divisor, 4);
    } else if (n == 4) {
        divide_by_limbs(quotient, remainder, dividend, limbs, divisor, 4);
    } else if (n == 3) {
        divide_by_limbs(quotient, remainder, dividend, limbs, divisor, 3);
    } else if (n == 2) {
        divide_by_limbs(quotient, remainder, dividend, limbs, divisor, 2);
    } else {
        uint64_t rest = 0;
        for (unsigned i = limbs; i-- > 0;) {
            uint64_t digit = divide_two_by_one(&rest, dividend[i], divisor[0]);
            if (quotient != NULL)
                quotient[i] = digit;
        }
        if (remainder != NULL)
            remainder[0] = rest;
    }
}

#undef UNROLLED
#endif
