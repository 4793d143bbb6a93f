/* What the pairing shares with the arithmetic of G1. */
#ifndef ASHLAR_CRYPTO_BN254_CURVE_H
#define ASHLAR_CRYPTO_BN254_CURVE_H

#include "crypto/bn254_field.h"

typedef struct {
    bn254_fp x, y;
} bn254_affine;

/* Out of line. */
void bn254_fp_multiply(bn254_fp *r, const bn254_fp *a, const bn254_fp *b);

/* 32 big-endian bytes. False where they are ≥ p. */
bool bn254_fp_read(bn254_fp *r, const uint8_t bytes[32]);

/* x ‖ y. False where a coordinate is ≥ p or the point not on the curve; infinity, all zeros, is left so. */
bool bn254_g1_read(bn254_affine *p, bool *infinity, const uint8_t bytes[64]);

#endif
