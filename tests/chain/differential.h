/* What the generated tests of `make fuzz-differential` are made of besides their programs (guest_fuzz.c):
 * accounts that delegate, transactions of all types, values, the coinbase. */
#ifndef ASHLAR_TESTS_CHAIN_DIFFERENTIAL_H
#define ASHLAR_TESTS_CHAIN_DIFFERENTIAL_H

#include "tests/chain/guest_fuzz.c"

#include "codec/rlp.h"
#include "crypto/keccak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The accounts of the secret keys 1 to 3. */
static const char *const SIGNERS[] = {"0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
                                      "0x2b5ad5c4795c026514f8317c7a215e218dccd6cf",
                                      "0x6813eb9362372eef6200f3b1dbc3f819671cba69"};
enum { SIGNER_COUNT = 3 };

static void set(json_t *object, const char *name, json_t *value)
{
    CHECK(json_object_set_new(object, name, value) == 0);
}

static json_t *hex_number(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
    return json_string(text);
}

/* One of the programs, a precompile, a signer or nobody. */
static const char *some_address(guest_fuzz_source *s)
{
    static char text[43];
    switch (guest_fuzz_take(s, 5)) {
    case 0:
        return SIGNERS[guest_fuzz_take(s, SIGNER_COUNT)];
    case 1:
        snprintf(text, sizeof text, "0x%040x", guest_fuzz_take(s, 20));
        break;
    case 2:
        snprintf(text, sizeof text, "0x%040x", 0xdead0000 + guest_fuzz_take(s, 4));
        break;
    default:
        snprintf(text, sizeof text, "0x%040x", 0xc0 + guest_fuzz_take(s, PROGRAMS));
        break;
    }
    return text;
}

/* EIP-7702; the authority is a signer whose nonce the pre-state has, mostly. */
static json_t *authorization(guest_fuzz_source *s, unsigned signer, uint64_t nonce)
{
    uint64_t chain_id = guest_fuzz_take(s, 8) == 0 ? 7 : guest_fuzz_take(s, 2);
    address target;
    const char *name = guest_fuzz_take(s, 6) == 0 ? "0x0000000000000000000000000000000000000000"
                                                  : some_address(s);
    CHECK(hex_decode_exact(target.bytes, sizeof target.bytes, name, strlen(name)) == OK);
    uint8_t message[80];
    rlp_writer w;
    rlp_writer_init(&w, message, sizeof message);
    rlp_write_raw(&w, &(uint8_t){0x05}, 1);
    size_t list = rlp_begin_list(&w);
    rlp_write_u64(&w, chain_id);
    rlp_write_address(&w, &target);
    rlp_write_u64(&w, nonce);
    rlp_end_list(&w, list);
    hash256 digest;
    keccak256(&digest, message, w.used_bytes);
    u256 r, v;
    unsigned parity = fixture_sign(&r, &v, &digest, u256_from_u64(signer + 1));
    char text[2][67] = {"0x", "0x"};
    hash256 word;
    u256_to_be(word.bytes, r);
    hex_encode(text[0] + 2, word.bytes, 32);
    u256_to_be(word.bytes, v);
    hex_encode(text[1] + 2, word.bytes, 32);
    return json_pack("{so ss so so so ss ss ss}", "chainId", hex_number(chain_id), "address", name, "nonce",
                     hex_number(nonce), "v", hex_number(parity), "yParity", hex_number(parity), "r", text[0],
                     "s", text[1], "signer", SIGNERS[signer]);
}

static json_t *access_list(guest_fuzz_source *s)
{
    json_t *list = json_array();
    for (unsigned i = guest_fuzz_take(s, 4); i > 0; i--) {
        json_t *keys = json_array();
        char key[67];
        for (unsigned k = guest_fuzz_take(s, 4); k > 0; k--) {
            snprintf(key, sizeof key, "0x%064x", guest_fuzz_take(s, 5));
            CHECK(json_array_append_new(keys, json_string(key)) == 0);
        }
        CHECK(json_array_append_new(
                  list, json_pack("{ss so}", "address", some_address(s), "storageKeys", keys)) == 0);
    }
    return list;
}

/* What the generator of programs leaves as it is: accounts that delegate, types of transactions, values, the
 * coinbase. */
static void vary(json_t *test, guest_fuzz_source *s)
{
    json_t *pre = json_object_get(test, "pre"), *tx = json_object_get(test, "transaction");
    json_t *env = json_object_get(test, "env"), *account;
    uint64_t nonces[SIGNER_COUNT] = {0};
    const char *where;
    json_object_foreach(pre, where, account) { /* revme wants every member */
        if (json_object_get(account, "code") == NULL)
            set(account, "code", json_string("0x"));
        if (json_object_get(account, "storage") == NULL)
            set(account, "storage", json_object());
    }
    for (unsigned i = 1; i < SIGNER_COUNT; i++) {
        if (guest_fuzz_take(s, 2))
            continue;
        char code[49] = "0x";
        if (s->fork >= FORK_PRAGUE && guest_fuzz_take(s, 2))
            snprintf(code, sizeof code, "0xef0100%s", some_address(s) + 2);
        nonces[i] = guest_fuzz_take(s, 3);
        set(pre, SIGNERS[i],
            json_pack("{ss so ss s{}}", "balance", guest_fuzz_take(s, 2) ? "0x5" : "0x0", "nonce",
                      hex_number(nonces[i]), "code", code, "storage"));
        /* No account is empty (EIP-7523). */
        if (strlen(code) == 2 && nonces[i] == 0)
            set(json_object_get(pre, SIGNERS[i]), "balance", json_string("0x5"));
    }
    set(tx, "value", json_pack("[o]", hex_number(guest_fuzz_take(s, 3))));
    if (guest_fuzz_take(s, 3) == 0)
        set(env, "currentCoinbase", json_string(some_address(s)));
    bool creates = json_string_length(json_object_get(tx, "to")) == 0;
    if (!creates && guest_fuzz_take(s, 6) == 0)
        set(tx, "to", json_string(some_address(s)));
    unsigned type = guest_fuzz_take(s, s->fork >= FORK_PRAGUE ? 5 : 4);
    if (type == 1 || type == 2)
        set(tx, "accessLists", json_pack("[o]", access_list(s)));
    if (type == 2 || (type == 4 && !creates)) {
        json_object_del(tx, "gasPrice");
        set(tx, "maxFeePerGas", hex_number(9 + guest_fuzz_take(s, 9)));
        set(tx, "maxPriorityFeePerGas", hex_number(guest_fuzz_take(s, 9)));
    }
    if (type == 4 && !creates) {
        json_t *list = json_array();
        for (unsigned i = 1 + guest_fuzz_take(s, 3); i > 0; i--) {
            unsigned signer = guest_fuzz_take(s, SIGNER_COUNT);
            uint64_t nonce = signer == 0 ? 1 : nonces[signer];
            CHECK(json_array_append_new(list,
                                        authorization(s, signer, nonce + (guest_fuzz_take(s, 5) == 0))) == 0);
        }
        set(tx, "authorizationList", list);
        set(tx, "gasLimit", json_pack("[o]", hex_number(200000 + guest_fuzz_take(s, 400000))));
    }
}

#endif
