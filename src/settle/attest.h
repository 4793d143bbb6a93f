/* The prover of a rollup on a development chain: proves batches, or derives them again, and signs what a
 * DevVerifier asks for in place of the proof. */
#ifndef ASHLAR_SETTLE_ATTEST_H
#define ASHLAR_SETTLE_ATTEST_H

#include "settle/settle.h"

typedef struct attester attester;

typedef struct {
    uint64_t first, last;
    rollup_outcome before, after;
    hash256 faults;
    uint8_t signature[65];
} attestation;

void attester_open(attester **out, node *n, const settle_options *options);
void attester_close(attester *a);
const char *attester_error_text(const attester *a);

/* Goes on, and gives what may be brought to L1 for the batches after the last one that L1 knows to be proven,
 * if it is ready. Does not wait for a proof. */
status attester_step(attester *a, arena *memory, bool *ready, attestation *out);

#endif
