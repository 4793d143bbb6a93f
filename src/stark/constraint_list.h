/* What the constraints' sum is where the columns have given values (protocol.md, section 6), as a list of multiplications
 * (list.h). It follows from the machine alone and is made once, when that is opened; a verifier that is proven has it in
 * its image. Freestanding. */
#ifndef ASHLAR_STARK_CONSTRAINT_LIST_H
#define ASHLAR_STARK_CONSTRAINT_LIST_H

#include "stark/gkr.h"
#include "stark/list.h"

enum { CONSTRAINT_LIST_CONSTANTS_MAX = 1 << 9 };

/* Blocks of the list. What comes first is to be set before it runs, as are the constants, the public values and the
 * columns, those of a chip by phase. */
enum {
    CONSTRAINT_LAMBDA = LIST_OWN,
    CONSTRAINT_ALPHA,                                /* by group */
    CONSTRAINT_GAMMA = CONSTRAINT_ALPHA + BUS_GROUPS, /* by group */
    CONSTRAINT_POINT = CONSTRAINT_GAMMA + BUS_GROUPS, /* ξ_slot */
    CONSTRAINT_SUM = CONSTRAINT_POINT + GKR_LOG2_SLOTS_MAX, /* Σ λ^k·C_k; Σ e_i·m_i of what is sent, of what is received; Σ e_i·f_i */
    CONSTRAINT_SENT,
    CONSTRAINT_RECEIVED,
    CONSTRAINT_DENOMINATORS,
    CONSTRAINT_CONSTANTS,
    CONSTRAINT_PUBLIC = CONSTRAINT_CONSTANTS + CONSTRAINT_LIST_CONSTANTS_MAX,
    CONSTRAINT_COLUMNS = CONSTRAINT_PUBLIC + STARK_MAX_CHIPS * STARK_MAX_PUBLIC_VALUES,
};

/* The machine's tapes are recorded. */
void constraint_list_make(constraint_list *out, arena *memory, const stark_machine *m);

#endif
