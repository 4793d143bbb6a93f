/* The rules of a chain: its id, when each fork begins, the blob schedule. */
#ifndef ASHLAR_CHAIN_CONFIG_H
#define ASHLAR_CHAIN_CONFIG_H

#include "base/status.h"
#include "base/types.h"
#include "evm/fork.h"

/* A wider block is refused in a configuration, so that sums of blob gas cannot overflow. */
enum { CHAIN_MAX_BLOB_SCHEDULE = 16, CHAIN_MAX_BLOBS_PER_BLOCK = 65536 };

/* Blob parameters from a moment on (EIP-7840, EIP-7892). */
typedef struct {
    uint64_t timestamp;
    uint32_t target_blobs;
    uint32_t max_blobs;
    uint64_t base_fee_update_fraction;
} blob_parameters;

enum {
    /* Of the encodings of a rollup's block, so that it fits a batch (ROLLUP_MAX_DATA_BYTES) also where nothing
     * of it can be compressed. */
    ROLLUP_MAX_BLOCK_BYTES = 100000,
};

/* What makes a chain a rollup. Its blocks are Ethereum's, but that
 *  - transactions of type 0x7E come first in a block, and those with blobs do not exist;
 *  - the base fee goes to the coinbase, and its target is a number of its own;
 *  - PREVRANDAO is the hash of the parent's hash, the gas limit is fixed, and nothing else of the header is
 * chosen but coinbase and time;
 *  - there are no withdrawals, requests, or roots of a beacon chain. */
typedef struct {
    uint64_t transaction_gas; /* of a batch at most, but for transactions of type 0x7E; 0: no rollup */
    uint64_t item_gas;        /* of those of type 0x7E at most; the sum is each block's gas limit */
    uint64_t base_fee_target_gas; /* of a block; not 0 */
    address queue, bridge;        /* on L1 */
    hash256 predeploys;           /* hash of the contracts that every genesis holds (rollup/genesis.h) */
} rollup_parameters;

typedef struct {
    uint64_t chain_id;
    /* First block of each fork up to Paris (the merge block of the chain); UINT64_MAX means never. */
    uint64_t fork_block[FORK_PARIS + 1];
    /* First timestamp of each fork after Paris, indexed by fork; UINT64_MAX means never. The entries up
     * to Paris are unused and 0. */
    uint64_t fork_timestamp[FORK_COUNT];
    unsigned blob_schedule_count;
    blob_parameters blob_schedule[CHAIN_MAX_BLOB_SCHEDULE]; /* ascending */
    address deposit_contract; /* EIP-6110 */
    rollup_parameters rollup;
} chain_config;

/* Whether the limits of gas are in bounds: neither a sum overflows nor has a batch more than 2^16
 * transactions. */
enum { CHAIN_MAX_ROLLUP_GAS = 600000000 };
bool chain_rollup_is_possible(const rollup_parameters *rollup);

static inline bool chain_is_rollup(const chain_config *config) { return config->rollup.transaction_gas != 0; }

/* A configuration known by its chain id: mainnet (1), holesky (17000), sepolia (11155111), hoodi
 * (560048) and the development chain (1337); NULL for others. */
const chain_config *chain_config_by_id(uint64_t chain_id);
/* "mainnet"; NULL where unknown. */
const char *chain_name(uint64_t chain_id);

fork_id chain_fork_at(const chain_config *config, uint64_t number, uint64_t timestamp);
/* Those of a fork by its name in evm/fork.def, "Osaka" or "BPO1", from timestamp 0 on; false where it has
 * none. */
bool chain_blob_parameters_of(blob_parameters *out, const char *fork_name);
/* NULL before Cancun. */
const blob_parameters *chain_blob_parameters_at(const chain_config *config, uint64_t timestamp);

/* A serialisation, little-endian, of CHAIN_CONFIG_BYTES, or for a rollup CHAIN_CONFIG_MAX_BYTES, which is
 * returned; and its Keccak-256 hash: part of a proof's public output. */
enum {
    CHAIN_CONFIG_BYTES = 8 + 8 * (FORK_PARIS + 1) + 8 * FORK_COUNT + 8 + CHAIN_MAX_BLOB_SCHEDULE * 24 + 24,
    CHAIN_CONFIG_MAX_BYTES = CHAIN_CONFIG_BYTES + 3 * 8 + 2 * 24 + 32
};
size_t chain_config_write(uint8_t out[CHAIN_CONFIG_MAX_BYTES], const chain_config *config);
status chain_config_read(chain_config *config, bytes input);
void chain_config_hash(hash256 *out, const chain_config *config);

#endif
