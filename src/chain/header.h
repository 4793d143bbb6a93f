/* Block headers, with 15 fields (Frontier) to 23 (Amsterdam), and their validity. Yellow Paper, section 4.4;
 * EIP-2, 100, 649, 779, 1234, 1559, 2384, 3554, 3675, 4345, 4399, 4788, 4844, 4895, 5133, 7685, 7691, 7843,
 * 7918, 7928. */
#ifndef ASHLAR_CHAIN_HEADER_H
#define ASHLAR_CHAIN_HEADER_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"
#include "chain/config.h"

enum {
    HEADER_FIELDS_FRONTIER = 15,
    HEADER_FIELDS_LONDON = 16,   /* base fee */
    HEADER_FIELDS_SHANGHAI = 17, /* withdrawals root */
    HEADER_FIELDS_CANCUN = 20,   /* blob gas used, excess blob gas, parent beacon block root */
    HEADER_FIELDS_PRAGUE = 21,   /* requests hash */
    HEADER_FIELDS_AMSTERDAM = 23, /* block access list hash, slot number */
    LOGS_BLOOM_BYTES = 256,
    GAS_PER_BLOB = 1 << 17,
};

/* Fields that the header's fork lacks are zero. */
typedef struct {
    hash256 parent_hash;
    hash256 ommers_hash;
    address coinbase;
    hash256 state_root;
    hash256 transactions_root;
    hash256 receipts_root;
    const uint8_t *logs_bloom; /* LOGS_BLOOM_BYTES; borrowed from the encoding */
    u256 difficulty;
    uint64_t number;
    uint64_t gas_limit;
    uint64_t gas_used;
    uint64_t timestamp;
    bytes extra_data; /* borrowed */
    hash256 mix_hash; /* RANDAO from Paris on */
    uint64_t nonce;
    u256 base_fee;
    hash256 withdrawals_root;
    uint64_t blob_gas_used;
    uint64_t excess_blob_gas;
    hash256 parent_beacon_block_root;
    hash256 requests_hash;
    hash256 access_list_hash;
    uint64_t slot_number;
    unsigned field_count;
} block_header;

/* The hash of the list of no ommers. */
extern const hash256 EMPTY_OMMERS_HASH;

/* Decodes one header, the whole of `encoding`. RLP_MALFORMED; HEADER_FIELDS_WRONG for a number of fields that
 * no fork has. */
status header_decode(block_header *header, bytes encoding);

/* Encodes into the arena. */
bytes header_encode(arena *memory, const block_header *header);

/* What can be checked without the parent. Seals of proof of work are ethash.h's. */
status header_check(const block_header *header, const chain_config *config, fork_id fork);

/* What follows from the parent. The link by hash is the caller's. */
status header_check_parent(const block_header *header, const block_header *parent, const chain_config *config,
                           fork_id fork);

/* What PREVRANDAO is on a rollup: known beforehand. */
void header_rollup_randao(hash256 *out, const hash256 *parent_hash);

/* The difficulty of a child of `parent`, before Paris, by the rules of the child's fork; saturates at 2^256
 * − 1. */
u256 header_next_difficulty(const block_header *parent, uint64_t timestamp, fork_id fork);

/* The base fee of the child of `parent` (EIP-1559); on a rollup by its own target. */
u256 header_next_base_fee(const block_header *parent, const chain_config *config);

/* The excess blob gas of a child of `parent` under the parameters and the fork of the child. */
uint64_t header_next_excess_blob_gas(const block_header *parent, const blob_parameters *blob, fork_id fork);

/* Wei for each blob gas (EIP-4844, fake_exponential); saturates at 2^256 − 1. */
u256 header_blob_base_fee(uint64_t excess_blob_gas, const blob_parameters *blob);

#endif
