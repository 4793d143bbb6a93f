#include "base/u384.h"

#include "base/memory.h"

enum { N = U384_LIMBS };

/* x·2^shift, for shift < 64, in one limb more. */
static void shift_left(uint64_t *out, const uint64_t *x, unsigned limbs, unsigned shift)
{
    uint64_t carry = 0;
    for (unsigned i = 0; i < limbs; i++) {
        out[i] = x[i] << shift | carry;
        carry = shift == 0 ? 0 : x[i] >> (64 - shift);
    }
    out[limbs] = carry;
}

/* u[0 … n] −= digit·v; returns the borrow. */
static uint64_t subtract_multiple(uint64_t *u, const uint64_t *v, unsigned n, uint64_t digit)
{
    uint64_t carry = 0;
    for (unsigned i = 0; i <= n; i++) {
        unsigned __int128 product = (unsigned __int128)digit * (i < n ? v[i] : 0) + carry;
        carry = (uint64_t)(product >> 64) + (u[i] < (uint64_t)product);
        u[i] -= (uint64_t)product;
    }
    return carry;
}

/* u[0 … n] += v; returns the carry. */
static uint64_t add_back(uint64_t *u, const uint64_t *v, unsigned n)
{
    uint64_t carry = 0;
    for (unsigned i = 0; i <= n; i++) {
        unsigned __int128 sum = (unsigned __int128)u[i] + (i < n ? v[i] : 0) + carry;
        u[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> 64);
    }
    return carry;
}

/* D. Knuth, The Art of Computer Programming, volume 2, algorithm 4.3.1 D: u, of 2N + 1 limbs, by v, of n whose
 * highest has its highest bit; u becomes the remainder. */
static void divide(uint64_t q[2 * N + 1], uint64_t u[2 * N + 1], const uint64_t *v, unsigned n)
{
    for (unsigned j = 2 * N + 1 - n; j-- > 0;) {
        unsigned __int128 top = (unsigned __int128)u[j + n] << 64 | u[j + n - 1];
        uint64_t digit = u[j + n] >= v[n - 1] ? UINT64_MAX : (uint64_t)(top / v[n - 1]);
        uint64_t borrow = subtract_multiple(u + j, v, n, digit);
        for (; borrow != 0; digit--) /* twice at most */
            borrow -= add_back(u + j, v, n);
        q[j] = digit;
    }
}

bool u384_multiply_divide(uint64_t quotient[N], uint64_t remainder[N], const uint64_t a[N],
                          const uint64_t b[N], const uint64_t c[N], const uint64_t m[N])
{
    uint64_t value[2 * N] = {0}, u[2 * N + 1], v[N + 1], q[2 * N + 1] = {0};
    memcpy(value, c, N * sizeof *c);
    for (unsigned i = 0; i < N; i++) {
        uint64_t carry = 0;
        for (unsigned j = 0; j < N; j++) {
            unsigned __int128 t = (unsigned __int128)a[i] * b[j] + value[i + j] + carry;
            value[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        value[i + N] = carry;
    }
    unsigned n = N;
    while (n > 0 && m[n - 1] == 0)
        n--;
    if (n == 0)
        return false;
    unsigned shift = 0;
    while (!(m[n - 1] << shift >> 63))
        shift++;
    shift_left(v, m, n, shift);
    shift_left(u, value, 2 * N, shift);
    divide(q, u, v, n);
    for (unsigned i = N; i < 2 * N + 1; i++)
        if (q[i] != 0)
            return false;
    memcpy(quotient, q, N * sizeof *q);
    for (unsigned i = 0; i < N; i++)
        remainder[i] = i >= n ? 0 : u[i] >> shift | (shift == 0 || i + 1 >= n ? 0 : u[i + 1] << (64 - shift));
    return true;
}
