/* The one hash of the proof system (protocol.md, section 1): a sponge over Poseidon2, rate 16, capacity 8.
 *
 * The state starts as 16 zeros and the capacity (role, length, 0, 0, 0, 0, 0, 0), length in elements, 0
 * where it is not known beforehand. Each block of 16 overwrites the rate; the last one, if it is partial,
 * is padded with 1, 0, 0 …; if it is full nothing is added (the length tells). No elements at all are one
 * block of padding. The digest is the first 8 elements. Freestanding. */
#ifndef ASHLAR_STARK_HASH_H
#define ASHLAR_STARK_HASH_H

#include "field/fp.h"

#define HASH_WIDTH 24
#define HASH_RATE 16
#define DIGEST_LENGTH 8

typedef enum {
#define HASH_ROLE(name, number) name = number,
#include "stark/hash_roles.def"
#undef HASH_ROLE
} hash_role;

typedef struct {
    fp c[DIGEST_LENGTH];
} digest;

static inline bool digest_equal(const digest *a, const digest *b)
{
    uint32_t difference = 0;
    for (int i = 0; i < DIGEST_LENGTH; i++)
        difference |= a->c[i] ^ b->c[i];
    return difference == 0;
}

/* Whether all words are elements, asked of what is going to be absorbed and nothing else. In the machine true without
 * looking: its call `sponge` takes no word that is not below p, so a run with one has no proof. */
bool hash_may_absorb(const uint32_t *words, size_t count);

/* Elements lie two in a word of the machine, and what it reads in place begins with one. So what stands in a proof one
 * after another does so at even numbers of words, counted from its start, a zero in between where that needs it. */
static inline size_t hash_even(size_t words) { return words + words % 2; }

/* Everything at once; `length` stands in the capacity. */
void hash_elements(digest *out, hash_role role, const fp *elements, size_t length);

/* Piece by piece. The pieces of one hash add up to `length`, or it is 0. */
typedef struct {
    alignas(8) fp state[HASH_WIDTH]; /* as the call sponge takes it */
    unsigned filled; /* elements of the current block that are written, 0 to 15 */
    bool any;        /* something was absorbed */
} hash_sponge;

void hash_start(hash_sponge *s, hash_role role, size_t length);
void hash_absorb(hash_sponge *s, const fp *elements, size_t length);

/* Pads and permutes if a block is open. Afterwards the sponge may absorb again, and state[0 … 15] are 16 fresh elements to
 * squeeze, of which the first 8 are the digest. */
void hash_close(hash_sponge *s);
/* hash_absorb of fewer than 16 elements where no block is open, and hash_close. */
void hash_absorb_last(hash_sponge *s, const fp *elements, size_t length);
/* hash_close, and gives the digest. */
void hash_finish(hash_sponge *s, digest *out);

/* The bare permutation, of a state that is aligned to 8 bytes: a transcript squeezes more with it. */
void hash_permute(fp state[HASH_WIDTH]);

/* The digest of P(left ‖ right ‖ role, 0 …): HASH_NODE for trees. */
void hash_compress(digest *out, hash_role role, const digest *left, const digest *right);

#endif
