/* The buses alone: the prover's layers against fractions added up row by row, and what comes out against the extensions of
 * all fractions; then a prover that lies. */
#include "field/simd.h"
#include "stark/multilinear.h"
#include "stark/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDE, NARROW, COUNTS, BARE, CHIPS };

static void record_wide(air_tape *t)
{
    air_expr real = air_column(t, AIR_BOUNDARY, 0), x = air_column(t, AIR_BOUNDARY, 1);
    for (uint32_t i = 0; i < 7; i++) {
        air_expr y = air_column(t, AIR_MAIN, i);
        air_expr message[] = {air_add(t, x, air_scale(t, 3 + i, y)), air_constant(t, 5), y, air_public(t, 0), x, y, x, y};
        air_interact(t, 1 + i, false, i % 2, i % 3 ? real : air_sub(t, y, x), message, 1 + i);
    }
    air_expr shared[] = {x, real};
    air_interact(t, 9, true, false, real, shared, 2);
    air_interact(t, 9, true, true, x, shared, 1);
}

static void record_narrow(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0);
    air_interact(t, 3, false, true, x, &x, 1);
}

static void record_counts(air_tape *t)
{
    air_expr x = air_column(t, AIR_BOUNDARY, 0);
    air_interact(t, 9, true, true, x, &x, 1);
}

static void record_bare(air_tape *t)
{
    air_bool(t, "a bit", air_column(t, AIR_MAIN, 0));
}

static const air chips[CHIPS] = {
    {.name = "wide", .width = {0, 2, 7}, .public_count = 1, .record = record_wide},
    {.name = "narrow", .width = {0, 0, 1}, .record = record_narrow},
    {.name = "counts", .width = {0, 1, 0}, .record = record_counts},
    {.name = "bare", .width = {0, 0, 1}, .record = record_bare},
};

static arena memory;
static stark_machine machine;
static const fp public_value[1] = {FP_CONSTANT(12)};
static uint64_t random_state = 1;

static fp draw(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (fp)((random_state >> 33) % FP_MODULUS);
}

static fp5 draw5(void)
{
    fp5 x;
    for (int i = 0; i < FP5_DEGREE; i++)
        x.c[i] = draw();
    return x;
}

static const rounds_lies honest;

static rounds *new_rounds(const uint32_t rows[CHIPS], unsigned log2_rows)
{
    rounds *p = ARENA_NEW(&memory, rounds, 1);
    p->machine = &machine;
    p->lies = &honest;
    p->memory = &memory;
    bus_slots_make(&p->slots, &machine);
    p->log2_rows = log2_rows;
    for (unsigned group = 0; group < BUS_GROUPS; group++)
        p->challenges[group] = (bus_challenge){draw5(), draw5()};
    for (unsigned chip = 0; chip < CHIPS; chip++) {
        p->rows[chip] = rows[chip];
        p->public_values[chip] = public_value;
        for (unsigned phase = 0; phase < AIR_PHASES; phase++) {
            size_t cells = (size_t)rows[chip] * chips[chip].width[phase];
            fp *columns = ARENA_NEW(&memory, fp, cells + 1);
            for (size_t i = 0; i < cells; i++)
                columns[i] = draw();
            p->columns[chip][phase] = columns;
        }
    }
    return p;
}

/* What every slot has in every row: the tape itself, row by row. */
/* γ + tag + Σ α^i·message_i */
static fp5 fingerprint(const air_interaction *x, const fp5 *values, const bus_challenge *challenge)
{
    fp5 r = FP5_ZERO;
    for (uint32_t i = x->length; i-- > 0;)
        r = fp5_mul(fp5_add(r, values[x->message[i]]), challenge->alpha);
    return fp5_add_fp(fp5_add(r, challenge->gamma), fp_from_u32(x->tag));
}

static void make_fractions(fp5 *numerators, fp5 *denominators, const rounds *p)
{
    size_t rows = (size_t)1 << p->log2_rows, slots = (size_t)1 << p->slots.log2_slots;
    for (size_t i = 0; i < rows * slots; i++) {
        numerators[i] = FP5_ZERO;
        denominators[i] = FP5_ONE;
    }
    for (uint32_t chip = 0; chip < CHIPS; chip++) {
        const air_tape *tape = machine.tape[chip];
        uint32_t next[BUS_GROUPS] = {p->slots.first[chip][0], p->slots.first[chip][1]};
        for (uint32_t i = 0; i < tape->interaction_count; i++) {
            const air_interaction *x = &tape->interactions[i];
            size_t first = rows * next[x->shared]++;
            for (size_t row = 0; row < rows; row++) {
                air_table_view view = {.row_count = 1, .public_values = public_value};
                fp cells[AIR_PHASES][8] = {{0}};
                for (unsigned phase = 0; phase < AIR_PHASES; phase++) {
                    for (unsigned c = 0; c < chips[chip].width[phase] && row < p->rows[chip]; c++)
                        cells[phase][c] = p->columns[chip][phase][c * p->rows[chip] + row];
                    view.columns[phase] = cells[phase];
                }
                fp values[256];
                air_evaluate_row(values, tape, &view, 0);
                fp5 in_f[256];
                for (uint32_t k = 0; k < tape->operation_count; k++)
                    in_f[k] = fp5_from_fp(values[k]);
                fp5 m = in_f[x->multiplicity];
                numerators[first + row] = x->receive ? fp5_neg(m) : m;
                denominators[first + row] = fingerprint(x, in_f, &p->challenges[x->shared]);
            }
        }
    }
}

typedef struct {
    fp *words;
    size_t count;
    gkr_claims claims;
    rounds *p;
} layers;

static layers prove(rounds *p)
{
    layers l = {.p = p, .count = gkr_words(p->slots.log2_slots, p->log2_rows)};
    l.words = ARENA_NEW(&memory, fp, l.count);
    p->next = l.words;
    transcript_start(&p->transcript);
    prove_buses(p, &l.claims);
    assert_true(p->next == l.words + l.count);
    return l;
}

static status verify(const layers *l, gkr_claims *g)
{
    transcript t;
    transcript_start(&t);
    return gkr_verify(g, &t, l->p->slots.log2_slots, l->p->log2_rows, l->words);
}

static void assert_holds(const uint32_t rows[CHIPS], unsigned log2_rows)
{
    size_t mark = memory.used_bytes;
    layers l = prove(new_rounds(rows, log2_rows));
    gkr_claims g;
    assert_int_equal(verify(&l, &g), OK);
    assert_memory_equal(&g, &l.claims, sizeof g);
    unsigned variables = l.p->slots.log2_slots + log2_rows;
    size_t all = (size_t)1 << variables;
    fp5 *numerators = ARENA_NEW(&memory, fp5, all), *denominators = ARENA_NEW(&memory, fp5, all);
    make_fractions(numerators, denominators, l.p);
    for (unsigned group = 0; group < BUS_GROUPS; group++) {
        fp5 sum = FP5_ZERO;
        for (size_t i = group * all / 2; i < (group + 1) * all / 2; i++)
            sum = fp5_add(sum, fp5_mul(numerators[i], fp5_inverse(denominators[i])));
        assert_true(fp5_equal(fp5_mul(sum, g.q[group]), g.p[group]));
    }
    assert_true(fp5_equal(multilinear_evaluate(numerators, g.point, variables), g.claim_p));
    assert_true(fp5_equal(multilinear_evaluate(denominators, g.point, variables), g.claim_q));
    arena_rewind(&memory, mark);
}

static void adds_up(void **state)
{
    (void)state;
    assert_holds((uint32_t[CHIPS]){64, 64, 64, 64}, 6);
    assert_holds((uint32_t[CHIPS]){1, 2, 3, 5}, 6);
    assert_holds((uint32_t[CHIPS]){0, 0, 0, 0}, 6);
    assert_holds((uint32_t[CHIPS]){100, 0, 17, 0}, 7);
    assert_holds((uint32_t[CHIPS]){0, 300, 1, 2}, 9);
    assert_holds((uint32_t[CHIPS]){1000, 400, 40, 8}, 10);
    assert_holds((uint32_t[CHIPS]){5 << 8, 1 << 10, 33 << 7, 8}, 13);
}

static void is_equal_in_every_build(void **state)
{
    (void)state;
    simd_level best = simd_get();
    size_t mark = memory.used_bytes;
    uint64_t start = random_state;
    layers first = {.count = 0};
    for (int level = SIMD_PORTABLE; level <= SIMD_AVX512; level++) {
        if (!simd_set((simd_level)level))
            continue;
        random_state = start;
        layers l = prove(new_rounds((uint32_t[CHIPS]){5 << 8, 1 << 10, 33 << 7, 8}, 13));
        if (first.count > 0)
            assert_memory_equal(l.words, first.words, l.count * sizeof(fp));
        first = l;
    }
    simd_set(best);
    arena_rewind(&memory, mark);
}

static void every_word_counts(void **state)
{
    (void)state;
    size_t mark = memory.used_bytes;
    layers l = prove(new_rounds((uint32_t[CHIPS]){64, 7, 9, 3}, 6));
    for (size_t i = 0; i < l.count; i++) {
        gkr_claims g;
        fp word = l.words[i];
        l.words[i] = fp_add(word, FP_ONE);
        /* The last layer's values leave this protocol as claims. */
        if (verify(&l, &g) == OK)
            assert_false(fp5_equal(g.claim_p, l.claims.claim_p) && fp5_equal(g.claim_q, l.claims.claim_q));
        l.words[i] = word;
    }
    arena_rewind(&memory, mark);
}

/* ---- lies ---- */

typedef struct {
    unsigned layer, round;
    bool bend;
} lie;

static void lie_zero_over_zero(void *context, fp5 top[4])
{
    const lie *l = context;
    top[2 * l->layer] = top[2 * l->layer + 1] = FP5_ZERO;
}

static void lie_no_local_sum(void *context, fp5 top[4])
{
    (void)context;
    top[0] = FP5_ZERO;
}

static void lie_swap_groups(void *context, fp5 top[4])
{
    (void)context;
    for (int i = 0; i < 2; i++) {
        fp5 swap = top[i];
        top[i] = top[2 + i];
        top[2 + i] = swap;
    }
}

static void lie_in_round(void *context, unsigned layer, unsigned round, fp5 *sent, unsigned degree)
{
    const lie *l = context;
    if (layer == l->layer && round == l->round)
        sent[degree - 1] = fp5_add_fp(sent[degree - 1], FP_ONE);
}

/* The values meet the claim whatever it is: p⁰ is solved for. So from the lie on the prover is caught by no layer. */
static void lie_bend_layers(void *context, unsigned layer, fp5 claim, fp5 lambda, fp5 v[4])
{
    const lie *l = context;
    if (layer < l->layer)
        return;
    if (layer == l->layer && !l->bend)
        v[1] = fp5_add_fp(v[1], FP_ONE);
    fp5 rest = fp5_add(fp5_mul(v[1], v[2]), fp5_mul(lambda, fp5_mul(v[2], v[3])));
    v[0] = fp5_mul(fp5_sub(claim, rest), fp5_inverse(v[3]));
}

static status lied(const rounds_lies *lies, layers *l, gkr_claims *g)
{
    rounds *p = new_rounds((uint32_t[CHIPS]){200, 40, 65, 3}, 8);
    p->lies = lies;
    *l = prove(p);
    return verify(l, g);
}

static bool claims_are_true(const layers *l, const gkr_claims *g)
{
    unsigned variables = l->p->slots.log2_slots + l->p->log2_rows;
    fp5 *numerators = ARENA_NEW(&memory, fp5, (size_t)1 << variables);
    fp5 *denominators = ARENA_NEW(&memory, fp5, (size_t)1 << variables);
    make_fractions(numerators, denominators, l->p);
    return fp5_equal(multilinear_evaluate(numerators, g->point, variables), g->claim_p) &&
           fp5_equal(multilinear_evaluate(denominators, g->point, variables), g->claim_q);
}

static void zero_denominators(void **state)
{
    (void)state;
    for (unsigned group = 0; group < BUS_GROUPS; group++) {
        lie c = {.layer = group};
        layers l;
        gkr_claims g;
        assert_int_equal(lied(&(rounds_lies){.context = &c, .change_top = lie_zero_over_zero}, &l, &g), PROOF_BUS);
    }
}

static void lies_are_caught_in_their_layer(void **state)
{
    (void)state;
    lie c = {0, 0, false};
    layers l;
    gkr_claims g;
    assert_int_equal(lied(&(rounds_lies){.context = &c, .change_top = lie_no_local_sum}, &l, &g), PROOF_BUS);
    assert_int_equal(lied(&(rounds_lies){.context = &c, .change_top = lie_swap_groups}, &l, &g), PROOF_BUS);
    for (c.layer = 1; c.layer < 12; c.layer++)
        for (c.round = 1; c.round <= c.layer; c.round++)
            assert_int_equal(lied(&(rounds_lies){.context = &c, .change_round = lie_in_round}, &l, &g), PROOF_BUS);
}

/* A false sum whose layers are all bent to it, and values of a layer that cancel in its equation: no layer is caught, but
 * what comes out is not true of the tables. */
static void gkr_claims_that_cancel(void **state)
{
    (void)state;
    layers l;
    gkr_claims g;
    lie c = {.layer = 1, .bend = true};
    rounds_lies lies = {.context = &c, .change_top = lie_no_local_sum, .change_layer = lie_bend_layers};
    assert_int_equal(lied(&lies, &l, &g), OK);
    assert_false(claims_are_true(&l, &g));
    lies.change_top = NULL;
    c.bend = false;
    for (c.layer = 1; c.layer < 12; c.layer++) {
        assert_int_equal(lied(&lies, &l, &g), OK);
        assert_false(claims_are_true(&l, &g));
    }
    assert_int_equal(lied(&honest, &l, &g), OK);
    assert_true(claims_are_true(&l, &g));
}

int main(void)
{
    arena_open(&memory, (size_t)4 << 30);
    const air *list[CHIPS];
    for (unsigned i = 0; i < CHIPS; i++)
        list[i] = &chips[i];
    stark_machine_open(&machine, &memory, list, (uint8_t[CHIPS]){0}, CHIPS);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up),
        cmocka_unit_test(is_equal_in_every_build),
        cmocka_unit_test(every_word_counts),
        cmocka_unit_test(zero_denominators),
        cmocka_unit_test(lies_are_caught_in_their_layer),
        cmocka_unit_test(gkr_claims_that_cancel),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
