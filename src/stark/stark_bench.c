/* Prover and verifier on one synthetic table: seconds and nanoseconds per committed cell by phase.
 * stark_bench [log2 rows] [columns] [interactions], 18 200 60 by default. */
#include "base/check.h"
#include "field/simd.h"
#include "stark/prove.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint32_t column_count = 200, interaction_count = 60;

/* Columns in fours: a, b, a·b, a·b·(a·b + b); a is a bit in every other four. */
static void record(air_tape *t)
{
    for (uint32_t c = 0; c + 4 <= column_count; c += 4) {
        air_expr x[4];
        for (uint32_t i = 0; i < 4; i++)
            x[i] = air_column(t, AIR_MAIN, c + i);
        if (c % 8 == 4)
            air_bool(t, "is a bit", x[0]);
        air_equal(t, "product", x[2], air_mul(t, x[0], x[1]));
        air_equal(t, "cubic", x[3], air_mul(t, air_mul(t, x[0], x[1]), air_add(t, x[2], x[1])));
        if (c + 5 < column_count)
            air_equal(t, "neighbours", air_mul(t, x[0], air_sub(t, x[2], air_mul(t, x[0], x[1]))),
                      air_mul(t, x[1], air_sub(t, air_mul(t, x[0], x[1]), x[2])));
    }
    air_expr real = air_column(t, AIR_MAIN, 4);
    for (uint32_t i = 0; i < interaction_count; i++) {
        air_expr message[5];
        for (uint32_t k = 0; k < 5; k++)
            message[k] = air_column(t, AIR_MAIN, (i / 2 * 7 + k * 3) % column_count);
        message[2] = air_add(t, message[2], message[3]);
        air_interact(t, 1 + i / 2 % 9, false, i % 2 == 1, real, message, 5);
    }
}

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Of all threads: steadier than the clock when others use the machine too. */
static double processor_time(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

typedef struct {
    double start, processor_start, cells;
    const char *stage;
} stopwatch;

static void on_progress(void *context, const char *stage, double done)
{
    stopwatch *s = context;
    double t = now();
    (void)done;
    if (s->stage != NULL)
        printf("%-16s %8.3f s  %7.2f ns/cell  %7.2f processor ns/cell\n", s->stage, t - s->start,
               1e9 * (t - s->start) / s->cells, 1e9 * (processor_time() - s->processor_start) / s->cells);
    s->stage = stage;
    s->start = now();
    s->processor_start = processor_time();
}

int main(int argc, char **argv)
{
    unsigned log2_rows = argc > 1 ? (unsigned)atoi(argv[1]) : 18;
    if (argc > 2)
        column_count = (uint32_t)atoi(argv[2]);
    if (argc > 3)
        interaction_count = (uint32_t)atoi(argv[3]);
    if (log2_rows < STARK_MIN_LOG2_ROWS || log2_rows > STARK_MAX_LOG2_ROWS || column_count < 8 || column_count % 4 != 0) {
        fprintf(stderr, "usage: stark_bench [log2 rows, %d to %d] [columns, a multiple of 4] [interactions]\n",
                STARK_MIN_LOG2_ROWS, STARK_MAX_LOG2_ROWS);
        return 2;
    }
    arena a;
    arena_open(&a, (size_t)64 << 30);
    const air chip = {.name = "synthetic", .width = {0, 0, column_count}, .record = record};
    const air *chips[] = {&chip};
    stark_machine m;
    stark_machine_open(&m, &a, chips, (uint8_t[]){0}, 1);
    size_t rows = (size_t)1 << log2_rows;
    fp *columns = arena_allocate(&a, column_count * rows * sizeof(fp), 64);
#pragma omp parallel for
    for (size_t i = 0; i < rows; i++)
        for (uint32_t c = 0; c + 4 <= column_count; c += 4) {
            uint64_t random = (i * 0x9e3779b97f4a7c15u ^ c * 0xbf58476d1ce4e5b9u) * 0x94d049bb133111ebu;
            fp x = c == 0 ? fp_from_u64(i) : c % 8 == 4 ? (random >> 40 & 1 ? FP_ONE : FP_ZERO) : fp_from_u64(random >> 9);
            fp y = fp_from_u64(random >> 21), product = fp_mul(x, y);
            columns[c * rows + i] = x;
            columns[(c + 1) * rows + i] = y;
            columns[(c + 2) * rows + i] = product;
            columns[(c + 3) * rows + i] = fp_mul(product, fp_add(product, y));
        }
    fp statement = FP_ONE;
    stark_claim claim = {.statement = &statement, .statement_count = 1, .log2_rows = {(uint8_t)log2_rows}};
    stark_table table = {.chip = 0, .rows = (uint32_t)rows, .columns = {NULL, NULL, columns}};
    size_t words = stark_proof_words(&m, &STARK_FULL, &claim);
    CHECK(words > 0);
    uint32_t *proof = ARENA_NEW(&a, uint32_t, words);

    uint32_t cells_a_row = column_count + 5 * ((interaction_count + 1) / 2) + 10;
    stopwatch watch = {.cells = (double)rows * cells_a_row};
    printf("2^%u rows, %u columns, %u interactions: %u cells a row; %s, %d threads; at most %.2f GiB\n", log2_rows,
           column_count, interaction_count, cells_a_row, simd_name(simd_get()), omp_get_max_threads(),
           (double)stark_prove_memory_bytes(&m, &STARK_FULL, &claim) / (1 << 30));
    stark_outcome outcome;
    stark_options options = {.progress = on_progress, .progress_context = &watch};
    double start = now();
    size_t limit = stark_prove_memory_bytes(&m, &STARK_FULL, &claim);
    arena part; /* no larger than what the prover says */
    arena_init(&part, arena_allocate(&a, limit, 1 << 21), limit);
    stark_prove(proof, &outcome, &m, &STARK_FULL, NULL, &claim, &table, 1, &options, &part);
    double taken = now() - start;
    printf("%-16s %8.3f s  %7.2f ns/cell, %.1f M cells/s\n", "all", taken, 1e9 * taken / watch.cells,
           watch.cells / taken / 1e6);
    static const stark_key no_key;
    start = now();
    status s = stark_verify(&outcome, &m, &STARK_FULL, &no_key, &claim, proof, words, &a);
    taken = now() - start;
    printf("%-16s %8.3f s  %s, %.2f MB\n", "verify", taken, status_name(s), 4e-6 * (double)words);
    start = now();
    if (s == OK)
        s = stark_verify_fast(&outcome, &m, &STARK_FULL, &no_key, &claim, proof, words, &a);
    printf("%-16s %8.3f s  %s\n", "verify, fast", now() - start, status_name(s));
    arena_close(&a);
    return s == OK && fp5_is_zero(outcome.local_sum) ? 0 : 1;
}
