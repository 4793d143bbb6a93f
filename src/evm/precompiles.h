/* Precompiled contracts: Yellow Paper, appendix E, and the EIPs named in precompiles.def. */
#ifndef ASHLAR_EVM_PRECOMPILES_H
#define ASHLAR_EVM_PRECOMPILES_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "evm/fork.h"

typedef struct precompile precompile;

/* NULL where the fork has no precompile at the address. */
const precompile *precompile_find(fork_id fork, const address *a);

/* Runs it under the fork's rules: *gas is lowered by its price and *output set, or *ok is false (out of gas,
 * or input that this precompile refuses), which costs the caller all gas. The output and what the computation
 * needs besides are taken from `scratch`, whose first free byte is 8-byte aligned; the output comes first.
 * UNSUPPORTED_PRECOMPILE, MEMORY_EXHAUSTED. */
status precompile_run(bool *ok, uint64_t *gas, bytes *output, arena *scratch, fork_id fork,
                      const precompile *p, bytes input);

const char *precompile_name(const precompile *p);
uint16_t precompile_number(const precompile *p);

#endif
