/* Inverses modulo an odd number of up to 256 bits: D. J. Bernstein and B.-Y. Yang, "Fast constant-time gcd
 * computation and modular inversion" (2019), here with a running time that depends on the input. */
#ifndef ASHLAR_CRYPTO_MODULAR_INVERSE_H
#define ASHLAR_CRYPTO_MODULAR_INVERSE_H

#include "base/u256.h"

/* x^−1 mod `modulus` for an odd modulus > 1 and x < modulus coprime to it; 0 for x = 0. Where they have a
 * common factor the result means nothing. */
u256 modular_inverse(u256 x, const u256 *modulus);

/* The same without asking whoever executes the program. */
u256 modular_inverse_plain(u256 x, const u256 *modulus);

#endif
