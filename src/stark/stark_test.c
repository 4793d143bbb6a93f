/* The proof system as a whole, on a small machine that has everything: rows that follow each other, public values, a
 * look-up into a preprocessed table, a permutation bus, a bus under the shared challenge over boundary columns, mixed heights. */
#include "base/check.h"
#include "field/simd.h"
#include "stark/prove.h"
#include "stark/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FIBONACCI, USER, RANGE, PAIRS, MIRROR, CHIPS };
enum { TAG_RANGE = 1, TAG_PAIR, TAG_STEP, TAG_START, TAG_END, TAG_SHARED = 9 };

/* Row k hands on b and a + b; what starts and ends the chain are public values. */
static void record_fibonacci(air_tape *t)
{
    air_expr a = air_column(t, AIR_MAIN, 0), b = air_column(t, AIR_MAIN, 1), sum = air_column(t, AIR_MAIN, 2);
    air_expr k = air_column(t, AIR_MAIN, 3), real = air_column(t, AIR_MAIN, 4);
    air_expr first = air_column(t, AIR_MAIN, 5), last = air_column(t, AIR_MAIN, 6), one = air_constant(t, 1);
    air_equal(t, "the sum", sum, air_add(t, a, b));
    air_bool(t, "real is a bit", real);
    air_bool(t, "first is a bit", first);
    air_bool(t, "last is a bit", last);
    air_zero_when(t, "the first and last row are real", air_not(t, real), air_add(t, first, last));
    air_expr here[] = {k, a, b}, next[] = {air_add(t, k, one), b, sum};
    air_interact(t, TAG_STEP, false, true, air_sub(t, real, first), here, 3);
    air_interact(t, TAG_STEP, false, false, air_sub(t, real, last), next, 3);
    air_expr start[] = {air_public(t, 0), air_public(t, 1)}, end = air_public(t, 2);
    air_interact(t, TAG_START, false, true, first, here + 1, 2);
    air_interact(t, TAG_START, false, false, first, start, 2);
    air_interact(t, TAG_END, false, true, last, &b, 1);
    air_interact(t, TAG_END, false, false, last, &end, 1);
}

/* x, y are bytes where real; z = x·y·real. */
static void record_user(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0), y = air_column(t, AIR_MAIN, 1), z = air_column(t, AIR_MAIN, 2);
    air_expr real = air_column(t, AIR_MAIN, 3), sum = air_column(t, AIR_MAIN, 4);
    air_bool(t, "real is a bit", real);
    air_zero(t, "z is the product", air_sub(t, z, air_mul(t, air_mul(t, x, y), real)));
    air_equal(t, "the sum", sum, air_add(t, x, y));
    air_interact(t, TAG_RANGE, false, false, real, &x, 1);
    air_interact(t, TAG_RANGE, false, false, real, &y, 1);
    air_expr message[] = {x, air_add(t, y, air_constant(t, 3)), air_constant(t, 7), air_public(t, 0)};
    air_interact(t, TAG_PAIR, false, false, real, message, 4);
}

static void record_range(air_tape *t)
{
    air_expr value = air_column(t, AIR_PREPROCESSED, 0);
    air_interact(t, TAG_RANGE, false, true, air_column(t, AIR_MAIN, 0), &value, 1);
}

static void record_pairs(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0), y = air_column(t, AIR_MAIN, 1), real = air_column(t, AIR_MAIN, 2);
    air_bool(t, "real is a bit", real);
    air_expr message[] = {x, air_add(t, y, air_constant(t, 3)), air_constant(t, 7), air_constant(t, 11)};
    air_interact(t, TAG_PAIR, false, true, real, message, 4);
    air_expr tag = air_column(t, AIR_BOUNDARY, 0), value = air_column(t, AIR_BOUNDARY, 1);
    air_bool(t, "boundary flag is a bit", tag);
    air_expr shared[] = {value, air_column(t, AIR_PREPROCESSED, 0)};
    air_interact(t, TAG_SHARED, true, false, tag, shared, 2);
    air_expr doubled[] = {air_scale(t, 2, value), air_column(t, AIR_PREPROCESSED, 0)};
    air_interact(t, TAG_SHARED, true, false, tag, doubled, 2);
    air_interact(t, TAG_SHARED, true, true, tag, doubled, 2);
}

static void record_mirror(air_tape *t)
{
    air_expr flag = air_column(t, AIR_BOUNDARY, 0);
    air_bool(t, "flag is a bit", flag);
    air_expr shared[] = {air_column(t, AIR_BOUNDARY, 1), air_column(t, AIR_BOUNDARY, 2)};
    air_equal(t, "key stands in both phases", air_column(t, AIR_MAIN, 0), shared[1]);
    air_interact(t, TAG_SHARED, true, true, flag, shared, 2);
}

static const air chips[CHIPS] = {
    {.name = "fibonacci", .width = {0, 0, 7}, .public_count = 3, .record = record_fibonacci},
    {.name = "user", .width = {0, 0, 5}, .public_count = 1, .record = record_user},
    {.name = "range", .width = {1, 0, 1}, .record = record_range},
    {.name = "pairs", .width = {1, 2, 3}, .record = record_pairs},
    {.name = "mirror", .width = {0, 3, 1}, .record = record_mirror},
};
static const uint8_t trees[CHIPS] = {0, 0, 0, 1, 0};

typedef struct {
    stark_machine machine;
    stark_key key;
    stark_proving_key *proving_key;
    stark_claim claim;
    stark_table tables[CHIPS];
    uint32_t table_count;
    fp *columns[CHIPS][AIR_PHASES];
    fp statement[3];
} world;

static arena memory;
static size_t mark;

static fp *column(world *w, unsigned chip, air_phase phase, unsigned c)
{
    return w->columns[chip][phase] + ((size_t)c << w->claim.log2_rows[chip]);
}

static size_t rows_of(const world *w, unsigned chip)
{
    return (size_t)1 << w->claim.log2_rows[chip];
}

/* A valid world; a height of 0 leaves the chip away (user, range and pairs only together; so pairs and mirror). */
static world *world_new(const uint8_t log2_rows[CHIPS])
{
    arena_rewind(&memory, mark);
    world *w = ARENA_NEW(&memory, world, 1);
    const air *list[CHIPS];
    for (unsigned i = 0; i < CHIPS; i++)
        list[i] = &chips[i];
    stark_machine_open(&w->machine, &memory, list, trees, CHIPS);
    for (unsigned chip = 0; chip < CHIPS; chip++) {
        w->claim.log2_rows[chip] = log2_rows[chip];
        for (unsigned phase = 0; phase < AIR_PHASES && log2_rows[chip] != 0; phase++)
            w->columns[chip][phase] = ARENA_NEW(&memory, fp, chips[chip].width[phase] * rows_of(w, chip) + 1);
    }
    if (log2_rows[FIBONACCI] != 0) {
        fp a = fp_from_u32(3), b = fp_from_u32(5);
        w->claim.public_values[FIBONACCI][0] = a;
        w->claim.public_values[FIBONACCI][1] = b;
        for (size_t i = 0; i < rows_of(w, FIBONACCI); i++) {
            column(w, FIBONACCI, AIR_MAIN, 0)[i] = a;
            column(w, FIBONACCI, AIR_MAIN, 1)[i] = b;
            w->claim.public_values[FIBONACCI][2] = b;
            fp sum = fp_add(a, b);
            column(w, FIBONACCI, AIR_MAIN, 2)[i] = sum;
            column(w, FIBONACCI, AIR_MAIN, 3)[i] = fp_from_u32((uint32_t)i);
            column(w, FIBONACCI, AIR_MAIN, 4)[i] = FP_ONE;
            column(w, FIBONACCI, AIR_MAIN, 5)[i] = i == 0 ? FP_ONE : FP_ZERO;
            column(w, FIBONACCI, AIR_MAIN, 6)[i] = i + 1 == rows_of(w, FIBONACCI) ? FP_ONE : FP_ZERO;
            a = b;
            b = sum;
        }
    }
    if (log2_rows[USER] != 0) {
        w->claim.public_values[USER][0] = fp_from_u32(11);
        uint32_t limit = (uint32_t)rows_of(w, RANGE), pairs = 0, seed = 1;
        for (size_t i = 0; i < rows_of(w, RANGE); i++)
            column(w, RANGE, AIR_PREPROCESSED, 0)[i] = fp_from_u32((uint32_t)i);
        for (size_t i = 0; i < rows_of(w, USER); i++) {
            seed = seed * 1103515245u + 12345u;
            uint32_t x = (seed >> 8) % limit, y = (seed >> 16) % limit;
            bool real = pairs < rows_of(w, PAIRS) && i % 5 != 4;
            column(w, USER, AIR_MAIN, 0)[i] = fp_from_u32(x);
            column(w, USER, AIR_MAIN, 1)[i] = fp_from_u32(y);
            column(w, USER, AIR_MAIN, 2)[i] = real ? fp_from_u64((uint64_t)x * y) : FP_ZERO;
            column(w, USER, AIR_MAIN, 3)[i] = real ? FP_ONE : FP_ZERO;
            column(w, USER, AIR_MAIN, 4)[i] = fp_from_u32(x + y);
            if (!real)
                continue;
            fp *counts = column(w, RANGE, AIR_MAIN, 0);
            counts[x] = fp_add(counts[x], FP_ONE);
            counts[y] = fp_add(counts[y], FP_ONE);
            size_t place = rows_of(w, PAIRS) - 1 - pairs++;
            column(w, PAIRS, AIR_MAIN, 0)[place] = fp_from_u32(x);
            column(w, PAIRS, AIR_MAIN, 1)[place] = fp_from_u32(y);
            column(w, PAIRS, AIR_MAIN, 2)[place] = FP_ONE;
        }
        for (size_t i = 0; i < rows_of(w, PAIRS); i++) {
            column(w, PAIRS, AIR_PREPROCESSED, 0)[i] = fp_from_u32((uint32_t)i);
            column(w, PAIRS, AIR_BOUNDARY, 0)[i] = i % 3 == 1 && i < rows_of(w, MIRROR) ? FP_ONE : FP_ZERO;
            column(w, PAIRS, AIR_BOUNDARY, 1)[i] = fp_from_u32((uint32_t)(i * i + 17));
        }
        for (size_t i = 0; i < rows_of(w, MIRROR); i++) {
            column(w, MIRROR, AIR_MAIN, 0)[i] = column(w, MIRROR, AIR_BOUNDARY, 2)[i] = fp_from_u32((uint32_t)i);
            column(w, MIRROR, AIR_BOUNDARY, 0)[i] = i % 3 == 1 && i < rows_of(w, PAIRS) ? FP_ONE : FP_ZERO;
            column(w, MIRROR, AIR_BOUNDARY, 1)[i] = fp_from_u32((uint32_t)(i * i + 17));
        }
        w->claim.opens_tree[0] = w->claim.opens_tree[1] = 1;
    }
    stark_table preprocessed[CHIPS];
    uint32_t preprocessed_count = 0;
    for (uint32_t chip = 0; chip < CHIPS; chip++) {
        if (log2_rows[chip] == 0)
            continue;
        stark_table table = {.chip = chip, .rows = UINT32_C(1) << log2_rows[chip]};
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            table.columns[phase] = w->columns[chip][phase];
        w->tables[w->table_count++] = table;
        if (chips[chip].width[AIR_PREPROCESSED] > 0)
            preprocessed[preprocessed_count++] = table;
    }
    w->proving_key = stark_setup(&w->key, &memory, &w->machine, preprocessed, preprocessed_count);
    for (unsigned i = 0; i < 3; i++)
        w->statement[i] = fp_from_u32(100 + i);
    w->claim.statement = w->statement;
    w->claim.statement_count = 3;
    for (uint32_t i = 0; i < FP5_DEGREE; i++) {
        w->claim.shared.alpha.c[i] = fp_from_u32(1000 + i * i);
        w->claim.shared.gamma.c[i] = fp_from_u32(77777 * (i + 1));
    }
    return w;
}

static const uint8_t mixed[CHIPS] = {8, 10, 7, 9, 6};
static const uint8_t small[CHIPS] = {6, 7, 6, 6, 6};
static const uint8_t smallest[CHIPS] = {6, 6, 6, 6, 6};
static const uint8_t fibonacci_alone[CHIPS] = {9, 0, 0, 0, 0};

typedef struct {
    uint32_t *words;
    size_t count;
    stark_outcome outcome;
} proof;

static proof prove_with(world *w, const stark_parameters *parameters, const stark_lies *lies)
{
    proof p = {.count = stark_proof_words(&w->machine, parameters, &w->claim)};
    assert_true(p.count > 0);
    p.words = ARENA_NEW(&memory, uint32_t, p.count);
    stark_options options = {.lies = lies};
    size_t limit = stark_prove_memory_bytes(&w->machine, parameters, &w->claim);
    void *place = arena_allocate(&memory, limit, 64);
    arena part;
    arena_init(&part, place, limit);
    stark_prove(p.words, &p.outcome, &w->machine, parameters, w->proving_key, &w->claim, w->tables, w->table_count,
                &options, &part);
    return p;
}

static status verify_with(world *w, const stark_parameters *parameters, const proof *p, stark_outcome *outcome)
{
    status s = stark_verify(outcome, &w->machine, parameters, &w->key, &w->claim, p->words, p->count, &memory);
    stark_outcome other;
    status fast = stark_verify_fast(&other, &w->machine, parameters, &w->key, &w->claim, p->words, p->count, &memory);
    assert_int_equal(fast == OK, s == OK);
    assert_memory_equal(&other, outcome, sizeof other);
    return s;
}

static void print_failure(void *context, uint32_t chip, const char *sentence)
{
    (void)context;
    (void)chip;
    print_message("%s\n", sentence);
}

static void assert_proves(const uint8_t heights[CHIPS], const stark_parameters *parameters)
{
    world *w = world_new(heights);
    proof p = prove_with(w, parameters, NULL);
    stark_outcome outcome;
    assert_string_equal(status_name(verify_with(w, parameters, &p, &outcome)), "OK");
    assert_memory_equal(&outcome, &p.outcome, sizeof outcome);
    assert_true(fp5_is_zero(outcome.local_sum));
    assert_true(fp5_is_zero(outcome.shared_sum));
    digest cap[16];
    stark_boundary_cap(cap, &w->machine, w->tables, w->table_count, &memory);
    assert_memory_equal(cap, outcome.boundary_cap, sizeof cap);
}

static void proves_and_verifies(void **state)
{
    (void)state;
    assert_proves(fibonacci_alone, &STARK_TINY);
    assert_proves(mixed, &STARK_TINY);
    assert_proves(small, &STARK_TINY);
    assert_proves(smallest, &STARK_TINY);
    assert_proves((uint8_t[CHIPS]){6, 12, 8, 9, 6}, &STARK_TINY);
    assert_proves((uint8_t[CHIPS]){11, 6, 6, 6, 7}, &STARK_TINY);
    assert_proves((uint8_t[CHIPS]){14, 13, 9, 12, 6}, &STARK_TINY); /* more than one chunk of every loop */
}

static void proves_at_full_parameters(void **state)
{
    (void)state;
    assert_proves(mixed, &STARK_FULL);
}

/* A proof's refusal; the claim may have been changed meanwhile. */
static void assert_refused(world *w, const stark_parameters *parameters, const proof *p)
{
    stark_outcome outcome;
    assert_int_not_equal(verify_with(w, parameters, p, &outcome), OK);
}

static stark_parameters few_queries(uint32_t queries)
{
    stark_parameters parameters = STARK_TINY;
    parameters.queries = queries;
    return parameters;
}

static void refuses_every_changed_word(void **state)
{
    (void)state;
    stark_parameters parameters = few_queries(2);
    world *w = world_new(small);
    proof p = prove_with(w, &parameters, NULL);
    stark_outcome outcome;
    assert_int_equal(verify_with(w, &parameters, &p, &outcome), OK);
    for (size_t i = 0; i < p.count; i++) {
        uint32_t word = p.words[i];
        p.words[i] = word + 1 == FP_MODULUS ? 0 : word + 1;
        if (verify_with(w, &parameters, &p, &outcome) == OK)
            fail_msg("word %zu of %zu may be changed", i, p.count);
        p.words[i] = word;
    }
    assert_int_equal(verify_with(w, &parameters, &p, &outcome), OK);
}

/* A word that a challenge does not depend on could be solved for once the challenge is known. So every word before the
 * queries must spoil a nonce, before anything else is looked at. */
static void every_word_enters_the_transcript(void **state)
{
    (void)state;
    const stark_parameters parameters = {.queries = 1,
                                         .bus_grinding_bits = 14,
                                         .point_grinding_bits = 14,
                                         .batch_grinding_bits = 14,
                                         .fold_grinding_bits = 14,
                                         .query_grinding_bits = 14};
    world *w = world_new(small);
    proof p = prove_with(w, &parameters, NULL);
    stark_shape shape;
    assert_int_equal(stark_shape_make(&shape, &w->machine, &parameters, &w->claim), OK);
    stark_outcome outcome;
    assert_int_equal(verify_with(w, &parameters, &p, &outcome), OK);
    for (size_t i = 0; i < p.count - shape.query_words; i++) {
        uint32_t word = p.words[i];
        p.words[i] = word + 1 == FP_MODULUS ? 0 : word + 1;
        status s = verify_with(w, &parameters, &p, &outcome);
        if (s != PROOF_GRINDING)
            fail_msg("word %zu of %zu: %s", i, p.count, status_name(s));
        p.words[i] = word;
    }
}

static void assert_other_start(const world *w, const stark_key *key, fp start, bool other)
{
    stark_shape shape;
    transcript t;
    assert_int_equal(stark_shape_make(&shape, &w->machine, &STARK_TINY, &w->claim), OK);
    transcript_start(&t);
    stark_absorb_claim(&t, &w->machine, &shape, key, &w->claim);
    assert_true((transcript_squeeze(&t) != start) == other);
}

/* The verifier would refuse most other claims anyway; but challenges must not be known before the claim is. */
static void the_claim_enters_the_transcript(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    const stark_claim claim = w->claim;
    const stark_key key = w->key;
    stark_shape shape;
    transcript t;
    assert_int_equal(stark_shape_make(&shape, &w->machine, &STARK_TINY, &w->claim), OK);
    transcript_start(&t);
    stark_absorb_claim(&t, &w->machine, &shape, &w->key, &w->claim);
    fp start = transcript_squeeze(&t);
    assert_other_start(w, &w->key, start, false);

    for (unsigned i = 0; i < 3; i++) {
        w->statement[i] ^= 1;
        assert_other_start(w, &w->key, start, true);
        w->statement[i] ^= 1;
    }
    for (unsigned i = 0; i < FP5_DEGREE; i++) {
        w->claim.shared.alpha.c[i] ^= 1;
        assert_other_start(w, &w->key, start, true);
        w->claim = claim;
        w->claim.shared.gamma.c[i] ^= 1;
        assert_other_start(w, &w->key, start, true);
        w->claim = claim;
    }
    for (unsigned chip = 0; chip < CHIPS; chip++) {
        w->claim.log2_rows[chip]++;
        assert_other_start(w, &w->key, start, true);
        w->claim = claim;
        for (unsigned i = 0; i < chips[chip].public_count; i++) {
            w->claim.public_values[chip][i] ^= 1;
            assert_other_start(w, &w->key, start, true);
            w->claim = claim;
        }
    }
    for (unsigned tree = 0; tree < 2; tree++)
        for (unsigned i = 0; i < SHAPE_CAP_DIGESTS * DIGEST_LENGTH; i++) {
            w->key.cap[tree][i / DIGEST_LENGTH].c[i % DIGEST_LENGTH] ^= 1;
            assert_other_start(w, &w->key, start, true);
            w->key = key;
        }
}

static void refuses_malformed_words(void **state)
{
    (void)state;
    world *w = world_new(small);
    proof p = prove_with(w, &STARK_TINY, NULL);
    stark_outcome outcome;
    for (size_t i = 0; i < p.count; i += 97) {
        p.words[i] += FP_MODULUS;
        assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), PROOF_MALFORMED);
        p.words[i] -= FP_MODULUS;
    }
    for (int k = -1; k <= 1; k += 2) {
        proof other = p;
        other.count += (size_t)k;
        assert_int_equal(verify_with(w, &STARK_TINY, &other, &outcome), PROOF_MALFORMED);
    }
    proof none = {.words = p.words, .count = 0};
    assert_int_equal(verify_with(w, &STARK_TINY, &none, &outcome), PROOF_MALFORMED);
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), OK);
}

static void refuses_another_claim(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    proof p = prove_with(w, &STARK_TINY, NULL);
    stark_outcome outcome;
    stark_claim claim = w->claim;

    w->statement[1] = fp_add(w->statement[1], FP_ONE);
    assert_refused(w, &STARK_TINY, &p);
    w->statement[1] = fp_sub(w->statement[1], FP_ONE);
    w->claim.statement_count = 2;
    assert_refused(w, &STARK_TINY, &p);
    w->claim = claim;
    for (unsigned chip = 0; chip < CHIPS; chip++)
        for (unsigned i = 0; i < chips[chip].public_count; i++) {
            w->claim.public_values[chip][i] = fp_add(w->claim.public_values[chip][i], FP_ONE);
            assert_refused(w, &STARK_TINY, &p);
            w->claim = claim;
        }
    w->claim.shared.alpha.c[4] = fp_add(w->claim.shared.alpha.c[4], FP_ONE);
    assert_refused(w, &STARK_TINY, &p);
    w->claim = claim;
    w->claim.shared.gamma.c[0] = fp_add(w->claim.shared.gamma.c[0], FP_ONE);
    assert_refused(w, &STARK_TINY, &p);
    w->claim = claim;
    for (unsigned tree = 0; tree < 2; tree++) {
        w->key.cap[tree][3].c[2] ^= 1;
        assert_refused(w, &STARK_TINY, &p);
        w->key.cap[tree][3].c[2] ^= 1;
    }
    w->key.log2_rows[RANGE]++;
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), PROOF_SHAPE);
    w->key.log2_rows[RANGE]--;
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), OK);
}

static void refuses_another_shape(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    proof p = prove_with(w, &STARK_TINY, NULL);
    stark_outcome outcome;
    stark_claim claim = w->claim;
    for (unsigned a = 0; a < CHIPS; a++) {
        for (unsigned b = 0; b < a; b++) {
            w->claim.log2_rows[a] = claim.log2_rows[b];
            w->claim.log2_rows[b] = claim.log2_rows[a];
            assert_refused(w, &STARK_TINY, &p);
            w->claim = claim;
        }
        static const uint8_t heights[] = {0, 1, 5, 11, 24, 255};
        for (unsigned i = 0; i < sizeof heights; i++) {
            w->claim.log2_rows[a] = heights[i];
            assert_refused(w, &STARK_TINY, &p);
            w->claim = claim;
        }
    }
    w->claim.log2_rows[MIRROR] = 24;
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), PROOF_SHAPE);
    w->claim.log2_rows[MIRROR] = 5;
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), PROOF_SHAPE);
    w->claim = claim;
    w->claim.log2_rows[PAIRS] = 0; /* of an opened tree */
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), PROOF_SHAPE);
    w->claim = claim;
    w->claim.opens_tree[1] = 0;
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), PROOF_SHAPE);
    w->claim = claim;
    memset(w->claim.log2_rows, 0, sizeof w->claim.log2_rows);
    memset(w->claim.opens_tree, 0, sizeof w->claim.opens_tree);
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), PROOF_SHAPE);
}

/* 256 look-ups a row at 2^23 rows: p of them could cancel. */
static void record_crowd(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0);
    for (int i = 0; i < 256; i++)
        air_interact(t, TAG_RANGE, false, false, air_column(t, AIR_MAIN, 1), &x, 1);
}

static void counts_interactions(void **state)
{
    (void)state;
    arena_rewind(&memory, mark);
    const air crowd = {.name = "crowd", .width = {0, 0, 2}, .record = record_crowd};
    const air *list[] = {&crowd};
    stark_machine m;
    stark_machine_open(&m, &memory, list, trees, 1);
    stark_claim claim = {.log2_rows = {23}};
    stark_key key = {.log2_rows = {0}};
    stark_outcome outcome;
    assert_int_equal(stark_proof_words(&m, &STARK_FULL, &claim), 0);
    assert_int_equal(stark_verify(&outcome, &m, &STARK_FULL, &key, &claim, NULL, 0, &memory), PROOF_SHAPE);
    claim.log2_rows[0] = 22;
    assert_true(stark_proof_words(&m, &STARK_FULL, &claim) > 0);
}

/* Random words, random heights: a status, never a fault. */
static void is_total(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    stark_claim claim = w->claim;
    stark_parameters parameters = few_queries(2);
    parameters.bus_grinding_bits = parameters.point_grinding_bits = parameters.batch_grinding_bits = 0;
    parameters.fold_grinding_bits = parameters.query_grinding_bits = 0;
    uint64_t random = 1;
    size_t used = memory.used_bytes;
    for (int i = 0; i < 200; i++) {
        for (unsigned chip = 0; chip < CHIPS; chip++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            unsigned change = (unsigned)(random >> 60);
            w->claim.log2_rows[chip] = change == 0 ? 0 : change < 4 ? (uint8_t)(random >> 32) : claim.log2_rows[chip];
        }
        proof p = {.count = stark_proof_words(&w->machine, &parameters, &w->claim)};
        p.words = ARENA_NEW(&memory, uint32_t, p.count + 1);
        for (size_t k = 0; k < p.count; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            p.words[k] = (uint32_t)(random >> 33) % FP_MODULUS;
        }
        assert_refused(w, &parameters, &p);
        arena_rewind(&memory, used);
    }
}

/* ---- lies ---- */

typedef struct {
    uint32_t chip, place;
    unsigned height;
} lie;

static fp5 pseudo_random(uint64_t i)
{
    fp5 x;
    for (unsigned k = 0; k < FP5_DEGREE; k++)
        x.c[k] = fp_from_u64((i + 1) * 0x9e3779b97f4a7c15u * (k + 3) >> 7);
    return x;
}

static void lie_about_sum(void *context, uint32_t chip, fp5 *local, fp5 *shared)
{
    const lie *l = context;
    fp5 *sum = l->place == SHAPE_LOCAL ? local : shared;
    if (chip == l->chip)
        *sum = fp5_add(*sum, pseudo_random(1));
}

static void lie_in_bus(void *context, uint32_t chip, fp *columns, uint64_t rows)
{
    const lie *l = context;
    if (chip == l->chip)
        columns[l->place * rows + rows / 3] = fp_add(columns[l->place * rows + rows / 3], FP_ONE);
}

static void lie_in_quotient(void *context, uint32_t chip, fp *columns, uint64_t rows)
{
    const lie *l = context;
    if (chip == l->chip)
        columns[l->place * rows + 5] = fp_add(columns[l->place * rows + 5], FP_ONE);
}

static void lie_in_opening(void *context, fp5 *openings, size_t count)
{
    const lie *l = context;
    assert_true(l->place < count);
    openings[l->place].c[l->place % FP5_DEGREE] ^= 1;
}

/* Not of low degree any more. */
static void lie_in_layer(void *context, uint32_t layer, fp5 *values, uint64_t count)
{
    const lie *l = context;
    for (uint64_t i = 0; layer == l->place && i < count; i++)
        values[i] = fp5_add(values[i], pseudo_random(i));
}

/* Of low degree, but not what the one before folds to; the first, not what the columns give. */
static void lie_with_another_layer(void *context, uint32_t layer, fp5 *values, uint64_t count)
{
    const lie *l = context;
    if (layer == l->place)
        memset(values, 0, count * sizeof *values);
}

static void lie_in_deep(void *context, unsigned height, fp5 *values, uint64_t count)
{
    const lie *l = context;
    for (uint64_t i = 0; height == l->height && i < count; i++)
        values[i] = fp5_add(values[i], pseudo_random(i));
}

/* The lower table is off by Δ, the highest by −Δ at the points that fold to it: without a fresh factor the fold's even
 * part and the lower table would cancel. Bit-reversed, the points that fold together stand together. */
static void lie_by_cancelling(void *context, unsigned height, fp5 *values, uint64_t count)
{
    const lie *l = context;
    if (height == l->height)
        for (uint64_t i = 0; i < count; i++)
            values[i] = fp5_sub(values[i], pseudo_random(i >> l->place));
    if (height == l->height - l->place)
        for (uint64_t i = 0; i < count; i++)
            values[i] = fp5_add(values[i], pseudo_random(i));
}

static void assert_lie(const uint8_t heights[CHIPS], const stark_lies *lies, status expected)
{
    world *w = world_new(heights);
    proof p = prove_with(w, &STARK_TINY, lies);
    stark_outcome outcome;
    assert_string_equal(status_name(verify_with(w, &STARK_TINY, &p, &outcome)), status_name(expected));
}

static void catches_lies(void **state)
{
    (void)state;
    lie l;
    const stark_lies sums = {.context = &l, .change_sums = lie_about_sum};
    for (uint32_t chip = USER; chip < CHIPS; chip++) {
        l = (lie){.chip = chip, .place = chip == MIRROR ? SHAPE_SHARED : SHAPE_LOCAL};
        assert_lie(mixed, &sums, PROOF_CONSTRAINTS);
    }
    const stark_lies bus = {.context = &l, .change_bus_column = lie_in_bus};
    for (uint32_t place = 0; place < 10; place++) {
        l = (lie){.chip = USER, .place = place};
        assert_lie(small, &bus, PROOF_CONSTRAINTS);
    }
    const stark_lies quotient = {.context = &l, .change_quotient = lie_in_quotient};
    for (uint32_t place = 0; place < 10; place++) {
        l = (lie){.chip = FIBONACCI, .place = place};
        assert_lie(small, &quotient, PROOF_CONSTRAINTS);
    }
    const stark_lies opening = {.context = &l, .change_openings = lie_in_opening};
    for (uint32_t place = 0; place < 18; place++) {
        l = (lie){.place = place};
        assert_lie(small, &opening, PROOF_CONSTRAINTS);
    }
    const stark_lies layer = {.context = &l, .change_fri_layer = lie_in_layer};
    for (uint32_t place = 0; place < 5; place++) {
        l = (lie){.place = place};
        assert_lie(mixed, &layer, PROOF_FOLDING);
    }
    const stark_lies other_layer = {.context = &l, .change_fri_layer = lie_with_another_layer};
    for (uint32_t place = 0; place < 5; place++) {
        l = (lie){.place = place};
        assert_lie(mixed, &other_layer, PROOF_FOLDING);
    }
    const stark_lies deep = {.context = &l, .change_deep = lie_in_deep};
    for (unsigned height = 6; height <= 10; height++) {
        l = (lie){.height = height};
        assert_lie(mixed, &deep, PROOF_FOLDING);
    }
    const stark_lies cancelling = {.context = &l, .change_deep = lie_by_cancelling};
    l = (lie){.height = 10, .place = 1};
    assert_lie(mixed, &cancelling, PROOF_FOLDING);
    l = (lie){.height = 12, .place = 3};
    assert_lie((uint8_t[CHIPS]){6, 12, 8, 9, 6}, &cancelling, PROOF_FOLDING);
    l = (lie){.height = 6};
    assert_lie(smallest, &deep, PROOF_FOLDING);
}

static void reports_sums(void **state)
{
    (void)state;
    world *w = world_new(small);
    fp *count = &column(w, RANGE, AIR_MAIN, 0)[5];
    *count = fp_add(*count, FP_ONE);
    proof p = prove_with(w, &STARK_TINY, NULL);
    stark_outcome outcome;
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), OK);
    assert_false(fp5_is_zero(outcome.local_sum));
    assert_true(fp5_is_zero(outcome.shared_sum));
    /* What the look-up of 5 lacks is exactly −1/f(5). */
    fp5 f = fp5_add(outcome.local.gamma, fp5_mul_fp(outcome.local.alpha, fp_from_u32(5)));
    f = fp5_add_fp(f, fp_from_u32(TAG_RANGE));
    assert_true(fp5_equal(fp5_mul(f, outcome.local_sum), fp5_neg(FP5_ONE)));

    w = world_new(small);
    column(w, MIRROR, AIR_BOUNDARY, 1)[4] = FP_ONE;
    p = prove_with(w, &STARK_TINY, NULL);
    assert_int_equal(verify_with(w, &STARK_TINY, &p, &outcome), OK);
    assert_true(fp5_is_zero(outcome.local_sum));
    assert_false(fp5_is_zero(outcome.shared_sum));
    assert_true(outcome.shared_count == 64 * 3 + 64);
}

/* Cells that nothing depends on: messages that are not sent. */
static bool is_free(world *w, unsigned chip, unsigned phase, unsigned c, size_t row)
{
    if (chip == PAIRS && phase == AIR_MAIN && c <= 1)
        return column(w, PAIRS, AIR_MAIN, 2)[row] == 0;
    if (phase == AIR_BOUNDARY && c == 1)
        return column(w, chip, AIR_BOUNDARY, 0)[row] == 0;
    return false;
}

static void every_cell_counts(void **state)
{
    (void)state;
    world *w = world_new(smallest);
    assert_int_equal(stark_check(&w->machine, &w->claim, w->tables, w->table_count, NULL, 0, 10, print_failure, NULL,
                                 &memory), 0);
    unsigned tried = 0;
    for (unsigned chip = 0; chip < CHIPS; chip++)
        for (unsigned phase = AIR_BOUNDARY; phase < AIR_PHASES; phase++)
            for (unsigned c = 0; c < chips[chip].width[phase]; c++)
                for (size_t row = 0; row < rows_of(w, chip); row++) {
                    if (is_free(w, chip, (air_phase)phase, c, row))
                        continue;
                    fp *cell = &column(w, chip, (air_phase)phase, c)[row];
                    fp old = *cell;
                    *cell = fp_add(old, fp_from_u32(5));
                    if (stark_check(&w->machine, &w->claim, w->tables, w->table_count, NULL, 0, 0, NULL, NULL,
                                    &memory) == 0)
                        fail_msg("%s: phase %u, column %u, row %zu may be changed", chips[chip].name, phase, c, row);
                    if (tried++ % 71 == 0) {
                        size_t used = memory.used_bytes;
                        proof p = prove_with(w, &STARK_TINY, NULL);
                        stark_outcome outcome;
                        status s = verify_with(w, &STARK_TINY, &p, &outcome);
                        if (s == OK)
                            assert_false(fp5_is_zero(outcome.local_sum) && fp5_is_zero(outcome.shared_sum));
                        else
                            assert_int_equal(s, PROOF_CONSTRAINTS);
                        arena_rewind(&memory, used);
                    }
                    *cell = old;
                }
}

static void is_deterministic_in_every_build(void **state)
{
    (void)state;
    simd_level best = simd_get();
    proof proofs[SIMD_AVX512 + 2] = {{.count = 0}};
    world *w = world_new(mixed);
    unsigned count = 0;
    for (int level = SIMD_PORTABLE; level <= SIMD_AVX512; level++)
        if (simd_set((simd_level)level))
            proofs[count++] = prove_with(w, &STARK_TINY, NULL);
    simd_set(best);
    proofs[count++] = prove_with(w, &STARK_TINY, NULL);
    for (unsigned i = 1; i < count; i++)
        assert_memory_equal(proofs[i].words, proofs[0].words, proofs[0].count * sizeof(uint32_t));
}

static void identity_depends_on_all(void **state)
{
    (void)state;
    world *w = world_new(smallest);
    digest id, other;
    stark_machine_id(&id, &w->machine, &STARK_FULL, &memory);
    stark_machine_id(&other, &w->machine, &STARK_TINY, &memory);
    assert_false(digest_equal(&id, &other));
    stark_machine m = w->machine;
    m.preprocessed_tree[PAIRS] = 2;
    stark_machine_id(&other, &m, &STARK_FULL, &memory);
    assert_false(digest_equal(&id, &other));
    m = w->machine;
    air_tape tape = *m.tape[USER];
    m.tape[USER] = &tape;
    air_interaction *interactions = ARENA_NEW(&memory, air_interaction, tape.interaction_count);
    memcpy(interactions, tape.interactions, tape.interaction_count * sizeof *interactions);
    tape.interactions = interactions;
    interactions[2].tag++;
    stark_machine_id(&other, &m, &STARK_FULL, &memory);
    assert_false(digest_equal(&id, &other));
    interactions[2].tag--;
    stark_machine_id(&other, &m, &STARK_FULL, &memory);
    assert_true(digest_equal(&id, &other));
}

int main(void)
{
    arena_open(&memory, (size_t)2 << 30);
    mark = memory.used_bytes;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proves_and_verifies),
        cmocka_unit_test(proves_at_full_parameters),
        cmocka_unit_test(refuses_every_changed_word),
        cmocka_unit_test(every_word_enters_the_transcript),
        cmocka_unit_test(the_claim_enters_the_transcript),
        cmocka_unit_test(refuses_malformed_words),
        cmocka_unit_test(refuses_another_claim),
        cmocka_unit_test(refuses_another_shape),
        cmocka_unit_test(counts_interactions),
        cmocka_unit_test(is_total),
        cmocka_unit_test(catches_lies),
        cmocka_unit_test(reports_sums),
        cmocka_unit_test(every_cell_counts),
        cmocka_unit_test(is_deterministic_in_every_build),
        cmocka_unit_test(identity_depends_on_all),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
