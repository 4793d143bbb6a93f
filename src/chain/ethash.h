/* Ethash, the proof of work before Paris, checked from the cache alone, without the data set that miners have
 * (Yellow Paper, appendix J). */
#ifndef ASHLAR_CHAIN_ETHASH_H
#define ASHLAR_CHAIN_ETHASH_H

#include "base/arena.h"
#include "base/types.h"

typedef struct ethash ethash;

/* For the epoch of 30,000 blocks that a block is in. Takes 16 MiB of the arena, 128 KiB more for each epoch,
 * and half a second. */
ethash *ethash_open(arena *memory, uint64_t number);

/* Whether the seal, mix hash and nonce, of a header of that epoch is right: the header's RLP, which
 * header_decode has taken. Of a block in another epoch it is not. Uses the arena and leaves it as it was. */
bool ethash_holds(const ethash *e, arena *memory, bytes header);

#endif
