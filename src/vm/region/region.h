/* What each block of 2^16 words is for: row i is block i, then come the registers. Class 0 is nothing that
 * a ledger row can have, so unmapped blocks have none. */
#ifndef ASHLAR_VM_REGION_H
#define ASHLAR_VM_REGION_H

#include "vm/columns.h"

#define REGION_PREPROCESSED_COLUMNS(ONE, MANY) \
    ONE(space) ONE(w_high) ONE(class)

#define REGION_MAIN_COLUMNS(ONE, MANY) \
    ONE(multiplicity)

COLUMNS(region_preprocessed, REGION_PREPROCESSED_COLUMNS);
COLUMNS(region_main, REGION_MAIN_COLUMNS);

#endif
