/* What the guest program `batch` makes public: sixteen words of 32 bytes, as abi.encode of bytes32[16] has
 * them (publicOutput in contracts/l1/Rollup.sol). A proof's public output is the Keccak-256 hash of these
 * bytes. They are about one batch of a rollup, or several that follow each other. */
#ifndef ASHLAR_ABI_BATCH_OUTPUT_H
#define ASHLAR_ABI_BATCH_OUTPUT_H

#include "base/status.h"
#include "base/types.h"

enum {
    BATCH_OUTPUT_WORDS = 16,
    BATCH_OUTPUT_BYTES = 32 * BATCH_OUTPUT_WORDS,
    BATCH_OUTPUT_MOST_BATCHES = 256
};

/* The first word, filled up with zeros. */
#define BATCH_OUTPUT_FORMAT "ASHLAR/batch/1"

/* What L1 must hold against its own: nothing of it says by itself that L1 has such batches, items or
 * outcomes. */
typedef struct {
    uint64_t l1_chain_id;
    uint64_t l2_chain_id;
    address rollup; /* the contract */
    hash256 config_hash;
    uint64_t first;
    uint64_t last;
    hash256 batch_hash_before; /* of batch first − 1 */
    hash256 batch_hash;        /* of batch last */
    hash256 outcome_before;
    hash256 outcome;
    hash256 queue_hash_before;
    hash256 queue_hash;
    hash256 blobs_before; /* zero in this version, as is the next */
    hash256 blobs;
    hash256 faults; /* big-endian; bit i: something that batch first + i says was not taken */
    address prover;
} batch_output;

void batch_output_write(uint8_t out[BATCH_OUTPUT_BYTES], const batch_output *output);

/* INPUT_MALFORMED: another length or format, a number or an address that is too long, no batch or more than
 * BATCH_OUTPUT_MOST_BATCHES, a fault of none of them, a blob. */
status batch_output_read(batch_output *output, bytes input);

static inline bool batch_output_has_fault(const batch_output *output, uint64_t i)
{
    return output->faults.bytes[31 - i / 8] >> i % 8 & 1;
}

#endif
