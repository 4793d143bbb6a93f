#include "verify/run.h"

#include "vm/formula.h"

#include "machine.inc"

/* What PROOF_FULL points to and is; a test holds them equal. */
const verifier verifier_full = {
    .machine = {.count = MACHINE_COUNT,
                .chip = {MACHINE_CHIPS},
                .preprocessed_tree = {MACHINE_TREES},
                .constraint_count = {MACHINE_CONSTRAINT_COUNTS},
                MACHINE_DERIVED},
    .parameters = {.opening = &OPENING_FULL, .shared_grinding_bits = 16, .bus_grinding_bits = 16},
    .machine_id = {{MACHINE_ID}},
};
