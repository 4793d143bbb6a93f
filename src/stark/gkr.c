#include "stark/gkr.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/multilinear.h"
#include "stark/sumcheck.h"

void bus_slots_make(bus_slots *s, const stark_machine *m)
{
    memset(s, 0, sizeof *s);
    for (uint32_t chip = 0; chip < m->count; chip++) {
        for (unsigned group = 0; group < BUS_GROUPS; group++)
            s->first[chip][group] = s->count[group];
        s->count[BUS_LOCAL] += m->interactions[chip][false];
        s->count[BUS_SHARED] += m->interactions[chip][true];
    }
    uint32_t larger = s->count[BUS_LOCAL] > s->count[BUS_SHARED] ? s->count[BUS_LOCAL] : s->count[BUS_SHARED];
    unsigned bits = 0;
    while (((uint32_t)1 << bits) < larger)
        bits++;
    CHECK(bits < GKR_LOG2_SLOTS_MAX);
    s->log2_slots = 1 + bits;
    for (uint32_t chip = 0; chip < m->count; chip++)
        s->first[chip][BUS_SHARED] += (uint32_t)1 << bits;
}

size_t gkr_words(unsigned log2_slots, unsigned log2_rows)
{
    size_t layers = log2_slots + log2_rows - 1;
    return GKR_TOP_WORDS + GKR_TOP_WORDS * layers + SUMCHECK_LAYER_DEGREE * FP5_DEGREE * layers * (layers + 1) / 2;
}

typedef struct {
    fp5 p0, p1, q0, q1;
} layer_values;

static void absorb_values(layer_values *v, transcript *t, const fp *words)
{
    memcpy(v, words, sizeof *v);
    transcript_absorb(t, words, GKR_TOP_WORDS);
}

/* The line through both halves at μ. */
static void join_claims(gkr_claims *g, const layer_values *v, fp5 mu)
{
    g->claim_p = multilinear_line(v->p0, v->p1, mu);
    g->claim_q = multilinear_line(v->q0, v->q1, mu);
}

status gkr_verify(gkr_claims *g, transcript *t, unsigned log2_slots, unsigned log2_rows, const fp *words)
{
    layer_values v;
    memset(g, 0, sizeof *g);
    /* Layer 1 stands as local p, q, shared p, q. */
    fp5 top[4];
    memcpy(top, words, sizeof top);
    transcript_absorb(t, words, GKR_TOP_WORDS);
    words += GKR_TOP_WORDS;
    v = (layer_values){top[0], top[2], top[1], top[3]};
    g->point[0] = transcript_squeeze_fp5(t);
    for (unsigned group = 0; group < BUS_GROUPS; group++) {
        g->p[group] = top[2 * group];
        g->q[group] = top[2 * group + 1];
        if (fp5_is_zero(g->q[group]))
            return PROOF_BUS;
    }
    join_claims(g, &v, g->point[0]);
    for (unsigned layer = 1; layer < log2_slots + log2_rows; layer++) {
        fp5 lambda = transcript_squeeze_fp5(t);
        fp5 claim = fp5_add(g->claim_p, fp5_mul(lambda, g->claim_q));
        sumcheck_eq(t, &claim, g->point, g->point, layer, words, SUMCHECK_LAYER_DEGREE);
        words += (size_t)SUMCHECK_LAYER_DEGREE * FP5_DEGREE * layer;
        absorb_values(&v, t, words);
        words += GKR_TOP_WORDS;
        g->point[layer] = transcript_squeeze_fp5(t);
        fp5 first = fp5_mul(fp5_add(v.p0, fp5_mul(lambda, v.q0)), v.q1);
        if (!fp5_equal(claim, fp5_add(first, fp5_mul(v.p1, v.q0))))
            return PROOF_BUS;
        join_claims(g, &v, g->point[layer]);
    }
    return OK;
}
