/* What the guest program `block` makes public: twelve words of 32 bytes, as abi.encode of (bytes32,
 * uint256, bytes32, …) has them, so that a contract rebuilds the bytes with one call. A proof's public
 * output is the Keccak-256 hash of these bytes. */
#ifndef ASHLAR_ABI_BLOCK_OUTPUT_H
#define ASHLAR_ABI_BLOCK_OUTPUT_H

#include "base/status.h"
#include "base/types.h"

enum { BLOCK_OUTPUT_WORDS = 12, BLOCK_OUTPUT_BYTES = 32 * BLOCK_OUTPUT_WORDS };

/* The first word, filled up with zeros. */
#define BLOCK_OUTPUT_FORMAT "ASHLAR/block/1"

typedef struct {
    uint64_t chain_id;
    hash256 chain_config_hash;
    hash256 pre_state_root;
    hash256 post_state_root;
    hash256 parent_hash;
    hash256 block_hash;
    uint64_t block_number;
    uint64_t timestamp;
    uint64_t gas_used;
    hash256 receipts_root;
    /* The pre-state root was read from the header that parent_hash is the hash of, and every older block
     * hash that the block asked for from headers before it. Where this is false, they were taken as
     * claimed. */
    bool anchored;
} block_output;

void block_output_write(uint8_t out[BLOCK_OUTPUT_BYTES], const block_output *output);

/* INPUT_MALFORMED: another length or format, a number above 64 bits, a flag that is neither 0 nor 1. */
status block_output_read(block_output *output, bytes input);

#endif
