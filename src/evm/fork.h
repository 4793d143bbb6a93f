/* The rule sets of Ethereum in order: `fork >= FORK_PRAGUE` is how code asks. Blob-parameter forks
 * (EIP-7892) are no rule sets of their own: they change numbers in the chain's configuration. */
#ifndef ASHLAR_EVM_FORK_H
#define ASHLAR_EVM_FORK_H

typedef enum {
#define FORK(symbol, ...) FORK_##symbol,
#include "evm/fork.def"
    FORK_COUNT
} fork_id;

/* Static; "Prague". */
const char *fork_name(fork_id fork);

#endif
