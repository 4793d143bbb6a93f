#include "stark/constraints.h"

#include "base/memory.h"
#include "stark/constraint_list.h"
#include "stark/multilinear.h"
#include "stark/sumcheck.h"

/* Σ eq(ξ_slot, i) over the slots in use. */
static fp5 used_slots(const bus_slots *slots, const fp5 *point)
{
    unsigned bits = slots->log2_slots - 1;
    fp5 local = multilinear_below(point + 1, bits, slots->count[BUS_LOCAL]);
    return multilinear_line(local, multilinear_below(point + 1, bits, slots->count[BUS_SHARED]), point[0]);
}

fp5 constraints_start(constraint_sum *c, transcript *t, const stark_machine *m, const bus_slots *slots,
                      const bus_challenge *challenges, const fp *const *public_values, const gkr_claims *g)
{
    *c = (constraint_sum){
        .machine = m, .challenges = challenges, .public_values = public_values, .slot_point = g->point,
        .log2_slots = slots->log2_slots};
    for (uint32_t chip = 0; chip < m->count; chip++) {
        c->first[chip] = c->count;
        c->count += m->constraint_count[chip];
    }
    c->lambda = transcript_squeeze_fp5(t);
    c->lambda_p = fp5_power(c->lambda, c->count);
    c->lambda_q = fp5_mul(c->lambda_p, c->lambda);
    /* A slot in use has its own denominator in place of 1. */
    fp5 q = fp5_add(fp5_sub_fp(g->claim_q, FP_ONE), used_slots(slots, g->point));
    return fp5_add(fp5_mul(c->lambda_p, g->claim_p), fp5_mul(c->lambda_q, q));
}

size_t constraints_words(unsigned log2_rows)
{
    return (size_t)SUMCHECK_CONSTRAINT_DEGREE * FP5_DEGREE * log2_rows;
}

fp5 constraints_at(const constraint_sum *c, const fp5 *const columns[STARK_MAX_CHIPS][AIR_PHASES], arena *scratch)
{
    const stark_machine *m = c->machine;
    const constraint_list *made = &m->constraints;
    size_t mark = scratch->used_bytes;
    list l;
    uint64_t *blocks = arena_allocate(scratch, made->block_count * LIST_BLOCK_WORDS * sizeof *blocks, 8);
    memset(blocks, 0, (size_t)CONSTRAINT_COLUMNS * LIST_BLOCK_WORDS * sizeof *blocks);
    list_open_on(&l, blocks, NULL);
    list_set(&l, CONSTRAINT_LAMBDA, &c->lambda);
    for (uint32_t group = 0; group < BUS_GROUPS; group++) {
        list_set(&l, CONSTRAINT_ALPHA + group, &c->challenges[group].alpha);
        list_set(&l, CONSTRAINT_GAMMA + group, &c->challenges[group].gamma);
    }
    list_set_all(&l, CONSTRAINT_POINT, c->slot_point, c->log2_slots);
    for (uint32_t i = 0; i < made->constant_count; i++)
        list_set_fp(&l, CONSTRAINT_CONSTANTS + i, made->constants[i]);
    uint32_t block = CONSTRAINT_COLUMNS;
    for (uint32_t chip = 0; chip < m->count; chip++) {
        for (uint32_t i = 0; i < m->chip[chip]->public_count; i++)
            list_set_fp(&l, CONSTRAINT_PUBLIC + STARK_MAX_PUBLIC_VALUES * chip + i, c->public_values[chip][i]);
        for (unsigned phase = 0; phase < AIR_PHASES; phase++) {
            uint32_t width = m->chip[chip]->width[phase];
            if (columns[chip][phase] != NULL)
                list_set_all(&l, block, columns[chip][phase], width);
            else
                memset(blocks + (size_t)LIST_BLOCK_WORDS * block, 0, width * LIST_BLOCK_WORDS * sizeof *blocks);
            block += width;
        }
    }
    list_run_items(&l, made->items, made->item_count);
    fp5 buses = fp5_sub(list_get(&l, CONSTRAINT_SENT), list_get(&l, CONSTRAINT_RECEIVED));
    fp5 sum = fp5_add(fp5_mul(c->lambda_p, buses), fp5_mul(c->lambda_q, list_get(&l, CONSTRAINT_DENOMINATORS)));
    sum = fp5_add(sum, list_get(&l, CONSTRAINT_SUM));
    arena_rewind(scratch, mark);
    return sum;
}
