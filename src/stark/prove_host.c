#include "base/check.h"
#include "base/memory.h"
#include "field/simd.h"
#include "stark/evaluator.h"
#include "stark/merkle.h"
#include "stark/ntt.h"
#include "stark/prove.h"
#include "stark/prove_kernels.h"
#include "stark/shape.h"
#include "stark/transcript.h"

#include <omp.h>

enum { CACHE_LINE = 64, DEEP_BLOCK_ROWS = 256, OPENING_CHUNK_ROWS = 4096, POINT_CHUNK_ROWS = 1024 };

struct stark_proving_key {
    stark_key key;
    const fp *columns[STARK_MAX_CHIPS]; /* NULL where a chip has none */
    const fp *extended[STARK_MAX_CHIPS];
    merkle_tree trees[STARK_MAX_PREPROCESSED_TREES];
};

typedef struct {
    merkle_tree tree;
    merkle_matrix matrices[STARK_MAX_CHIPS]; /* in key order */
    uint32_t matrix_count;
} committed_tree;

typedef struct {
    fp *inverse, *inverse_next; /* 1/(x − ζ), 1/(x − ζ·g) over the first coset: five columns each */
    fp5 *deep;                  /* in bit-reversed order */
} height_data;

typedef struct {
    const stark_machine *machine;
    const stark_parameters *parameters;
    const stark_proving_key *key;
    const stark_claim *claim;
    const stark_options *options;
    const prove_kernel_set *kernels;
    const stark_lies *lies; /* never NULL */
    arena *memory;
    const ntt_tables *ntt;
    stark_shape shape;
    transcript transcript;
    uint32_t *next; /* where the proof continues */
    const fp *traces[STARK_MAX_CHIPS][AIR_PHASES];      /* by place in the shape, as all of these */
    const fp *extended[STARK_MAX_CHIPS][SHAPE_PHASES];
    committed_tree trees[SHAPE_MAX_TREES];
    bus_challenge challenges[SHAPE_GROUPS];
    fp5 alpha_powers[SHAPE_GROUPS][AIR_MAX_MESSAGE + 1];
    fp5 sums[STARK_MAX_CHIPS][SHAPE_GROUPS];
    fp5 lambda, zeta, theta;
    fp5 *openings;
    height_data heights[STARK_MAX_LOG2_ROWS + 1];
    merkle_tree layer_trees[SHAPE_MAX_FRI_LAYERS];
    const fp5 *layers[SHAPE_MAX_FRI_LAYERS];
} prover;

const prove_kernel_set *prove_kernels(void)
{
    switch (simd_get()) {
#if defined(__x86_64__)
    case SIMD_AVX512:
        return &prove_kernel_set_avx512;
    case SIMD_AVX2:
        return &prove_kernel_set_avx2;
#endif
    default:
        return &prove_kernel_set_portable;
    }
}

static fp *new_columns(arena *memory, size_t count, size_t rows)
{
    return arena_allocate(memory, count * rows * sizeof(fp), CACHE_LINE);
}

/* From one extended column to the next. Columns a power of two apart would fall into the same few sets of a cache; so
 * tall ones are moved on by nine lines each. */
static size_t extension_stride(unsigned log2_rows)
{
    enum { PADDED_FROM_LOG2_ROWS = 9, PADDING = 9 * CACHE_LINE / sizeof(fp) };
    return ((size_t)2 << log2_rows) + (log2_rows >= PADDED_FROM_LOG2_ROWS ? PADDING : 0);
}

static fp *new_extension(arena *memory, size_t count, unsigned log2_rows)
{
    return new_columns(memory, count, extension_stride(log2_rows));
}

static void report_progress(const prover *p, const char *stage, double done)
{
    if (p->options != NULL && p->options->progress != NULL)
        p->options->progress(p->options->progress_context, stage, done);
}

/* ---- what is written ---- */

static void write_words(prover *p, const fp *words, size_t count)
{
    memcpy(p->next, words, count * sizeof *words);
    p->next += count;
}

static void write_fp5s(prover *p, const fp5 *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        write_words(p, x[i].c, FP5_DEGREE);
        transcript_absorb_fp5(&p->transcript, x[i]);
    }
}

static void write_cap(prover *p, const digest *cap)
{
    write_words(p, cap->c, SHAPE_CAP_DIGESTS * DIGEST_LENGTH);
    transcript_absorb_digests(&p->transcript, cap, SHAPE_CAP_DIGESTS);
}

static void write_nonce(prover *p, unsigned bits)
{
    fp nonce = transcript_grind(&p->transcript, bits);
    write_words(p, &nonce, 1);
}

/* ---- commitments ---- */

static void extend_into(const ntt_tables *ntt, arena *scratch, fp *extended, const fp *columns, size_t count,
                        unsigned log2_rows)
{
    size_t mark = scratch->used_bytes;
    fp **out = ARENA_NEW(scratch, fp *, count + 1);
    const fp **in = ARENA_NEW(scratch, const fp *, count + 1);
    for (size_t c = 0; c < count; c++) {
        out[c] = extended + c * extension_stride(log2_rows);
        in[c] = columns + (c << log2_rows);
    }
    ntt_extend_columns(ntt, out, in, count, log2_rows);
    arena_rewind(scratch, mark);
}

static const fp *extend(const ntt_tables *ntt, arena *memory, const fp *columns, size_t count, unsigned log2_rows)
{
    fp *extended = new_extension(memory, count, log2_rows);
    extend_into(ntt, memory, extended, columns, count, log2_rows);
    return extended;
}

static merkle_matrix matrix_of(const fp *extended, size_t count, unsigned log2_rows)
{
    return (merkle_matrix){
        .data = extended,
        .column_stride = extension_stride(log2_rows),
        .column_count = count,
        .log2_rows = log2_rows + STARK_LOG2_BLOWUP,
        .log2_cosets = STARK_LOG2_BLOWUP,
    };
}

/* Builds the tree of a phase over what is extended, and writes its cap. No tree, no cap. */
static void commit_phase(prover *p, unsigned phase)
{
    const stark_shape *s = &p->shape;
    for (uint32_t i = 0; i < s->tree_count; i++) {
        if (s->trees[i].phase != phase)
            continue;
        committed_tree *tree = &p->trees[i];
        for (uint32_t k = 0; k < s->table_count; k++)
            if (shape_in_tree(&s->trees[i], &s->tables[k], p->machine))
                tree->matrices[tree->matrix_count++] =
                    matrix_of(p->extended[k][phase], s->tables[k].width[phase], s->tables[k].log2_rows);
        if (phase == AIR_PREPROCESSED)
            tree->tree = p->key->trees[s->trees[i].preprocessed_tree];
        else
            merkle_build(&tree->tree, p->memory, tree->matrices, tree->matrix_count);
        CHECK(tree->tree.log2_leaves == s->trees[i].log2_leaves);
        if (phase != AIR_PREPROCESSED)
            write_cap(p, merkle_cap(&tree->tree));
    }
}

static void extend_phase(prover *p, unsigned phase)
{
    for (uint32_t i = 0; i < p->shape.table_count; i++) {
        const shape_table *t = &p->shape.tables[i];
        if (t->width[phase] > 0)
            p->extended[i][phase] = extend(p->ntt, p->memory, p->traces[i][phase], t->width[phase], t->log2_rows);
    }
}

stark_proving_key *stark_setup(stark_key *key, arena *memory, const stark_machine *m, const stark_table *preprocessed,
                               uint32_t count)
{
    stark_proving_key *k = ARENA_NEW(memory, stark_proving_key, 1);
    unsigned log2_rows = FRI_FINAL_LOG2;
    for (uint32_t i = 0; i < count; i++) {
        const stark_table *t = &preprocessed[i];
        CHECK(t->chip < m->count && (i == 0 || t->chip > preprocessed[i - 1].chip));
        CHECK(t->log2_rows >= STARK_MIN_LOG2_ROWS && t->log2_rows <= STARK_MAX_LOG2_ROWS);
        CHECK(m->chip[t->chip]->width[AIR_PREPROCESSED] > 0);
        k->key.log2_rows[t->chip] = t->log2_rows;
        if (log2_rows < t->log2_rows)
            log2_rows = t->log2_rows;
    }
    const ntt_tables *ntt = ntt_tables_new(memory, log2_rows);
    for (uint32_t i = 0; i < count; i++) {
        const stark_table *t = &preprocessed[i];
        size_t width = m->chip[t->chip]->width[AIR_PREPROCESSED], rows = (size_t)1 << t->log2_rows;
        fp *copy = new_columns(memory, width, rows);
        memcpy(copy, t->columns[AIR_PREPROCESSED], width * rows * sizeof(fp));
        k->columns[t->chip] = copy;
        k->extended[t->chip] = extend(ntt, memory, copy, width, t->log2_rows);
    }
    for (unsigned tree = 0; tree < STARK_MAX_PREPROCESSED_TREES; tree++) {
        merkle_matrix matrices[STARK_MAX_CHIPS];
        uint32_t matrix_count = 0;
        for (uint32_t chip = 0; chip < m->count; chip++)
            if (k->extended[chip] != NULL && m->preprocessed_tree[chip] == tree)
                matrices[matrix_count++] =
                    matrix_of(k->extended[chip], m->chip[chip]->width[AIR_PREPROCESSED], k->key.log2_rows[chip]);
        if (matrix_count == 0)
            continue;
        merkle_build(&k->trees[tree], memory, matrices, matrix_count);
        memcpy(k->key.cap[tree], merkle_cap(&k->trees[tree]), sizeof k->key.cap[tree]);
    }
    *key = k->key;
    return k;
}

void stark_boundary_cap(digest cap[16], const stark_machine *m, const stark_table *tables, uint32_t count,
                        arena *scratch)
{
    size_t mark = scratch->used_bytes;
    unsigned log2_rows = FRI_FINAL_LOG2;
    for (uint32_t i = 0; i < count; i++)
        if (log2_rows < tables[i].log2_rows)
            log2_rows = tables[i].log2_rows;
    const ntt_tables *ntt = ntt_tables_new(scratch, log2_rows);
    merkle_matrix matrices[STARK_MAX_CHIPS];
    uint32_t matrix_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t width = m->chip[tables[i].chip]->width[AIR_BOUNDARY];
        if (width == 0)
            continue;
        const fp *extended = extend(ntt, scratch, tables[i].columns[AIR_BOUNDARY], width, tables[i].log2_rows);
        matrices[matrix_count++] = matrix_of(extended, width, tables[i].log2_rows);
    }
    memset(cap, 0, SHAPE_CAP_DIGESTS * sizeof *cap);
    if (matrix_count > 0) {
        merkle_tree tree;
        merkle_build(&tree, scratch, matrices, matrix_count);
        memcpy(cap, merkle_cap(&tree), SHAPE_CAP_DIGESTS * sizeof *cap);
    }
    arena_rewind(scratch, mark);
}

/* ---- evaluation of tapes over a domain ---- */

/* One domain: the trace, or a coset of the extension. */
typedef struct {
    table_evaluation table;
    const fp **columns; /* of the evaluator: the first row */
    size_t rows;
    const fp *bus; /* for the quotient */
    size_t bus_stride;
    uint32_t sum_column[SHAPE_GROUPS];
    fp vanishing_inverse;
    fp *out;
    size_t out_stride;
} domain_evaluation;

/* `out` gets rows first … first + count − 1 of a column, from the start again after the last. */
static const fp *wrapped(fp *out, const fp *column, size_t first, size_t count, size_t rows)
{
    for (size_t i = 0; i < count; i++)
        out[i] = column[(first + i) & (rows - 1)];
    return out;
}

typedef struct {
    const fp **columns;
    fp *registers, *work, *next_rows;
} thread_memory;

static void evaluate_block(const prover *p, const domain_evaluation *d, const thread_memory *memory, size_t first,
                           size_t count, bool quotient)
{
    const evaluator *e = d->table.evaluator;
    bool at_end = first + count == d->rows;
    fp *spare = memory->next_rows;
    for (uint32_t c = 0; c < e->column_count; c++) {
        memory->columns[c] = d->columns[c] + first + (e->columns[c].next ? 1 : 0);
        if (e->columns[c].next && at_end) {
            memory->columns[c] = wrapped(spare, d->columns[c], first + 1, count, d->rows);
            spare += EVALUATOR_BLOCK_ROWS;
        }
    }
    block_evaluation b = {
        .table = &d->table,
        .rows = count,
        .columns = memory->columns,
        .registers = memory->registers,
        .work = memory->work,
        .vanishing_inverse = d->vanishing_inverse,
        .out = d->out + first,
        .out_stride = d->out_stride,
    };
    if (!quotient) {
        CHECK(p->kernels->evaluate_bus(&b));
        return;
    }
    b.bus = d->bus + first;
    b.bus_stride = d->bus_stride;
    for (unsigned group = 0; group < SHAPE_GROUPS; group++)
        for (uint32_t i = 0; i < FP5_DEGREE && d->table.has_group[group]; i++) {
            const fp *column = d->bus + (d->sum_column[group] + i) * d->bus_stride;
            b.sum_next[group][i] = column + first + 1;
            if (at_end) {
                b.sum_next[group][i] = wrapped(spare, column, first + 1, count, d->rows);
                spare += EVALUATOR_BLOCK_ROWS;
            }
        }
    p->kernels->evaluate_quotient(&b);
}

static void evaluate_domain(const prover *p, const domain_evaluation *d, bool quotient)
{
    const evaluator *e = d->table.evaluator;
    size_t mark = p->memory->used_bytes;
    int threads = omp_get_max_threads();
    thread_memory *memories = ARENA_NEW(p->memory, thread_memory, threads);
    for (int i = 0; i < threads; i++) {
        memories[i].columns = ARENA_NEW(p->memory, const fp *, e->column_count + 1);
        memories[i].registers = new_columns(p->memory, e->register_count, EVALUATOR_BLOCK_ROWS);
        memories[i].next_rows =
            new_columns(p->memory, e->next_column_count + SHAPE_GROUPS * FP5_DEGREE, EVALUATOR_BLOCK_ROWS);
        if (!quotient)
            memories[i].work = new_columns(p->memory, (size_t)3 * FP5_DEGREE * e->pair_count, EVALUATOR_BLOCK_ROWS);
    }
    size_t block = d->rows < EVALUATOR_BLOCK_ROWS ? d->rows : EVALUATOR_BLOCK_ROWS;
#pragma omp parallel for schedule(dynamic, 4) num_threads(threads)
    for (size_t first = 0; first < d->rows; first += block)
        evaluate_block(p, d, &memories[omp_get_thread_num()], first, block, quotient);
    arena_rewind(p->memory, mark);
}

/* x − g^−1, and is_first = (x^n − 1)/(n·(x − 1)), over one coset of the extension; and is_first over the trace. */
static const fp *special_column(const prover *p, unsigned source, unsigned log2_rows, bool on_trace, unsigned coset)
{
    size_t rows = (size_t)1 << log2_rows;
    fp *column = new_columns(p->memory, 1, rows);
    if (on_trace) {
        CHECK(source == SOURCE_FIRST);
        memset(column, 0, rows * sizeof *column);
        column[0] = FP_ONE;
        return column;
    }
    fp g = fp_root_of_unity(log2_rows);
    fp x = coset == 0 ? FP_GENERATOR : fp_mul(FP_GENERATOR, fp_root_of_unity(log2_rows + 1));
    fp scale = fp_mul(fp_sub(fp_power(x, rows), FP_ONE), fp_inverse_power_of_two(log2_rows));
    fp subtracted = source == SOURCE_FIRST ? FP_ONE : fp_root_of_unity_inverse(log2_rows);
    for (size_t j = 0; j < rows; j++, x = fp_mul(x, g))
        column[j] = fp_sub(x, subtracted);
    if (source == SOURCE_FIRST) {
        fp_inverse_batch(column, column, rows);
        for (size_t j = 0; j < rows; j++)
            column[j] = fp_mul(column[j], scale);
    }
    return column;
}

/* Makes everything but the domain's own columns. */
static void prepare_evaluation(prover *p, domain_evaluation *d, uint32_t table, bool quotient)
{
    const shape_table *t = &p->shape.tables[table];
    const air_tape *tape = p->machine->tape[t->chip];
    memset(d, 0, sizeof *d);
    const evaluator *e = evaluator_new(p->memory, tape, t, quotient);
    fp *scalars = ARENA_NEW(p->memory, fp, e->scalar_count + 1);
    evaluator_scalars(scalars, e, tape, p->claim->public_values[t->chip], p->memory);
    fp5 *bases = ARENA_NEW(p->memory, fp5, 2 * e->pair_count + 1);
    for (uint32_t k = 0; k < e->pair_count; k++)
        for (unsigned i = 0; i < e->pairs[k].count; i++) {
            const evaluator_interaction *side = &e->pairs[k].side[i];
            unsigned group = e->pairs[k].group;
            fp tag = fp_from_u32(tape->interactions[side->interaction].tag);
            fp5 base = fp5_add_fp(p->challenges[group].gamma, tag);
            for (uint32_t j = side->varying; j < side->length; j++)
                base = fp5_add_mul_fp(base, p->alpha_powers[group][side->power[j]], scalars[side->message[j].index]);
            bases[2 * k + i] = base;
        }
    fp5 *lambda_powers = ARENA_NEW(p->memory, fp5, t->constraint_count + 1);
    lambda_powers[0] = FP5_ONE;
    for (uint32_t i = 1; i < t->constraint_count; i++)
        lambda_powers[i] = fp5_mul(lambda_powers[i - 1], p->lambda);
    fp5 *scaled_powers = ARENA_NEW(p->memory, fp5, (size_t)e->pair_count * (AIR_MAX_MESSAGE + 1) + 1);
    for (uint32_t k = 0; k < e->pair_count && quotient; k++) {
        fp5 scale = lambda_powers[tape->constraint_count + k];
        bases[2 * k] = fp5_mul(bases[2 * k], scale);
        for (unsigned i = 0; i <= AIR_MAX_MESSAGE; i++)
            scaled_powers[(size_t)k * (AIR_MAX_MESSAGE + 1) + i] =
                fp5_mul(p->alpha_powers[e->pairs[k].group][i], scale);
    }
    d->table = (table_evaluation){
        .evaluator = e,
        .scalars = scalars,
        .alpha_powers = {p->alpha_powers[0], p->alpha_powers[1]},
        .bases = bases,
        .lambda_powers = lambda_powers,
        .scaled_powers = scaled_powers,
        .tape_constraints = tape->constraint_count,
        .has_group = {t->interactions[0] > 0, t->interactions[1] > 0},
    };
    d->rows = (size_t)1 << t->log2_rows;
    d->columns = ARENA_NEW(p->memory, const fp *, e->column_count + 1);
    for (unsigned group = 0; group < SHAPE_GROUPS; group++)
        d->sum_column[group] = t->sum_column[group];
}

/* ---- buses ---- */

/* From each row's total to the running sum that starts at 0 and falls by T/n a row; returns T. */
static fp5 sum_up(fp *columns, size_t rows, unsigned log2_rows)
{
    fp5 total;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < FP5_DEGREE; i++) {
        fp *column = columns + (size_t)i * rows;
        fp sum = FP_ZERO;
        for (size_t j = 0; j < rows; j++)
            sum = fp_add(sum, column[j]);
        total.c[i] = sum;
        fp share = fp_mul(sum, fp_inverse_power_of_two(log2_rows));
        sum = FP_ZERO;
        for (size_t j = 0; j < rows; j++) {
            fp step = fp_sub(column[j], share);
            column[j] = sum;
            sum = fp_add(sum, step);
        }
    }
    return total;
}

static void make_bus_columns(prover *p, uint32_t table)
{
    const shape_table *t = &p->shape.tables[table];
    size_t width = t->width[SHAPE_BUS], rows = (size_t)1 << t->log2_rows;
    fp *extended = new_extension(p->memory, width, t->log2_rows);
    p->extended[table][SHAPE_BUS] = extended;
    size_t mark = p->memory->used_bytes;
    fp *columns = new_columns(p->memory, width, rows);
    domain_evaluation d;
    prepare_evaluation(p, &d, table, false);
    for (uint32_t c = 0; c < d.table.evaluator->column_count; c++) {
        const column_source *source = &d.table.evaluator->columns[c];
        d.columns[c] = source->source < AIR_PHASES ? p->traces[table][source->source] + source->column * rows
                                                   : special_column(p, source->source, t->log2_rows, true, 0);
    }
    d.out = columns;
    d.out_stride = rows;
    evaluate_domain(p, &d, false);
    for (unsigned group = 0; group < SHAPE_GROUPS; group++)
        if (t->interactions[group] > 0)
            p->sums[table][group] = sum_up(columns + t->sum_column[group] * rows, rows, t->log2_rows);
    if (p->lies->change_sums != NULL)
        p->lies->change_sums(p->lies->context, t->chip, &p->sums[table][SHAPE_LOCAL], &p->sums[table][SHAPE_SHARED]);
    if (p->lies->change_bus_column != NULL)
        p->lies->change_bus_column(p->lies->context, t->chip, columns, rows);
    extend_into(p->ntt, p->memory, extended, columns, width, t->log2_rows);
    arena_rewind(p->memory, mark);
}

/* ---- quotient ---- */

/* The values on coset b are those of R_b = q_0 + (x^n on the coset)·q_1, a polynomial of degree below n; from R_0 and
 * R_1 come q_0 and q_1. */
static void make_quotient(prover *p, uint32_t table)
{
    const shape_table *t = &p->shape.tables[table];
    size_t rows = (size_t)1 << t->log2_rows, stride = extension_stride(t->log2_rows);
    fp *extended = new_extension(p->memory, SHAPE_QUOTIENT_WIDTH, t->log2_rows);
    p->extended[table][SHAPE_QUOTIENT] = extended;
    size_t mark = p->memory->used_bytes;
    fp *values = new_columns(p->memory, SHAPE_QUOTIENT_WIDTH, rows);
    domain_evaluation d;
    prepare_evaluation(p, &d, table, true);
    for (unsigned group = 0; group < SHAPE_GROUPS; group++)
        d.table.sum_share[group] = fp5_mul_fp(p->sums[table][group], fp_inverse_power_of_two(t->log2_rows));
    d.out_stride = rows;
    d.bus_stride = stride;
    fp shift_power = fp_power(FP_GENERATOR, rows); /* x^n on the first coset; on the second its negative */
    for (unsigned coset = 0; coset < 2; coset++) {
        size_t inner = p->memory->used_bytes;
        for (uint32_t c = 0; c < d.table.evaluator->column_count; c++) {
            const column_source *source = &d.table.evaluator->columns[c];
            d.columns[c] = source->source < AIR_PHASES
                               ? p->extended[table][source->source] + source->column * stride + coset * rows
                               : special_column(p, source->source, t->log2_rows, false, coset);
        }
        if (t->width[SHAPE_BUS] > 0)
            d.bus = p->extended[table][SHAPE_BUS] + coset * rows;
        d.vanishing_inverse = fp_inverse(fp_sub(coset == 0 ? shift_power : fp_neg(shift_power), FP_ONE));
        d.out = values + coset * FP5_DEGREE * rows;
        evaluate_domain(p, &d, true);
        arena_rewind(p->memory, inner);
    }
    fp second_shift = fp_mul(FP_GENERATOR, fp_root_of_unity(t->log2_rows + 1));
    fp half_inverse = fp_mul(FP_HALF, fp_inverse(shift_power));
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < FP5_DEGREE; i++) {
        fp *a = values + (size_t)i * rows, *b = a + FP5_DEGREE * rows;
        ntt_interpolate(p->ntt, a, t->log2_rows, FP_GENERATOR);
        ntt_interpolate(p->ntt, b, t->log2_rows, second_shift);
        for (size_t j = 0; j < rows; j++) {
            fp sum = fp_add(a[j], b[j]), difference = fp_sub(a[j], b[j]);
            a[j] = fp_halve(sum);
            b[j] = fp_mul(difference, half_inverse);
        }
    }
    if (p->lies->change_quotient != NULL)
        p->lies->change_quotient(p->lies->context, t->chip, values, rows);
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < SHAPE_QUOTIENT_WIDTH; i++)
        ntt_evaluate_extension(p->ntt, extended + (size_t)i * stride, values + (size_t)i * rows, t->log2_rows);
    arena_rewind(p->memory, mark);
}

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
        const air_tape *tape = p->machine->tape[t->chip];
        for (uint32_t k = 0; k < tape->operation_count; k++) {
            const air_operation *o = &tape->operations[k];
            if (o->kind == AIR_COLUMN && o->b == 1)
                add_next(h, extended[o->phase] + o->a * stride, opening++, batch++);
        }
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
    h->inverse = new_columns(p->memory, FP5_DEGREE, rows);
    h->inverse_next = new_columns(p->memory, FP5_DEGREE, rows);
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
    fp *weights = new_columns(p->memory, FP5_DEGREE, rows);
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

static void open_height(prover *p, unsigned height)
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
static void make_deep(prover *p, unsigned height, const fp5 *powers)
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
    fp *values = new_columns(p->memory, FP5_DEGREE, rows);
    fp *extended = new_columns(p->memory, FP5_DEGREE, 2 * rows);
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
    for (int i = 0; i < FP5_DEGREE; i++) {
        ntt_interpolate(p->ntt, values + (size_t)i * rows, height, FP_GENERATOR);
        ntt_evaluate_extension(p->ntt, extended + (size_t)i * 2 * rows, values + (size_t)i * rows, height);
    }
#pragma omp parallel for schedule(static)
    for (size_t index = 0; index < 2 * rows; index++) {
        size_t natural = reverse_bits((uint32_t)index, height + 1);
        size_t position = (natural & 1) * rows + (natural >> 1);
        for (size_t i = 0; i < FP5_DEGREE; i++)
            data->deep[index].c[i] = extended[i * 2 * rows + position];
    }
    if (p->lies->change_deep != NULL)
        p->lies->change_deep(p->lies->context, height, data->deep, 2 * rows);
    arena_rewind(p->memory, mark);
}

/* ---- FRI ---- */

/* ω^−(i reversed) for i below half the greatest domain; its beginning serves every smaller one. */
static const fp *make_twists(const prover *p)
{
    unsigned log2_half = p->shape.log2_rows;
    fp *twists = new_columns(p->memory, 1, (size_t)1 << log2_half);
    twists[0] = FP_ONE;
    for (unsigned k = 0; k < log2_half; k++) {
        fp step = fp_root_of_unity_inverse(k + 2); /* ω^(2^(log2_half − 1 − k)), ω of order 2^(log2_half + 1) */
        for (size_t i = 0; i < (size_t)1 << k; i++)
            twists[((size_t)1 << k) + i] = fp_mul(twists[i], step);
    }
    return twists;
}

static void fold(const prover *p, fp5 *out, const fp5 *values, const fp *twists, fp5 beta, size_t count)
{
    size_t chunk = count < POINT_CHUNK_ROWS ? count : POINT_CHUNK_ROWS;
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < count; first += chunk)
        p->kernels->fold_halves(out + first, values + 2 * first, twists + first, beta, chunk);
}

static void write_final(prover *p, const fp5 *values)
{
    enum { COUNT = 2 * FRI_FINAL_COUNT };
    fp column[COUNT];
    fp5 coefficients[FRI_FINAL_COUNT];
    for (unsigned i = 0; i < FP5_DEGREE; i++) {
        for (uint32_t j = 0; j < COUNT; j++)
            column[j] = values[reverse_bits(j, FRI_FINAL_LOG2 + 1)].c[i];
        ntt_interpolate(p->ntt, column, FRI_FINAL_LOG2 + 1, FP_ONE);
        for (uint32_t j = 0; j < FRI_FINAL_COUNT; j++)
            coefficients[j].c[i] = column[j];
    }
    write_fp5s(p, coefficients, FRI_FINAL_COUNT);
}

static void fold_all(prover *p)
{
    const stark_shape *s = &p->shape;
    unsigned height = s->log2_rows;
    fp5 *values = p->heights[height].deep;
    const fp *twists = make_twists(p);
    for (uint32_t layer = 0; layer < s->layer_count; layer++) {
        unsigned log2_arity = s->layer_log2_arity[layer];
        size_t count = (size_t)1 << (height + STARK_LOG2_BLOWUP);
        if (p->lies->change_fri_layer != NULL)
            p->lies->change_fri_layer(p->lies->context, layer, values, count);
        p->layers[layer] = values;
        merkle_build_rows(&p->layer_trees[layer], p->memory, values->c, (size_t)FP5_DEGREE << log2_arity,
                          height + STARK_LOG2_BLOWUP - log2_arity);
        write_cap(p, merkle_cap(&p->layer_trees[layer]));
        write_nonce(p, p->parameters->fold_grinding_bits);
        fp5 beta = transcript_squeeze_fp5(&p->transcript);
        fp5 *folded = arena_allocate(p->memory, count / 2 * sizeof(fp5), CACHE_LINE);
        fp5 *spare = arena_allocate(p->memory, count / 4 * sizeof(fp5), CACHE_LINE);
        for (unsigned k = 0; k < log2_arity; k++) {
            count /= 2;
            fp5 *out = values == folded ? spare : folded;
            fold(p, out, values, twists, beta, count);
            values = out;
            beta = fp5_square(beta);
        }
        height -= log2_arity;
        /* β, squared as often as there were halvings, is β^arity. */
        const fp5 *joining = p->heights[height].deep;
        if (s->height_tables[height] > 0)
            for (size_t i = 0; i < count; i++)
                values[i] = fp5_add(values[i], fp5_mul(beta, joining[i]));
    }
    if (p->lies->change_fri_layer != NULL)
        p->lies->change_fri_layer(p->lies->context, s->layer_count, values, 2 * FRI_FINAL_COUNT);
    write_final(p, values);
}

static void answer_query(prover *p, uint32_t index)
{
    const stark_shape *s = &p->shape;
    unsigned log2_domain = s->log2_rows + STARK_LOG2_BLOWUP;
    for (uint32_t i = 0; i < s->tree_count; i++) {
        const committed_tree *tree = &p->trees[i];
        for (unsigned height = STARK_MAX_LOG2_ROWS; height >= STARK_MIN_LOG2_ROWS; height--)
            for (uint32_t k = 0; k < tree->matrix_count; k++) {
                const merkle_matrix *matrix = &tree->matrices[k];
                if (matrix->log2_rows != height + STARK_LOG2_BLOWUP)
                    continue;
                merkle_read_row(p->next, matrix, index >> (log2_domain - matrix->log2_rows));
                p->next += matrix->column_count;
            }
        digest path[MERKLE_LOG2_ROWS_MAX];
        merkle_open(&tree->tree, path, index >> (log2_domain - tree->tree.log2_leaves));
        write_words(p, path->c, merkle_path_length(tree->tree.log2_leaves) * (size_t)DIGEST_LENGTH);
    }
    for (uint32_t layer = 0; layer < s->layer_count; layer++) {
        unsigned log2_arity = s->layer_log2_arity[layer];
        index >>= log2_arity;
        write_words(p, p->layers[layer][(size_t)index << log2_arity].c, (size_t)FP5_DEGREE << log2_arity);
        digest path[MERKLE_LOG2_ROWS_MAX];
        merkle_open(&p->layer_trees[layer], path, index);
        write_words(p, path->c, merkle_path_length(p->layer_trees[layer].log2_leaves) * (size_t)DIGEST_LENGTH);
    }
}

/* ---- all of it ---- */

static void open_prover(prover *p, const stark_table *tables, uint32_t count)
{
    CHECK(stark_shape_make(&p->shape, p->machine, p->parameters, p->claim) == OK);
    CHECK(count == p->shape.table_count);
    for (uint32_t i = 0; i < count; i++) {
        const shape_table *t = &p->shape.tables[i];
        CHECK(tables[i].chip == t->chip && tables[i].log2_rows == t->log2_rows);
        for (unsigned phase = AIR_BOUNDARY; phase < AIR_PHASES; phase++)
            p->traces[i][phase] = tables[i].columns[phase];
        if (t->width[AIR_PREPROCESSED] > 0) {
            CHECK(p->key != NULL && p->key->extended[t->chip] != NULL);
            CHECK(p->key->key.log2_rows[t->chip] == t->log2_rows);
            p->traces[i][AIR_PREPROCESSED] = p->key->columns[t->chip];
            p->extended[i][AIR_PREPROCESSED] = p->key->extended[t->chip];
        }
    }
    unsigned log2_rows = p->shape.log2_rows;
    p->ntt = ntt_tables_new(p->memory, log2_rows > FRI_FINAL_LOG2 ? log2_rows : FRI_FINAL_LOG2 + 1);
    p->openings = ARENA_NEW(p->memory, fp5, p->shape.opening_count);
}

static void draw_bus_challenges(prover *p)
{
    p->challenges[SHAPE_LOCAL].alpha = transcript_squeeze_fp5(&p->transcript);
    p->challenges[SHAPE_LOCAL].gamma = transcript_squeeze_fp5(&p->transcript);
    p->challenges[SHAPE_SHARED] = p->claim->shared;
    for (unsigned group = 0; group < SHAPE_GROUPS; group++) {
        p->alpha_powers[group][0] = FP5_ONE;
        for (unsigned i = 1; i <= AIR_MAX_MESSAGE; i++)
            p->alpha_powers[group][i] = fp5_mul(p->alpha_powers[group][i - 1], p->challenges[group].alpha);
    }
}

static void prove(prover *p, stark_outcome *outcome)
{
    const stark_shape *s = &p->shape;
    transcript_start(&p->transcript);
    static const stark_key no_key;
    stark_absorb_claim(&p->transcript, p->machine, s, p->key != NULL ? &p->key->key : &no_key, p->claim);
    commit_phase(p, AIR_PREPROCESSED);
    report_progress(p, "extend", 0);
    extend_phase(p, AIR_BOUNDARY);
    extend_phase(p, AIR_MAIN);
    report_progress(p, "commit", 0.15);
    commit_phase(p, AIR_BOUNDARY);
    commit_phase(p, AIR_MAIN);
    write_nonce(p, p->parameters->bus_grinding_bits);
    draw_bus_challenges(p);

    report_progress(p, "buses", 0.4);
    for (uint32_t i = 0; i < s->table_count; i++)
        if (s->tables[i].width[SHAPE_BUS] > 0)
            make_bus_columns(p, i);
    report_progress(p, "commit buses", 0.55);
    commit_phase(p, SHAPE_BUS);
    memset(outcome, 0, sizeof *outcome);
    for (uint32_t i = 0; i < s->table_count; i++)
        for (unsigned group = 0; group < SHAPE_GROUPS; group++)
            if (s->tables[i].interactions[group] > 0) {
                write_fp5s(p, &p->sums[i][group], 1);
                fp5 *total = group == SHAPE_LOCAL ? &outcome->local_sum : &outcome->shared_sum;
                *total = fp5_add(*total, p->sums[i][group]);
            }
    p->lambda = transcript_squeeze_fp5(&p->transcript);

    report_progress(p, "quotient", 0.7);
    for (uint32_t i = 0; i < s->table_count; i++)
        make_quotient(p, i);
    report_progress(p, "commit quotient", 0.8);
    commit_phase(p, SHAPE_QUOTIENT);
    write_nonce(p, p->parameters->point_grinding_bits);
    p->zeta = transcript_squeeze_fp5(&p->transcript);
    CHECK(!stark_point_is_inside(s, p->zeta));

    report_progress(p, "openings", 0.82);
    for (unsigned height = STARK_MIN_LOG2_ROWS; height <= s->log2_rows; height++)
        if (s->height_tables[height] > 0)
            open_height(p, height);
    if (p->lies->change_openings != NULL)
        p->lies->change_openings(p->lies->context, p->openings, s->opening_count);
    write_fp5s(p, p->openings, s->opening_count);
    write_nonce(p, p->parameters->batch_grinding_bits);
    p->theta = transcript_squeeze_fp5(&p->transcript);

    report_progress(p, "batch", 0.87);
    fp5 *powers = ARENA_NEW(p->memory, fp5, s->batch_count);
    powers[0] = FP5_ONE;
    for (uint32_t i = 1; i < s->batch_count; i++)
        powers[i] = fp5_mul(powers[i - 1], p->theta);
    for (unsigned height = STARK_MIN_LOG2_ROWS; height <= s->log2_rows; height++)
        if (s->height_tables[height] > 0)
            make_deep(p, height, powers);
    report_progress(p, "fold", 0.92);
    fold_all(p);
    write_nonce(p, p->parameters->query_grinding_bits);
    report_progress(p, "queries", 0.98);
    for (uint32_t i = 0; i < p->parameters->queries; i++)
        answer_query(p, transcript_squeeze_bits(&p->transcript, s->log2_rows + STARK_LOG2_BLOWUP));
    report_progress(p, "done", 1);

    outcome->local = p->challenges[SHAPE_LOCAL];
    outcome->shared_count = s->shared_count;
    for (uint32_t i = 0; i < s->tree_count; i++)
        if (s->trees[i].phase == AIR_BOUNDARY)
            memcpy(outcome->boundary_cap, merkle_cap(&p->trees[i].tree), sizeof outcome->boundary_cap);
}

void stark_prove(uint32_t *proof, stark_outcome *outcome, const stark_machine *m, const stark_parameters *parameters,
                 const stark_proving_key *key, const stark_claim *claim, const stark_table *tables, uint32_t count,
                 const stark_options *options, arena *memory)
{
    static const stark_lies no_lies;
    size_t mark = memory->used_bytes;
    prover *p = ARENA_NEW(memory, prover, 1);
    p->machine = m;
    p->parameters = parameters;
    p->key = key;
    p->claim = claim;
    p->options = options;
    p->lies = options != NULL && options->lies != NULL ? options->lies : &no_lies;
    p->kernels = prove_kernels();
    p->memory = memory;
    p->next = proof;
    open_prover(p, tables, count);
    prove(p, outcome);
    CHECK(p->next == proof + p->shape.words);
    if (p->lies->change_proof != NULL)
        p->lies->change_proof(p->lies->context, proof, p->shape.words);
    arena_rewind(memory, mark);
}

size_t stark_prove_memory_bytes(const stark_machine *m, const stark_parameters *parameters, const stark_claim *claim)
{
    stark_shape s;
    if (stark_shape_make(&s, m, parameters, claim) != OK)
        return 0;
    size_t bytes = (size_t)1 << 20;
    bytes += sizeof(prover) + ntt_tables_size_bytes(s.log2_rows > FRI_FINAL_LOG2 ? s.log2_rows : FRI_FINAL_LOG2 + 1);
    /* The greatest of what is needed for a while: bus columns before extension; the quotient's values; weights. */
    size_t passing = 0;
    for (uint32_t i = 0; i < s.table_count; i++) {
        const shape_table *t = &s.tables[i];
        size_t rows = (size_t)1 << t->log2_rows, kept = 0;
        for (unsigned phase = AIR_BOUNDARY; phase < SHAPE_PHASES; phase++)
            kept += t->width[phase];
        bytes += extension_stride(t->log2_rows) * kept * sizeof(fp);
        const air_tape *tape = m->tape[t->chip];
        size_t columns = t->width[SHAPE_BUS] > SHAPE_QUOTIENT_WIDTH + 4 ? t->width[SHAPE_BUS] : SHAPE_QUOTIENT_WIDTH + 4;
        size_t program = (size_t)tape->operation_count * 64 + (size_t)tape->interaction_count * 1024 +
                         (size_t)tape->constraint_count * 64;
        size_t per_thread = (size_t)(tape->operation_count + 3 * FP5_DEGREE * tape->interaction_count + 16) *
                            EVALUATOR_BLOCK_ROWS * sizeof(fp);
        size_t needed = columns * rows * sizeof(fp) + program + (size_t)omp_get_max_threads() * per_thread;
        if (passing < needed)
            passing = needed;
    }
    for (uint32_t i = 0; i < s.tree_count; i++)
        if (s.trees[i].phase != AIR_PREPROCESSED)
            bytes += merkle_size_bytes(s.trees[i].log2_leaves);
    for (unsigned height = STARK_MIN_LOG2_ROWS; height <= s.log2_rows; height++) {
        if (s.height_tables[height] == 0)
            continue;
        size_t rows = (size_t)1 << height;
        bytes += rows * FP5_DEGREE * sizeof(fp) * (2 + 2); /* inverses, DEEP */
        size_t needed = rows * FP5_DEGREE * sizeof(fp) * 3 + (size_t)s.opening_count * 128;
        if (passing < needed)
            passing = needed;
    }
    bytes += ((size_t)1 << s.log2_rows) * sizeof(fp); /* twists */
    for (uint32_t i = 0; i < s.layer_count; i++) {
        bytes += ((size_t)3 << s.layer_log2_rows[i]) / 2 * sizeof(fp5);
        bytes += merkle_size_bytes(s.layer_log2_rows[i] + STARK_LOG2_BLOWUP - s.layer_log2_arity[i]);
    }
    return bytes + passing + (size_t)s.opening_count * 3 * sizeof(fp5);
}
