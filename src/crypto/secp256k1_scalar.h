/* Numbers modulo the order n of secp256k1, below n unless said otherwise. */
#ifndef ASHLAR_CRYPTO_SECP256K1_SCALAR_H
#define ASHLAR_CRYPTO_SECP256K1_SCALAR_H

#include "base/types.h"
#include "base/u256.h"

/* n */
extern const u256 secp256k1_order;

/* Big-endian; false unless it is in [1, n − 1]. */
bool secp256k1_scalar_read(u256 *out, const uint8_t bytes[32]);
u256 secp256k1_scalar_of_message(const hash256 *message);

/* Factors may be any numbers. */
u256 secp256k1_scalar_multiply(u256 a, u256 b);
u256 secp256k1_scalar_negate(u256 a);

/* k = k1 + k2·λ mod n, halves below 2^128 in size, in two's complement: Gallant, Lambert, Vanstone, "Faster
 * point multiplication on elliptic curves with efficient endomorphisms" (2001), section 4. */
void secp256k1_scalar_split(u256 *k1, u256 *k2, u256 k);

#endif
