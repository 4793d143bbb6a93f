#include "crypto/zkvm_accelerators.h"

#include "base/memory.h"
#include "crypto/blake2f.h"
#include "crypto/bn254.h"
#include "crypto/keccak.h"
#include "crypto/modexp.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
#include "crypto/secp256r1.h"
#include "crypto/sha256.h"

/* The standard's structures are ours under other names: 8-byte aligned bytes. */
static hash256 *as_hash(zkvm_bytes_32 *b) { return (hash256 *)(void *)b; }
static const hash256 *as_const_hash(const zkvm_bytes_32 *b) { return (const hash256 *)(const void *)b; }

zkvm_status zkvm_keccak256(const uint8_t *data, size_t len, zkvm_keccak256_hash *output)
{
    keccak256(as_hash(output), data, len);
    return ZKVM_EOK;
}

zkvm_status zkvm_sha256(const uint8_t *data, size_t len, zkvm_sha256_hash *output)
{
    sha256(as_hash(output), data, len);
    return ZKVM_EOK;
}

zkvm_status zkvm_ripemd160(const uint8_t *data, size_t len, zkvm_ripemd160_hash *output)
{
    uint8_t digest[20];
    ripemd160(digest, data, len);
    memset(output->data, 0, 12);
    memcpy(output->data + 12, digest, 20);
    return ZKVM_EOK;
}

zkvm_status zkvm_secp256k1_verify(const zkvm_secp256k1_hash *msg, const zkvm_secp256k1_signature *sig,
                                  const zkvm_secp256k1_pubkey *pubkey, bool *verified)
{
    *verified = secp256k1_verify(pubkey->data, as_const_hash(msg), sig->data, sig->data + 32);
    return ZKVM_EOK;
}

zkvm_status zkvm_secp256k1_ecrecover(const zkvm_secp256k1_hash *msg, const zkvm_secp256k1_signature *sig,
                                     uint8_t recid, zkvm_secp256k1_pubkey *output)
{
    bool recovered =
        secp256k1_recover(output->data, as_const_hash(msg), sig->data, sig->data + 32, recid);
    return recovered ? ZKVM_EOK : ZKVM_EFAIL;
}

zkvm_status zkvm_modexp(const uint8_t *base, size_t base_len, const uint8_t *exp, size_t exp_len,
                        const uint8_t *modulus, size_t mod_len, uint8_t *output)
{
    uint64_t scratch[MODEXP_SCRATCH_WORDS(ZKVM_MODEXP_MAX_MODULUS_BYTES)];
    if (mod_len > ZKVM_MODEXP_MAX_MODULUS_BYTES)
        return ZKVM_EFAIL;
    modexp(output, scratch, (bytes){base, base_len}, (bytes){exp, exp_len}, (bytes){modulus, mod_len});
    return ZKVM_EOK;
}

zkvm_status zkvm_bn254_g1_add(const zkvm_bn254_g1_point *p1, const zkvm_bn254_g1_point *p2,
                              zkvm_bn254_g1_point *result)
{
    return bn254_g1_add(result->data, p1->data, p2->data) ? ZKVM_EOK : ZKVM_EFAIL;
}

zkvm_status zkvm_bn254_g1_mul(const zkvm_bn254_g1_point *point, const zkvm_bn254_scalar *scalar,
                              zkvm_bn254_g1_point *result)
{
    return bn254_g1_multiply(result->data, point->data, scalar->data) ? ZKVM_EOK : ZKVM_EFAIL;
}

zkvm_status zkvm_bn254_pairing(const zkvm_bn254_pairing_pair *pairs, size_t num_pairs, bool *verified)
{
    return bn254_pairing_check(verified, (const uint8_t *)pairs, num_pairs) ? ZKVM_EOK : ZKVM_EFAIL;
}

/* Both targets are little-endian, so the bytes are the words. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read as they stand");

zkvm_status zkvm_blake2f(uint32_t rounds, zkvm_blake2f_state *h, const zkvm_blake2f_message *m,
                         const zkvm_blake2f_offset *t, uint8_t f)
{
    if (f > 1)
        return ZKVM_EFAIL;
    blake2f((uint64_t *)(void *)h, (const uint64_t *)(const void *)m, (const uint64_t *)(const void *)t,
            f == 1, rounds);
    return ZKVM_EOK;
}

zkvm_status zkvm_secp256r1_verify(const zkvm_secp256r1_hash *msg, const zkvm_secp256r1_signature *sig,
                                  const zkvm_secp256r1_pubkey *pubkey, bool *verified)
{
    *verified = secp256r1_verify(pubkey->data, as_const_hash(msg), sig->data, sig->data + 32);
    return ZKVM_EOK;
}
