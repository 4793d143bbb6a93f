#include "settle/key.h"

#include "base/check.h"
#include "base/hex.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <string.h>

/* Made once; signing does not change it. */
static const secp256k1_context *context(void)
{
    static secp256k1_context *made;
    secp256k1_context *c = __atomic_load_n(&made, __ATOMIC_ACQUIRE), *none = NULL;
    if (c != NULL)
        return c;
    c = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    if (__atomic_compare_exchange_n(&made, &none, c, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return c;
    secp256k1_context_destroy(c);
    return none;
}

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

status key_from_text(signing_key *out, const char *text, size_t size_bytes)
{
    while (size_bytes > 0 && is_space(text[size_bytes - 1]))
        size_bytes--;
    while (size_bytes > 0 && is_space(*text))
        text++, size_bytes--;
    TRY(hex_decode_exact(out->secret, 32, text, size_bytes));
    secp256k1_pubkey point;
    if (!secp256k1_ec_pubkey_create(context(), &point, out->secret))
        return HEX_MALFORMED;
    uint8_t xy[65];
    size_t size = sizeof xy;
    hash256 hash;
    secp256k1_ec_pubkey_serialize(context(), xy, &size, &point, SECP256K1_EC_UNCOMPRESSED);
    keccak256(&hash, xy + 1, 64);
    memcpy(out->address.bytes, hash.bytes + 12, 20);
    return OK;
}

void key_sign(uint8_t signature[65], const signing_key *key, const hash256 *digest)
{
    secp256k1_ecdsa_recoverable_signature made;
    int recovery;
    CHECK(secp256k1_ecdsa_sign_recoverable(context(), &made, digest->bytes, key->secret, NULL, NULL));
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), signature, &recovery, &made);
    signature[64] = (uint8_t)(27 + recovery);
}

/* The fields of the transaction; then of the signature, where there is one. */
static bytes encode(uint8_t *out, size_t capacity_bytes, const key_transaction *tx,
                    const uint8_t signature[65])
{
    rlp_writer w;
    out[0] = 2;
    rlp_writer_init(&w, out + 1, capacity_bytes - 1);
    size_t list = rlp_begin_list(&w);
    rlp_write_u64(&w, tx->chain_id);
    rlp_write_u64(&w, tx->nonce);
    rlp_write_u256(&w, tx->max_priority_fee);
    rlp_write_u256(&w, tx->max_fee);
    rlp_write_u64(&w, tx->gas_limit);
    if (tx->to != NULL)
        rlp_write_address(&w, tx->to);
    else
        rlp_write_bytes(&w, NULL, 0);
    rlp_write_u256(&w, tx->value);
    rlp_write_bytes(&w, tx->data.data, tx->data.size);
    rlp_write_list_header(&w, 0); /* access list */
    if (signature != NULL) {
        rlp_write_u64(&w, signature[64] - 27u);
        rlp_write_u256(&w, u256_from_be(signature, 32));
        rlp_write_u256(&w, u256_from_be(signature + 32, 32));
    }
    rlp_end_list(&w, list);
    return (bytes){out, 1 + w.used_bytes};
}

bytes key_sign_transaction(hash256 *hash, arena *memory, const signing_key *key, const key_transaction *tx)
{
    size_t capacity = tx->data.size + 512;
    uint8_t *out = arena_allocate(memory, capacity, 1), signature[65];
    hash256 digest;
    bytes encoded = encode(out, capacity, tx, NULL);
    keccak256(&digest, encoded.data, encoded.size);
    key_sign(signature, key, &digest);
    encoded = encode(out, capacity, tx, signature);
    keccak256(hash, encoded.data, encoded.size);
    return encoded;
}
