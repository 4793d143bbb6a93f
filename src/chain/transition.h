/* The state transition of a block, step by step: system calls, transactions, withdrawals, and what the header
 * commits to. chain_execute walks a given block through it, chain_build a new one, and a single transaction
 * can be run alone. Yellow Paper, sections 6, 11 and 12.3. */
#ifndef ASHLAR_CHAIN_TRANSITION_H
#define ASHLAR_CHAIN_TRANSITION_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "chain/chain.h"
#include "chain/config.h"
#include "chain/header.h"
#include "chain/receipt.h"
#include "chain/requests.h"
#include "chain/transaction.h"
#include "evm/evm.h"
#include "state/state.h"

typedef struct {
    arena *memory;
    const chain_config *config;
    const blob_parameters *blob; /* NULL before Cancun */
    evm_block block;
    state *world;
    evm *vm;

    uint64_t gas_used;           /* that the transactions so far have paid for */
    uint64_t execution_gas_used; /* before refunds, and what was used for state: from Amsterdam on */
    uint64_t state_gas_used;
    uint64_t state_byte_gas;
    uint64_t blob_gas_used;
    bytes *receipts;             /* room for receipt_capacity */
    transaction_origin *origins; /* of the same transactions */
    size_t receipt_count;
    size_t receipt_capacity;
    bool has_plain_transaction; /* one that is not of type 0x7E */
    uint8_t logs_bloom[LOGS_BLOOM_BYTES];
    bloom_cache bloom_bits;
    deposit_list deposits;
    bytes requests[REQUEST_TYPES];
    bytes access_list; /* once the header is complete (EIP-7928) */

    /* For calls that are no transactions of a block: the sender's nonce and code and limits on gas are not
     * checked. */
    bool is_lenient;
    struct {
        evm_result result;
        uint64_t gas_used;
        uint64_t gas_peak; /* before refunds */
    } last; /* of the transaction that was executed last */
} transition;

/* The system contract that is called on every chain (EIP-2935). */
extern const address TRANSITION_BLOCK_HASH_HISTORY;

/* Hashes of ancestors, newest first, for BLOCKHASH. */
typedef struct {
    uint64_t number; /* of the block that executes */
    const hash256 *proven; /* by the headers of their children */
    size_t proven_count;
    const hash256 *claimed; /* from the newest on too; asked where `proven` does not reach */
    size_t claimed_count;
    bool used_claim; /* a claim was asked for */
    uint64_t farthest_back; /* what was asked for: 1 is the parent */
} ancestor_hashes;

/* Fills the block's environment from its header; transition_open then takes it. Borrowed: ancestors. */
void transition_environment(evm_block *block, const block_header *header, const chain_config *config,
                            fork_id fork, ancestor_hashes *ancestors);

/* Borrowed: config, world. The arena holds receipts and everything else until the end. */
transition *transition_open(arena *memory, const chain_config *config, const evm_block *block, state *world,
                            size_t transaction_count);

/* What comes before the transactions: EIP-779 (DAO), EIP-4788 (Cancun), EIP-2935 (Prague). */
status transition_begin_block(transition *t, const hash256 *parent_hash,
                              const hash256 *parent_beacon_block_root);

/* Executes a transaction of `sender` (transaction_sender), or says why it is invalid, in which case nothing
 * has changed. One of type 0x7E can be invalid on a rollup only for its place in the block or the block's
 * gas: where it cannot run (gas below what its data costs, init code too large, sender's nonce the largest,
 * value above the balance), it fails, and mint and nonce stay. `log_sink`, if any, sees the logs before they
 * are dropped. */
typedef void (*transition_log_sink)(void *context, const log_entry *logs, size_t count);
status transition_transaction(transition *t, const transaction *tx, const address *sender,
                              transition_log_sink log_sink, void *context);

/* Decodes and executes transactions one after another up to the first that is invalid, which `fault` then
 * names. */
status transition_transactions(transition *t, chain_fault *fault, const bytes *encodings, size_t count);

/* Credits what a block of proof of work brings to its coinbase and those of its ommers, which are at most six
 * generations older (Yellow Paper, section 11.3). */
typedef struct {
    address coinbase;
    uint64_t number;
} ommer;
status transition_rewards(transition *t, const ommer *ommers, size_t ommer_count);

/* Credits the withdrawals (EIP-4895), a cursor over [index, validator, address, gwei]. RLP_MALFORMED. */
status transition_withdrawals(transition *t, bytes withdrawals);

/* What comes after the transactions: the requests of EIP-6110, 7002 and 7251 (Prague). DEPOSIT_LOG_MALFORMED
 * has come before, by transition_transaction; SYSTEM_CONTRACT_MISSING, SYSTEM_CALL_FAILED. */
status transition_requests(transition *t);

/* What the block's header says of gas, and what is left of its limit. From Amsterdam on that is not what
 * receipts add up: refunds do not count, and of the gas for execution and the gas for state only the larger
 * (EIP-7778, EIP-8037). */
uint64_t transition_gas_used(const transition *t);
uint64_t transition_gas_left(const transition *t);

/* What the header says of what the block did, once all is done but the state root: the hashes of requests and
 * block access list where the fork has them, gas and blob gas. ACCESS_LIST_TOO_LARGE (EIP-7928). */
status transition_complete_header(transition *t, block_header *header);

/* Whether a code is EIP-7702's mark of a delegation: 0xef0100 and an address. */
bool transition_is_delegation(bytes code);

#endif
