/* Reading untrusted words of 32 bits, in place: what proof files and the inputs of `join` are made of. Everything gives
 * PROOF_MALFORMED where there are not so many left, or they are not what they should be. Freestanding. */
#ifndef ASHLAR_VERIFY_WORDS_H
#define ASHLAR_VERIFY_WORDS_H

#include "verify/run.h"

typedef struct {
    const uint32_t *words;
    size_t left;
    const uint32_t *start; /* of all that is read */
} word_cursor;

status words_take(const uint32_t **words, word_cursor *c, size_t count);
status words_take_one(uint32_t *word, word_cursor *c);
status words_take_digests(digest *out, word_cursor *c, size_t count);
/* As tables may have them. */
status words_take_rows(uint32_t *rows, word_cursor *c, uint32_t count);
/* A verifying key; its roots are computed. */
status words_take_key(program_key *key, word_cursor *c, const verifier *v);
size_t words_of_key(const verifier *v);
/* Where a proof begins, at an even word of all that is read: one word that is 0, or none. */
status words_skip_to_even(word_cursor *c);
/* What that skips, written: `start` is where all of it begins. Gives where the proof goes. */
static inline uint32_t *words_fill_to_even(uint32_t *at, const uint32_t *start)
{
    if ((at - start) % 2 != 0)
        *at++ = 0;
    return at;
}
/* The proof of a part whose kind and rows are set, from an even word on. */
status words_take_proof(run_part *part, word_cursor *c, const verifier *v, arena *scratch);

#endif
