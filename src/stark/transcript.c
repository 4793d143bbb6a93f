#include "stark/transcript.h"

#include "base/check.h"
#include "base/memory.h"

void transcript_start(transcript *t)
{
    hash_start(&t->sponge, HASH_TRANSCRIPT, 0);
    t->squeezed = 0;
    t->absorbing = true;
}

void transcript_absorb(transcript *t, const fp *elements, size_t count)
{
    if (count == 0)
        return;
    hash_absorb(&t->sponge, elements, count);
    t->absorbing = true;
}

void transcript_absorb_fp5(transcript *t, fp5 x)
{
    transcript_absorb(t, x.c, FP5_DEGREE);
}

void transcript_absorb_digests(transcript *t, const digest *digests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        transcript_absorb(t, digests[i].c, DIGEST_LENGTH);
}

void transcript_absorb_number(transcript *t, uint32_t x)
{
    CHECK(x < FP_MODULUS);
    fp element = fp_from_u32(x);
    transcript_absorb(t, &element, 1);
}

static void close_stretch(transcript *t)
{
    hash_close(&t->sponge);
    t->absorbing = false;
    t->squeezed = 0;
}

fp transcript_squeeze(transcript *t)
{
    if (t->absorbing) {
        close_stretch(t);
    } else if (t->squeezed == HASH_RATE) {
        hash_permute(t->sponge.state);
        t->squeezed = 0;
    }
    return t->sponge.state[t->squeezed++];
}

fp5 transcript_squeeze_fp5(transcript *t)
{
    fp5 x;
    if (t->absorbing)
        close_stretch(t);
    if (t->squeezed + FP5_DEGREE <= HASH_RATE) {
        memcpy(x.c, t->sponge.state + t->squeezed, sizeof x.c);
        t->squeezed += FP5_DEGREE;
        return x;
    }
    for (int i = 0; i < FP5_DEGREE; i++)
        x.c[i] = transcript_squeeze(t);
    return x;
}

fp5 transcript_exchange(transcript *t, const fp *elements, size_t count)
{
    if (t->sponge.filled != 0 || count == 0 || count >= HASH_RATE) {
        transcript_absorb(t, elements, count);
        return transcript_squeeze_fp5(t);
    }
    hash_absorb_last(&t->sponge, elements, count);
    t->absorbing = false;
    t->squeezed = FP5_DEGREE;
    fp5 x;
    memcpy(x.c, t->sponge.state, sizeof x.c);
    return x;
}

uint32_t transcript_squeeze_bits(transcript *t, unsigned bits)
{
    CHECK(bits <= FP_TWO_ADICITY);
    return transcript_squeeze(t) & ((1u << bits) - 1);
}

bool transcript_check_nonce(transcript *t, fp nonce, unsigned bits)
{
    transcript_absorb(t, &nonce, 1);
    return transcript_squeeze_bits(t, bits) == 0;
}
