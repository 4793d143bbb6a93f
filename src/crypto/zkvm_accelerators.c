#include "crypto/zkvm_accelerators.h"

#include "base/memory.h"
#include "crypto/keccak.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
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
