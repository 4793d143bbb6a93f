/* The call sha256 where it begins and ends: reads the chaining value that its first block begins with, and
 * writes the one that its last leaves. Both in its last cycle: nothing is written before. */
#ifndef ASHLAR_VM_SHA256_STATE_H
#define ASHLAR_VM_SHA256_STATE_H

#include "vm/columns.h"

#define SHA256_STATE_COLUMNS(ONE, MANY) \
    ONE(clk) ONE(real) \
    ONE(result) ONE(data) ONE(data_offset) ONE(tail) ONE(start) ONE(n) \
    MANY(first, 32) MANY(first_age, 8) /* bytes in memory */ \
    MANY(last, 32) MANY(old, 16) MANY(last_age, 8)

COLUMNS(sha256_state, SHA256_STATE_COLUMNS);

#endif
