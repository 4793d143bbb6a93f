/* The opening beside itself with other parameters. Processor time of all threads: steadier than the clock when others use
 * the machine too. Without grinding, which is luck: about 2^20 permutations a round. opening_bench [log2 cells], 26 by
 * default: columns of 2^20 rows. */
#include "base/check.h"
#include "field/simd.h"
#include "stark/multilinear.h"
#include "stark/opening_prover.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LOG2_ROWS = 20, MAX_COLUMNS = 512, BOUNDARY_COLUMNS = 13, PROGRAM_COLUMNS = 10, LOG2_SMALL_ROWS = 18 };

static arena memory;
static uint32_t column_count;
static double cells;

static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static double wall_seconds(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void report(const char *what, double processor, double wall)
{
    printf("  %-34s %8.3f s  %7.2f ns a cell  (by the clock %.3f s)\n", what, processor, 1e9 * processor / cells, wall);
}

static void fill(fp *column, size_t rows, uint64_t seed)
{
    for (size_t i = 0; i < rows; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        column[i] = (fp)((seed >> 33) % FP_MODULUS);
    }
}

/* What a verifier permutes for the trees. */
static size_t permutations(const opening_shape *s)
{
    const opening_parameters *p = &s->parameters;
    size_t sum = 0, cap = ((size_t)DIGEST_LENGTH << p->log2_cap) / HASH_RATE;
    for (unsigned round = 0; round < OPENING_ROUNDS; round++) {
        size_t path = opening_log2_domain(s, round) - p->log2_cap, query = 0;
        if (round > 0) {
            query += (opening_folded_slots(s, round - 1) * FP5_DEGREE + HASH_RATE - 1) / HASH_RATE + path;
            sum += cap;
        }
        for (uint32_t k = 0; k < s->matrix_count; k++)
            if (opening_matrix_round(k) == round) {
                query += (s->layouts[k].slots + HASH_RATE - 1) / HASH_RATE + path;
                sum += cap;
            }
        sum += query * p->rounds[round].queries;
    }
    return sum;
}

static void measure(const char *name, const opening_parameters *with_grinding, const fp *columns, bool joined,
                           const fp *small)
{
    opening_parameters without_grinding = *with_grinding, *parameters = &without_grinding;
    without_grinding.query_grinding_bits = 0;
    size_t mark = memory.used_bytes;
    layout_table tables[3] = {
        {1 << LOG2_ROWS, column_count, 0},
        {1 << LOG2_SMALL_ROWS, BOUNDARY_COLUMNS, column_count},
        {1 << LOG2_SMALL_ROWS, PROGRAM_COLUMNS, column_count + BOUNDARY_COLUMNS},
    };
    opening_columns matrices[3] = {{&tables[0], 1}, {&tables[1], 1}, {&tables[2], 1}};
    uint32_t matrix_count = joined ? 3 : 1;
    uint32_t value_count = column_count + (joined ? BOUNDARY_COLUMNS + PROGRAM_COLUMNS : 0);
    opening_shape *s = ARENA_NEW(&memory, opening_shape, 1);
    CHECK(opening_shape_make(s, parameters, LOG2_ROWS, value_count, matrices, matrix_count) == OK);
    printf("%s: %zu KiB, %zu permutations for trees\n", name, s->words / 256, permutations(s));
    const ntt_tables *ntt = ntt_tables_new(&memory, opening_log2_ntt(parameters));
    opening_commitment commitments[3];
    const opening_commitment *committed[3];
    const digest *caps[3];
    fp5 *values = ARENA_NEW(&memory, fp5, value_count), r[LOG2_ROWS];
    for (unsigned i = 0; i < LOG2_ROWS; i++)
        r[i] = (fp5){{FP_CONSTANT(i * 77 + 5), FP_ONE, FP_CONSTANT(i + 3), FP_TWO, FP_HALF}};
    fp5 *eq = arena_allocate(&memory, sizeof(fp5) << LOG2_ROWS, 64);
    uint32_t value = 0;
    for (uint32_t k = 0; k < matrix_count; k++) {
        const layout *l = &s->layouts[k];
        const fp *pointers[MAX_COLUMNS];
        size_t rows = tables[k].rows;
        multilinear_eq_table(eq, FP5_ONE, r, LOG2_ROWS); /* rows beyond are zero */
        for (uint32_t c = 0; c < tables[k].columns; c++) {
            pointers[c] = (k == 0 ? columns : small) + c * rows;
            values[value + c] = FP5_ZERO;
        }
#pragma omp parallel for
        for (uint32_t c = 0; c < tables[k].columns; c++)
            values[value + c] = multilinear_evaluate_fp(pointers[c], eq, rows);
        value += tables[k].columns;
        fp *cell = arena_allocate(&memory, ((size_t)l->slots << l->log2_slot) * sizeof(fp), 64);
        double start = processor_seconds(), wall = wall_seconds();
        opening_fill(cell, l, pointers);
        report("cells in their slots", processor_seconds() - start, wall_seconds() - wall);
        start = processor_seconds();
        wall = wall_seconds();
        opening_commit(&commitments[k], parameters, k, cell, l->slots, ntt, &memory);
        report(k == 0   ? "code and tree"
               : k == 1 ? "code and tree, boundary"
                        : "code and tree, program",
               processor_seconds() - start, wall_seconds() - wall);
        committed[k] = &commitments[k];
        caps[k] = tree_cap(&commitments[k].tree);
    }
    fp *words = ARENA_NEW(&memory, fp, s->words);
    transcript t;
    transcript_start(&t);
    double start = processor_seconds(), wall = wall_seconds();
    opening_prove(words, s, &t, committed, values, r, ntt, NULL, &memory);
    report("opening", processor_seconds() - start, wall_seconds() - wall);
    transcript_start(&t);
    start = processor_seconds();
    wall = wall_seconds();
    CHECK(opening_verify(s, &t, caps, values, r, words, s->words, tree_check_fast, &memory) == OK);
    report("verification", processor_seconds() - start, wall_seconds() - wall);
    arena_rewind(&memory, mark);
}

/* The same cells as slots of round 0 and as slots that join. */
static void measure_boundary(const fp *small)
{
    static const char *const names[] = {"4 slots of 2^20, rate 1/2", "104 slots of 2^15, rate 1/4"};
    printf("the boundary alone, %d columns of 2^%d rows\n", BOUNDARY_COLUMNS, LOG2_SMALL_ROWS);
    for (uint32_t k = 0; k < 2; k++) {
        size_t mark = memory.used_bytes;
        layout_table table = {1 << LOG2_SMALL_ROWS, BOUNDARY_COLUMNS, 0};
        layout *l = ARENA_NEW(&memory, layout, 1);
        CHECK(layout_make(l, OPENING_FULL.rounds[k].log2_height, &table, 1) == OK);
        const ntt_tables *ntt = ntt_tables_new(&memory, opening_log2_ntt(&OPENING_FULL));
        const fp *pointers[BOUNDARY_COLUMNS];
        for (size_t c = 0; c < BOUNDARY_COLUMNS; c++)
            pointers[c] = small + (c << LOG2_SMALL_ROWS);
        fp *cell = arena_allocate(&memory, ((size_t)l->slots << l->log2_slot) * sizeof(fp), 64);
        opening_fill(cell, l, pointers);
        opening_commitment c;
        double start = processor_seconds(), wall = wall_seconds();
        opening_commit(&c, &OPENING_FULL, k, cell, l->slots, ntt, &memory);
        report(names[k], processor_seconds() - start, wall_seconds() - wall);
        arena_rewind(&memory, mark);
    }
}

int main(int argc, char **argv)
{
    unsigned log2_cells = argc > 1 ? (unsigned)atoi(argv[1]) : 26;
    if (log2_cells < LOG2_ROWS || log2_cells > LOG2_ROWS + 9) {
        fprintf(stderr, "usage: opening_bench [log2 cells, %d to %d]\n", LOG2_ROWS, LOG2_ROWS + 9);
        return 2;
    }
    column_count = 1u << (log2_cells - LOG2_ROWS);
    cells = (double)((size_t)1 << log2_cells);
    arena_open(&memory, (size_t)64 << 30);
    fp *columns = arena_allocate(&memory, sizeof(fp) << log2_cells, 64);
    fp *small = arena_allocate(&memory, (sizeof(fp) * BOUNDARY_COLUMNS) << LOG2_SMALL_ROWS, 64);
#pragma omp parallel for
    for (uint32_t c = 0; c < column_count; c++)
        fill(columns + ((size_t)c << LOG2_ROWS), (size_t)1 << LOG2_ROWS, c + 1);
    for (uint32_t c = 0; c < BOUNDARY_COLUMNS; c++)
        fill(small + ((size_t)c << LOG2_SMALL_ROWS), (size_t)1 << LOG2_SMALL_ROWS, c + 1001);
    printf("2^%u cells in %u columns; %s, %d threads; processor time\n", log2_cells, column_count,
           simd_name(simd_get()), omp_get_max_threads());
    const opening_parameters tall = {{{21, 1, 268}, {15, 2, 164}, {10, 3, 134}}, 9, 20};
    const opening_parameters quarter = {{{19, 2, 164}, {14, 3, 134}, {9, 3, 134}}, 9, 20};
    measure("h = 20", &OPENING_FULL, columns, false, small);
    measure("h = 21", &tall, columns, false, small);
    measure("h = 19, rates 1/4, 1/8, 1/8", &quarter, columns, false, small);
    measure("h = 20 with boundary and program", &OPENING_FULL, columns, true, small);
    measure_boundary(small);
    arena_close(&memory);
    return 0;
}
