/* What every rollup's genesis holds: the predeploys (contracts/l2/predeploys.json, which the build carries)
 * and the system contract of EIP-2935. No ether: that comes from L1. */
#ifndef ASHLAR_ROLLUP_GENESIS_H
#define ASHLAR_ROLLUP_GENESIS_H

#include "base/arena.h"
#include "base/types.h"
#include "chain/build.h"

extern const address ROLLUP_MESSAGE_PASSER, ROLLUP_L2_BRIDGE;

/* Their accounts, in the arena; slots hold the addresses of queue and bridge on L1. */
void rollup_genesis_accounts(const genesis_account **accounts, size_t *count, arena *memory,
                             const address *queue, const address *bridge);

/* Keccak-256 of address ‖ code hash of each account in that order, which is the same on every rollup: what
 * rollup_parameters.predeploys is. */
void rollup_predeploys_hash(hash256 *out);

#endif
