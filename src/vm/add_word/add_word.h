/* ADDW, SUBW, ADDIW: on the low 32 bits, sign-extended. */
#ifndef ASHLAR_VM_ADD_WORD_H
#define ASHLAR_VM_ADD_WORD_H

#include "vm/columns.h"

#define ADD_WORD_COLUMNS(ONE, MANY) \
    ONE(pc4) ONE(clk) ONE(rd) ONE(rs1) ONE(rs2) \
    MANY(is, 3) /* ADDW, SUBW, ADDIW */ \
    ONE(immediate) ONE(immediate_sign) \
    MANY(a, 4) ONE(a_previous) \
    MANY(b, 4) ONE(b_previous) /* rs2, or the immediate: then its high limbs do not matter */ \
    MANY(result, 2) ONE(sign) /* the other limbs are 0xFFFF·sign */ \
    MANY(old, 4) ONE(old_previous) /* of rd */

COLUMNS(add_word, ADD_WORD_COLUMNS);

#endif
