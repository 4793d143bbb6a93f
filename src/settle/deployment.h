/* A rollup as it was deployed: its contracts on L1, and what its genesis follows from. */
#ifndef ASHLAR_SETTLE_DEPLOYMENT_H
#define ASHLAR_SETTLE_DEPLOYMENT_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "chain/build.h"
#include "rollup/outcome.h"
#include "settle/endpoint.h"

typedef struct {
    uint64_t l1_chain_id, l1_block; /* the block in which it was deployed */
    address deployer, queue, verifiers, rollup, bridge, verifier;
    uint64_t l2_chain_id, genesis_time;
    uint64_t transaction_gas, item_gas, base_fee_target_gas;
    hash256 genesis_hash, config_hash;
} rollup_deployment;

/* The genesis; borrows from the arena. Sets the two hashes of the deployment, and outcome 0 where it is asked
 * for. */
status deployment_genesis(chain_genesis *genesis, rollup_outcome *outcome, rollup_deployment *d,
                          arena *memory);

/* Where a token of L1 stands on L2, or will (contracts/l2/L2Bridge.sol). */
void deployment_token(address *out, const address *l1_token);

/* What the constructors get besides: times in seconds, amounts in wei. */
typedef struct {
    uint64_t batch_bond, stake, slash;
    uint64_t slot_time, max_lag, forced_delay, commit_timeout, prove_window, drop_delay, freeze_delay,
        stake_delay;
    uint64_t upgrade_delay, unproven_max;
    uint64_t item_max_gas, queue_target_gas, queue_block_gas, queue_floor_price;
    address governor, attester; /* zero: nobody; zero: `verifier` of the deployment is there already */
} deployment_terms;

/* Fills in the addresses for this account and the nonce of its next transaction, by which they follow. */
void deployment_addresses(rollup_deployment *d, const deployment_terms *t, const address *owner,
                          uint64_t nonce);

/* The transactions that deploy, in order; the count is 3, or 2 where the verifier is there already. */
enum { DEPLOYMENT_STEPS = 3 };
typedef struct {
    const char *what;
    bool creates;
    address to;
    bytes data;
} deployment_step;
status deployment_steps(deployment_step steps[DEPLOYMENT_STEPS], size_t *count, rollup_deployment *d,
                        const deployment_terms *t, arena *memory);

/* Holds the contracts on L1 against the deployment: chain, code, addresses that they know each other by,
 * configuration and outcome 0. OK with a sentence in *wrong where they differ, NULL where not. */
status deployment_check(const char **wrong, endpoint *e, arena *memory, const rollup_deployment *d);

#endif
