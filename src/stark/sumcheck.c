#include "stark/sumcheck.h"

#include "base/memory.h"

static fp5 read(const fp *words, unsigned i)
{
    fp5 x;
    memcpy(x.c, words + FP5_DEGREE * i, sizeof x.c);
    return x;
}

fp5 sumcheck_eq_round(transcript *t, fp5 *claim, fp5 coordinate, const fp *sent, unsigned degree)
{
    transcript_absorb(t, sent, (size_t)FP5_DEGREE * degree);
    fp5 challenge = transcript_squeeze_fp5(t);
    fp5 sum = FP5_ZERO, value = FP5_ZERO; /* of u_1 …; of u − u_0 at the challenge */
    for (unsigned i = degree; i-- > 0;) {
        fp5 u = read(sent, i);
        sum = fp5_add(sum, u);
        value = fp5_mul(fp5_add(value, u), challenge);
    }
    *claim = fp5_add(fp5_sub(*claim, fp5_mul(coordinate, sum)), value);
    return challenge;
}

void sumcheck_eq(transcript *t, fp5 *claim, fp5 *point, const fp5 *z, unsigned k, const fp *sent, unsigned degree)
{
    for (unsigned i = k; i-- > 0; sent += FP5_DEGREE * degree)
        point[i] = sumcheck_eq_round(t, claim, z[i], sent, degree);
}

fp5 sumcheck_plain_round(transcript *t, fp5 *claim, const fp *sent)
{
    transcript_absorb(t, sent, SUMCHECK_PLAIN_WORDS);
    fp5 challenge = transcript_squeeze_fp5(t);
    fp5 s0 = read(sent, 0), s2 = read(sent, 1);
    fp5 s1 = fp5_sub(fp5_sub(*claim, fp5_double(s0)), s2);
    *claim = fp5_add(s0, fp5_mul(challenge, fp5_add(s1, fp5_mul(challenge, s2))));
    return challenge;
}

void sumcheck_plain(transcript *t, fp5 *claim, fp5 *point, unsigned k, const fp *sent)
{
    for (unsigned i = 0; i < k; i++, sent += SUMCHECK_PLAIN_WORDS)
        point[i] = sumcheck_plain_round(t, claim, sent);
}
