/* The proof system as a whole, on a small machine that has everything: transitions, public values, a look-up into a
 * preprocessed table, a permutation bus, a bus under the shared challenge over boundary columns, mixed heights. */
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
enum { TAG_RANGE = 1, TAG_PAIR = 2, TAG_SHARED = 9 };

static void record_fibonacci(air_tape *t)
{
    air_expr a = air_column(t, AIR_MAIN, 0), b = air_column(t, AIR_MAIN, 1);
    air_zero_when(t, "starts with the first public value", air_is_first(t), air_sub(t, a, air_public(t, 0)));
    air_zero_when(t, "goes on with the second", air_is_first(t), air_sub(t, b, air_public(t, 1)));
    air_zero_unless_last(t, "b moves up", air_sub(t, air_next(t, a), b));
    air_zero_unless_last(t, "the sum follows", air_sub(t, air_next(t, b), air_add(t, a, b)));
    air_zero_when(t, "ends with the third", air_is_last(t), air_sub(t, b, air_public(t, 2)));
}

/* x, y are bytes where real; z = x·y·real; k counts the row. */
static void record_user(air_tape *t)
{
    air_expr x = air_column(t, AIR_MAIN, 0), y = air_column(t, AIR_MAIN, 1), z = air_column(t, AIR_MAIN, 2);
    air_expr real = air_column(t, AIR_MAIN, 3), k = air_column(t, AIR_MAIN, 4);
    air_bool(t, "real is a bit", real);
    air_zero(t, "z is the product", air_sub(t, z, air_mul(t, air_mul(t, x, y), real)));
    air_zero_when(t, "k starts at 0", air_is_first(t), k);
    air_zero_unless_last(t, "k counts", air_sub(t, air_sub(t, air_next(t, k), k), air_constant(t, 1)));
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
    air_expr shared[] = {air_column(t, AIR_BOUNDARY, 1), air_column(t, AIR_MAIN, 0)};
    air_interact(t, TAG_SHARED, true, true, flag, shared, 2);
    air_zero(t, "key follows the row before",
             air_mul(t, air_mul(t, air_sub(t, air_next(t, shared[1]), shared[1]), air_not_last(t)),
                     air_sub(t, air_sub(t, air_next(t, shared[1]), shared[1]), air_constant(t, 1))));
}

static const air chips[CHIPS] = {
    {.name = "fibonacci", .width = {0, 0, 2}, .public_count = 3, .record = record_fibonacci},
    {.name = "user", .width = {0, 0, 5}, .public_count = 1, .record = record_user},
    {.name = "range", .width = {1, 0, 1}, .record = record_range},
    {.name = "pairs", .width = {1, 2, 3}, .record = record_pairs},
    {.name = "mirror", .width = {0, 2, 1}, .record = record_mirror},
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
            column(w, USER, AIR_MAIN, 4)[i] = fp_from_u32((uint32_t)i);
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
            column(w, MIRROR, AIR_MAIN, 0)[i] = fp_from_u32((uint32_t)i);
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
        stark_table table = {.chip = chip, .log2_rows = log2_rows[chip]};
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
    return stark_verify(outcome, &w->machine, parameters, &w->key, &w->claim, p->words, p->count, &memory);
}

__attribute__((unused)) static void print_failure(void *context, uint32_t chip, const char *sentence)
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
}

static void proves_at_full_parameters(void **state)
{
    (void)state;
    assert_proves(mixed, &STARK_FULL);
}

int main(void)
{
    arena_open(&memory, (size_t)2 << 30);
    mark = memory.used_bytes;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proves_and_verifies),
        cmocka_unit_test(proves_at_full_parameters),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&memory);
    return failed;
}
