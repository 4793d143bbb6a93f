/* The end of the call keccak256, in its last cycle: the bits of the state's first four lanes are written. */
#ifndef ASHLAR_VM_KECCAK_DIGEST_H
#define ASHLAR_VM_KECCAK_DIGEST_H

#include "vm/columns.h"

#define KECCAK_DIGEST_COLUMNS(ONE, MANY) \
    ONE(time) ONE(real) ONE(digest) \
    MANY(x, 200) MANY(lane, 32) \
    MANY(word, 16) MANY(old, 16) MANY(age, 8)

COLUMNS(keccak_digest, KECCAK_DIGEST_COLUMNS);

#endif
