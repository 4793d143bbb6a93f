/* LUI, AUIPC, JAL, ADDI from x0, FENCE: what is written, and where the run goes on, stand in the program. */
#ifndef ASHLAR_VM_CONSTANT_H
#define ASHLAR_VM_CONSTANT_H

#include "vm/columns.h"

#define CONSTANT_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(real) ONE(rd) ONE(target4) \
    MANY(value, 4) \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(constant, CONSTANT_COLUMNS);

#endif
