/* Precompiled contracts: Yellow Paper, appendix E, and the EIPs named in precompiles.def. */
#ifndef ASHLAR_EVM_PRECOMPILES_H
#define ASHLAR_EVM_PRECOMPILES_H

#include "base/status.h"
#include "base/types.h"
#include "evm/fork.h"

typedef struct precompile precompile;

/* NULL where the fork has no precompile at the address. */
const precompile *precompile_find(fork_id fork, const address *a);

/* Bytes that the output takes at most. */
size_t precompile_output_bound(const precompile *p, size_t input_size);

/* Runs it: *gas is lowered by its price and the output written, or *ok is false (out of gas, or input that
 * this precompile refuses), which costs the caller all gas. UNSUPPORTED_PRECOMPILE. */
status precompile_run(bool *ok, uint64_t *gas, uint8_t *output, size_t *output_size, const precompile *p,
                      bytes input);

const char *precompile_name(const precompile *p);
uint16_t precompile_number(const precompile *p);

#endif
