/* What the guest program `stateless` makes public, SSZ: EIP-8025's StatelessValidationResult; for an input
 * without a schema's id, as the tests of execution-spec-tests zkevm@v0.3.3 have it, without one either. A
 * proof's public output is the Keccak-256 hash of these bytes. */
#ifndef ASHLAR_ABI_STATELESS_RESULT_H
#define ASHLAR_ABI_STATELESS_RESULT_H

#include "base/status.h"
#include "base/types.h"

enum { STATELESS_RESULT_BYTES = 32 + 1 + 8 + 2, STATELESS_RESULT_BYTES_OF_TESTS = 32 + 1 + 8 };

typedef struct {
    hash256 new_payload_request_root; /* this and the rest is zero where the input did not decode */
    bool successful_validation;
    uint64_t chain_id;
    bool has_schema;
    uint16_t schema_id; /* the fork, from Paris, 0x0e, and the revision, 1 */
} stateless_result;

/* Returns the number of bytes: of the two lengths that with the schema's id, or that without. */
size_t stateless_result_write(uint8_t out[STATELESS_RESULT_BYTES], const stateless_result *result);

/* INPUT_MALFORMED: another length, or a flag that is neither 0 nor 1. */
status stateless_result_read(stateless_result *result, bytes data);

#endif
