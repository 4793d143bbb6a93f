#include "stark/proof.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/constraints.h"

#define MAX_MESSAGES ((uint64_t)1 << 33)

const proof_parameters PROOF_FULL = {
    .opening = &OPENING_FULL,
    .shared_grinding_bits = 16,
    .bus_grinding_bits = 16,
};

const proof_parameters PROOF_TINY = {
    .opening = &OPENING_TINY,
    .shared_grinding_bits = 1,
    .bus_grinding_bits = 1,
};

void proof_key_roots(proof_key *key, const proof_parameters *parameters)
{
    for (uint32_t k = 0; k < PROOF_KEY_MATRICES; k++)
        tree_root(&key->root[k], key->cap[k], parameters->opening->log2_cap);
}

static void absorb_number(hash_sponge *s, uint32_t x)
{
    fp element = fp_from_u32(x);
    hash_absorb(s, &element, 1);
}

void proof_machine_id(digest *id, const stark_machine *m, const proof_parameters *parameters)
{
    hash_sponge s;
    hash_start(&s, HASH_ID, 0);
    const opening_parameters *o = parameters->opening;
    const uint32_t numbers[] = {
        PROOF_PROTOCOL_VERSION, parameters->shared_grinding_bits, parameters->bus_grinding_bits, o->query_grinding_bits,
        o->log2_cap, OPENING_LOG2_SLOTS_MAX, LAYOUT_LOG2_ROWS_MAX, LAYOUT_LOG2_GRAIN_PARTS, OPENING_ROUNDS,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        absorb_number(&s, numbers[i]);
    for (unsigned i = 0; i < OPENING_ROUNDS; i++) {
        absorb_number(&s, o->rounds[i].log2_height);
        absorb_number(&s, o->rounds[i].log2_inverse_rate);
        absorb_number(&s, o->rounds[i].queries);
    }
    for (uint32_t chip = 0; chip < m->count; chip++)
        absorb_number(&s, m->chip[chip]->formula != NULL ? UINT32_C(1) << m->chip[chip]->formula_log2_rows : 0);
    stark_absorb_machine(&s, m);
    hash_finish(&s, id);
}

/* No multiplicity or balance wraps around p (section 5, counting). */
static status count_messages(proof_shape *s, const stark_machine *m, const proof_claim *claim)
{
    uint64_t counts[STARK_MAX_BUSES] = {0}, total = 0;
    for (uint32_t i = 0; i < m->bus_use_count; i++) {
        const stark_bus_use *use = &m->bus_uses[i];
        uint64_t count = (uint64_t)use->count * claim->rows[use->chip];
        counts[use->bus] += count;
        total += count;
    }
    for (uint32_t chip = 0; chip < m->count; chip++)
        s->shared_count += (uint64_t)m->interactions[chip][true] * claim->rows[chip];
    for (uint32_t bus = 0; bus < m->bus_count; bus++)
        if (counts[bus] >= FP_MODULUS)
            return PROOF_SHAPE;
    return total < MAX_MESSAGES ? OK : PROOF_SHAPE;
}

/* Values are numbered by chip, within it key, boundary, main; columns of absent chips and of formulas have none. */
static void number_values(proof_shape *s, const stark_machine *m, const proof_claim *claim)
{
    for (uint32_t chip = 0; chip < m->count; chip++)
        for (unsigned phase = 0; phase < AIR_PHASES; phase++) {
            s->first_value[chip][phase] = s->value_count;
            if (claim->rows[chip] > 0 && (phase != AIR_PREPROCESSED || m->chip[chip]->formula == NULL))
                s->value_count += m->chip[chip]->width[phase];
        }
}

static void add_matrix(proof_shape *s, const stark_machine *m, const proof_claim *claim, air_phase phase, uint32_t tree)
{
    uint32_t k = s->matrix_count++, count = 0;
    s->matrices[k].phase = phase;
    s->matrices[k].tree = tree;
    for (uint32_t chip = 0; chip < m->count; chip++) {
        uint32_t width = m->chip[chip]->width[phase];
        if (claim->rows[chip] == 0 || width == 0)
            continue;
        if (phase == AIR_PREPROCESSED && (m->chip[chip]->formula != NULL || m->preprocessed_tree[chip] != tree))
            continue;
        s->matrices[k].chips[count] = chip;
        s->matrices[k].tables[count++] = (layout_table){claim->rows[chip], width, s->first_value[chip][phase]};
    }
    s->matrices[k].table_count = count;
}

status proof_shape_make(proof_shape *s, const stark_machine *m, const proof_parameters *parameters,
                        const proof_claim *claim)
{
    /* What is large is not cleared: matrices are set one after another, and the opening's part is set as a whole. */
    memset(s, 0, offsetof(proof_shape, matrices));
    s->shared_count = 0;
    bus_slots_make(&s->slots, m);
    s->log2_rows = GKR_LOG2_ROWS_MIN;
    bool any = false;
    for (uint32_t chip = 0; chip < m->count; chip++) {
        uint32_t rows = claim->rows[chip], tree = m->preprocessed_tree[chip];
        if (!layout_rows_are_allowed(rows))
            return PROOF_SHAPE;
        if (m->chip[chip]->formula != NULL) {
            if (rows != 0 && rows != (uint32_t)1 << m->chip[chip]->formula_log2_rows)
                return PROOF_SHAPE;
        } else if (m->chip[chip]->width[AIR_PREPROCESSED] > 0) {
            CHECK(tree >= 1);
            if ((rows != 0) != claim->opens[tree - 1])
                return PROOF_SHAPE;
        }
        if (s->log2_rows < layout_log2_rows(rows))
            s->log2_rows = layout_log2_rows(rows);
        any |= rows != 0;
    }
    if (!any)
        return PROOF_SHAPE;
    TRY(count_messages(s, m, claim));
    number_values(s, m, claim);
    add_matrix(s, m, claim, AIR_MAIN, 0);
    add_matrix(s, m, claim, AIR_BOUNDARY, 0);
    for (uint32_t k = 0; k < PROOF_KEY_MATRICES; k++)
        if (claim->opens[k])
            add_matrix(s, m, claim, AIR_PREPROCESSED, k + 1);
    opening_columns columns[OPENING_MAX_MATRICES];
    for (uint32_t k = 0; k < s->matrix_count; k++)
        columns[k] = (opening_columns){s->matrices[k].tables, s->matrices[k].table_count};
    TRY(opening_shape_make(&s->opening, parameters->opening, s->log2_rows, s->value_count, columns, s->matrix_count));
    size_t cap = (size_t)DIGEST_LENGTH << parameters->opening->log2_cap;
    s->words = 2 * cap + hash_even(1) + gkr_words(s->slots.log2_slots, s->log2_rows) +
               hash_even(constraints_words(s->log2_rows)) + hash_even((size_t)FP5_DEGREE * s->value_count) +
               s->opening.words;
    return OK;
}

size_t proof_words(const stark_machine *m, const proof_parameters *parameters, const proof_claim *claim, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    proof_shape *s = arena_allocate(scratch, sizeof *s, alignof(proof_shape));
    size_t words = proof_shape_make(s, m, parameters, claim) == OK ? s->words : 0;
    arena_rewind(scratch, mark);
    return words;
}

void proof_absorb_claim(transcript *t, const stark_machine *m, const proof_key *key, const proof_claim *claim)
{
    transcript_absorb_number(t, claim->statement_count);
    transcript_absorb(t, claim->statement, claim->statement_count);
    for (uint32_t chip = 0; chip < m->count; chip++)
        transcript_absorb_number(t, claim->rows[chip]);
    for (uint32_t k = 0; k < PROOF_KEY_MATRICES; k++)
        if (claim->opens[k])
            transcript_absorb_digests(t, &key->root[k], 1);
}
