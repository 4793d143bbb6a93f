/* The curve BN254 (alt_bn128) as Ethereum has it: EIP-196 and EIP-197. For public data only: the running time
 * depends on the inputs.
 *
 * Coordinates are big-endian. A point of G1 is x ‖ y; one of G2 is x ‖ y with each coordinate as its part
 * in i, then its real part. Infinity is all zeros. */
#ifndef ASHLAR_CRYPTO_BN254_H
#define ASHLAR_CRYPTO_BN254_H

#include "base/types.h"

/* sum = p + q. False, with the sum unchanged, where a coordinate is ≥ p or a point not on the curve. */
bool bn254_g1_add(uint8_t sum[64], const uint8_t p[64], const uint8_t q[64]);

/* product = scalar·p, for any 256-bit scalar. False as above. */
bool bn254_g1_multiply(uint8_t product[64], const uint8_t p[64], const uint8_t scalar[32]);

/* A point of G1, then one of G2. */
#define BN254_PAIR_BYTES 192

/* *is_one: whether the product of the pairings of `count` pairs is 1 (true of none). False where a coordinate
 * is ≥ p, a point not on its curve, or one of the twist not in the subgroup of order r. */
bool bn254_pairing_check(bool *is_one, const uint8_t *pairs, size_t count);

/* The functions above take one of two ways, with the same results: in a guest lists of the machine's
 * products, elsewhere plain C. */
bool bn254_g1_add_by_lists(uint8_t sum[64], const uint8_t p[64], const uint8_t q[64]);
bool bn254_g1_multiply_by_lists(uint8_t product[64], const uint8_t p[64], const uint8_t scalar[32]);
bool bn254_pairing_check_by_lists(bool *is_one, const uint8_t *pairs, size_t count);
bool bn254_g1_add_plainly(uint8_t sum[64], const uint8_t p[64], const uint8_t q[64]);
bool bn254_g1_multiply_plainly(uint8_t product[64], const uint8_t p[64], const uint8_t scalar[32]);
bool bn254_pairing_check_plainly(bool *is_one, const uint8_t *pairs, size_t count);

#endif
