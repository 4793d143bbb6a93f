#include "stark/prover.h"

#include "base/check.h"
#include "base/memory.h"

#include <omp.h>

enum { DEEP_BLOCK_ROWS = 256, OPENING_CHUNK_ROWS = 4096 };

/* ---- openings ---- */

/* All columns of the tables of one height: at ζ and at ζ·g. They stand in the order of the openings of each table. */
typedef struct {
    const fp **here, **next;
    uint32_t *here_opening, *next_opening; /* place among all openings */
    uint32_t *here_batch, *next_batch;     /* exponent of θ */
    size_t here_count, next_count;
} height_columns;

static void add_here(height_columns *h, const fp *column, uint32_t opening, uint32_t batch)
{
    h->here[h->here_count] = column;
    h->here_opening[h->here_count] = opening;
    h->here_batch[h->here_count++] = batch;
}

static void add_next(height_columns *h, const fp *column, uint32_t opening, uint32_t batch)
{
    h->next[h->next_count] = column;
    h->next_opening[h->next_count] = opening;
    h->next_batch[h->next_count++] = batch;
}

static void collect_columns(const prover *p, height_columns *h, unsigned height)
{
    const stark_shape *s = &p->shape;
    size_t most = s->opening_count;
    h->here = ARENA_NEW(p->memory, const fp *, most);
    h->next = ARENA_NEW(p->memory, const fp *, most);
    h->here_opening = ARENA_NEW(p->memory, uint32_t, most);
    h->next_opening = ARENA_NEW(p->memory, uint32_t, most);
    h->here_batch = ARENA_NEW(p->memory, uint32_t, most);
    h->next_batch = ARENA_NEW(p->memory, uint32_t, most);
    h->here_count = h->next_count = 0;
    size_t stride = extension_stride(height);
    for (uint32_t i = 0; i < s->table_count; i++) {
        const shape_table *t = &s->tables[i];
        if (t->log2_rows != height)
            continue;
        const fp *const *extended = p->extended[i];
        uint32_t opening = t->opening, batch = t->batch;
        for (unsigned phase = 0; phase < SHAPE_PHASES; phase++)
            for (uint32_t c = 0; c < t->width[phase]; c++)
                add_here(h, extended[phase] + c * stride, opening++, batch++);
        for (unsigned group = 0; group < SHAPE_GROUPS; group++)
            for (uint32_t c = 0; c < FP5_DEGREE && t->interactions[group] > 0; c++)
                add_next(h, extended[SHAPE_BUS] + (t->sum_column[group] + c) * stride, opening++, batch++);
    }
}

/* 1/(x − ζ) and 1/(x − ζ·g) = g^−1/(x·g^−1 − ζ), the former of the row before. */
static void make_inverses(prover *p, unsigned height)
{
    size_t rows = (size_t)1 << height;
    height_data *h = &p->heights[height];
    h->inverse = prove_new_columns(p->memory, FP5_DEGREE, rows);
    h->inverse_next = prove_new_columns(p->memory, FP5_DEGREE, rows);
    fp g = fp_root_of_unity(height), g_inverse = fp_root_of_unity_inverse(height);
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < rows; first += POINT_CHUNK_ROWS) {
        fp5 chunk[POINT_CHUNK_ROWS];
        size_t count = rows < POINT_CHUNK_ROWS ? rows : POINT_CHUNK_ROWS;
        fp x = fp_mul(FP_GENERATOR, fp_power(g, first));
        for (size_t j = 0; j < count; j++, x = fp_mul(x, g))
            chunk[j] = fp5_sub(fp5_from_fp(x), p->zeta);
        fp5_inverse_batch(chunk, chunk, count);
        for (size_t i = 0; i < FP5_DEGREE; i++)
            for (size_t j = 0; j < count; j++) {
                h->inverse[i * rows + first + j] = chunk[j].c[i];
                h->inverse_next[i * rows + ((first + j + 1) & (rows - 1))] = fp_mul(chunk[j].c[i], g_inverse);
            }
    }
}

/* Barycentric weights x/(z − x)·(z^n − s^n)/(n·s^n) but for the factor, from 1/(x − z). */
static const fp *make_weights(const prover *p, const fp *inverse, unsigned height)
{
    size_t rows = (size_t)1 << height;
    fp *weights = prove_new_columns(p->memory, FP5_DEGREE, rows);
    fp g = fp_root_of_unity(height);
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < rows; first += POINT_CHUNK_ROWS) {
        size_t end = rows < POINT_CHUNK_ROWS ? rows : first + POINT_CHUNK_ROWS;
        fp x = fp_neg(fp_mul(FP_GENERATOR, fp_power(g, first)));
        for (size_t j = first; j < end; j++, x = fp_mul(x, g))
            for (size_t i = 0; i < FP5_DEGREE; i++)
                weights[i * rows + j] = fp_mul(inverse[i * rows + j], x);
    }
    return weights;
}

static void weigh(prover *p, const fp *weights, unsigned height, const fp *const *columns, const uint32_t *openings,
                  size_t count)
{
    size_t rows = (size_t)1 << height;
    size_t chunk = rows < OPENING_CHUNK_ROWS ? rows : OPENING_CHUNK_ROWS;
    size_t mark = p->memory->used_bytes;
    int threads = omp_get_max_threads();
    fp5 *sums = ARENA_NEW(p->memory, fp5, count * (size_t)threads + 1);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t first = 0; first < rows; first += chunk)
        p->kernels->weigh_columns(sums + (size_t)omp_get_thread_num() * count, weights, rows, columns, count,
                                  first, chunk);
    /* (z^n − s^n)/(n·s^n); ζ·g has the same n-th power as ζ. */
    fp shift_power = fp_power(FP_GENERATOR, rows);
    fp divisor = fp_mul(fp_inverse(shift_power), fp_inverse_power_of_two(height));
    fp5 factor = fp5_mul_fp(fp5_sub_fp(fp5_power(p->zeta, rows), shift_power), divisor);
    for (size_t c = 0; c < count; c++) {
        fp5 sum = FP5_ZERO;
        for (int i = 0; i < threads; i++)
            sum = fp5_add(sum, sums[(size_t)i * count + c]);
        p->openings[openings[c]] = fp5_mul(sum, factor);
    }
    arena_rewind(p->memory, mark);
}

void prove_open_height(prover *p, unsigned height)
{
    make_inverses(p, height);
    size_t mark = p->memory->used_bytes;
    height_columns h;
    collect_columns(p, &h, height);
    const fp *weights = make_weights(p, p->heights[height].inverse, height);
    weigh(p, weights, height, h.here, h.here_opening, h.here_count);
    weights = make_weights(p, p->heights[height].inverse_next, height);
    weigh(p, weights, height, h.next, h.next_opening, h.next_count);
    arena_rewind(p->memory, mark);
}

/* ---- DEEP ---- */

/* Σ θ^k·opened value, and the powers themselves. */
static fp5 batch_factors(const prover *p, fp5 *factors, const fp5 *powers, const uint32_t *batch,
                         const uint32_t *openings, size_t count)
{
    fp5 sum = FP5_ZERO;
    for (size_t c = 0; c < count; c++) {
        factors[c] = powers[batch[c]];
        sum = fp5_add(sum, fp5_mul(factors[c], p->openings[openings[c]]));
    }
    return sum;
}

/* The batched quotient has degree below n: it is computed on the first coset and extended to the other. */
void prove_make_deep(prover *p, unsigned height, const fp5 *powers)
{
    height_data *data = &p->heights[height];
    size_t rows = (size_t)1 << height;
    data->deep = arena_allocate(p->memory, 2 * rows * sizeof(fp5), CACHE_LINE);
    size_t mark = p->memory->used_bytes;
    height_columns h;
    collect_columns(p, &h, height);
    fp5 *here_factors = ARENA_NEW(p->memory, fp5, h.here_count + 1);
    fp5 *next_factors = ARENA_NEW(p->memory, fp5, h.next_count + 1);
    fp5 opened_here = batch_factors(p, here_factors, powers, h.here_batch, h.here_opening, h.here_count);
    fp5 opened_next = batch_factors(p, next_factors, powers, h.next_batch, h.next_opening, h.next_count);
    fp *values = prove_new_columns(p->memory, FP5_DEGREE, rows);
    fp *others = prove_new_columns(p->memory, FP5_DEGREE, rows);
    size_t block = rows < DEEP_BLOCK_ROWS ? rows : DEEP_BLOCK_ROWS;
#pragma omp parallel for schedule(dynamic, 4)
    for (size_t first = 0; first < rows; first += block) {
        fp parts[4][FP5_DEGREE * DEEP_BLOCK_ROWS];
        memset(parts[0], 0, sizeof parts[0]);
        memset(parts[1], 0, sizeof parts[1]);
        for (size_t i = 0; i < FP5_DEGREE; i++) {
            memcpy(parts[2] + i * DEEP_BLOCK_ROWS, data->inverse + i * rows + first, block * sizeof(fp));
            memcpy(parts[3] + i * DEEP_BLOCK_ROWS, data->inverse_next + i * rows + first, block * sizeof(fp));
        }
        p->kernels->combine_columns(parts[0], DEEP_BLOCK_ROWS, here_factors, h.here, h.here_count, first, block);
        p->kernels->combine_columns(parts[1], DEEP_BLOCK_ROWS, next_factors, h.next, h.next_count, first, block);
        p->kernels->deep_quotient(parts[0], parts[0], parts[1], parts[2], parts[3], DEEP_BLOCK_ROWS, opened_here,
                                  opened_next, block);
        for (size_t i = 0; i < FP5_DEGREE; i++)
            memcpy(values + i * rows + first, parts[0] + i * DEEP_BLOCK_ROWS, block * sizeof(fp));
    }
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < FP5_DEGREE; i++)
        ntt_other_coset(p->ntt, others + (size_t)i * rows, values + (size_t)i * rows, 0, height);
#pragma omp parallel for schedule(static)
    for (size_t index = 0; index < 2 * rows; index++) {
        size_t natural = reverse_bits((uint32_t)index, height + 1);
        const fp *column = (natural & 1 ? others : values) + (natural >> 1);
        for (size_t i = 0; i < FP5_DEGREE; i++)
            data->deep[index].c[i] = column[i * rows];
    }
    if (p->lies->change_deep != NULL)
        p->lies->change_deep(p->lies->context, height, data->deep, 2 * rows);
    arena_rewind(p->memory, mark);
}
