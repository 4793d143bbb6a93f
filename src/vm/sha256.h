/* What the SHA-256 chips have in common. A word of 32 bits is two limbs of 16, the lower first. In memory a
 * state is 32 bytes, as a digest is: its words' highest bytes come first.
 *
 * A call goes from sha256_state, a row a call, through a row of sha256_block for each block and back. Each of
 * these sends the chaining value through eight rows of sha256_rounds, of eight rounds each. Freestanding. */
#ifndef ASHLAR_VM_SHA256_H
#define ASHLAR_VM_SHA256_H

#include "vm/row.h"

enum {
    SHA256_LIMBS = 16, /* of a state */
    SHA256_STATE_WORDS = 4, /* of memory */
    SHA256_BLOCK_WORDS = 8,
    SHA256_BLOCK_BYTES = 64,
    SHA256_ROW_ROUNDS = 8,
    SHA256_ROWS = 64 / SHA256_ROW_ROUNDS,
    SHA256_ROW_BYTES = 4 * SHA256_ROW_ROUNDS, /* of the block, in each of the first two rows */
    SHA256_ROW_LIMBS = 2 * SHA256_ROW_ROUNDS,
};

/* Of the rounds. */
extern const uint32_t sha256_constants[64];

/* Where a call stands before a block: its time, whether it is over, the blocks that are left, where the next
 * one begins, its offset within a word, and where the last one is. */
typedef struct {
    air_expr time, ends, left, data, offset, tail;
} sha256_place;

/* The limbs of a state from its bytes in memory. */
void sha256_limbs_of_bytes(air_tape *t, air_expr *limbs, const air_expr *bytes, uint32_t limb_count);

/* The chaining value at a place of a call. */
void sha256_send(air_tape *t, air_expr selector, const sha256_place *at, const air_expr state[SHA256_LIMBS]);
void sha256_receive(air_tape *t, air_expr selector, const sha256_place *at,
                    const air_expr state[SHA256_LIMBS]);

/* The eight variables before row `row` of the block at this time; SHA256_ROWS: after the last. */
void sha256_send_rounds(air_tape *t, air_expr selector, air_expr time, air_expr row,
                        const air_expr state[SHA256_LIMBS]);
void sha256_receive_rounds(air_tape *t, air_expr selector, air_expr time, air_expr row,
                           const air_expr state[SHA256_LIMBS]);

/* What row `row` gets besides: the bytes of its words; or what the words of the rows before add to those of
 * this row and to those of the next, as limbs that are not carried. */
typedef enum { SHA256_OF_DATA, SHA256_OF_SCHEDULE } sha256_source;
enum { SHA256_GIVEN = 2 * SHA256_ROW_LIMBS };
_Static_assert((int)SHA256_GIVEN == (int)SHA256_ROW_BYTES, "both have one length");

void sha256_send_words(air_tape *t, air_expr selector, sha256_source source, air_expr time, air_expr row,
                       const air_expr values[SHA256_GIVEN]);
void sha256_receive_words(air_tape *t, air_expr selector, sha256_source source, air_expr time, air_expr row,
                          const air_expr values[SHA256_GIVEN]);

#endif
