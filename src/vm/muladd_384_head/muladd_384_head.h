/* The beginning of the call muladd_384, as vm/muladd_head/muladd_head.h. */
#ifndef ASHLAR_VM_MULADD_384_HEAD_H
#define ASHLAR_VM_MULADD_384_HEAD_H

#include "vm/columns.h"

#define MULADD_384_HEAD_COLUMNS(ONE, MANY) \
    ONE(clk) ONE(real) \
    ONE(blocks) ONE(list) ONE(modulus) ONE(n) /* the first words; how many items */ \
    MANY(m, 48) MANY(age, 12)

COLUMNS(muladd_384_head, MULADD_384_HEAD_COLUMNS);

#endif
