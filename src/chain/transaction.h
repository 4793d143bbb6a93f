/* Transactions of types 0 to 4, and 0x7E, which L1 sends to a rollup: decoding, sender, intrinsic gas. Yellow
 * Paper, section 4.2; EIP-155, 2718, 2930, 1559, 4844, 7702. */
#ifndef ASHLAR_CHAIN_TRANSACTION_H
#define ASHLAR_CHAIN_TRANSACTION_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"
#include "evm/fork.h"

typedef enum {
    TRANSACTION_LEGACY = 0,
    TRANSACTION_ACCESS_LIST = 1, /* EIP-2930 */
    TRANSACTION_DYNAMIC_FEE = 2, /* EIP-1559 */
    TRANSACTION_BLOB = 3,        /* EIP-4844 */
    TRANSACTION_SET_CODE = 4,    /* EIP-7702 */
    /* 0x7E ‖ rlp([source hash, from, to, mint, value, gas, 0, data]): the shape that OP's deposits have.
     * Nobody signs it: L1 was paid for it, and names it by its source hash. It costs nothing here, and is
     * never invalid on a rollup. */
    TRANSACTION_QUEUED = 0x7e,
} transaction_type;

/* A decoded transaction. All runs of bytes point into its encoding. */
typedef struct {
    bytes encoding; /* as its hash and the transactions trie take it: type byte, if any, and list */
    bytes signed_fields; /* the list items that the signature covers, without the list's prefix */
    transaction_type type;
    bool is_replay_protected; /* legacy only: EIP-155 */
    bool creates;             /* no recipient */
    bool y_is_odd;
    uint64_t chain_id; /* 0 for a legacy transaction without replay protection */
    uint64_t nonce;
    uint64_t gas_limit;
    u256 max_fee;          /* wei for each gas; before EIP-1559 the gas price */
    u256 max_priority_fee; /* the same as max_fee before EIP-1559 */
    u256 value;            /* wei */
    address to;
    bytes data;
    bytes access_list; /* a cursor over [address, [slot, …]] */
    size_t access_list_addresses;
    size_t access_list_slots;
    u256 max_blob_fee; /* wei for each blob gas */
    const hash256 *blob_hashes;
    size_t blob_hash_count;
    bytes authorizations; /* a cursor over [chain id, address, nonce, y parity, r, s] */
    size_t authorization_count;
    u256 r, s;
    hash256 source_hash; /* of type 0x7E, as are the next two */
    address from;
    u256 mint; /* wei that come to exist at `from` first; below 2^128 */
} transaction;

/* Whose a transaction was when it ran, and that account's nonce, which one of type 0x7E does not say. */
typedef struct {
    address sender;
    uint64_t nonce;
} transaction_origin;

/* Decodes strictly and checks the shape of access list, blob hashes and authorizations. Borrowed: the
 * encoding; blob hashes lie in the arena. RLP_MALFORMED; TRANSACTION_TYPE_UNKNOWN (above 4, but for 0x7E);
 * TRANSACTION_SIGNATURE_INVALID (v or y parity); TRANSACTION_CHAIN_ID_WRONG (above 64 bits);
 * TRANSACTION_CREATES_WITH_BLOBS, TRANSACTION_CREATES_WITH_AUTHORIZATIONS. */
status transaction_decode(transaction *tx, arena *memory, bytes encoding);

/* Who signed, or for whom L1 sends it. TRANSACTION_SIGNATURE_INVALID, also for a high s from Homestead on
 * (EIP-2). The arena is used for a moment and left as it was. */
status transaction_sender(address *sender, arena *memory, const transaction *tx, fork_id fork);

typedef struct {
    uint64_t intrinsic; /* taken before the first instruction: EIP-2028, 2930, 3860, 7702 */
    uint64_t state;     /* taken with it, for state that is expected to grow: EIP-8037; 0 before Amsterdam */
    uint64_t floor;     /* what the transaction pays at least: EIP-7623, 7976, 7981; 0 before Prague */
} transaction_gas;

/* `state_byte_gas` is evm_state_byte_gas of the block; it counts from Amsterdam on. */
transaction_gas transaction_intrinsic_gas(const transaction *tx, fork_id fork, uint64_t state_byte_gas);

/* What of a transaction's gas is held against EIP-7825's cap: its limit, or from Amsterdam on, where only
 * execution is capped, what it pays in any case (EIP-8037). */
enum { TRANSACTION_GAS_CAP = 1 << 24 };
uint64_t transaction_capped_gas(const transaction *tx, const transaction_gas *gas, fork_id fork);

/* One authorization of a set-code transaction. */
typedef struct {
    u256 chain_id;
    address target;
    uint64_t nonce;
    uint64_t y_parity; /* below 256 */
    u256 r, s;
} transaction_authorization;

/* Takes the next one from the cursor, which transaction_decode has checked. */
status transaction_next_authorization(transaction_authorization *out, bytes *cursor);

/* Who signed the authorization; TRANSACTION_SIGNATURE_INVALID where nobody did. */
status transaction_authority(address *authority, const transaction_authorization *authorization);

/* The address of the contract that `sender` creates at `nonce`. */
void transaction_created_address(address *out, const address *sender, uint64_t nonce);

/* The Keccak-256 hash of the encoding. */
void transaction_hash(hash256 *out, const transaction *tx);

#endif
