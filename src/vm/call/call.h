/* ECALL. Exit needs a0 = 0 and alone sends HALT; every other call is sent, with its operands, to its
 * accelerator.
 *
 * Operands must lie below 2^32 and be multiples of 8: limbs 2 and 3 are zero, limb 0 is 8·q with q of 13
 * bits; so w = q + 2^13·(limb 1) is below 2^29, and w + n ≤ 2^29 keeps the words that follow from wrapping
 * around p. Where an operand is written, its first word can be, and so can those that follow. */
#ifndef ASHLAR_VM_CALL_H
#define ASHLAR_VM_CALL_H

#include "vm/columns.h"

#define CALL_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(next) \
    MANY(is, 2) /* exit, then calls.def */ \
    MANY(a0, 4) ONE(a0_previous) \
    MANY(a1, 4) ONE(a1_previous) \
    MANY(a2, 4) ONE(a2_previous) \
    MANY(a3, 4) ONE(a3_previous) \
    MANY(a4, 4) ONE(a4_previous) \
    MANY(a5, 4) ONE(a5_previous) \
    MANY(a7, 4) ONE(a7_previous) \
    MANY(w, 2) MANY(end_low, 2) /* of each operand: its first word; low limb of 2^29 − w − n */ \
    ONE(n) ONE(n_low) /* items, 0 if the call is not counted; low limb of n − 1 */

COLUMNS(call, CALL_COLUMNS);

#endif
