/* REV8. A limb of the result is made of the two bytes of a limb of a, so what shows that these are bytes shows that the
 * result's limbs are limbs. */
#ifndef ASHLAR_VM_REVERSE_BYTES_H
#define ASHLAR_VM_REVERSE_BYTES_H

#include "vm/columns.h"

#define REVERSE_BYTES_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(real) ONE(rd) ONE(rs1) \
    MANY(a, 8) ONE(a_previous) /* bytes, the lowest first */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(reverse_bytes, REVERSE_BYTES_COLUMNS);

#endif
