#include "stark/prover.h"

#include "base/check.h"
#include "base/memory.h"

/* ---- bus columns ---- */

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

void prove_make_bus_columns(prover *p, uint32_t table)
{
    const shape_table *t = &p->shape.tables[table];
    size_t width = t->width[SHAPE_BUS], rows = (size_t)1 << t->log2_rows;
    fp *extended = prove_new_extension(p->memory, width, t->log2_rows);
    p->extended[table][SHAPE_BUS] = extended;
    size_t mark = p->memory->used_bytes;
    fp *columns = prove_new_columns(p->memory, width, rows);
    domain_evaluation d;
    prove_prepare_evaluation(p, &d, table, false);
    for (uint32_t c = 0; c < d.table.evaluator->column_count; c++) {
        const column_source *source = &d.table.evaluator->columns[c];
        d.columns[c] = p->traces[table][source->phase] + source->column * rows;
    }
    d.out = columns;
    d.out_stride = rows;
    prove_evaluate_domain(p, &d, false);
    for (unsigned group = 0; group < SHAPE_GROUPS; group++)
        if (t->interactions[group] > 0)
            p->sums[table][group] = sum_up(columns + t->sum_column[group] * rows, rows, t->log2_rows);
    if (p->lies->change_sums != NULL)
        p->lies->change_sums(p->lies->context, t->chip, &p->sums[table][SHAPE_LOCAL], &p->sums[table][SHAPE_SHARED]);
    if (p->lies->change_bus_column != NULL)
        p->lies->change_bus_column(p->lies->context, t->chip, columns, rows);
    prove_extend_into(p->ntt, p->memory, extended, columns, width, t->log2_rows);
    arena_rewind(p->memory, mark);
}

/* ---- quotient ---- */

/* The values on coset b are those of R_b = q_0 + (x^n on the coset)·q_1, a polynomial of degree below n. R_0 and R_1 on
 * the first coset give q_0 and q_1 there, and these are extended to the second. */
void prove_make_quotient(prover *p, uint32_t table)
{
    const shape_table *t = &p->shape.tables[table];
    size_t rows = (size_t)1 << t->log2_rows, stride = extension_stride(t->log2_rows);
    fp *extended = prove_new_extension(p->memory, SHAPE_QUOTIENT_WIDTH, t->log2_rows);
    p->extended[table][SHAPE_QUOTIENT] = extended;
    size_t mark = p->memory->used_bytes;
    fp *values = prove_new_columns(p->memory, SHAPE_QUOTIENT_WIDTH, rows);
    domain_evaluation d;
    prove_prepare_evaluation(p, &d, table, true);
    for (unsigned group = 0; group < SHAPE_GROUPS; group++)
        d.table.sum_share[group] = fp5_mul_fp(p->sums[table][group], fp_inverse_power_of_two(t->log2_rows));
    d.out_stride = rows;
    d.bus_stride = stride;
    fp shift_power = fp_power(FP_GENERATOR, rows); /* x^n on the first coset; on the second its negative */
    for (unsigned coset = 0; coset < 2; coset++) {
        size_t inner = p->memory->used_bytes;
        for (uint32_t c = 0; c < d.table.evaluator->column_count; c++) {
            const column_source *source = &d.table.evaluator->columns[c];
            d.columns[c] = p->extended[table][source->phase] + source->column * stride + coset * rows;
        }
        if (t->width[SHAPE_BUS] > 0)
            d.bus = p->extended[table][SHAPE_BUS] + coset * rows;
        d.vanishing_inverse = fp_inverse(fp_sub(coset == 0 ? shift_power : fp_neg(shift_power), FP_ONE));
        d.out = values + coset * FP5_DEGREE * rows;
        prove_evaluate_domain(p, &d, true);
        arena_rewind(p->memory, inner);
    }
    fp half_inverse = fp_mul(FP_HALF, fp_inverse(shift_power));
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < FP5_DEGREE; i++) {
        fp *a = values + (size_t)i * rows, *b = a + FP5_DEGREE * rows;
        fp *moved = extended + (size_t)i * stride; /* R_1 on the first coset */
        ntt_other_coset(p->ntt, moved, b, 1, t->log2_rows);
        for (size_t j = 0; j < rows; j++) {
            fp sum = fp_add(a[j], moved[j]), difference = fp_sub(a[j], moved[j]);
            a[j] = fp_halve(sum);
            b[j] = fp_mul(difference, half_inverse);
        }
    }
    if (p->lies->change_quotient != NULL)
        p->lies->change_quotient(p->lies->context, t->chip, values, rows);
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < SHAPE_QUOTIENT_WIDTH; i++) {
        const fp *column = values + (size_t)i * rows;
        fp *out = extended + (size_t)i * stride;
        memcpy(out, column, rows * sizeof(fp));
        ntt_other_coset(p->ntt, out + rows, column, 0, t->log2_rows);
    }
    arena_rewind(p->memory, mark);
}
