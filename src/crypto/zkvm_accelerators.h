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
    alignas(8) uint8_t data[16];
} zkvm_bytes_16;

typedef struct {
    alignas(8) uint8_t data[32];
} zkvm_bytes_32;

typedef struct {
    alignas(8) uint8_t data[64];
} zkvm_bytes_64;

typedef struct {
    alignas(8) uint8_t data[128];
} zkvm_bytes_128;

typedef zkvm_bytes_32 zkvm_keccak256_hash;
typedef zkvm_bytes_32 zkvm_sha256_hash;
typedef zkvm_bytes_32 zkvm_ripemd160_hash; /* 12 zero bytes, then the 20 of the digest */

typedef zkvm_bytes_32 zkvm_secp256k1_hash;
typedef zkvm_bytes_64 zkvm_secp256k1_signature; /* r ‖ s */
typedef zkvm_bytes_64 zkvm_secp256k1_pubkey;    /* x ‖ y */

typedef struct {
    alignas(8) uint8_t data[48];
} zkvm_bytes_48;

typedef struct {
    alignas(8) uint8_t data[96];
} zkvm_bytes_96;

typedef struct {
    alignas(8) uint8_t data[192];
} zkvm_bytes_192;

/* Field elements are 48 bytes; those of Fp2 are c0 ‖ c1; points are x ‖ y, and infinity is all zeros. A
 * scalar may be any number. Where one of the functions fails, it leaves what it would have written as it
 * was. */
typedef zkvm_bytes_48 zkvm_bls12_381_fp;
typedef zkvm_bytes_96 zkvm_bls12_381_fp2;
typedef zkvm_bytes_96 zkvm_bls12_381_g1_point;
typedef zkvm_bytes_192 zkvm_bls12_381_g2_point;
typedef zkvm_bytes_32 zkvm_bls12_381_scalar;

typedef struct {
    zkvm_bls12_381_g1_point point;
    zkvm_bls12_381_scalar scalar;
} zkvm_bls12_381_g1_msm_pair;

typedef struct {
    zkvm_bls12_381_g2_point point;
    zkvm_bls12_381_scalar scalar;
} zkvm_bls12_381_g2_msm_pair;

typedef struct {
    zkvm_bls12_381_g1_point g1;
    zkvm_bls12_381_g2_point g2;
} zkvm_bls12_381_pairing_pair;

typedef zkvm_bytes_48 zkvm_kzg_commitment; /* a point of G1, compressed as ZCash does it */
typedef zkvm_bytes_48 zkvm_kzg_proof;
typedef zkvm_bytes_32 zkvm_kzg_field_element;

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

/* BLS12-381, EIP-2537. Addition: ZKVM_EFAIL for a coordinate ≥ p or a point that is not on the curve; points
 * outside of the subgroup are good. *result may be *p1 or *p2. */
zkvm_status zkvm_bls12_g1_add(const zkvm_bls12_381_g1_point *p1, const zkvm_bls12_381_g1_point *p2,
                              zkvm_bls12_381_g1_point *result);
zkvm_status zkvm_bls12_g2_add(const zkvm_bls12_381_g2_point *p1, const zkvm_bls12_381_g2_point *p2,
                              zkvm_bls12_381_g2_point *result);

/* Σ scalar·point; no pairs give infinity. ZKVM_EFAIL as for addition, and for a point outside of the
 * subgroup. Takes up to 256 KiB of the stack, whatever num_pairs is. */
zkvm_status zkvm_bls12_g1_msm(const zkvm_bls12_381_g1_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g1_point *result);
zkvm_status zkvm_bls12_g2_msm(const zkvm_bls12_381_g2_msm_pair *pairs, size_t num_pairs,
                              zkvm_bls12_381_g2_point *result);

/* *verified: whether Π e(g1, g2) = 1, which no pairs fulfil. ZKVM_EFAIL as for the sums. */
zkvm_status zkvm_bls12_pairing(const zkvm_bls12_381_pairing_pair *pairs, size_t num_pairs, bool *verified);

/* The simplified SWU map, the isogeny and the clearing of the cofactor (RFC 9380, sections 6.6.3, 8.8 and 7).
 * ZKVM_EFAIL for a coordinate ≥ p. */
zkvm_status zkvm_bls12_map_fp_to_g1(const zkvm_bls12_381_fp *field_element, zkvm_bls12_381_g1_point *result);
zkvm_status zkvm_bls12_map_fp2_to_g2(const zkvm_bls12_381_fp2 *field_element,
                                     zkvm_bls12_381_g2_point *result);

/* *verified: whether the committed polynomial p has p(z) = y, under the trusted setup of EIP-4844. ZKVM_EFAIL
 * for z or y ≥ the order of the group, and for a commitment or proof that is no point of the subgroup. */
zkvm_status zkvm_kzg_point_eval(const zkvm_kzg_commitment *commitment, const zkvm_kzg_field_element *z,
                                const zkvm_kzg_field_element *y, const zkvm_kzg_proof *proof, bool *verified);

/* The length up to which zkvm_modexp takes a modulus: those of EIP-7823. */
#define ZKVM_MODEXP_MAX_MODULUS_BYTES 1024

/* output = base^exp mod modulus, mod_len bytes; `base` and `exp` may be NULL where their length is 0.
 * ZKVM_EFAIL for a longer modulus, since the interface brings no memory for it: crypto/modexp.h does. */
zkvm_status zkvm_modexp(const uint8_t *base, size_t base_len, const uint8_t *exp, size_t exp_len,
                        const uint8_t *modulus, size_t mod_len, uint8_t *output);

typedef zkvm_bytes_64 zkvm_bn254_g1_point;  /* x ‖ y */
typedef zkvm_bytes_128 zkvm_bn254_g2_point; /* x ‖ y, each with its part in i first */
typedef zkvm_bytes_32 zkvm_bn254_scalar;

typedef struct {
    zkvm_bn254_g1_point g1;
    zkvm_bn254_g2_point g2;
} zkvm_bn254_pairing_pair;

/* ZKVM_EFAIL, with the output unchanged, for points that crypto/bn254.h refuses. */
zkvm_status zkvm_bn254_g1_add(const zkvm_bn254_g1_point *p1, const zkvm_bn254_g1_point *p2,
                              zkvm_bn254_g1_point *result);
zkvm_status zkvm_bn254_g1_mul(const zkvm_bn254_g1_point *point, const zkvm_bn254_scalar *scalar,
                              zkvm_bn254_g1_point *result);
zkvm_status zkvm_bn254_pairing(const zkvm_bn254_pairing_pair *pairs, size_t num_pairs, bool *verified);

typedef zkvm_bytes_64 zkvm_blake2f_state;    /* 8 words, little-endian, as all three are */
typedef zkvm_bytes_128 zkvm_blake2f_message; /* 16 words */
typedef zkvm_bytes_16 zkvm_blake2f_offset;   /* 2 words */

/* `rounds` is the number itself. ZKVM_EFAIL where f is neither 0 nor 1. */
zkvm_status zkvm_blake2f(uint32_t rounds, zkvm_blake2f_state *h, const zkvm_blake2f_message *m,
                         const zkvm_blake2f_offset *t, uint8_t f);

typedef zkvm_bytes_32 zkvm_secp256r1_hash;
typedef zkvm_bytes_64 zkvm_secp256r1_signature; /* r ‖ s */
typedef zkvm_bytes_64 zkvm_secp256r1_pubkey;    /* x ‖ y */

/* Always ZKVM_EOK; *verified says whether the signature holds (secp256r1_verify). */
zkvm_status zkvm_secp256r1_verify(const zkvm_secp256r1_hash *msg, const zkvm_secp256r1_signature *sig,
                                  const zkvm_secp256r1_pubkey *pubkey, bool *verified);

#endif
