/* What hints say, when whoever executes the program does not lie. */
#ifndef ASHLAR_CRYPTO_HINT_H
#define ASHLAR_CRYPTO_HINT_H

#include "abi/calls.h"

/* Total: any arguments. kind < HINT_COUNT; words as hints.def has them. */
void hint_compute(uint64_t *results, call_hint_kind kind, const uint64_t *arguments);

#endif
