/* The protocol as a whole, on a small machine that has everything: constraints of degree 3, a table in a formula, two
 * matrices of the key, buses under both challenges, a public value in a message, tables of any number of rows. */
#include "field/simd.h"
#include "stark/multilinear.h"
#include "stark/proof_prover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { USER, RANGE, PAIRS, MIRROR, IMAGE, CHIPS };
enum { TAG_RANGE = 1, TAG_PAIR = 2, TAG_IMAGE = 3, TAG_SHARED = 9 };
enum { RANGE_LOG2_ROWS = 7, RANGE_ROWS = 1 << RANGE_LOG2_ROWS };

/* x, y are in the range where real; z = x·y·real. */
static void record_user(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0), y = air_column(t, AIR_MAIN, 1), z = air_column(t, AIR_MAIN, 2);
    air_expr real = air_column(t, AIR_MAIN, 3);
    air_bool(t, "real is a bit", real);
    air_zero(t, "z is the product", air_sub(t, z, air_mul(t, air_mul(t, x, y), real)));
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
    air_expr flag = air_column(t, AIR_BOUNDARY, 0), value = air_column(t, AIR_BOUNDARY, 1);
    air_bool(t, "boundary flag is a bit", flag);
    air_expr shared[] = {value, air_column(t, AIR_PREPROCESSED, 0)};
    air_interact(t, TAG_SHARED, true, false, flag, shared, 2);
    air_expr doubled[] = {air_scale(t, 2, value), air_column(t, AIR_PREPROCESSED, 0)};
    air_interact(t, TAG_SHARED, true, false, flag, doubled, 2);
    air_interact(t, TAG_SHARED, true, true, flag, doubled, 2);
}

static void record_mirror(air_tape *t)
{
    air_expr flag = air_column(t, AIR_BOUNDARY, 0);
    air_bool(t, "flag is a bit", flag);
    air_expr shared[] = {air_column(t, AIR_BOUNDARY, 1), air_column(t, AIR_BOUNDARY, 2)};
    air_equal(t, "key stands in both phases", air_column(t, AIR_MAIN, 0), shared[1]);
    air_interact(t, TAG_SHARED, true, true, flag, shared, 2);
    air_expr image[] = {shared[1], air_column(t, AIR_MAIN, 1)};
    air_interact(t, TAG_IMAGE, false, false, flag, image, 2);
}

static void record_image(air_tape *t)
{
    air_expr image[] = {air_column(t, AIR_PREPROCESSED, 0), air_column(t, AIR_PREPROCESSED, 1)};
    air_interact(t, TAG_IMAGE, false, true, air_column(t, AIR_MAIN, 0), image, 2);
}

static void range_formula(fp5 *columns, const fp5 *point, unsigned count)
{
    fp5 value = FP5_ZERO, inside = FP5_ONE;
    for (unsigned i = 0; i < count; i++) {
        if (count - i > RANGE_LOG2_ROWS)
            inside = fp5_mul(inside, fp5_sub(FP5_ONE, point[i]));
        else
            value = fp5_add(fp5_double(value), point[i]);
    }
    columns[0] = fp5_mul(value, inside);
}

static const air chips[CHIPS] = {
    {.name = "user", .width = {0, 0, 4}, .public_count = 1, .record = record_user},
    {.name = "range",
     .width = {1, 0, 1},
     .record = record_range,
     .formula = range_formula,
     .formula_log2_rows = RANGE_LOG2_ROWS},
    {.name = "pairs", .width = {1, 2, 3}, .record = record_pairs},
    {.name = "mirror", .width = {0, 3, 2}, .record = record_mirror},
    {.name = "image", .width = {2, 0, 1}, .record = record_image},
};
static const uint8_t trees[CHIPS] = {0, 0, 1, 0, 2};

typedef struct {
    stark_machine machine;
    proof_key key;
    proof_proving_key *proving_key;
    proof_claim claim;
    stark_table tables[CHIPS];
    uint32_t table_count;
    fp *columns[CHIPS][AIR_PHASES];
    fp statement[3];
} world;

static arena memory;
static size_t mark;

static fp *column(world *w, unsigned chip, air_phase phase, unsigned c)
{
    return w->columns[chip][phase] + (size_t)c * w->claim.rows[chip];
}

/* A valid world. Rows in use of user and pairs are as many as both have; the last of each may be padding of zeros. */
static world *world_with(const uint32_t rows[CHIPS], uint32_t padding)
{
    arena_rewind(&memory, mark);
    world *w = ARENA_NEW(&memory, world, 1);
    const air *list[CHIPS];
    for (unsigned i = 0; i < CHIPS; i++)
        list[i] = &chips[i];
    stark_machine_open(&w->machine, &memory, list, trees, CHIPS);
    for (unsigned chip = 0; chip < CHIPS; chip++) {
        w->claim.rows[chip] = rows[chip];
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            w->columns[chip][phase] = ARENA_NEW(&memory, fp, (size_t)chips[chip].width[phase] * rows[chip] + 1);
    }
    w->claim.public_values[USER][0] = fp_from_u32(11);
    uint32_t seed = 1, pairs = 0;
    for (uint32_t i = 0; i < rows[RANGE]; i++)
        column(w, RANGE, AIR_PREPROCESSED, 0)[i] = fp_from_u32(i);
    for (uint32_t i = 0; i < rows[PAIRS]; i++)
        column(w, PAIRS, AIR_PREPROCESSED, 0)[i] = fp_from_u32(i);
    for (uint32_t i = 0; i < rows[IMAGE]; i++) {
        column(w, IMAGE, AIR_PREPROCESSED, 0)[i] = fp_from_u32(i);
        column(w, IMAGE, AIR_PREPROCESSED, 1)[i] = fp_from_u32(i * i + 5);
    }
    for (uint32_t i = 0; i + padding < rows[USER] && pairs + padding < rows[PAIRS]; i++) {
        seed = seed * 1103515245u + 12345u;
        uint32_t x = (seed >> 8) % RANGE_ROWS, y = (seed >> 16) % RANGE_ROWS;
        column(w, USER, AIR_MAIN, 0)[i] = fp_from_u32(x);
        column(w, USER, AIR_MAIN, 1)[i] = fp_from_u32(y);
        if (i % 5 == 4)
            continue;
        column(w, USER, AIR_MAIN, 2)[i] = fp_from_u32(x * y);
        column(w, USER, AIR_MAIN, 3)[i] = FP_ONE;
        fp *counts = column(w, RANGE, AIR_MAIN, 0);
        counts[x] = fp_add(counts[x], FP_ONE);
        counts[y] = fp_add(counts[y], FP_ONE);
        uint32_t place = rows[PAIRS] - 1 - pairs++;
        column(w, PAIRS, AIR_MAIN, 0)[place] = fp_from_u32(x);
        column(w, PAIRS, AIR_MAIN, 1)[place] = fp_from_u32(y);
        column(w, PAIRS, AIR_MAIN, 2)[place] = FP_ONE;
    }
    for (uint32_t i = 0; i + padding < rows[MIRROR]; i++) {
        bool both = i % 3 == 1 && i < rows[PAIRS] && i < rows[IMAGE];
        column(w, MIRROR, AIR_MAIN, 0)[i] = column(w, MIRROR, AIR_BOUNDARY, 2)[i] = fp_from_u32(i);
        column(w, MIRROR, AIR_MAIN, 1)[i] = fp_from_u32(i * i + 5);
        column(w, MIRROR, AIR_BOUNDARY, 0)[i] = both ? FP_ONE : FP_ZERO;
        column(w, MIRROR, AIR_BOUNDARY, 1)[i] = fp_from_u32(i * i + 17);
        if (!both)
            continue;
        column(w, PAIRS, AIR_BOUNDARY, 0)[i] = FP_ONE;
        column(w, PAIRS, AIR_BOUNDARY, 1)[i] = fp_from_u32(i * i + 17);
        column(w, IMAGE, AIR_MAIN, 0)[i] = fp_add(column(w, IMAGE, AIR_MAIN, 0)[i], FP_ONE);
    }
    w->claim.opens[0] = rows[PAIRS] > 0;
    w->claim.opens[1] = rows[IMAGE] > 0;
    stark_table preprocessed[CHIPS];
    uint32_t preprocessed_count = 0;
    for (uint32_t chip = 0; chip < CHIPS; chip++) {
        if (rows[chip] == 0)
            continue;
        stark_table table = {.chip = chip, .rows = rows[chip]};
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            table.columns[phase] = w->columns[chip][phase];
        w->tables[w->table_count++] = table;
        if (chips[chip].width[AIR_PREPROCESSED] > 0)
            preprocessed[preprocessed_count++] = table;
    }
    w->proving_key = proof_setup(&w->key, &memory, &w->machine, &PROOF_TINY, preprocessed, preprocessed_count);
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

static world *world_new(const uint32_t rows[CHIPS])
{
    return world_with(rows, 1);
}

static const uint32_t mixed[CHIPS] = {200, RANGE_ROWS, 136, 40, 23};
static const uint32_t small[CHIPS] = {5, RANGE_ROWS, 4, 7, 6};

typedef struct {
    uint32_t *words;
    size_t count;
    proof_outcome outcome;
} proof;

static proof prove_as(world *w, const proof_parameters *parameters, const proof_lies *lies)
{
    proof p = {.count = proof_words(&w->machine, parameters, &w->claim, &memory)};
    assert_true(p.count > 0);
    p.words = ARENA_NEW(&memory, uint32_t, p.count);
    proof_options options = {.lies = lies};
    size_t limit = proof_prove_memory_bytes(&w->machine, parameters, &w->claim, &memory);
    arena part;
    arena_init(&part, arena_allocate(&memory, limit, 64), limit);
    proof_prove(p.words, &p.outcome, &w->machine, parameters, w->proving_key, &w->claim, w->tables, w->table_count,
                &options, &part);
    return p;
}

static proof prove(world *w)
{
    return prove_as(w, &PROOF_TINY, NULL);
}

static status verify(world *w, const proof *p, proof_outcome *outcome)
{
    proof_outcome fast;
    status result = proof_verify_with(&fast, &w->machine, &PROOF_TINY, &w->key, &w->claim, p->words, p->count,
                                      tree_check_fast, &memory);
    assert_int_equal(proof_verify(outcome, &w->machine, &PROOF_TINY, &w->key, &w->claim, p->words, p->count, &memory),
                     result);
    return result;
}

static void assert_status(world *w, const proof *p, status expected)
{
    proof_outcome outcome;
    assert_string_equal(status_name(verify(w, p, &outcome)), status_name(expected));
}

static void assert_proves(const uint32_t rows[CHIPS])
{
    world *w = world_new(rows);
    proof p = prove(w);
    proof_outcome outcome;
    assert_string_equal(status_name(verify(w, &p, &outcome)), "OK");
    assert_memory_equal(&outcome, &p.outcome, sizeof outcome);
    assert_true(fp5_is_zero(outcome.local_sum));
    assert_true(fp5_is_zero(outcome.shared_sum));
    digest root;
    proof_boundary_root(&root, &w->machine, &PROOF_TINY, &w->claim, w->tables, w->table_count, &memory);
    assert_true(digest_equal(&root, &outcome.boundary_root));
}

static void proves_and_verifies(void **state)
{
    (void)state;
    assert_proves(mixed);
    assert_proves(small);
    assert_proves((uint32_t[CHIPS]){1, RANGE_ROWS, 1, 1, 1});
    assert_proves((uint32_t[CHIPS]){0, RANGE_ROWS, 0, 64, 64});
    assert_proves((uint32_t[CHIPS]){100, RANGE_ROWS, 132, 0, 0});
    assert_proves((uint32_t[CHIPS]){33 << 7, RANGE_ROWS, 63 << 6, 1008, 528});
    assert_proves((uint32_t[CHIPS]){40 << 9, RANGE_ROWS, 4096, 3008, 2048}); /* more than one piece of every loop */
}

static void is_equal_in_every_build(void **state)
{
    (void)state;
    simd_level best = simd_get();
    world *w = world_new((uint32_t[CHIPS]){33 << 7, RANGE_ROWS, 63 << 6, 1008, 528});
    proof first = {.count = 0};
    for (int level = SIMD_PORTABLE; level <= SIMD_AVX512; level++) {
        if (!simd_set((simd_level)level))
            continue;
        proof p = prove(w);
        if (first.count > 0)
            assert_memory_equal(p.words, first.words, p.count * sizeof(uint32_t));
        first = p;
    }
    simd_set(best);
}

/* At every word of a small proof. */
static void every_word_counts(void **state)
{
    (void)state;
    world *w = world_new(small);
    proof p = prove(w);
    assert_status(w, &p, OK);
    for (size_t i = 0; i < p.count; i++) {
        uint32_t word = p.words[i];
        p.words[i] = word + 1 == FP_MODULUS ? 0 : word + 1;
        proof_outcome outcome;
        if (verify(w, &p, &outcome) == OK)
            fail_msg("word %zu of %zu may be changed", i, p.count);
        p.words[i] = word;
    }
    assert_status(w, &p, OK);
}

static void is_total(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    proof p = prove(w);
    uint64_t random = 1;
    for (int i = 0; i < 300; i++) { /* words that are no elements, lengths, and rows */
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t place = (random >> 20) % p.count;
        uint32_t word = p.words[place];
        p.words[place] = FP_MODULUS + (uint32_t)(random >> 60);
        assert_status(w, &p, PROOF_MALFORMED);
        p.words[place] = word;
        proof other = {.words = p.words, .count = (random >> 30) % p.count};
        assert_status(w, &other, PROOF_MALFORMED);
        unsigned chip = (unsigned)(random >> 40) % CHIPS;
        w->claim.rows[chip] = (uint32_t)(random >> 33) >> (random >> 50) % 31;
        proof_outcome outcome;
        assert_int_not_equal(verify(w, &p, &outcome), OK);
        w->claim.rows[chip] = mixed[chip];
    }
    assert_status(w, &p, OK);
}

/* ---- rows and the key ---- */

/* Another number of rows, with a proof of the length that it needs, is another proof. */
static void heights_of_two_minds(void **state)
{
    (void)state;
    world *w = world_new((uint32_t[CHIPS]){20, RANGE_ROWS, 12, 24, 16});
    proof p = prove(w);
    for (unsigned chip = 0; chip < CHIPS; chip++) {
        uint32_t rows = w->claim.rows[chip];
        for (uint32_t other = 0; other <= 64; other++) {
            if (other == rows)
                continue;
            w->claim.rows[chip] = other;
            proof q = p;
            size_t count = proof_words(&w->machine, &PROOF_TINY, &w->claim, &memory);
            if (count > 0) { /* the same words, cut or filled up */
                q.words = ARENA_NEW(&memory, uint32_t, count);
                memcpy(q.words, p.words, (count < p.count ? count : p.count) * sizeof *q.words);
                q.count = count;
            }
            proof_outcome outcome;
            assert_int_not_equal(verify(w, &q, &outcome), OK);
        }
        w->claim.rows[chip] = rows;
    }
    /* Two tables exchange their rows: as many cells, as many words. */
    w->claim.rows[USER] = 24;
    w->claim.rows[MIRROR] = 20;
    proof_outcome outcome;
    assert_int_not_equal(verify(w, &p, &outcome), OK);
}

/* A layer of the buses left out, or there twice: the proof has another length, and the same words in as much place as there
 * should be are read as something else. */
static void layers_of_another_count(void **state)
{
    (void)state;
    world *w = world_new(small);
    proof p = prove(w);
    proof_shape *s = ARENA_NEW(&memory, proof_shape, 1);
    assert_int_equal(proof_shape_make(s, &w->machine, &PROOF_TINY, &w->claim), OK);
    unsigned layers = s->slots.log2_slots + s->log2_rows;
    size_t at = ((size_t)2 * DIGEST_LENGTH << PROOF_TINY.opening->log2_cap) + 1 + 4 * FP5_DEGREE;
    uint32_t *words = ARENA_NEW(&memory, uint32_t, 2 * p.count);
    for (unsigned j = 1; j < layers; j++) {
        size_t size = 2 * FP5_DEGREE * j + 4 * FP5_DEGREE, after = p.count - at - size;
        memcpy(words, p.words, at * sizeof *words);
        memcpy(words + at, p.words + at + size, after * sizeof *words);
        proof q = {.words = words, .count = p.count - size};
        assert_status(w, &q, PROOF_MALFORMED);
        memset(words + q.count, 0, size * sizeof *words);
        q.count = p.count;
        proof_outcome outcome;
        assert_int_not_equal(verify(w, &q, &outcome), OK);
        memcpy(words + at, p.words + at, size * sizeof *words);
        memcpy(words + at + size, p.words + at, (size + after) * sizeof *words);
        q.count = p.count + size;
        assert_status(w, &q, PROOF_MALFORMED);
        q.count = p.count;
        assert_int_not_equal(verify(w, &q, &outcome), OK);
        at += size;
    }
    assert_status(w, &p, OK);
}

static void grain(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    proof p = prove(w);
    static const uint32_t none[] = {129, 1001, (1 << 23) - 1, (1 << 23) + (1 << 18), 1u << 24, 0xffffffff};
    for (unsigned i = 0; i < sizeof none / sizeof *none; i++) {
        w->claim.rows[USER] = none[i];
        assert_status(w, &p, PROOF_SHAPE);
    }
}

static void tables_of_another_kind(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    proof p = prove(w);
    for (unsigned k = 0; k < PROOF_KEY_MATRICES; k++) {
        w->claim.opens[k] = false;
        assert_status(w, &p, PROOF_SHAPE);
        w->claim.opens[k] = true;
    }
    w->claim.rows[PAIRS] = 0;
    assert_status(w, &p, PROOF_SHAPE);
    memset(w->claim.rows, 0, sizeof w->claim.rows);
    w->claim.opens[0] = w->claim.opens[1] = false;
    assert_status(w, &p, PROOF_SHAPE);
}

static void key_of_another_height(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    proof p = prove(w);
    static const unsigned keyed[] = {RANGE, PAIRS, IMAGE};
    for (unsigned i = 0; i < 3; i++) {
        w->key.rows[keyed[i]]++;
        assert_status(w, &p, PROOF_SHAPE);
        w->key.rows[keyed[i]]--;
    }
    for (unsigned k = 0; k < PROOF_KEY_MATRICES; k++) {
        w->key.root[k].c[3] ^= 1;
        proof_outcome outcome;
        assert_int_not_equal(verify(w, &p, &outcome), OK);
        w->key.root[k].c[3] ^= 1;
    }
    assert_status(w, &p, OK);
}

static void the_claim_enters_the_transcript(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    proof p = prove(w);
    proof_outcome outcome;
    w->statement[1]++;
    assert_int_not_equal(verify(w, &p, &outcome), OK);
    w->statement[1]--;
    w->claim.statement_count--;
    assert_int_not_equal(verify(w, &p, &outcome), OK);
    w->claim.statement_count++;
    w->claim.shared.alpha.c[2]++;
    assert_int_not_equal(verify(w, &p, &outcome), OK);
    w->claim.shared.alpha.c[2]--;
    w->claim.public_values[USER][0]++;
    assert_int_not_equal(verify(w, &p, &outcome), OK);
    w->claim.public_values[USER][0]--;
    assert_status(w, &p, OK);
}

/* 256 look-ups a row at 2^23 rows: p of them could cancel. */
static void record_crowd(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0);
    for (int i = 0; i < 256; i++)
        air_interact(t, TAG_RANGE, false, false, x, &x, 1);
    air_bool(t, "a bit", air_column(t, AIR_BOUNDARY, 0));
}

static void look_ups_that_wrap_around_p(void **state)
{
    (void)state;
    arena_rewind(&memory, mark);
    const air crowd = {.name = "crowd", .width = {0, 1, 1}, .record = record_crowd};
    const air *list[] = {&crowd};
    stark_machine m;
    stark_machine_open(&m, &memory, list, trees, 1);
    proof_claim claim = {.rows = {1 << 23}};
    opening_parameters larger = OPENING_FULL;
    larger.rounds[1].log2_height = 18;
    larger.rounds[2].log2_height = 13;
    proof_parameters wide = PROOF_FULL;
    wide.opening = &larger;
    assert_int_equal(proof_words(&m, &wide, &claim, &memory), 0);
    claim.rows[0] = 1 << 22;
    assert_true(proof_words(&m, &wide, &claim, &memory) > 0);
}

/* ---- lies about the tables ---- */

static proof_outcome proven(world *w)
{
    proof p = prove(w);
    proof_outcome outcome;
    assert_string_equal(status_name(verify(w, &p, &outcome)), "OK");
    return outcome;
}

static void broken_constraints(void **state)
{
    (void)state;
    static const struct {
        unsigned chip;
        air_phase phase;
        unsigned column;
    } cells[] = {{USER, AIR_MAIN, 2}, {USER, AIR_MAIN, 3}, {PAIRS, AIR_MAIN, 2}, {PAIRS, AIR_BOUNDARY, 0},
                 {MIRROR, AIR_BOUNDARY, 0}, {MIRROR, AIR_MAIN, 0}};
    for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++)
        for (uint32_t row = 0; row < 3; row++) {
            world *w = world_new(mixed);
            column(w, cells[i].chip, cells[i].phase, cells[i].column)[row * 13] = FP_CONSTANT(9);
            proof p = prove(w);
            assert_status(w, &p, PROOF_CONSTRAINTS);
        }
}

/* The second constraint of two chips fails in the same row, by as much, once up and once down: with λ used again for each
 * chip they would cancel in the sum over tables. */
static void chips_that_cancel(void **state)
{
    (void)state;
    for (uint32_t row = 0; row < 40; row += 13) {
        world *w = world_new(mixed);
        assert_string_equal(w->machine.tape[USER]->constraints[1].name, "z is the product");
        assert_string_equal(w->machine.tape[MIRROR]->constraints[1].name, "key stands in both phases");
        fp *up = &column(w, USER, AIR_MAIN, 2)[row], *down = &column(w, MIRROR, AIR_MAIN, 0)[row];
        *up = fp_add(*up, FP_CONSTANT(9));
        *down = fp_sub(*down, FP_CONSTANT(9));
        proof p = prove(w);
        assert_status(w, &p, PROOF_CONSTRAINTS);
    }
}

static void reports_sums(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    fp *count = &column(w, RANGE, AIR_MAIN, 0)[5];
    *count = fp_add(*count, FP_ONE);
    proof_outcome outcome = proven(w);
    assert_true(fp5_is_zero(outcome.shared_sum));
    /* What the look-up of 5 lacks is exactly −1/f(5). */
    fp5 f = fp5_add(outcome.local.gamma, fp5_mul_fp(outcome.local.alpha, fp_from_u32(5)));
    f = fp5_add_fp(f, fp_from_u32(TAG_RANGE));
    assert_true(fp5_equal(fp5_mul(f, outcome.local_sum), fp5_neg(FP5_ONE)));
    w = world_new(mixed);
    column(w, MIRROR, AIR_BOUNDARY, 1)[4] = FP_ONE;
    outcome = proven(w);
    assert_true(fp5_is_zero(outcome.local_sum));
    assert_false(fp5_is_zero(outcome.shared_sum));
    assert_true(outcome.shared_count == 136 * 3 + 40);
}

/* A row of padding counts like any other: it may hold what is inert, and what it sends is sent. */
static void padding_row_speaks(void **state)
{
    (void)state;
    world *w = world_with(mixed, 3);
    column(w, USER, AIR_MAIN, 0)[199] = FP_CONSTANT(77);
    proof_outcome outcome = proven(w);
    assert_true(fp5_is_zero(outcome.local_sum) && fp5_is_zero(outcome.shared_sum));
    column(w, USER, AIR_MAIN, 3)[199] = FP_ONE;
    outcome = proven(w);
    assert_false(fp5_is_zero(outcome.local_sum));
    w = world_with(mixed, 3);
    column(w, MIRROR, AIR_BOUNDARY, 0)[39] = FP_ONE;
    outcome = proven(w);
    assert_false(fp5_is_zero(outcome.shared_sum));
}

/* ---- a prover that lies ---- */

typedef struct {
    unsigned layer, round, matrix;
    bool bend, across;
} lie;

static void expect_lie(const uint32_t rows[CHIPS], const proof_lies *lies, status expected)
{
    world *w = world_new(rows);
    proof p = prove_as(w, &PROOF_TINY, lies);
    assert_status(w, &p, expected);
}

static void lie_zero_over_zero(void *context, fp5 top[4])
{
    const lie *l = context;
    top[2 * l->layer] = top[2 * l->layer + 1] = FP5_ZERO;
}

static void zero_denominators(void **state)
{
    (void)state;
    lie l = {0};
    const proof_lies lies = {.rounds = {.context = &l, .change_top = lie_zero_over_zero}};
    for (l.layer = 0; l.layer < BUS_GROUPS; l.layer++)
        expect_lie(small, &lies, PROOF_BUS);
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

static void lie_no_local_sum(void *context, fp5 top[4])
{
    (void)context;
    top[0] = FP5_ZERO;
}

/* p⁰ is solved for, so that no layer is caught. */
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

static void swapped_groups(void **state)
{
    (void)state;
    /* Only where the sums differ is it a lie. */
    world *w = world_new(mixed);
    column(w, RANGE, AIR_MAIN, 0)[5] = FP_CONSTANT(1000);
    const proof_lies lies = {.rounds = {.change_top = lie_swap_groups}};
    proof p = prove_as(w, &PROOF_TINY, &lies);
    assert_status(w, &p, PROOF_BUS);
}

/* A false local sum, with every layer bent to it; values of one layer that cancel in its equation; and the last layer
 * alone, whose claims then come from nowhere. */
static void gkr_claims_that_cancel(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    column(w, RANGE, AIR_MAIN, 0)[5] = FP_CONSTANT(1000);
    lie l = {.layer = 1, .bend = true};
    proof_lies lies = {.rounds = {.context = &l, .change_top = lie_no_local_sum, .change_layer = lie_bend_layers}};
    proof p = prove_as(w, &PROOF_TINY, &lies);
    assert_status(w, &p, PROOF_CONSTRAINTS);
    lies.rounds.change_top = NULL;
    l.bend = false;
    for (l.layer = 1; l.layer < 11; l.layer++)
        expect_lie(small, &lies, PROOF_CONSTRAINTS);
}

static void bus_claims_from_nowhere(void **state)
{
    (void)state;
    world *w = world_new(small);
    proof_shape *s = ARENA_NEW(&memory, proof_shape, 1);
    assert_int_equal(proof_shape_make(s, &w->machine, &PROOF_TINY, &w->claim), OK);
    lie l = {.layer = s->slots.log2_slots + s->log2_rows - 1};
    const proof_lies lies = {.rounds = {.context = &l, .change_layer = lie_bend_layers}};
    proof p = prove_as(w, &PROOF_TINY, &lies);
    assert_status(w, &p, PROOF_CONSTRAINTS);
}

static void lie_in_round(void *context, unsigned layer, unsigned round, fp5 *sent, unsigned degree)
{
    const lie *l = context;
    if (layer == l->layer && round == l->round)
        sent[degree - 1] = fp5_add_fp(sent[degree - 1], FP_ONE);
}

static void false_rounds(void **state)
{
    (void)state;
    lie l = {.layer = 0};
    const proof_lies lies = {.rounds = {.context = &l, .change_round = lie_in_round}};
    for (l.round = 1; l.round <= RANGE_LOG2_ROWS; l.round++)
        expect_lie(small, &lies, PROOF_CONSTRAINTS);
    for (l.layer = 1; l.layer < 11; l.layer++) {
        l.round = l.layer;
        expect_lie(small, &lies, PROOF_BUS);
    }
}

/* `by` more in one value, and as much less in the other. */
static void bend(fp5 *value, fp5 *against, fp5 by)
{
    *value = fp5_add(*value, by);
    if (against != NULL)
        *against = fp5_sub(*against, by);
}

/* A false table, with values at r that meet the constraints' claim: what column is bent for it is found by a line. */
static void lie_in_values(void *context, const constraint_sum *sum, fp5 claim,
                          fp5 *const columns[STARK_MAX_CHIPS][AIR_PHASES])
{
    const lie *l = context;
    const fp5 *all[STARK_MAX_CHIPS][AIR_PHASES];
    for (unsigned chip = 0; chip < STARK_MAX_CHIPS; chip++)
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            all[chip][phase] = columns[chip][phase];
    /* z stands alone in its constraint; the boundary's value only in messages: both enter G by lines. */
    fp5 *bent = l->matrix == PROOF_MAIN ? &columns[USER][AIR_MAIN][2] : &columns[MIRROR][AIR_BOUNDARY][1];
    fp5 *against = l->across ? &columns[MIRROR][AIR_BOUNDARY][1] : NULL;
    fp5 at0 = constraints_at(sum, all, &memory);
    bend(bent, against, FP5_ONE);
    fp5 at1 = constraints_at(sum, all, &memory);
    fp5 step = fp5_mul(fp5_sub(claim, at0), fp5_inverse(fp5_sub(at1, at0)));
    bend(bent, against, fp5_sub(step, FP5_ONE));
    assert_true(fp5_equal(constraints_at(sum, all, &memory), claim));
}

static void values_bent(void **state)
{
    (void)state;
    /* Of M, of B, and of M against B, so that they would cancel if both matrices had the same powers of θ. */
    for (unsigned k = 0; k < 3; k++) {
        lie l = {.matrix = k == 1 ? PROOF_BOUNDARY : PROOF_MAIN, .across = k == 2};
        const proof_lies lies = {.rounds = {.context = &l, .change_values = lie_in_values}};
        world *w = world_new(mixed);
        column(w, USER, AIR_MAIN, 2)[3] = FP_CONSTANT(1234567);
        proof p = prove_as(w, &PROOF_TINY, &lies);
        assert_status(w, &p, PROOF_FOLDING);
    }
}

enum { VIRTUAL_ROWS = 16 };

/* Rows that the commitment does not have, and n does not count: zeros, as they are taken to be; or what sends look-ups. */
static void lie_more_rows(void *context, rounds *tables)
{
    const lie *l = context;
    uint32_t rows = tables->rows[USER], more = rows + VIRTUAL_ROWS, width = chips[USER].width[AIR_MAIN];
    fp *columns = ARENA_NEW(&memory, fp, (size_t)width * more + SCHEDULE_BLOCK_ROWS);
    for (uint32_t c = 0; c < width; c++) {
        memcpy(columns + (size_t)c * more, tables->columns[USER][AIR_MAIN] + (size_t)c * rows, rows * sizeof(fp));
        for (uint32_t i = rows; i < more && l->bend; i++)
            columns[(size_t)c * more + i] = c == 2 ? fp_from_u32(5 * i) : c == 3 ? FP_ONE : fp_from_u32(c == 0 ? 5 : i);
    }
    tables->rows[USER] = more;
    tables->columns[USER][AIR_MAIN] = columns;
}

static void virtual_rows_speak(void **state)
{
    (void)state;
    lie l = {.bend = false};
    const proof_lies lies = {.rounds = {.context = &l}, .change_tables = lie_more_rows};
    expect_lie(small, &lies, OK);
    l.bend = true; /* the constraints hold in them; but the columns have them not */
    expect_lie(small, &lies, PROOF_FOLDING);
}

/* A formula's table that the proof says is absent; what is looked up in it is then looked up nowhere. The lie lasts until
 * there is no place for its values. */
typedef struct {
    const world *w;
    rounds *tables;
} absent_lie;

static void lie_absent_table_is_there(void *context, rounds *tables)
{
    absent_lie *l = context;
    const world *w = l->w;
    l->tables = tables;
    tables->rows[RANGE] = RANGE_ROWS;
    tables->columns[RANGE][AIR_PREPROCESSED] = w->columns[RANGE][AIR_PREPROCESSED];
    tables->columns[RANGE][AIR_MAIN] = w->columns[RANGE][AIR_MAIN];
}

static void lie_absent_table_is_gone(void *context, const constraint_sum *sum, fp5 claim,
                                     fp5 *const columns[STARK_MAX_CHIPS][AIR_PHASES])
{
    (void)sum, (void)claim, (void)columns;
    absent_lie *l = context;
    l->tables->rows[RANGE] = 0;
}

static void absent_tables(void **state)
{
    (void)state;
    world *w = world_new(mixed);
    w->claim.rows[RANGE] = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < w->table_count; i++)
        if (w->tables[i].chip != RANGE)
            w->tables[count++] = w->tables[i];
    w->table_count = count;
    proof_outcome outcome = proven(w); /* honest: the sum says that something is missing */
    assert_false(fp5_is_zero(outcome.local_sum));
    assert_true(fp5_is_zero(outcome.shared_sum));
    absent_lie l = {.w = w};
    const proof_lies lies = {.rounds = {.context = &l, .change_values = lie_absent_table_is_gone},
                             .change_tables = lie_absent_table_is_there};
    proof p = prove_as(w, &PROOF_TINY, &lies);
    assert_true(fp5_is_zero(p.outcome.local_sum));
    assert_status(w, &p, PROOF_CONSTRAINTS);

    /* A public value of a chip that is absent is in no message that counts. */
    w = world_new((uint32_t[CHIPS]){0, RANGE_ROWS, 0, 64, 64});
    outcome = proven(w);
    assert_true(fp5_is_zero(outcome.local_sum) && fp5_is_zero(outcome.shared_sum));
    w->claim.public_values[USER][0] = fp_from_u32(12);
    outcome = proven(w);
    assert_true(fp5_is_zero(outcome.local_sum) && fp5_is_zero(outcome.shared_sum));
}

static void lie_in_dead_cells(void *context, unsigned matrix, fp *cells, size_t used, size_t count)
{
    (void)context;
    for (size_t i = used; i < count; i++)
        cells[i] = fp_from_u32((uint32_t)(i * 77 + matrix));
}

static void cells_that_nothing_refers_to(void **state)
{
    (void)state;
    const proof_lies lies = {.change_cells = lie_in_dead_cells};
    expect_lie(mixed, &lies, OK);
}

static void lie_shift_cells(void *context, unsigned matrix, fp *cells, size_t used, size_t count)
{
    const lie *l = context;
    if (matrix != l->matrix)
        return;
    (void)used;
    fp last = cells[count - 1];
    memmove(cells + 1, cells, (count - 1) * sizeof *cells);
    cells[0] = last;
}

static void lie_swap_pieces(void *context, unsigned matrix, fp *cells, size_t used, size_t count)
{
    const lie *l = context;
    (void)count;
    if (matrix != l->matrix)
        return;
    for (size_t i = 0; i < used / 4; i++) {
        fp swap = cells[i];
        cells[i] = cells[used / 2 + i];
        cells[used / 2 + i] = swap;
    }
}

static void cells_that_stand_elsewhere(void **state)
{
    (void)state;
    for (unsigned matrix = PROOF_MAIN; matrix <= PROOF_BOUNDARY; matrix++) {
        lie l = {.matrix = matrix};
        expect_lie(mixed, &(proof_lies){.rounds = {.context = &l}, .change_cells = lie_shift_cells}, PROOF_FOLDING);
        expect_lie(mixed, &(proof_lies){.rounds = {.context = &l}, .change_cells = lie_swap_pieces}, PROOF_FOLDING);
    }
}

int main(void)
{
    arena_open(&memory, (size_t)4 << 30);
    mark = memory.used_bytes;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proves_and_verifies),
        cmocka_unit_test(is_equal_in_every_build),
        cmocka_unit_test(every_word_counts),
        cmocka_unit_test(is_total),
        cmocka_unit_test(heights_of_two_minds),
        cmocka_unit_test(layers_of_another_count),
        cmocka_unit_test(grain),
        cmocka_unit_test(tables_of_another_kind),
        cmocka_unit_test(key_of_another_height),
        cmocka_unit_test(the_claim_enters_the_transcript),
        cmocka_unit_test(look_ups_that_wrap_around_p),
        cmocka_unit_test(broken_constraints),
        cmocka_unit_test(chips_that_cancel),
        cmocka_unit_test(reports_sums),
        cmocka_unit_test(padding_row_speaks),
        cmocka_unit_test(zero_denominators),
        cmocka_unit_test(swapped_groups),
        cmocka_unit_test(gkr_claims_that_cancel),
        cmocka_unit_test(bus_claims_from_nowhere),
        cmocka_unit_test(false_rounds),
        cmocka_unit_test(values_bent),
        cmocka_unit_test(virtual_rows_speak),
        cmocka_unit_test(absent_tables),
        cmocka_unit_test(cells_that_nothing_refers_to),
        cmocka_unit_test(cells_that_stand_elsewhere),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
