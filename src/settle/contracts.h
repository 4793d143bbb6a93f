/* The rollup's contracts on L1 as the build compiled them, and what they refuse with. */
#ifndef ASHLAR_SETTLE_CONTRACTS_H
#define ASHLAR_SETTLE_CONTRACTS_H

#include "base/types.h"

typedef enum {
#define CONTRACT(name) CONTRACT_##name,
#include "settle/contracts.def"
#undef CONTRACT
    CONTRACT_COUNT
} contract;

const char *contract_name(contract c);
/* Without the constructor's arguments. */
bytes contract_init_code(contract c);

/* What a contract reverted with, "NotTheLeader(0x…)": an error of ours, or Error and Panic of Solidity. False
 * where it is none of them. */
bool contract_error_text(char *out, size_t size_bytes, bytes data);

#endif
