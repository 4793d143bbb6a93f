#include "stark/constraints.h"

#include "base/check.h"
#include "stark/list.h"
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
    list_eq_table(weights, memory, g->point, slots->log2_slots);
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

/* Blocks of the list: what is added up; then α's powers, the chip's weights and fingerprints, and its operations. */
enum { LAMBDA = LIST_OWN, POWER, SUM, SUM_P, SUM_Q, NEGATIVE, ALPHA, CHIP = ALPHA + BUS_GROUPS * AIR_MAX_MESSAGE };

/* Operation i at block `first` + i. */
static void evaluate_tape(list *l, uint32_t first, const air_tape *tape, const fp5 *const columns[AIR_PHASES],
                          const fp *public_values)
{
    static const fp5 zero;
    for (uint32_t i = 0; i < tape->operation_count; i++) {
        const air_operation *o = &tape->operations[i];
        uint32_t block = first + i;
        fp5 scalar = FP5_ZERO;
        switch ((air_operation_kind)o->kind) {
        case AIR_CONSTANT:
            scalar.c[0] = fp_from_u32(o->a);
            list_set(l, block, &scalar);
            break;
        case AIR_COLUMN:
            list_set(l, block, columns[o->phase] != NULL ? &columns[o->phase][o->a] : &zero);
            break;
        case AIR_PUBLIC:
            scalar.c[0] = public_values[o->a];
            list_set(l, block, &scalar);
            break;
        case AIR_ADD:
            list_add(l, first + o->a, LIST_ONE, first + o->b, block);
            break;
        case AIR_SUB:
            list_add(l, first + o->b, LIST_MINUS_ONE, first + o->a, block);
            break;
        case AIR_MUL:
            list_add(l, first + o->a, first + o->b, LIST_ZERO, block);
            break;
        default:
            CHECK(false); /* the machine has no next row */
        }
    }
}

/* f = γ + tag + Σ α^i·message_i to `block`; entries that are the constant 0, which many messages have, cost nothing. */
static void add_fingerprint(list *l, uint32_t block, const air_interaction *x, const air_tape *tape, uint32_t first,
                            uint32_t alpha, fp5 gamma)
{
    fp5 start = fp5_add_fp(gamma, fp_from_u32(x->tag));
    list_set(l, block, &start);
    for (uint32_t i = 0; i < x->length; i++) {
        const air_operation *o = &tape->operations[x->message[i]];
        if (o->kind != AIR_CONSTANT || o->a != 0)
            list_add(l, alpha + i, first + x->message[i], block, block);
    }
}

static uint32_t most_blocks(const stark_machine *m)
{
    uint32_t most = 0;
    for (uint32_t chip = 0; chip < m->count; chip++) {
        uint32_t blocks = 2 * m->tape[chip]->interaction_count + m->tape[chip]->operation_count;
        most = blocks > most ? blocks : most;
    }
    return CHIP + most;
}

fp5 constraints_at(const constraint_sum *c, const fp5 *const columns[STARK_MAX_CHIPS][AIR_PHASES], arena *scratch)
{
    static const fp5 one = {{FP_ONE, 0, 0, 0, 0}};
    size_t mark = scratch->used_bytes;
    list l;
    list_open(&l, scratch, most_blocks(c->machine));
    list_set(&l, LAMBDA, &c->lambda);
    list_set(&l, POWER, &one);
    for (uint32_t group = 0; group < BUS_GROUPS; group++) {
        uint32_t alpha = ALPHA + group * AIR_MAX_MESSAGE;
        list_set(&l, alpha, &c->challenges[group].alpha);
        for (uint32_t i = 1; i < AIR_MAX_MESSAGE; i++)
            list_add(&l, alpha + i - 1, alpha, LIST_ZERO, alpha + i);
    }
    for (uint32_t chip = 0; chip < c->machine->count; chip++) {
        const air_tape *tape = c->machine->tape[chip];
        uint32_t weights = CHIP, fingerprints = weights + tape->interaction_count;
        uint32_t first = fingerprints + tape->interaction_count;
        evaluate_tape(&l, first, tape, columns[chip], c->public_values[chip]);
        for (uint32_t i = 0; i < tape->constraint_count; i++) {
            list_add(&l, POWER, first + tape->constraints[i].expression, SUM, SUM);
            list_add(&l, POWER, LAMBDA, LIST_ZERO, POWER);
        }
        uint32_t slot[BUS_GROUPS] = {c->slots->first[chip][BUS_LOCAL], c->slots->first[chip][BUS_SHARED]};
        for (uint32_t i = 0; i < tape->interaction_count; i++) {
            const air_interaction *x = &tape->interactions[i];
            uint32_t group = x->shared ? BUS_SHARED : BUS_LOCAL, weight = weights + i, f = fingerprints + i;
            list_set(&l, weight, &c->slot_weights[slot[group]++]);
            uint32_t multiplicity = first + x->multiplicity;
            if (x->receive) {
                list_add(&l, multiplicity, LIST_MINUS_ONE, LIST_ZERO, NEGATIVE);
                multiplicity = NEGATIVE;
            }
            list_add(&l, weight, multiplicity, SUM_P, SUM_P);
            add_fingerprint(&l, f, x, tape, first, ALPHA + group * AIR_MAX_MESSAGE, c->challenges[group].gamma);
            list_add(&l, weight, f, SUM_Q, SUM_Q);
        }
        list_run(&l); /* the next chip's blocks are the same */
    }
    fp5 sum = fp5_add(fp5_mul(c->lambda_p, list_get(&l, SUM_P)), fp5_mul(c->lambda_q, list_get(&l, SUM_Q)));
    sum = fp5_add(sum, list_get(&l, SUM));
    arena_rewind(scratch, mark);
    return sum;
}
