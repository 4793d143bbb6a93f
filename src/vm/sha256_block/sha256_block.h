/* A block of the call sha256, in a cycle of its own. It reads the block's eight words, nine where they begin
 * within a word, and hands their bytes and the chaining value to the rounds; what these leave it adds, and
 * sends the sum on. `left` counts down to 1, and only that row is last: it reads the block at `tail`, and what
 * it sends says that the call ends.
 *
 * The block's bytes are known to be bytes since the rounds have bits that add up to them; the others of the
 * words read, `rest`, are looked up. */
#ifndef ASHLAR_VM_SHA256_BLOCK_H
#define ASHLAR_VM_SHA256_BLOCK_H

#include "vm/columns.h"

#define SHA256_BLOCK_COLUMNS(ONE, MANY) \
    ONE(time) ONE(is_last) ONE(left) ONE(data) ONE(data_offset) ONE(tail) \
    ONE(at) MANY(offset, 8) /* the first word that is read, and which of its bytes is the block's first */ \
    MANY(word, 36) MANY(age, 18) \
    MANY(byte, 64) MANY(rest, 8) /* of the block; before and behind it, by their place in a word */ \
    MANY(before, 16) MANY(rounds, 16) MANY(after, 16) /* limbs of states */

COLUMNS(sha256_block, SHA256_BLOCK_COLUMNS);

#endif
