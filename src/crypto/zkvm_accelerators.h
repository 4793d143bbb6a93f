/* The C interface for accelerators of the Ethereum zkVM standards (eth-act/zkvm-standards,
 * standards/c-interface-accelerators): names, layouts and results are the standard's. What is declared
 * here exists; what the standard has besides is added together with its implementation.
 *
 * Structures are 8-byte aligned; numbers in them are big-endian. The caller keeps all memory; no pointer
 * may be NULL, except `data` where its length is 0. */
#ifndef ASHLAR_CRYPTO_ZKVM_ACCELERATORS_H
#define ASHLAR_CRYPTO_ZKVM_ACCELERATORS_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    ZKVM_EOK = 0,
    ZKVM_EFAIL = -1,
} zkvm_status;

typedef struct {
    alignas(8) uint8_t data[32];
} zkvm_bytes_32;

typedef struct {
    alignas(8) uint8_t data[64];
} zkvm_bytes_64;

typedef zkvm_bytes_32 zkvm_keccak256_hash;
typedef zkvm_bytes_32 zkvm_sha256_hash;
typedef zkvm_bytes_32 zkvm_ripemd160_hash; /* 12 zero bytes, then the 20 of the digest */

typedef zkvm_bytes_32 zkvm_secp256k1_hash;
typedef zkvm_bytes_64 zkvm_secp256k1_signature; /* r ‖ s */
typedef zkvm_bytes_64 zkvm_secp256k1_pubkey;    /* x ‖ y */

/* Always ZKVM_EOK. */
zkvm_status zkvm_keccak256(const uint8_t *data, size_t len, zkvm_keccak256_hash *output);
zkvm_status zkvm_sha256(const uint8_t *data, size_t len, zkvm_sha256_hash *output);
zkvm_status zkvm_ripemd160(const uint8_t *data, size_t len, zkvm_ripemd160_hash *output);

/* Always ZKVM_EOK; *verified says whether the signature holds (secp256k1_verify). */
zkvm_status zkvm_secp256k1_verify(const zkvm_secp256k1_hash *msg, const zkvm_secp256k1_signature *sig,
                                  const zkvm_secp256k1_pubkey *pubkey, bool *verified);

/* recid is 0 to 3 (v − 27 in Ethereum's precompile). ZKVM_EFAIL, with *output unchanged, where
 * secp256k1_recover is false. */
zkvm_status zkvm_secp256k1_ecrecover(const zkvm_secp256k1_hash *msg, const zkvm_secp256k1_signature *sig,
                                     uint8_t recid, zkvm_secp256k1_pubkey *output);

#endif
