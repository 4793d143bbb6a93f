/* Keccak-256 as Ethereum has it: Keccak[512] of the SHA-3 submission, so with the padding byte 0x01
 * where FIPS 202 has 0x06. */
#ifndef ASHLAR_CRYPTO_KECCAK_H
#define ASHLAR_CRYPTO_KECCAK_H

#include "base/types.h"

/* Bytes that one permutation absorbs. */
#define KECCAK256_RATE_BYTES 136

/* Keccak-f[1600] in place. Lane (x, y) is state[x + 5y], bytes in little-endian order. */
void keccak_f1600(uint64_t state[25]);

/* The digest of `data`. Fastest where data is 8-byte aligned; any alignment is right. `out` may overlap
 * the data. */
void keccak256(hash256 *out, const uint8_t *data, size_t size_bytes);

/* The same of data that is padded: n ≥ 1 blocks of KECCAK256_RATE_BYTES, the last of which is at `tail`. */
void keccak256_blocks(hash256 *out, const uint8_t *data, const uint8_t *tail, size_t n);

/* The digest of data that comes in pieces: init, absorb any number of times, finish once. */
typedef struct {
    uint64_t state[25];
    size_t filled_bytes; /* of the block that is not yet permuted; below KECCAK256_RATE_BYTES */
} keccak256_context;

void keccak256_init(keccak256_context *context);
void keccak256_absorb(keccak256_context *context, const uint8_t *data, size_t size_bytes);
void keccak256_finish(keccak256_context *context, hash256 *out);

#endif
