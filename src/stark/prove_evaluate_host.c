#include "stark/prover.h"

#include "base/check.h"
#include "base/memory.h"

#include <omp.h>

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
    for (uint32_t c = 0; c < e->column_count; c++)
        memory->columns[c] = d->columns[c] + first;
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

void prove_evaluate_domain(const prover *p, const domain_evaluation *d, bool quotient)
{
    const evaluator *e = d->table.evaluator;
    size_t mark = p->memory->used_bytes;
    int threads = omp_get_max_threads();
    thread_memory *memories = ARENA_NEW(p->memory, thread_memory, threads);
    for (int i = 0; i < threads; i++) {
        memories[i].columns = ARENA_NEW(p->memory, const fp *, e->column_count + 1);
        memories[i].registers = prove_new_columns(p->memory, e->register_count, EVALUATOR_BLOCK_ROWS);
        memories[i].next_rows = prove_new_columns(p->memory, SHAPE_GROUPS * FP5_DEGREE, EVALUATOR_BLOCK_ROWS);
        if (!quotient)
            memories[i].work =
                prove_new_columns(p->memory, (size_t)3 * FP5_DEGREE * e->pair_count, EVALUATOR_BLOCK_ROWS);
    }
    size_t block = d->rows < EVALUATOR_BLOCK_ROWS ? d->rows : EVALUATOR_BLOCK_ROWS;
#pragma omp parallel for schedule(dynamic, 4) num_threads(threads)
    for (size_t first = 0; first < d->rows; first += block)
        evaluate_block(p, d, &memories[omp_get_thread_num()], first, block, quotient);
    arena_rewind(p->memory, mark);
}

void prove_prepare_evaluation(prover *p, domain_evaluation *d, uint32_t table, bool quotient)
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
