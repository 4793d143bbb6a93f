/* Fiat–Shamir: a duplex sponge (hash.h, role TRANSCRIPT). Whatever is absorbed between two squeezes is padded to whole
 * blocks; the length of each such stretch follows from what was absorbed before, so that no two transcripts are
 * confused. A squeeze takes the next element of the rate; after 16 the state is permuted again. Elements stand in it
 * as their Montgomery words. Freestanding but for transcript_grind. */
#ifndef ASHLAR_STARK_TRANSCRIPT_H
#define ASHLAR_STARK_TRANSCRIPT_H

#include "field/fp5.h"
#include "stark/hash.h"

typedef struct {
    hash_sponge sponge;
    unsigned squeezed; /* elements of the present rate that are given away */
    bool absorbing;
} transcript;

void transcript_start(transcript *t);

void transcript_absorb(transcript *t, const fp *elements, size_t count);
void transcript_absorb_fp5(transcript *t, fp5 x);
void transcript_absorb_digests(transcript *t, const digest *digests, size_t count);
/* A number below p, as an element. */
void transcript_absorb_number(transcript *t, uint32_t x);

/* Absorbs and squeezes: a round of a sumcheck. */
fp5 transcript_exchange(transcript *t, const fp *elements, size_t count);

fp transcript_squeeze(transcript *t);
fp5 transcript_squeeze_fp5(transcript *t);
/* The low bits of one squeezed element; bits ≤ 24. */
uint32_t transcript_squeeze_bits(transcript *t, unsigned bits);

/* Absorbs the nonce, squeezes an element and says whether its low bits are zero. */
bool transcript_check_nonce(transcript *t, fp nonce, unsigned bits);

/* Hosted: the least nonce that passes, absorbed. */
fp transcript_grind(transcript *t, unsigned bits);

#endif
