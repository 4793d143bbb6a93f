#include "stark/gkr.h"

#include "base/check.h"
#include "base/memory.h"
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

/* Blocks of the list, after the sumcheck's: what a layer ends in, and the claims at the point that it leads to. */
#define ITEM CALL_MULTIPLY_ADD_ITEM
enum { LAMBDA = SUMCHECK_OWN, MU, P0, P1, Q0, Q1, P, Q, DIFFERENCE, T, BLOCKS, CLAIM = SUMCHECK_CLAIM };

/* claim = P + λ·Q */
static const uint64_t start_items[] = {ITEM(LAMBDA, Q, P, CLAIM)};

/* The line through both halves at μ. */
static const uint64_t line_items[] = {
    ITEM(P0, LIST_MINUS_ONE, P1, T),
    ITEM(T, MU, P0, P),
    ITEM(Q0, LIST_MINUS_ONE, Q1, T),
    ITEM(T, MU, Q0, Q),
};

/* claim − (p⁰q¹ + p¹q⁰ + λ·q⁰q¹) */
static const uint64_t end_items[] = {
    ITEM(LAMBDA, Q0, P0, T),
    ITEM(T, Q1, LIST_ZERO, T),
    ITEM(P1, Q0, T, T),
    ITEM(T, LIST_MINUS_ONE, CLAIM, DIFFERENCE),
};

#define RUN(l, items) list_run_items((l), (items), sizeof(items) / sizeof *(items))

/* The next coordinate, and the claims there. */
static fp5 go_on(list *l, transcript *t)
{
    fp5 mu = transcript_squeeze_fp5(t);
    list_set(l, MU, &mu);
    RUN(l, line_items);
    return mu;
}

status gkr_verify(gkr_claims *g, transcript *t, unsigned log2_slots, unsigned log2_rows, const fp *words)
{
    uint64_t blocks[BLOCKS * LIST_BLOCK_WORDS] = {0};
    list l;
    memset(g, 0, sizeof *g);
    list_open_on(&l, blocks, NULL);
    /* Layer 1 stands as local p, q, shared p, q. */
    fp5 top[4];
    memcpy(top, words, sizeof top);
    transcript_absorb(t, words, GKR_TOP_WORDS);
    words += GKR_TOP_WORDS;
    for (unsigned group = 0; group < BUS_GROUPS; group++) {
        g->p[group] = top[2 * group];
        g->q[group] = top[2 * group + 1];
        list_set(&l, P0 + group, &g->p[group]);
        list_set(&l, Q0 + group, &g->q[group]);
    }
    g->point[0] = go_on(&l, t);
    for (unsigned group = 0; group < BUS_GROUPS; group++)
        if (fp5_is_zero(g->q[group]))
            return PROOF_BUS;
    for (unsigned layer = 1; layer < log2_slots + log2_rows; layer++) {
        fp5 lambda = transcript_squeeze_fp5(t);
        list_set(&l, LAMBDA, &lambda);
        RUN(&l, start_items);
        sumcheck_eq_in(&l, t, g->point, g->point, layer, words, SUMCHECK_LAYER_DEGREE);
        words += (size_t)SUMCHECK_LAYER_DEGREE * FP5_DEGREE * layer;
        list_set_all(&l, P0, (const fp5 *)(const void *)words, GKR_TOP_WORDS / FP5_DEGREE);
        transcript_absorb(t, words, GKR_TOP_WORDS);
        words += GKR_TOP_WORDS;
        RUN(&l, end_items);
        g->point[layer] = go_on(&l, t);
        if (!fp5_is_zero(list_get(&l, DIFFERENCE)))
            return PROOF_BUS;
    }
    g->claim_p = list_get(&l, P);
    g->claim_q = list_get(&l, Q);
    return OK;
}
