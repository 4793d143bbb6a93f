/* New blocks: a genesis state from an allocation, and block 1 on it with its witness. */
#ifndef ASHLAR_CHAIN_BUILD_H
#define ASHLAR_CHAIN_BUILD_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"
#include "chain/chain.h"
#include "chain/config.h"
#include "chain/header.h"
#include "chain/requests.h"
#include "chain/store.h"

typedef struct {
    u256 key, value; /* values of zero are as good as none */
} genesis_slot;

typedef struct {
    address where;
    u256 balance; /* wei */
    uint64_t nonce;
    bytes code;
    const genesis_slot *slots;
    size_t slot_count;
} genesis_account;

/* The fields of a geth-style genesis.json; what has a default there is marked with `has_`. */
typedef struct {
    chain_config config;
    const genesis_account *accounts;
    size_t account_count;
    hash256 parent_hash;
    address coinbase;
    u256 difficulty;
    uint64_t number;
    uint64_t gas_limit;
    uint64_t gas_used;
    uint64_t timestamp;
    bytes extra_data;
    hash256 mix_hash;
    uint64_t nonce;
    bool has_base_fee; /* 1 gwei where not, from London on */
    u256 base_fee;
    uint64_t excess_blob_gas;
    uint64_t blob_gas_used;
    hash256 parent_beacon_block_root;
} chain_genesis;

/* Puts the accounts' nodes and codes into the stores and gives the state root. */
status genesis_state(hash256 *root, byte_store *nodes, byte_store *codes, arena *memory,
                     const genesis_account *accounts, size_t account_count);

/* The genesis block's header, encoded and as a structure (which borrows from the encoding). */
status genesis_header(bytes *encoding, block_header *header, arena *memory, const chain_genesis *genesis,
                      const hash256 *state_root);

/* The number of fields, and what those say of which a new block has nothing: withdrawals, requests. */
void header_fill_by_fork(block_header *header, fork_id fork);

/* RLP of a block without ommers; the header, transactions (not empty) and withdrawals are encoded. NULL: a
 * block that has no list of withdrawals. */
typedef struct {
    const bytes *items;
    size_t count;
} block_withdrawals;
extern const block_withdrawals NO_WITHDRAWALS; /* the empty list */
bytes block_encode(arena *memory, bytes header, const bytes *transactions, size_t count,
                   const block_withdrawals *withdrawals);

/* What the builder of a block chooses. */
typedef struct {
    address coinbase;
    uint64_t timestamp; /* later than the genesis */
    uint64_t gas_limit; /* within 1/1024 of the genesis' */
    hash256 prev_randao; /* on a rollup there is no choice */
    hash256 parent_beacon_block_root;
    bytes extra_data;
    block_withdrawals withdrawals; /* none before Shanghai */
} block_choices;

/* As a proposer would have it who changes nothing: 12 seconds later, the same gas limit, zeros. */
block_choices block_choices_default(const chain_genesis *genesis);

typedef struct {
    chain_input input; /* block, the nodes and codes that its execution needs, and the genesis header */
    chain_result result;
    bytes requests[REQUEST_TYPES]; /* without their type; of EIP-7685, from Prague on */
} built_block;

/* Executes the transactions (encoded as in the transactions trie) on the genesis state as block 1. A
 * transaction that is invalid refuses the whole block; `fault` says which. Everything lives in the arena.
 * UNSUPPORTED_FORK before Paris. */
status chain_build(built_block *out, chain_fault *fault, arena *memory, const chain_genesis *genesis,
                   const block_choices *choices, const bytes *transactions, size_t transaction_count);

#endif
