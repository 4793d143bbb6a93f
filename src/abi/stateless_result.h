/* What the guest program `stateless` makes public, SSZ: EIP-8025's StatelessValidationResult as the tests
 * of execution-spec-tests zkevm@v0.3.3 have it. A proof's public output is the Keccak-256 hash of these
 * bytes. */
#ifndef ASHLAR_ABI_STATELESS_RESULT_H
#define ASHLAR_ABI_STATELESS_RESULT_H

#include "base/status.h"
#include "base/types.h"

enum { STATELESS_RESULT_BYTES = 32 + 1 + 8 };

typedef struct {
    hash256 new_payload_request_root; /* zero where the input did not decode */
    bool successful_validation;
    uint64_t chain_id;
} stateless_result;

void stateless_result_write(uint8_t out[STATELESS_RESULT_BYTES], const stateless_result *result);

/* INPUT_MALFORMED: another length, or a flag that is neither 0 nor 1. */
status stateless_result_read(stateless_result *result, bytes data);

#endif
