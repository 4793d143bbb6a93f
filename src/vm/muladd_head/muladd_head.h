/* The beginning of the call muladd, in its first cycle: reads m before all items, and sends it to the
 * first of them, as bytes. */
#ifndef ASHLAR_VM_MULADD_HEAD_H
#define ASHLAR_VM_MULADD_HEAD_H

#include "vm/columns.h"

#define MULADD_HEAD_COLUMNS(ONE, MANY) \
    ONE(clk) ONE(real) \
    ONE(blocks) ONE(list) ONE(modulus) ONE(n) /* the first words; how many items */ \
    ONE(is_power) /* m stands for 2^256 */ \
    MANY(m, 32) MANY(age, 8)

COLUMNS(muladd_head, MULADD_HEAD_COLUMNS);

#endif
