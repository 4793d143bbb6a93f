/* Modular exponentiation of numbers of any length (EIP-198). Montgomery arithmetic for the odd part of the
 * modulus (P. Montgomery, "Modular multiplication without trial division", 1985), plain arithmetic for its
 * power of two, joined by the Chinese remainder theorem. The running time depends on the inputs. */
#ifndef ASHLAR_CRYPTO_MODEXP_H
#define ASHLAR_CRYPTO_MODEXP_H

#include "base/types.h"

/* Words of 64 bits of memory that modexp needs for a modulus of this many bytes. Base and exponent need
 * none, however long. */
#define MODEXP_SCRATCH_WORDS(modulus_bytes) (32 * (((modulus_bytes) + 7) / 8 + 1))

/* result = base^exponent mod modulus, all big-endian, `result` as long as the modulus. 0^0 is 1; a modulus of
 * 0 or 1 gives 0. `scratch` has MODEXP_SCRATCH_WORDS; it and the result overlap nothing. */
void modexp(uint8_t *result, uint64_t *scratch, bytes base, bytes exponent, bytes modulus);

/* The same for a modulus of up to 256 bits, behind zeros or not; otherwise false, with the result undefined.
 * In a guest modexp takes this way where it can. */
bool modexp_by_lists(uint8_t *result, bytes base, bytes exponent, bytes modulus);

#endif
