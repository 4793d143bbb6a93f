/* All numbers x below 2^bits for bits from 0 to 16: row 2^bits + x. Row 0 repeats row 1. */
#ifndef ASHLAR_VM_RANGE_H
#define ASHLAR_VM_RANGE_H

#include "vm/columns.h"

#define RANGE_PREPROCESSED_COLUMNS(ONE, MANY) \
    ONE(bits) ONE(x)

#define RANGE_MAIN_COLUMNS(ONE, MANY) \
    ONE(multiplicity)

COLUMNS(range_preprocessed, RANGE_PREPROCESSED_COLUMNS);
COLUMNS(range_main, RANGE_MAIN_COLUMNS);

#endif
