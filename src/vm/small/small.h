/* The tables of the SMALL bus, one after another; rows that are left have table 0, which nothing looks up. */
#ifndef ASHLAR_VM_SMALL_H
#define ASHLAR_VM_SMALL_H

#include "vm/columns.h"

#define SMALL_PREPROCESSED_COLUMNS(ONE, MANY) \
    ONE(table) ONE(key) MANY(result, 3)

#define SMALL_MAIN_COLUMNS(ONE, MANY) \
    ONE(multiplicity)

COLUMNS(small_preprocessed, SMALL_PREPROCESSED_COLUMNS);
COLUMNS(small_main, SMALL_MAIN_COLUMNS);

/* Two shift tables of 16 keys, and offsets 0 … 7 for three sizes. */
enum { VM_SMALL_ROWS = 16 + 16 + 24 };

/* Fills row `index` < VM_SMALL_ROWS, which is 0 before. */
void small_row(small_preprocessed_trace *row, uint32_t index);

#endif
