/* EIP-8025: the stateless validation of an execution payload, as a consensus client asks for its proof. Input
 * and output are SSZ as the tests of execution-spec-tests zkevm@v0.3.3 have them:
 *
 *     StatelessInput            new_payload_request, witness {state, codes, headers}, chain_config {chain
 * id}, public_keys of senders NewPayloadRequest         execution_payload (19 fields, Amsterdam),
 * versioned_hashes, parent_beacon_block_root, execution_requests (each with its type before it)
 *     StatelessValidationResult new_payload_request_root, successful_validation, chain_config
 *
 * The rules are those of Amsterdam. Public keys are not read: senders are recovered from signatures. */
#ifndef ASHLAR_CHAIN_STATELESS_H
#define ASHLAR_CHAIN_STATELESS_H

#include "abi/stateless_result.h"
#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "chain/chain.h"

/* Whether bytes look like a stateless input, from their first offsets. */
bool stateless_is_input(bytes data);

/* A stateless input as a block with its witness, for chain_execute. */
typedef struct {
    hash256 new_payload_request_root;
    chain_config config;
    chain_input block;
    hash256 block_hash;     /* that the payload names */
    bytes versioned_hashes; /* that the request names, 32 bytes each */
    const bytes *transactions; /* as the block has them */
    size_t transaction_count;
    status fault; /* OK, or why the payload makes no block: then it is invalid, but has a root */
} stateless_input;

/* Everything points into `data` or lies in the arena. INPUT_MALFORMED. The block need not be a valid one. */
status stateless_parse(stateless_input *out, arena *memory, bytes data);

/* What the block is held against besides its own header: PAYLOAD_HASH_MISMATCH, PAYLOAD_BLOBS_MISMATCH;
 * `fault`; what transaction_decode refuses. */
status stateless_check(const stateless_input *input, arena *memory);

/* The whole: what is not valid, is not complete or does not decode gives a result that says so. */
void stateless_validate(stateless_result *result, arena *memory, bytes data);

#endif
