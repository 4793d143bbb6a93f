/* Sums of points on secp256k1 one after another, in plain code: what the machine's call `point` computes
 * (abi/calls.def).
 *
 * The points are affine, never infinity, and on the curve, which nothing here checks. Their x is
 * *balanced*: x + K mod p with K = 128·(2^256 − 1)/255, so that its 32 bytes less 128 each are digits −128
 * … 127 of x. In memory a point is eight words, x first. */
#ifndef ASHLAR_CRYPTO_SECP256K1_POINT_H
#define ASHLAR_CRYPTO_SECP256K1_POINT_H

#include "base/u256.h"

enum { SECP256K1_POINT_WORDS = 8 };

/* What an item of a list says besides the number of its point: that point is negated; the sum is doubled
 * first. */
enum { SECP256K1_NEGATE = 1, SECP256K1_TWICE = 2 };

typedef struct {
    u256 x, y;
} secp256k1_point;

/* x + K mod p, and back; both below p. */
u256 secp256k1_balance(u256 x);
u256 secp256k1_unbalance(u256 balanced);

/* a ± t, or 2a ± t = (a ± t) + a without the y between, by the slopes of its one or two additions. The x's
 * are balanced; so are the slopes. All below p. */
typedef struct {
    u256 slope, middle_x; /* of a ± t */
    u256 last_slope;      /* of what is added last: (a ± t) + a; the same as `slope` if nothing is */
    secp256k1_point sum;
} secp256k1_sum;

/* False where an addition is of equal x, or an x is not below p. y may be any number. */
bool secp256k1_add(secp256k1_sum *out, const secp256k1_point *a, const secp256k1_point *t, unsigned flags);

/* acc = start; for each of n words of the list, number + 2^16·flags: acc = acc ± T or 2·acc ± T, T the
 * point at base + 8·number. Then acc is the result. Any of them may overlap. False, and nothing is written,
 * where secp256k1_add is or a word says more. */
bool secp256k1_add_list(uint64_t result[SECP256K1_POINT_WORDS], const uint64_t *list,
                        const uint64_t start[SECP256K1_POINT_WORDS], const uint64_t *base, size_t n);

#endif
