/* ECALL. Exit needs a0 = 0 and alone sends HALT; every other call is sent, with its operands, to its
 * accelerator, but for a hint, which does nothing.
 *
 * Operands must lie below 2^32 and be multiples of 8: limbs 2 and 3 are zero, limb 0 is 8·q with q of 13
 * bits, or 8·q + offset with an offset of 3 bits for the one operand of bytes; so w = q + 2^13·(limb 1) is
 * below 2^29. n ≤ 2^20, and a call reaches at most 2^8 words for each of its n items and 2^8 more, or 2^16
 * blocks of 2^8 words: below 2^29 + 2^28 + 2^8 < p, so no word wraps around it, and from 2^29 on the
 * ledger lists none. Those of `open` reach as far as words that it reads say (docs/machine.md, Leaves). Where an
 * operand is written, its first word can be, and so can those that follow.
 *
 * A call whose items take a cycle each goes on at clk + n. Each of them has a row of a table, and its rows
 * end: all n of a part add up to at most the rows of these tables. So clk does not wrap around p either,
 * and the verifier's bound on the cycles is one on every clk. */
#ifndef ASHLAR_VM_CALL_H
#define ASHLAR_VM_CALL_H

#include "vm/columns.h"

#define CALL_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(next) \
    MANY(is, 12) /* exit, then calls.def */ \
    MANY(a0, 4) ONE(a0_previous) \
    MANY(a1, 4) ONE(a1_previous) \
    MANY(a2, 4) ONE(a2_previous) \
    MANY(a3, 4) ONE(a3_previous) \
    MANY(a4, 4) ONE(a4_previous) \
    MANY(a5, 4) ONE(a5_previous) \
    MANY(a7, 4) ONE(a7_previous) \
    MANY(w, 6) ONE(offset) /* of each operand its first word; of the operand of bytes, within that */ \
    ONE(n) ONE(n_low) /* items, 0 if the call is not counted; low limb of n − 1 */ \
    ONE(waits) /* n − 1 where items take a cycle each */

COLUMNS(call, CALL_COLUMNS);

#endif
