/* The DAO fork's change of the state, which no transaction made (EIP-779). */
#ifndef ASHLAR_CHAIN_DAO_H
#define ASHLAR_CHAIN_DAO_H

#include "base/status.h"
#include "state/state.h"

/* Moves what the DAO's accounts hold to the contract that its owners withdraw it from, as block 1,920,000 of
 * the mainnet does before its transactions. WITNESS_INCOMPLETE. */
status dao_move_balances(state *world);

#endif
