/* What the guest program `block` makes public: fourteen words of 32 bytes, as abi.encode of (bytes32,
 * uint256, bytes32, …) has them, so that a contract rebuilds the bytes with one call. A proof's public
 * output is the Keccak-256 hash of these bytes. They are about one block, or several that follow each
 * other. */
#ifndef ASHLAR_ABI_BLOCK_OUTPUT_H
#define ASHLAR_ABI_BLOCK_OUTPUT_H

#include "base/status.h"
#include "base/types.h"

enum { BLOCK_OUTPUT_WORDS = 14, BLOCK_OUTPUT_BYTES = 32 * BLOCK_OUTPUT_WORDS };

/* The first word, filled up with zeros. */
#define BLOCK_OUTPUT_FORMAT "ASHLAR/block/3"

typedef struct {
    uint64_t chain_id;
    hash256 chain_config_hash;
    hash256 pre_state_root;  /* before the first block */
    hash256 post_state_root; /* after the last one */
    hash256 parent_hash;     /* of the first block */
    hash256 block_hash;      /* of the last one */
    uint64_t first_number;
    uint64_t last_number;
    uint64_t timestamp; /* of the last block */
    uint64_t gas_used;  /* by all of them */
    /* Each block makes of F, which is receipts_before at first, Keccak-256(F ‖ its receipts root); the last one's is
     * receipts_after. Nothing is said of what receipts_before itself is made of: whoever wants the roots of a whole
     * chain of outputs compares the first one's with 0. */
    hash256 receipts_before;
    hash256 receipts_after;
    /* The first block was held against the header that parent_hash is the hash of: number, timestamp (and
     * so fork), gas limit, base fee, blob gas; the pre-state root was read from it, and every older block
     * hash that a block asked for from headers before it. Where this is false, all of these are what the
     * prover says: whoever relies on the block refuses such a proof. That each block goes on from the one
     * before it is never a claim. */
    bool held_against_parent;
} block_output;

void block_output_write(uint8_t out[BLOCK_OUTPUT_BYTES], const block_output *output);

/* INPUT_MALFORMED: another length or format, a number above 64 bits, a last block before the first, a flag
 * that is neither 0 nor 1. */
status block_output_read(block_output *output, bytes input);

#endif
