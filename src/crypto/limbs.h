/* Products of 256-bit numbers in limbs of 64 bits, the lowest first: what the fields multiply with before
 * each reduces in its own way. Inline throughout: they are the innermost steps of signatures and pairings. */
#ifndef ASHLAR_CRYPTO_LIMBS_H
#define ASHLAR_CRYPTO_LIMBS_H

#include <stdint.h>

/* *carry:result = low + a·b + *carry, which cannot overflow. */
static inline __attribute__((always_inline)) uint64_t limbs_multiply_add(uint64_t *carry, uint64_t low,
                                                                         uint64_t a, uint64_t b)
{
    unsigned __int128 t = (unsigned __int128)a * b + low + *carry;
    *carry = (uint64_t)(t >> 64);
    return (uint64_t)t;
}

/* t = a·b */
static inline __attribute__((always_inline)) void limbs_multiply(uint64_t t[8], const uint64_t a[4],
                                                                 const uint64_t b[4])
{
    uint64_t b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3], x = a[0], c = 0;
    t[0] = limbs_multiply_add(&c, 0, x, b0);
    t[1] = limbs_multiply_add(&c, 0, x, b1);
    t[2] = limbs_multiply_add(&c, 0, x, b2);
    t[3] = limbs_multiply_add(&c, 0, x, b3);
    t[4] = c;
    x = a[1], c = 0;
    t[1] = limbs_multiply_add(&c, t[1], x, b0);
    t[2] = limbs_multiply_add(&c, t[2], x, b1);
    t[3] = limbs_multiply_add(&c, t[3], x, b2);
    t[4] = limbs_multiply_add(&c, t[4], x, b3);
    t[5] = c;
    x = a[2], c = 0;
    t[2] = limbs_multiply_add(&c, t[2], x, b0);
    t[3] = limbs_multiply_add(&c, t[3], x, b1);
    t[4] = limbs_multiply_add(&c, t[4], x, b2);
    t[5] = limbs_multiply_add(&c, t[5], x, b3);
    t[6] = c;
    x = a[3], c = 0;
    t[3] = limbs_multiply_add(&c, t[3], x, b0);
    t[4] = limbs_multiply_add(&c, t[4], x, b1);
    t[5] = limbs_multiply_add(&c, t[5], x, b2);
    t[6] = limbs_multiply_add(&c, t[6], x, b3);
    t[7] = c;
}

/* t = a²: each product of two different limbs once, then doubled, then the squares. */
static inline __attribute__((always_inline)) void limbs_square(uint64_t t[8], const uint64_t a[4])
{
    uint64_t a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], c = 0;
    t[1] = limbs_multiply_add(&c, 0, a0, a1);
    t[2] = limbs_multiply_add(&c, 0, a0, a2);
    t[3] = limbs_multiply_add(&c, 0, a0, a3);
    t[4] = c;
    c = 0;
    t[3] = limbs_multiply_add(&c, t[3], a1, a2);
    t[4] = limbs_multiply_add(&c, t[4], a1, a3);
    t[5] = c;
    c = 0;
    t[5] = limbs_multiply_add(&c, t[5], a2, a3);
    t[6] = c;
    t[7] = t[6] >> 63;
    t[6] = t[6] << 1 | t[5] >> 63;
    t[5] = t[5] << 1 | t[4] >> 63;
    t[4] = t[4] << 1 | t[3] >> 63;
    t[3] = t[3] << 1 | t[2] >> 63;
    t[2] = t[2] << 1 | t[1] >> 63;
    t[1] = t[1] << 1;
    c = 0;
    t[0] = limbs_multiply_add(&c, 0, a0, a0);
    t[1] += c;
    c = t[1] < c;
    t[2] = limbs_multiply_add(&c, t[2], a1, a1);
    t[3] += c;
    c = t[3] < c;
    t[4] = limbs_multiply_add(&c, t[4], a2, a2);
    t[5] += c;
    c = t[5] < c;
    t[6] = limbs_multiply_add(&c, t[6], a3, a3);
    t[7] += c;
}

#endif
