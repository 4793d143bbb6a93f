/* SHA-256, FIPS 180-4. */
#ifndef ASHLAR_CRYPTO_SHA256_H
#define ASHLAR_CRYPTO_SHA256_H

#include "base/types.h"

/* The digest of `data`, of any alignment. */
void sha256(hash256 *out, const uint8_t *data, size_t size_bytes);

/* The chaining value after n ≥ 1 blocks of 64 bytes, the last of which is at `tail`, from `start` on; both
 * values as a digest is written, and `out` may overlap all of the rest. */
void sha256_blocks(hash256 *out, const uint8_t *data, const uint8_t *tail, const hash256 *start, size_t n);

/* A chaining value from how a digest is written. */
void sha256_state_read(uint32_t state[8], const hash256 *written);

/* The compression function: one block of 64 bytes into the eight words of the chaining value. */
void sha256_compress(uint32_t state[8], const uint8_t block[64]);

/* The chaining value before the first block. */
extern const uint32_t sha256_initial_state[8];

#endif
