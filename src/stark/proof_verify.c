#include "base/memory.h"
#include "stark/constraints.h"
#include "stark/multilinear.h"
#include "stark/proof.h"
#include "stark/sumcheck.h"

typedef struct {
    const stark_machine *machine;
    const proof_parameters *parameters;
    const proof_key *key;
    const proof_claim *claim;
    tree_checker checker;
    proof_shape *shape;
    bus_challenge challenges[BUS_GROUPS];
    const fp *public_values[STARK_MAX_CHIPS];
    gkr_claims buses;
    constraint_sum sum;
    fp5 claim_at_r, point[STARK_MAX_LOG2_ROWS];
    const fp5 *values;
    const fp5 *columns[STARK_MAX_CHIPS][AIR_PHASES];
} verification;

/* Section 6: the values are those of all committed columns; formulas give the others. */
static status check_constraints(verification *v, arena *scratch)
{
    const stark_machine *m = v->machine;
    for (uint32_t chip = 0; chip < m->count; chip++)
        for (unsigned phase = 0; phase < AIR_PHASES && v->claim->rows[chip] > 0; phase++) {
            v->columns[chip][phase] = v->values + v->shape->first_value[chip][phase];
            uint32_t width = m->chip[chip]->width[phase];
            if (phase != AIR_PREPROCESSED || m->chip[chip]->formula == NULL)
                continue;
            fp5 *columns = ARENA_NEW(scratch, fp5, width);
            m->chip[chip]->formula(columns, v->point, v->shape->log2_rows);
            v->columns[chip][phase] = columns;
        }
    return fp5_equal(constraints_at(&v->sum, v->columns, scratch), v->claim_at_r) ? OK : PROOF_CONSTRAINTS;
}

static const digest *read_cap(digest *root, transcript *t, const fp **next, unsigned log2_cap)
{
    const digest *cap = (const digest *)*next;
    *next += (size_t)DIGEST_LENGTH << log2_cap;
    tree_root(root, cap, log2_cap);
    transcript_absorb_digests(t, root, 1);
    return cap;
}

/* Between what has an odd number of words and what follows. */
static status skip_to_even(const fp **next, const fp *start)
{
    return (*next - start) % 2 == 0 || *(*next)++ == 0 ? OK : PROOF_MALFORMED;
}

static status verify(verification *v, proof_outcome *outcome, const fp *next, arena *scratch)
{
    const proof_shape *s = v->shape;
    unsigned log2_cap = v->parameters->opening->log2_cap;
    const fp *start = next, *end = next + s->words;
    digest boundary_root, main_root;
    transcript t;
    transcript_start(&t);
    proof_absorb_claim(&t, v->machine, v->key, v->claim);
    const digest *boundary_cap = read_cap(&boundary_root, &t, &next, log2_cap);
    const digest *main_cap = read_cap(&main_root, &t, &next, log2_cap);
    if (!transcript_check_nonce(&t, *next++, v->parameters->bus_grinding_bits))
        return PROOF_GRINDING;
    TRY(skip_to_even(&next, start));
    v->challenges[BUS_LOCAL].alpha = transcript_squeeze_fp5(&t);
    v->challenges[BUS_LOCAL].gamma = transcript_squeeze_fp5(&t);
    v->challenges[BUS_SHARED] = v->claim->shared;
    TRY(gkr_verify(&v->buses, &t, s->slots.log2_slots, s->log2_rows, next));
    next += gkr_words(s->slots.log2_slots, s->log2_rows);
    v->claim_at_r = constraints_start(&v->sum, &t, v->machine, &s->slots, v->challenges, v->public_values, &v->buses);
    sumcheck_eq(&t, &v->claim_at_r, v->point, v->buses.point + s->slots.log2_slots, s->log2_rows, next,
                SUMCHECK_CONSTRAINT_DEGREE);
    next += constraints_words(s->log2_rows);
    TRY(skip_to_even(&next, start));
    v->values = (const fp5 *)next;
    next += (size_t)FP5_DEGREE * s->value_count;
    TRY(skip_to_even(&next, start));
    TRY(check_constraints(v, scratch));
    const digest *all_caps[OPENING_MAX_MATRICES] = {main_cap, boundary_cap};
    for (uint32_t k = 2; k < s->matrix_count; k++)
        all_caps[k] = v->key->cap[s->matrices[k].tree - 1];
    TRY(opening_verify(&s->opening, &t, all_caps, v->values, v->point, next, (size_t)(end - next), v->checker, scratch));

    outcome->local = v->challenges[BUS_LOCAL];
    outcome->local_sum = fp5_mul(v->buses.p[BUS_LOCAL], fp5_inverse(v->buses.q[BUS_LOCAL]));
    outcome->shared_sum = fp5_mul(v->buses.p[BUS_SHARED], fp5_inverse(v->buses.q[BUS_SHARED]));
    outcome->boundary_root = boundary_root;
    outcome->shared_count = s->shared_count;
    return OK;
}

status proof_verify_with(proof_outcome *outcome, const stark_machine *m, const proof_parameters *parameters,
                         const proof_key *key, const proof_claim *claim, const uint32_t *words, size_t word_count,
                         tree_checker checker, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    memset(outcome, 0, sizeof *outcome);
    verification *v = ARENA_NEW(scratch, verification, 1);
    v->shape = arena_allocate(scratch, sizeof *v->shape, alignof(proof_shape));
    v->machine = m;
    v->parameters = parameters;
    v->key = key;
    v->claim = claim;
    v->checker = checker;
    for (uint32_t chip = 0; chip < m->count; chip++)
        v->public_values[chip] = claim->public_values[chip];
    status s = proof_shape_make(v->shape, m, parameters, claim);
    for (uint32_t chip = 0; s == OK && chip < m->count; chip++)
        if (m->chip[chip]->width[AIR_PREPROCESSED] > 0 && claim->rows[chip] != 0 && claim->rows[chip] != key->rows[chip])
            s = PROOF_SHAPE;
    if (s == OK && word_count != v->shape->words)
        s = PROOF_MALFORMED;
    /* What comes before the opening, which looks at its own words. */
    if (s == OK && !hash_may_absorb(words, word_count - v->shape->opening.words))
        s = PROOF_MALFORMED;
    if (s == OK)
        s = verify(v, outcome, words, scratch);
    arena_rewind(scratch, mark);
    return s;
}

status proof_verify(proof_outcome *outcome, const stark_machine *m, const proof_parameters *parameters,
                    const proof_key *key, const proof_claim *claim, const uint32_t *words, size_t word_count,
                    arena *scratch)
{
    return proof_verify_with(outcome, m, parameters, key, claim, words, word_count, tree_check, scratch);
}
