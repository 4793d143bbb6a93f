/* A secret key of an account, and what it signs. */
#ifndef ASHLAR_SETTLE_KEY_H
#define ASHLAR_SETTLE_KEY_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"

typedef struct {
    uint8_t secret[32];
    address address;
} signing_key;

/* 64 digits of hex, with or without 0x before and white space around. HEX_MALFORMED, also for a number that
 * is no key. */
status key_from_text(signing_key *out, const char *text, size_t size_bytes);

/* r ‖ s ‖ v (27 or 28), s in the lower half. */
void key_sign(uint8_t signature[65], const signing_key *key, const hash256 *digest);

/* A transaction of type 2 (EIP-1559). */
typedef struct {
    uint64_t chain_id, nonce, gas_limit;
    u256 max_priority_fee, max_fee; /* wei a gas */
    const address *to;              /* NULL: creates */
    u256 value;
    bytes data;
} key_transaction;
/* Signed and encoded, in the arena. */
bytes key_sign_transaction(hash256 *hash, arena *memory, const signing_key *key, const key_transaction *tx);

#endif
