#include "stark/rounds.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/fraction_kernels.h"
#include "stark/multilinear.h"
#include "stark/sumcheck.h"

void rounds_zero_row(fp *values, const air_tape *tape, const fp *public_values)
{
    for (uint32_t i = 0; i < tape->operation_count; i++) {
        const air_operation *o = &tape->operations[i];
        values[i] = FP_ZERO;
        if (o->kind == AIR_CONSTANT)
            values[i] = fp_from_u32(o->a);
        else if (o->kind == AIR_PUBLIC)
            values[i] = public_values[o->a];
        else if (o->kind == AIR_ADD)
            values[i] = fp_add(values[o->a], values[o->b]);
        else if (o->kind == AIR_SUB)
            values[i] = fp_sub(values[o->a], values[o->b]);
        else if (o->kind == AIR_MUL)
            values[i] = fp_mul(values[o->a], values[o->b]);
        else
            CHECK(o->kind == AIR_COLUMN);
    }
}

size_t rounds_schedule_bytes(const air_tape *tape)
{
    return (size_t)(tape->operation_count + 8) * 128 + (size_t)tape->constraint_count * 64 +
           (size_t)tape->interaction_count * (sizeof(schedule_interaction) + 128);
}

void rounds_block_columns(const fp **columns, fp *spare, const rounds *p, uint32_t chip, const schedule *s,
                           size_t first_row)
{
    enum { BLOCK = SCHEDULE_BLOCK_ROWS };
    size_t rows = p->rows[chip];
    bool whole = first_row + BLOCK <= rows;
    size_t count = whole ? BLOCK : rows > first_row ? rows - first_row : 0;
    for (uint32_t c = 0; c < s->column_count; c++) {
        const fp *column = p->columns[chip][s->columns[c].phase] + s->columns[c].column * rows + first_row;
        columns[c] = column;
        if (whole)
            continue;
        fp *copy = spare + (size_t)c * BLOCK;
        memset(copy, 0, BLOCK * sizeof *copy);
        memcpy(copy, column, count * sizeof *copy);
        columns[c] = copy;
    }
}

fp5 rounds_send(rounds *p, fp5 *claim, fp5 coordinate, fp5 *sent, unsigned degree, unsigned layer, unsigned round)
{
    if (p->lies->change_round != NULL)
        p->lies->change_round(p->lies->context, layer, round, sent, degree);
    fp *words = p->next;
    memcpy(words, sent, degree * sizeof *sent);
    p->next += degree * FP5_DEGREE;
    return sumcheck_eq_round(&p->transcript, claim, coordinate, words, degree);
}

void rounds_write(rounds *p, const fp5 *values, size_t count)
{
    memcpy(p->next, values, count * sizeof *values);
    transcript_absorb(&p->transcript, p->next, count * FP5_DEGREE);
    p->next += count * FP5_DEGREE;
}

void rounds_weights_make(rounds_weights *w, arena *memory, const fp5 *z, unsigned k)
{
    unsigned low_bits = k < WEIGHT_LOG2_LOW ? k : WEIGHT_LOG2_LOW, high_bits = k - low_bits;
    fp5 table[1 << WEIGHT_LOG2_LOW];
    multilinear_eq_table(table, FP5_ONE, z + high_bits, low_bits);
    fp *low = arena_allocate(memory, (size_t)WEIGHT_LOW_GROUPS * WEIGHT_GROUP_WORDS * sizeof(fp), 64);
    memset(low, 0, (size_t)WEIGHT_LOW_GROUPS * WEIGHT_GROUP_WORDS * sizeof(fp));
    for (size_t i = 0; i < (size_t)1 << low_bits; i++)
        for (int c = 0; c < FP5_DEGREE; c++)
            low[i / GROUP_ENTRIES * WEIGHT_GROUP_WORDS + c * GROUP_ENTRIES + i % GROUP_ENTRIES] = table[i].c[c];
    w->low = low;
    w->high_count = (size_t)1 << high_bits;
    fp5 *high = ARENA_NEW(memory, fp5, w->high_count);
    multilinear_eq_table(high, FP5_ONE, z, high_bits);
    w->high = high;
}
