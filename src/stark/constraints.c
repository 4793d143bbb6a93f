#include "stark/constraints.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/multilinear.h"
#include "stark/sumcheck.h"

fp5 constraints_start(constraint_sum *c, transcript *t, arena *memory, const stark_machine *m, const bus_slots *slots,
                      const bus_challenge *challenges, const fp *const *public_values, const gkr_claims *g)
{
    *c = (constraint_sum){.machine = m, .slots = slots, .challenges = challenges, .public_values = public_values};
    for (uint32_t chip = 0; chip < m->count; chip++) {
        c->first[chip] = c->count;
        c->count += m->tape[chip]->constraint_count;
    }
    c->lambda = transcript_squeeze_fp5(t);
    c->lambda_p = fp5_power(c->lambda, c->count);
    c->lambda_q = fp5_mul(c->lambda_p, c->lambda);
    fp5 *weights = ARENA_NEW(memory, fp5, (size_t)1 << slots->log2_slots);
    multilinear_eq_table(weights, FP5_ONE, g->point, slots->log2_slots);
    c->slot_weights = weights;
    /* A slot in use has its own denominator in place of 1. */
    fp5 q = fp5_sub_fp(g->claim_q, FP_ONE);
    for (unsigned group = 0; group < BUS_GROUPS; group++)
        for (uint32_t i = 0; i < slots->count[group]; i++)
            q = fp5_add(q, weights[((size_t)group << (slots->log2_slots - 1)) + i]);
    return fp5_add(fp5_mul(c->lambda_p, g->claim_p), fp5_mul(c->lambda_q, q));
}

size_t constraints_words(unsigned log2_rows)
{
    return (size_t)SUMCHECK_CONSTRAINT_DEGREE * FP5_DEGREE * log2_rows;
}

static void evaluate_tape(fp5 *values, const air_tape *tape, const fp5 *const columns[AIR_PHASES],
                          const fp *public_values)
{
    for (uint32_t i = 0; i < tape->operation_count; i++) {
        const air_operation *o = &tape->operations[i];
        fp5 x = FP5_ZERO;
        switch ((air_operation_kind)o->kind) {
        case AIR_CONSTANT:
            x = fp5_from_fp(fp_from_u32(o->a));
            break;
        case AIR_COLUMN:
            if (columns[o->phase] != NULL)
                x = columns[o->phase][o->a];
            break;
        case AIR_PUBLIC:
            x = fp5_from_fp(public_values[o->a]);
            break;
        case AIR_ADD:
            x = fp5_add(values[o->a], values[o->b]);
            break;
        case AIR_SUB:
            x = fp5_sub(values[o->a], values[o->b]);
            break;
        case AIR_MUL: /* of a constant, the base field's */
            if (tape->operations[o->a].degree == 0)
                x = fp5_mul_fp(values[o->b], values[o->a].c[0]);
            else if (tape->operations[o->b].degree == 0)
                x = fp5_mul_fp(values[o->a], values[o->b].c[0]);
            else
                x = fp5_mul(values[o->a], values[o->b]);
            break;
        default:
            CHECK(false); /* the machine has no next row */
        }
        values[i] = x;
    }
}

/* γ + tag + Σ α^i·message_i. Entries without columns, which many messages have, cost little. */
static fp5 fingerprint(const air_interaction *x, const air_tape *tape, const fp5 *values, const fp5 *powers, fp5 gamma)
{
    fp5 sum = fp5_add_fp(gamma, fp_from_u32(x->tag));
    for (uint32_t i = 0; i < x->length; i++) {
        const fp5 *entry = &values[x->message[i]];
        if (tape->operations[x->message[i]].degree != 0)
            sum = fp5_add(sum, fp5_mul(powers[i], *entry));
        else if (entry->c[0] != 0)
            sum = fp5_add_mul_fp(sum, powers[i], entry->c[0]);
    }
    return sum;
}

fp5 constraints_at(const constraint_sum *c, const fp5 *const columns[STARK_MAX_CHIPS][AIR_PHASES], arena *scratch)
{
    fp5 sum = FP5_ZERO, p = FP5_ZERO, q = FP5_ZERO, power = FP5_ONE;
    fp5 powers[BUS_GROUPS][AIR_MAX_MESSAGE]; /* of α, from the first on */
    for (unsigned group = 0; group < BUS_GROUPS; group++) {
        powers[group][0] = c->challenges[group].alpha;
        for (int i = 1; i < AIR_MAX_MESSAGE; i++)
            powers[group][i] = fp5_mul(powers[group][i - 1], powers[group][0]);
    }
    for (uint32_t chip = 0; chip < c->machine->count; chip++) {
        const air_tape *tape = c->machine->tape[chip];
        size_t mark = scratch->used_bytes;
        fp5 *values = ARENA_NEW(scratch, fp5, tape->operation_count + 1);
        evaluate_tape(values, tape, columns[chip], c->public_values[chip]);
        for (uint32_t i = 0; i < tape->constraint_count; i++) {
            sum = fp5_add(sum, fp5_mul(power, values[tape->constraints[i].expression]));
            power = fp5_mul(power, c->lambda);
        }
        uint32_t slot[BUS_GROUPS] = {c->slots->first[chip][BUS_LOCAL], c->slots->first[chip][BUS_SHARED]};
        for (uint32_t i = 0; i < tape->interaction_count; i++) {
            const air_interaction *x = &tape->interactions[i];
            unsigned group = x->shared ? BUS_SHARED : BUS_LOCAL;
            fp5 weight = c->slot_weights[slot[group]++];
            fp5 m = fp5_mul(weight, values[x->multiplicity]);
            p = x->receive ? fp5_sub(p, m) : fp5_add(p, m);
            fp5 f = fingerprint(x, tape, values, powers[group], c->challenges[group].gamma);
            q = fp5_add(q, fp5_mul(weight, f));
        }
        arena_rewind(scratch, mark);
    }
    return fp5_add(sum, fp5_add(fp5_mul(c->lambda_p, p), fp5_mul(c->lambda_q, q)));
}
