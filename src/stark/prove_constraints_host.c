#include "stark/rounds.h"

#include "base/check.h"
#include "base/memory.h"
#include "field/simd.h"
#include "stark/constraint_kernels.h"
#include "stark/multilinear.h"
#include "stark/sumcheck.h"

#include <omp.h>

const constraint_kernel_set *constraint_kernels(void)
{
    switch (simd_get()) {
#if defined(__x86_64__)
    case SIMD_AVX512:
        return &constraint_kernel_set_avx512;
    case SIMD_AVX2:
        return &constraint_kernel_set_avx2;
#endif
    default:
        return &constraint_kernel_set_portable;
    }
}

enum {
    CACHE_LINE = 64,
    ROUND_DEGREE = SUMCHECK_CONSTRAINT_DEGREE,
    UNIT_ROWS = GRID_ROWS * UNIT_GROUPS * GROUP_ENTRIES,
    TASK_BLOCKS = WEIGHT_LOW_GROUPS / GRID_BLOCK_GROUPS, /* what has one high weight */
    TASK_UNITS = WEIGHT_LOW_GROUPS,
    BUS_NODES = 3, /* 0, 2, −1 */
};

/* A table that is there. Once rows are bound, its columns and the buses' part stand in arrays of 2·UNIT_GROUPS groups
 * for every unit begun, zeros at the end. */
typedef struct {
    uint32_t chip;
    constraint_table table;
    uint32_t *places; /* of the schedule's columns among all */
    const fp **rows;  /* all columns, as committed */
    fp *bus_rows;     /* the buses' part of each row */
    size_t units;
    fp **columns, **spare; /* the buses' part comes last */
} constraint_chip;

typedef struct {
    const fp **columns, **points;
    fp *spare, *apart, *registers, *values, *sums;
} thread_memory;

typedef struct {
    rounds *p;
    const constraint_kernel_set *kernels;
    const constraint_sum *sum;
    fp5 *slot_weights; /* eq(ξ_slot, ·) */
    constraint_chip chips[STARK_MAX_CHIPS];
    uint32_t chip_count;
    fp5 constant; /* what the buses' claims have in every row: the part of them that no column has */
    fp5 claim;
    fp5 z[STARK_MAX_LOG2_ROWS], point[STARK_MAX_LOG2_ROWS];
    uint32_t column_count, schedule_columns, registers; /* the greatest */
    thread_memory *threads;
} constraints;

static fp *new_words(constraints *c, size_t words)
{
    return arena_allocate(c->p->memory, words * sizeof(fp), CACHE_LINE);
}

/* ---- what is there ---- */

/* Σ e_i·(± λ^K·m_i + λ^(K+1)·f_i) of a chip as factors of its columns and a constant: backwards through the tape. */
static void linear_part(constraints *c, fp5 *factors, uint32_t chip)
{
    rounds *p = c->p;
    const air_tape *tape = p->machine->tape[chip];
    size_t mark = p->memory->used_bytes;
    fp5 *part = ARENA_NEW(p->memory, fp5, tape->operation_count + 1);
    fp *zero = ARENA_NEW(p->memory, fp, tape->operation_count + 1);
    rounds_zero_row(zero, tape, p->public_values[chip]);
    uint32_t slot[BUS_GROUPS] = {p->slots.first[chip][BUS_LOCAL], p->slots.first[chip][BUS_SHARED]};
    for (uint32_t i = 0; i < tape->interaction_count; i++) {
        const air_interaction *x = &tape->interactions[i];
        unsigned group = x->shared ? BUS_SHARED : BUS_LOCAL;
        fp5 weight = c->slot_weights[slot[group]++];
        fp5 m = fp5_mul(weight, c->sum->lambda_p), f = fp5_mul(weight, c->sum->lambda_q);
        CHECK(tape->operations[x->multiplicity].degree <= 1);
        part[x->multiplicity] = fp5_add(part[x->multiplicity], x->receive ? fp5_neg(m) : m);
        fp5 base = fp5_add_fp(p->challenges[group].gamma, fp_from_u32(x->tag));
        c->constant = fp5_add(c->constant, fp5_mul(f, base));
        for (uint32_t k = 0; k < x->length; k++) {
            f = fp5_mul(f, p->challenges[group].alpha);
            part[x->message[k]] = fp5_add(part[x->message[k]], f);
        }
    }
    uint32_t first[AIR_PHASES] = {0};
    for (unsigned phase = 1; phase < AIR_PHASES; phase++)
        first[phase] = first[phase - 1] + p->machine->chip[chip]->width[phase - 1];
    for (uint32_t i = tape->operation_count; i-- > 0;) {
        const air_operation *o = &tape->operations[i];
        if (fp5_is_zero(part[i]))
            continue;
        if (o->degree == 0) {
            c->constant = fp5_add(c->constant, fp5_mul_fp(part[i], zero[i]));
        } else if (o->kind == AIR_COLUMN) {
            if (factors != NULL)
                factors[first[o->phase] + o->a] = fp5_add(factors[first[o->phase] + o->a], part[i]);
        } else if (o->kind == AIR_MUL) {
            bool scalar_first = tape->operations[o->a].degree == 0;
            uint32_t scalar = scalar_first ? o->a : o->b, other = scalar_first ? o->b : o->a;
            part[other] = fp5_add(part[other], fp5_mul_fp(part[i], zero[scalar]));
        } else {
            part[o->a] = fp5_add(part[o->a], part[i]);
            part[o->b] = o->kind == AIR_ADD ? fp5_add(part[o->b], part[i]) : fp5_sub(part[o->b], part[i]);
        }
    }
    arena_rewind(p->memory, mark);
}

static void open_chip(constraints *c, uint32_t chip)
{
    rounds *p = c->p;
    const air_tape *tape = p->machine->tape[chip];
    const uint32_t *width = p->machine->chip[chip]->width;
    constraint_chip *t = &c->chips[c->chip_count++];
    const schedule *s = schedule_new(p->memory, tape, SCHEDULE_CONSTRAINTS);
    uint32_t count = width[0] + width[1] + width[2];
    fp *scalars = ARENA_NEW(p->memory, fp, s->scalar_count + 1);
    schedule_scalars(scalars, s, tape, p->public_values[chip], p->memory);
    fp5 *powers = ARENA_NEW(p->memory, fp5, tape->constraint_count + 1);
    fp5 *factors = ARENA_NEW(p->memory, fp5, count + 1);
    powers[0] = fp5_power(c->sum->lambda, c->sum->first[chip]);
    for (uint32_t i = 1; i < tape->constraint_count; i++)
        powers[i] = fp5_mul(powers[i - 1], c->sum->lambda);
    linear_part(c, factors, chip);
    *t = (constraint_chip){
        .chip = chip,
        .table = {s, scalars, powers, factors, count},
        .places = ARENA_NEW(p->memory, uint32_t, s->column_count + 1),
        .rows = ARENA_NEW(p->memory, const fp *, count + 1),
        .units = (p->rows[chip] + UNIT_ROWS - 1) / UNIT_ROWS,
        .columns = ARENA_NEW(p->memory, fp *, count + 1),
        .spare = ARENA_NEW(p->memory, fp *, count + 1),
    };
    uint32_t first[AIR_PHASES], next = 0;
    for (unsigned phase = 0; phase < AIR_PHASES; phase++) {
        first[phase] = next;
        for (uint32_t k = 0; k < width[phase]; k++)
            t->rows[next++] = p->columns[chip][phase] + (size_t)k * p->rows[chip];
    }
    for (uint32_t k = 0; k < s->column_count; k++)
        t->places[k] = first[s->columns[k].phase] + s->columns[k].column;
    if (c->column_count < count)
        c->column_count = count;
    if (c->schedule_columns < s->column_count)
        c->schedule_columns = s->column_count;
    if (c->registers < s->register_count)
        c->registers = s->register_count;
}

static void open_threads(constraints *c)
{
    int count = omp_get_max_threads();
    c->threads = ARENA_NEW(c->p->memory, thread_memory, count);
    for (int i = 0; i < count; i++) {
        thread_memory *m = &c->threads[i];
        m->columns = ARENA_NEW(c->p->memory, const fp *, c->column_count + 1);
        m->points = ARENA_NEW(c->p->memory, const fp *, c->schedule_columns + 1);
        m->spare = new_words(c, (size_t)(c->column_count + 1) * GRID_BLOCK_ROWS);
        m->apart = new_words(c, (size_t)(c->schedule_columns + 1) * (GRID_ROWS + 3) * SCHEDULE_BLOCK_ROWS);
        m->registers = new_words(c, (size_t)(c->registers + 1) * SCHEDULE_BLOCK_ROWS);
        m->values = new_words(c, (size_t)(c->schedule_columns + c->registers + 1) * WEIGHT_GROUP_WORDS);
        m->sums = new_words(c, (size_t)(GRID_POINTS + GRID_ROWS) * WEIGHT_GROUP_WORDS);
    }
}

/* `count` rows of each column from a row on; zeros where the table has ended. */
static void find_rows(const constraints *c, const constraint_chip *t, const thread_memory *m, size_t first, size_t count)
{
    size_t rows = c->p->rows[t->chip], there = rows <= first ? 0 : rows - first < count ? rows - first : count;
    for (uint32_t k = 0; k < t->table.column_count; k++) {
        m->columns[k] = t->rows[k] + first;
        if (there == count)
            continue;
        fp *copy = m->spare + (size_t)k * GRID_BLOCK_ROWS;
        memset(copy, 0, count * sizeof *copy);
        memcpy(copy, t->rows[k] + first, there * sizeof *copy);
        m->columns[k] = copy;
    }
}

static fp5 lanes_total(const fp *columns)
{
    fp5 r = FP5_ZERO;
    for (int i = 0; i < FP5_DEGREE; i++)
        for (int k = 0; k < GROUP_ENTRIES; k++)
            r.c[i] = fp_add(r.c[i], columns[i * GROUP_ENTRIES + k]);
    return r;
}

/* Adds `count` sums of sixteen lanes, times a factor. */
static void add_totals(fp5 *totals, const fp *sums, size_t count, fp5 factor)
{
    fp5 each[GRID_POINTS + GRID_ROWS];
    for (size_t i = 0; i < count; i++)
        each[i] = fp5_mul(factor, lanes_total(sums + i * WEIGHT_GROUP_WORDS));
#pragma omp critical(constraint_sums)
    for (size_t i = 0; i < count; i++)
        totals[i] = fp5_add(totals[i], each[i]);
}

/* ---- polynomials of degree 3 by their values at 0, 1, 2, −1 ---- */

static void interpolate(fp5 u[4], const fp5 values[GRID_NODES])
{
    const fp third = fp_inverse(FP_CONSTANT(3));
    fp5 y1 = values[1], y2 = values[2], minus = values[3];
    u[0] = values[0];
    u[2] = fp5_sub(fp5_mul_fp(fp5_add(y1, minus), FP_HALF), u[0]);
    fp5 odd = fp5_mul_fp(fp5_sub(y1, minus), FP_HALF); /* u_1 + u_3 */
    fp5 at2 = fp5_sub(fp5_sub(y2, u[0]), fp5_mul_fp(u[2], FP_CONSTANT(4)));
    u[3] = fp5_mul_fp(fp5_sub(fp5_mul_fp(at2, FP_HALF), odd), third);
    u[1] = fp5_sub(odd, u[3]);
}

static fp5 value_at(const fp5 values[GRID_NODES], fp5 x)
{
    fp5 u[4];
    interpolate(u, values);
    fp5 r = u[3];
    for (int i = 2; i >= 0; i--)
        r = fp5_add(fp5_mul(r, x), u[i]);
    return r;
}

static fp5 node_of_line(fp5 a, fp5 b, unsigned node)
{
    return node == 0 ? a : node == 1 ? b : node == 2 ? fp5_sub(fp5_double(b), a) : fp5_sub(fp5_double(a), b);
}

/* values[1] is what the claim = (1 − z)·u(0) + z·u(1) says. */
static void send(constraints *c, unsigned variable, fp5 values[GRID_NODES])
{
    fp5 z = c->z[variable], u[4];
    CHECK(!fp5_is_zero(z));
    fp5 claim = fp5_sub(c->claim, c->constant);
    fp5 rest = fp5_sub(claim, fp5_mul(fp5_sub(FP5_ONE, z), values[0]));
    values[1] = fp5_mul(rest, fp5_inverse(z));
    interpolate(u, values);
    unsigned round = c->p->log2_rows - variable;
    c->point[variable] = rounds_send(c->p, &c->claim, z, u + 1, ROUND_DEGREE, 0, round);
}

/* ---- the first two rounds ---- */

static void sum_grid(constraints *c, fp5 totals[GRID_POINTS + GRID_ROWS])
{
    rounds_weights w;
    rounds_weights_make(&w, c->p->memory, c->z, c->p->log2_rows - GRID_ROUNDS);
    for (uint32_t k = 0; k < c->chip_count; k++) {
        constraint_chip *t = &c->chips[k];
        size_t blocks = (c->p->rows[t->chip] + GRID_BLOCK_ROWS - 1) / GRID_BLOCK_ROWS;
        size_t tasks = (blocks + TASK_BLOCKS - 1) / TASK_BLOCKS;
        t->bus_rows = new_words(c, blocks * (GRID_BLOCK_ROWS / GROUP_ENTRIES) * WEIGHT_GROUP_WORDS);
#pragma omp parallel for schedule(dynamic, 1)
        for (size_t task = 0; task < tasks; task++) {
            const thread_memory *m = &c->threads[omp_get_thread_num()];
            memset(m->sums, 0, (size_t)(GRID_POINTS + GRID_ROWS) * WEIGHT_GROUP_WORDS * sizeof(fp));
            for (size_t i = task * TASK_BLOCKS; i < blocks && i < (task + 1) * TASK_BLOCKS; i++) {
                find_rows(c, t, m, i * GRID_BLOCK_ROWS, GRID_BLOCK_ROWS);
                grid_block block = {&t->table, m->columns, t->places, m->points, m->apart, m->registers};
                const fp *weights = w.low + i % TASK_BLOCKS * GRID_BLOCK_GROUPS * WEIGHT_GROUP_WORDS;
                if (t->table.schedule->constraint_count > 0)
                    c->kernels->grid(&block, m->sums, weights);
                c->kernels->bus_part(&block,
                                     t->bus_rows + i * (GRID_BLOCK_ROWS / GROUP_ENTRIES) * WEIGHT_GROUP_WORDS,
                                     m->sums + GRID_POINTS * WEIGHT_GROUP_WORDS, weights);
            }
            add_totals(totals, m->sums, GRID_POINTS + GRID_ROWS, w.high[task]);
        }
    }
}

static void grid_rounds(constraints *c)
{
    unsigned first = c->p->log2_rows - 1, second = first - 1;
    fp5 totals[GRID_POINTS + GRID_ROWS] = {FP5_ZERO}, values[GRID_NODES];
    sum_grid(c, totals);
    const fp5 *bus = totals + GRID_POINTS;
    fp5 weight1 = c->z[second], weight0 = fp5_sub(FP5_ONE, weight1);
    for (unsigned x = 0; x < GRID_NODES; x++) {
        fp5 at0 = fp5_add(totals[x], node_of_line(bus[0], bus[1], x));
        fp5 at1 = fp5_add(totals[x + GRID_NODES], node_of_line(bus[2], bus[3], x));
        values[x] = fp5_add(fp5_mul(weight0, at0), fp5_mul(weight1, at1));
    }
    send(c, first, values);
    fp5 r = c->point[first];
    fp5 end0 = multilinear_line(bus[0], bus[1], r), end1 = multilinear_line(bus[2], bus[3], r);
    for (unsigned x = 0; x < GRID_NODES; x++)
        values[x] = fp5_add(value_at(totals + GRID_NODES * x, r), node_of_line(end0, end1, x));
    send(c, second, values);
}

/* ---- the others ---- */

static size_t group_words(size_t units)
{
    return (units + units % 2) * UNIT_GROUPS * WEIGHT_GROUP_WORDS;
}

/* One unit of all columns, from rows. */
static void bind_unit(const constraints *c, const constraint_chip *t, const thread_memory *m, const fp5 *factors,
                      size_t unit)
{
    uint32_t count = t->table.column_count;
    size_t place = unit * UNIT_GROUPS * WEIGHT_GROUP_WORDS;
    find_rows(c, t, m, unit * UNIT_ROWS, UNIT_ROWS);
    for (uint32_t k = 0; k < count; k++)
        c->kernels->bind_rows(t->columns[k] + place, m->columns[k], factors);
    c->kernels->bind_grid(t->columns[count] + place, t->bus_rows + GRID_ROWS * place, factors);
}

/* Binds what was drawn last, the grid's variables or one; then there are `left` variables, and the next round's sums are
 * made if there is one: u(0), u(2), u(−1). */
static void bind_and_sum(constraints *c, fp5 totals[BUS_NODES], unsigned left, bool from_rows)
{
    rounds *p = c->p;
    rounds_weights w = {NULL, NULL, 0};
    size_t mark = p->memory->used_bytes;
    fp5 factors[GRID_ROWS], challenge = c->point[left];
    if (from_rows) {
        fp5 r1 = c->point[left + 1], r2 = challenge;
        multilinear_eq_table(factors, FP5_ONE, (fp5[]){r2, r1}, GRID_ROUNDS);
        for (uint32_t k = 0; k < c->chip_count; k++)
            for (uint32_t i = 0; i <= c->chips[k].table.column_count; i++) {
                c->chips[k].columns[i] = new_words(c, group_words(c->chips[k].units));
                c->chips[k].spare[i] = new_words(c, group_words((c->chips[k].units + 1) / 2));
            }
        mark = p->memory->used_bytes;
    }
    if (left > 0)
        rounds_weights_make(&w, p->memory, c->z, left - 1);
    for (uint32_t k = 0; k < c->chip_count; k++) {
        constraint_chip *t = &c->chips[k];
        uint32_t count = t->table.column_count;
        if (!from_rows) {
            fp **swap = t->columns;
            t->columns = t->spare;
            t->spare = swap;
            t->units = (t->units + 1) / 2;
        }
        size_t tasks = (t->units + TASK_UNITS - 1) / TASK_UNITS;
#pragma omp parallel for schedule(dynamic, 1)
        for (size_t task = 0; task < tasks; task++) {
            const thread_memory *m = &c->threads[omp_get_thread_num()];
            memset(m->sums, 0, (size_t)BUS_NODES * WEIGHT_GROUP_WORDS * sizeof(fp));
            for (size_t unit = task * TASK_UNITS; unit < t->units && unit < (task + 1) * TASK_UNITS; unit++) {
                size_t place = unit * UNIT_GROUPS * WEIGHT_GROUP_WORDS;
                if (from_rows)
                    bind_unit(c, t, m, factors, unit);
                for (uint32_t i = 0; i <= count && !from_rows; i++)
                    c->kernels->bind(t->columns[i] + place, t->spare[i] + 2 * place, challenge);
                if (left == 0)
                    continue;
                for (uint32_t i = 0; i < t->table.schedule->column_count; i++)
                    m->points[i] = t->columns[t->places[i]] + place;
                c->kernels->unit(&t->table, m->points, t->columns[count] + place, m->sums,
                                 w.low + unit % TASK_UNITS * WEIGHT_GROUP_WORDS, m->values);
            }
            if (left > 0)
                add_totals(totals, m->sums, BUS_NODES, w.high[task]);
        }
        size_t end = t->units * UNIT_GROUPS * WEIGHT_GROUP_WORDS;
        for (uint32_t i = 0; i <= count; i++)
            memset(t->columns[i] + end, 0, (group_words(t->units) - end) * sizeof(fp));
    }
    arena_rewind(p->memory, mark);
}

void prove_constraints(rounds *p, constraint_values *v, const gkr_claims *g)
{
    memset(v, 0, sizeof *v);
    for (uint32_t chip = 0; chip < p->machine->count; chip++)
        for (unsigned phase = 0; phase < AIR_PHASES && p->rows[chip] > 0; phase++)
            v->columns[chip][phase] = ARENA_NEW(p->memory, fp5, p->machine->chip[chip]->width[phase] + 1);
    fp5 claim = constraints_start(&v->sum, &p->transcript, p->machine, &p->slots, p->challenges, p->public_values, g);
    size_t mark = p->memory->used_bytes;
    constraints *c = ARENA_NEW(p->memory, constraints, 1);
    c->p = p;
    c->kernels = constraint_kernels();
    c->sum = &v->sum;
    c->slot_weights = ARENA_NEW(p->memory, fp5, (size_t)1 << p->slots.log2_slots);
    multilinear_eq_table(c->slot_weights, FP5_ONE, g->point, p->slots.log2_slots);
    c->claim = claim;
    memcpy(c->z, g->point + p->slots.log2_slots, p->log2_rows * sizeof *c->z);
    for (uint32_t chip = 0; chip < p->machine->count; chip++)
        if (p->rows[chip] > 0)
            open_chip(c, chip);
        else
            linear_part(c, NULL, chip);
    open_threads(c);
    grid_rounds(c);
    for (unsigned left = p->log2_rows - GRID_ROUNDS;; left--) {
        fp5 totals[BUS_NODES] = {FP5_ZERO, FP5_ZERO, FP5_ZERO};
        bind_and_sum(c, totals, left, left == p->log2_rows - GRID_ROUNDS);
        if (left == 0)
            break;
        fp5 values[GRID_NODES] = {totals[0], FP5_ZERO, totals[1], totals[2]};
        send(c, left - 1, values);
    }
    for (uint32_t k = 0; k < c->chip_count; k++) {
        const constraint_chip *t = &c->chips[k];
        uint32_t next = 0;
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            for (uint32_t i = 0; i < p->machine->chip[t->chip]->width[phase]; i++, next++)
                for (int part = 0; part < FP5_DEGREE; part++)
                    v->columns[t->chip][phase][i].c[part] = t->columns[next][part * GROUP_ENTRIES];
    }
    memcpy(v->point, c->point, sizeof v->point);
    v->claim = c->claim;
    arena_rewind(p->memory, mark);
}

size_t prove_constraints_bytes(const stark_machine *m, const bus_slots *slots, const uint32_t *rows)
{
    size_t bytes = ((size_t)4 << 20) + ((size_t)32 << slots->log2_slots), threads = (size_t)omp_get_max_threads();
    for (uint32_t chip = 0; chip < m->count; chip++) {
        const air_tape *tape = m->tape[chip];
        size_t count = m->chip[chip]->width[0] + m->chip[chip]->width[1] + m->chip[chip]->width[2];
        bytes += (size_t)tape->operation_count * (sizeof(fp5) + sizeof(fp)) + count * sizeof(fp5);
        if (rows[chip] == 0)
            continue;
        size_t units = (rows[chip] + UNIT_ROWS - 1) / UNIT_ROWS, blocks = (rows[chip] + GRID_BLOCK_ROWS - 1) / GRID_BLOCK_ROWS;
        bytes += rounds_schedule_bytes(tape) + (size_t)tape->constraint_count * sizeof(fp5) + count * 64;
        bytes += threads * (count * GRID_BLOCK_ROWS + (size_t)tape->operation_count * (GRID_ROWS + 4) * SCHEDULE_BLOCK_ROWS +
                            (size_t)tape->operation_count * 2 * WEIGHT_GROUP_WORDS) * sizeof(fp);
        bytes += blocks * (GRID_BLOCK_ROWS / GROUP_ENTRIES) * WEIGHT_GROUP_WORDS * sizeof(fp) + CACHE_LINE;
        bytes += (count + 1) * ((group_words(units) + group_words((units + 1) / 2)) * sizeof(fp) + 2 * CACHE_LINE);
    }
    return bytes;
}
