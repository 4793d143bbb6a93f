/* What the accelerators compute, natively. */
#ifndef ASHLAR_RISCV_CALLS_H
#define ASHLAR_RISCV_CALLS_H

#include "abi/calls.h"

/* Executes call number `index` of calls.def on the words its operands point to. All inputs are read before
 * any result is written, so operands may overlap. */
void call_execute(uint32_t index, uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n);

#endif
