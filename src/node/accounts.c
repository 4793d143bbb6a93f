/* The development chain's accounts: from the customary test mnemonic by BIP-39, BIP-32 and BIP-44, and
 * signing. */
#include "base/check.h"
#include "base/hex.h"
#include "crypto/keccak.h"
#include "node/internal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdlib.h>
#include <string.h>

/* Known to everyone: worth nothing outside of development. */
static const char mnemonic[] = "test test test test test test test test test test test junk";

enum {
    HARDENED = 0x80000000u,
    SEED_ROUNDS = 2048,
    DEVELOPMENT_GAS_LIMIT = 60000000,
    DEVELOPMENT_ETHER = 10000
};

static secp256k1_context *signing_context(void)
{
    static secp256k1_context *context;
    if (context == NULL)
        context = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    return context;
}

typedef struct {
    uint8_t key[32], chain_code[32];
} extended_key;

static void hmac_sha512(uint8_t out[64], const void *key, size_t key_bytes, const uint8_t *data,
                        size_t size_bytes)
{
    unsigned length = 64;
    CHECK(HMAC(EVP_sha512(), key, (int)key_bytes, data, size_bytes, out, &length) != NULL);
}

static void public_key(uint8_t *out, size_t size_bytes, const uint8_t key[32])
{
    secp256k1_pubkey point;
    CHECK(secp256k1_ec_pubkey_create(signing_context(), &point, key));
    secp256k1_ec_pubkey_serialize(signing_context(), out, &size_bytes, &point,
                                  size_bytes == 33 ? SECP256K1_EC_COMPRESSED : SECP256K1_EC_UNCOMPRESSED);
}

/* BIP-32, CKDpriv. */
static void derive_child(extended_key *k, uint32_t index)
{
    uint8_t data[37] = {0}, digest[64];
    if (index >= HARDENED)
        memcpy(data + 1, k->key, 32);
    else
        public_key(data, 33, k->key);
    for (unsigned i = 0; i < 4; i++)
        data[33 + i] = (uint8_t)(index >> (24 - 8 * i));
    hmac_sha512(digest, k->chain_code, 32, data, sizeof data);
    CHECK(secp256k1_ec_seckey_tweak_add(signing_context(), k->key, digest));
    memcpy(k->chain_code, digest + 32, 32);
}

static void address_of_key(address *out, const uint8_t key[32])
{
    uint8_t point[65];
    hash256 hash;
    public_key(point, 65, key);
    keccak256(&hash, point + 1, 64);
    memcpy(out->bytes, hash.bytes + 12, 20);
}

void accounts_open(node *n)
{
    uint8_t seed[64], digest[64];
    CHECK(PKCS5_PBKDF2_HMAC(mnemonic, (int)strlen(mnemonic), (const uint8_t *)"mnemonic", 8, SEED_ROUNDS,
                            EVP_sha512(), sizeof seed, seed) == 1);
    hmac_sha512(digest, "Bitcoin seed", 12, seed, sizeof seed);
    extended_key parent;
    memcpy(&parent, digest, sizeof parent);
    static const uint32_t path[] = {HARDENED | 44, HARDENED | 60, HARDENED | 0, 0};
    for (unsigned i = 0; i < sizeof path / sizeof *path; i++)
        derive_child(&parent, path[i]);
    for (uint32_t i = 0; i < NODE_ACCOUNTS; i++) {
        extended_key child = parent;
        derive_child(&child, i);
        memcpy(n->account_keys[i], child.key, 32);
        address_of_key(&n->accounts[i], child.key);
    }
    n->account_count = NODE_ACCOUNTS;
}

size_t node_account_count(const node *n) { return n->account_count; }
const address *node_account(const node *n, size_t i) { return &n->accounts[i]; }
const uint8_t *node_account_key(const node *n, size_t i) { return n->account_keys[i]; }

static const uint8_t *key_of(const node *n, const address *who)
{
    for (size_t i = 0; i < n->account_count; i++)
        if (memcmp(n->accounts[i].bytes, who->bytes, 20) == 0)
            return n->account_keys[i];
    return NULL;
}

bool node_account_is_unlocked(const node *n, const address *who)
{
    return key_of(n, who) != NULL || node_is_impersonated(n, who);
}

status node_sign(const node *n, uint8_t signature[65], const address *who, const hash256 *digest)
{
    const uint8_t *key = key_of(n, who);
    if (key == NULL)
        return ACCOUNT_UNKNOWN;
    secp256k1_ecdsa_recoverable_signature made;
    int recovery;
    CHECK(secp256k1_ecdsa_sign_recoverable(signing_context(), &made, digest->bytes, key, NULL, NULL));
    secp256k1_ecdsa_recoverable_signature_serialize_compact(signing_context(), signature, &recovery, &made);
    signature[64] = (uint8_t)(27 + recovery);
    return OK;
}

/* ---- the development chain ---- */

static const struct {
    const char *where, *code;
} system_contracts[] = {
#define SYSTEM_CONTRACT(where, code) {where, code},
#include "node/system_contracts.def"
#undef SYSTEM_CONTRACT
};

void development_genesis(chain_genesis *genesis, arena *memory, const address *accounts, size_t count,
                         uint64_t gas_limit)
{
    enum { CONTRACTS = sizeof system_contracts / sizeof *system_contracts };
    genesis_account *all = ARENA_NEW(memory, genesis_account, count + CONTRACTS);
    u256 wei = u256_mul(u256_from_u64(DEVELOPMENT_ETHER), u256_from_u64(1000000000000000000));
    for (size_t i = 0; i < count; i++)
        all[i] = (genesis_account){.where = accounts[i], .balance = wei};
    for (size_t i = 0; i < CONTRACTS; i++) {
        genesis_account *a = &all[count + i];
        a->nonce = 1;
        CHECK(hex_decode_exact(a->where.bytes, 20, system_contracts[i].where, 40) == OK);
        CHECK(hex_decode(memory, &a->code, system_contracts[i].code, strlen(system_contracts[i].code)) == OK);
    }
    *genesis = (chain_genesis){
        .config = *chain_config_by_id(1337),
        .accounts = all,
        .account_count = count + CONTRACTS,
        .gas_limit = gas_limit != 0 ? gas_limit : DEVELOPMENT_GAS_LIMIT,
    };
}
