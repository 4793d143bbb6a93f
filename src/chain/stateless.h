/* EIP-8025: the stateless validation of an execution payload, as a consensus client asks for its proof. Input
 * and output are SSZ:
 *
 *     StatelessInput            new_payload_request, witness {state, codes, headers}, chain_id, public_keys
 *                               of the transactions' senders
 *     NewPayloadRequest         execution_payload, versioned_hashes, parent_beacon_block_root,
 *                               execution_requests
 *     StatelessValidationResult new_payload_request_root, successful_validation, chain_id, schema_id
 *
 * in two forms. That of the EIP since August 2026 has two bytes before the input, the schema's id: the fork
 * and a revision, 1; containers and lists are progressive (EIP-7495, EIP-7916), and the keys must be the
 * senders'. Here it is read from 0x0e01, Paris, to 0x1401, BPO2. Amsterdam's own, 0x1501, goes by later rules
 * than those here. That of the tests of execution-spec-tests zkevm@v0.3.3 has no id, Amsterdam's rules as
 * they are here, lists with bounds, requests each with its type before it, and keys that are not read. */
#ifndef ASHLAR_CHAIN_STATELESS_H
#define ASHLAR_CHAIN_STATELESS_H

#include "abi/stateless_result.h"
#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "chain/chain.h"

/* What bytes look like from their first offsets. */
typedef enum {
    STATELESS_NONE,
    STATELESS_READ,
    STATELESS_UNKNOWN_SCHEMA, /* a stateless input of another fork or revision */
} stateless_form;
stateless_form stateless_form_of(bytes data);

/* A stateless input as a block with its witness, for chain_execute. */
typedef struct {
    hash256 new_payload_request_root;
    uint64_t chain_id;
    uint16_t schema_id; /* 0: none */
    chain_config config; /* a known chain's own; else the fork's rules from the genesis on */
    chain_input block;
    hash256 block_hash;     /* that the payload names */
    bytes versioned_hashes; /* that the request names, 32 bytes each */
    const bytes *transactions; /* as the block has them */
    size_t transaction_count;
    /* OK, or why the payload is invalid or makes no block, but has a root: PAYLOAD_FORK_MISMATCH,
     * PAYLOAD_KEYS_MISMATCH, RLP_MALFORMED. */
    status fault;
} stateless_input;

/* Everything points into `data` or lies in the arena. INPUT_MALFORMED. The block need not be a valid one. */
status stateless_parse(stateless_input *out, arena *memory, bytes data);

/* What the block is held against besides its own header: PAYLOAD_HASH_MISMATCH, PAYLOAD_BLOBS_MISMATCH;
 * `fault`; what transaction_decode refuses. */
status stateless_check(const stateless_input *input, arena *memory);

/* The whole: what is not valid, is not complete or does not decode gives a result that says so. */
void stateless_validate(stateless_result *result, arena *memory, bytes data);

#endif
