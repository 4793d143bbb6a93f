/* Every instruction of the program, decoded. A kind of 0 cannot be executed, so such rows are harmless. */
#ifndef ASHLAR_VM_PROGRAM_H
#define ASHLAR_VM_PROGRAM_H

#include "vm/columns.h"

#define PROGRAM_PREPROCESSED_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(kind) ONE(rd) ONE(rs1) ONE(rs2) MANY(constants, 4) ONE(target4)

#define PROGRAM_MAIN_COLUMNS(ONE, MANY) \
    ONE(multiplicity)

COLUMNS(program_preprocessed, PROGRAM_PREPROCESSED_COLUMNS);
COLUMNS(program_main, PROGRAM_MAIN_COLUMNS);

#endif
