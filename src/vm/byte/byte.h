/* All pairs of bytes, with AND, OR and XOR: row a + 2^8·b. */
#ifndef ASHLAR_VM_BYTE_H
#define ASHLAR_VM_BYTE_H

#include "vm/columns.h"

#define BYTE_PREPROCESSED_COLUMNS(ONE, MANY) \
    ONE(a) ONE(b) MANY(result, 3)

#define BYTE_MAIN_COLUMNS(ONE, MANY) \
    MANY(multiplicity, 4) /* by operation */

COLUMNS(byte_preprocessed, BYTE_PREPROCESSED_COLUMNS);
COLUMNS(byte_main, BYTE_MAIN_COLUMNS);

#endif
