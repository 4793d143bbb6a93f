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

#endif
