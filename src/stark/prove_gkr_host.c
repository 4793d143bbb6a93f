#include "stark/rounds.h"

#include "base/check.h"
#include "base/memory.h"
#include "field/simd.h"
#include "stark/fraction_kernels.h"
#include "stark/multilinear.h"
#include "stark/sumcheck.h"

#include <omp.h>

const fraction_kernel_set *fraction_kernels(void)
{
    switch (simd_get()) {
#if defined(__x86_64__)
    case SIMD_AVX512:
        return &fraction_kernel_set_avx512;
    case SIMD_AVX2:
        return &fraction_kernel_set_avx2;
#endif
    default:
        return &fraction_kernel_set_portable;
    }
}

enum { CACHE_LINE = 64, ROUND_DEGREE = SUMCHECK_LAYER_DEGREE, TASK_BLOCKS = 32, COMBINE_GROUPS = 256 };

/* A table with interactions. Levels count from the leaves: level l has the rows by 2^l. All slots of a table have arrays
 * of the same length. */
typedef struct {
    uint32_t chip;
    leaf_table leaves;
    size_t blocks;
    uint32_t count;  /* of interactions */
    uint32_t *slots; /* of each */
} bus_table;

/* A stored level: of each slot in use. Level 0 is not stored. */
typedef struct {
    fp **groups;      /* by slot */
    size_t *count;    /* by table */
    fp5 *constants;   /* by slot, whether its chip is there or not; 1 where there is no interaction */
    size_t end_bytes; /* of the arena */
} bus_level;

typedef struct {
    rounds *p;
    const fraction_kernel_set *kernels;
    bus_table tables[STARK_MAX_CHIPS];
    uint32_t table_count;
    uint32_t *table_of; /* by slot; STARK_MAX_CHIPS where the chip is absent or there is no interaction */
    bus_level levels[STARK_MAX_LOG2_ROWS + 1];
    fp5 *dense_p[GKR_LOG2_SLOTS_MAX + 1], *dense_q[GKR_LOG2_SLOTS_MAX + 1]; /* layers 0 … log2_slots */
    uint32_t register_count, column_count, interaction_count; /* the greatest of all tables */
} buses;

typedef struct {
    fp5 a, b, c, d; /* p⁰ + λ·q⁰, p¹, q⁰, q¹ */
} quad;

static uint32_t slot_count(const buses *b)
{
    return (uint32_t)1 << b->p->slots.log2_slots;
}

/* ---- what is there ---- */

static void open_table(buses *b, uint32_t chip, const fp5 *const powers[BUS_GROUPS])
{
    rounds *p = b->p;
    const air_tape *tape = p->machine->tape[chip];
    bus_table *t = &b->tables[b->table_count];
    const schedule *s = schedule_new(p->memory, tape, SCHEDULE_INTERACTIONS);
    fp *scalars = ARENA_NEW(p->memory, fp, s->scalar_count + 1);
    schedule_scalars(scalars, s, tape, p->public_values[chip], p->memory);
    const fp5 **alpha_powers = ARENA_NEW(p->memory, const fp5 *, tape->interaction_count);
    fp5 *bases = ARENA_NEW(p->memory, fp5, tape->interaction_count);
    t->slots = ARENA_NEW(p->memory, uint32_t, tape->interaction_count);
    uint32_t next[BUS_GROUPS] = {p->slots.first[chip][BUS_LOCAL], p->slots.first[chip][BUS_SHARED]};
    for (uint32_t i = 0; i < tape->interaction_count; i++) {
        unsigned group = tape->interactions[i].shared ? BUS_SHARED : BUS_LOCAL;
        const schedule_interaction *x = &s->interactions[i];
        alpha_powers[i] = powers[group];
        bases[i] = fp5_add_fp(p->challenges[group].gamma, fp_from_u32(tape->interactions[i].tag));
        for (uint32_t k = x->varying; k < x->length; k++)
            bases[i] = fp5_add_mul_fp(bases[i], powers[group][x->power[k]], scalars[x->message[k].index]);
        t->slots[i] = next[group]++;
        b->table_of[t->slots[i]] = b->table_count;
    }
    t->chip = chip;
    t->leaves = (leaf_table){s, scalars, alpha_powers, bases};
    t->blocks = (p->rows[chip] + SCHEDULE_BLOCK_ROWS - 1) / SCHEDULE_BLOCK_ROWS;
    t->count = tape->interaction_count;
    b->table_count++;
    if (b->register_count < s->register_count)
        b->register_count = s->register_count;
    if (b->column_count < s->column_count)
        b->column_count = s->column_count;
    if (b->interaction_count < t->count)
        b->interaction_count = t->count;
}

/* The constants of virtual rows: f₀ of each slot. */
static void make_constants(buses *b)
{
    rounds *p = b->p;
    fp5 *constants = b->levels[0].constants;
    for (uint32_t slot = 0; slot < slot_count(b); slot++)
        constants[slot] = FP5_ONE;
    for (uint32_t chip = 0; chip < p->machine->count; chip++) {
        const air_tape *tape = p->machine->tape[chip];
        size_t mark = p->memory->used_bytes;
        fp *values = ARENA_NEW(p->memory, fp, tape->operation_count + 1);
        rounds_zero_row(values, tape, p->public_values[chip]);
        uint32_t next[BUS_GROUPS] = {p->slots.first[chip][BUS_LOCAL], p->slots.first[chip][BUS_SHARED]};
        for (uint32_t i = 0; i < tape->interaction_count; i++) {
            const air_interaction *x = &tape->interactions[i];
            unsigned group = x->shared ? BUS_SHARED : BUS_LOCAL;
            CHECK(values[x->multiplicity] == FP_ZERO);
            fp5 message = FP5_ZERO;
            for (uint32_t k = x->length; k-- > 0;)
                message = fp5_mul(fp5_add_fp(message, values[x->message[k]]), p->challenges[group].alpha);
            message = fp5_add(message, p->challenges[group].gamma);
            constants[next[group]++] = fp5_add_fp(message, fp_from_u32(x->tag));
        }
        arena_rewind(p->memory, mark);
    }
    for (unsigned level = 1; level <= p->log2_rows; level++)
        for (uint32_t slot = 0; slot < slot_count(b); slot++)
            b->levels[level].constants[slot] = fp5_square(b->levels[level - 1].constants[slot]);
}

static void open_buses(buses *b, rounds *p)
{
    b->p = p;
    b->kernels = fraction_kernels();
    b->table_of = ARENA_NEW(p->memory, uint32_t, slot_count(b));
    for (uint32_t slot = 0; slot < slot_count(b); slot++)
        b->table_of[slot] = STARK_MAX_CHIPS;
    const fp5 *powers[BUS_GROUPS];
    for (unsigned group = 0; group < BUS_GROUPS; group++) {
        fp5 *all = ARENA_NEW(p->memory, fp5, AIR_MAX_MESSAGE + 1);
        all[0] = FP5_ONE;
        for (unsigned i = 1; i <= AIR_MAX_MESSAGE; i++)
            all[i] = fp5_mul(all[i - 1], p->challenges[group].alpha);
        powers[group] = all;
    }
    for (uint32_t chip = 0; chip < p->machine->count; chip++)
        if (p->rows[chip] > 0 && p->machine->tape[chip]->interaction_count > 0)
            open_table(b, chip, powers);
    for (unsigned level = 0; level <= p->log2_rows; level++) {
        b->levels[level].groups = ARENA_NEW(p->memory, fp *, slot_count(b));
        b->levels[level].count = ARENA_NEW(p->memory, size_t, b->table_count + 1);
        b->levels[level].constants = ARENA_NEW(p->memory, fp5, slot_count(b));
    }
    make_constants(b);
    for (unsigned layer = 0; layer <= p->slots.log2_slots; layer++) {
        b->dense_p[layer] = ARENA_NEW(p->memory, fp5, (size_t)1 << layer);
        b->dense_q[layer] = ARENA_NEW(p->memory, fp5, (size_t)1 << layer);
    }
}

static fp *new_groups(buses *b, size_t words)
{
    return arena_allocate(b->p->memory, words * sizeof(fp), CACHE_LINE);
}

/* ---- leaves ---- */

typedef struct {
    const fp **columns;
    fp *spare, *registers, *sums;
    fp **out;
} thread_memory;

static thread_memory *new_thread_memories(buses *b)
{
    arena *memory = b->p->memory;
    int threads = omp_get_max_threads();
    thread_memory *m = ARENA_NEW(memory, thread_memory, threads);
    for (int i = 0; i < threads; i++) {
        m[i].columns = ARENA_NEW(memory, const fp *, b->column_count + 1);
        m[i].spare = new_groups(b, (size_t)(b->column_count + 1) * SCHEDULE_BLOCK_ROWS);
        m[i].registers = new_groups(b, (size_t)(b->register_count + 1) * SCHEDULE_BLOCK_ROWS);
        m[i].sums = new_groups(b, (size_t)2 * WEIGHT_GROUP_WORDS * b->interaction_count);
        m[i].out = ARENA_NEW(memory, fp *, b->interaction_count);
    }
    return m;
}

typedef enum { LEAVES_COMBINE, LEAVES_FIRST_ROUND, LEAVES_SECOND_ROUND } leaf_action;

typedef struct {
    leaf_action action;
    fp *const *out; /* by slot */
    const rounds_weights *weights; /* NULL: nothing is summed up */
    fp5 lambda, challenge;
    const fp5 *slot_weights;
} leaf_pass;

static fp5 lanes_total(const fp *columns)
{
    fp5 r = FP5_ZERO;
    for (int c = 0; c < FP5_DEGREE; c++)
        for (int i = 0; i < GROUP_ENTRIES; i++)
            r.c[c] = fp_add(r.c[c], columns[c * GROUP_ENTRIES + i]);
    return r;
}

/* Blocks first … first + count − 1, which have one high weight. */
static round_sums run_leaves(const buses *b, const bus_table *t, const thread_memory *m, const leaf_pass *pass,
                             size_t first, size_t count)
{
    static const size_t out_words[] = {LEAF_GROUPS / 2 * FRACTION_GROUP_WORDS, 0, LEAF_GROUPS / 4 * QUAD_GROUP_WORDS};
    size_t step = pass->action == LEAVES_FIRST_ROUND ? LEAF_GROUPS / 4 : LEAF_GROUPS / 8; /* groups of weights */
    memset(m->sums, 0, (size_t)2 * WEIGHT_GROUP_WORDS * t->count * sizeof(fp));
    leaf_block block = {&t->leaves, m->columns, m->registers};
    for (size_t k = first; k < first + count; k++) {
        rounds_block_columns(m->columns, m->spare, b->p, t->chip, t->leaves.schedule, k * SCHEDULE_BLOCK_ROWS);
        for (uint32_t i = 0; i < t->count && pass->out != NULL; i++)
            m->out[i] = pass->out[t->slots[i]] + k * out_words[pass->action];
        const fp *weights = pass->weights == NULL ? NULL
                                                  : pass->weights->low + k * step % WEIGHT_LOW_GROUPS * WEIGHT_GROUP_WORDS;
        if (pass->action == LEAVES_COMBINE)
            b->kernels->leaf_combine(&block, m->out);
        else if (pass->action == LEAVES_FIRST_ROUND)
            b->kernels->leaf_first_round(&block, m->sums, weights, pass->lambda);
        else
            b->kernels->leaf_second_round(&block, m->out, m->sums, weights, pass->lambda, pass->challenge);
    }
    round_sums total = {FP5_ZERO, FP5_ZERO};
    if (pass->weights == NULL)
        return total;
    fp5 high = pass->weights->high[first * step / WEIGHT_LOW_GROUPS];
    for (uint32_t i = 0; i < t->count; i++) {
        fp5 weight = fp5_mul(high, pass->slot_weights[t->slots[i]]);
        const fp *sums = m->sums + (size_t)2 * WEIGHT_GROUP_WORDS * i;
        total.u0 = fp5_add(total.u0, fp5_mul(weight, lanes_total(sums)));
        total.u2 = fp5_add(total.u2, fp5_mul(weight, lanes_total(sums + WEIGHT_GROUP_WORDS)));
    }
    return total;
}

static void add_sums(round_sums *total, round_sums x)
{
    total->u0 = fp5_add(total->u0, x.u0);
    total->u2 = fp5_add(total->u2, x.u2);
}

static round_sums pass_over_leaves(buses *b, const leaf_pass *pass)
{
    size_t mark = b->p->memory->used_bytes;
    thread_memory *m = new_thread_memories(b);
    round_sums total = {FP5_ZERO, FP5_ZERO};
    for (uint32_t k = 0; k < b->table_count; k++) {
        const bus_table *t = &b->tables[k];
        size_t tasks = (t->blocks + TASK_BLOCKS - 1) / TASK_BLOCKS;
#pragma omp parallel for schedule(dynamic, 1)
        for (size_t i = 0; i < tasks; i++) {
            size_t first = i * TASK_BLOCKS, count = t->blocks - first < TASK_BLOCKS ? t->blocks - first : TASK_BLOCKS;
            round_sums x = run_leaves(b, t, &m[omp_get_thread_num()], pass, first, count);
#pragma omp critical(bus_sums)
            add_sums(&total, x);
        }
    }
    arena_rewind(b->p->memory, mark);
    return total;
}

/* ---- building ---- */

static void build_levels(buses *b)
{
    rounds *p = b->p;
    for (unsigned level = 1; level <= p->log2_rows; level++) {
        bus_level *here = &b->levels[level], *below = &b->levels[level - 1];
        for (uint32_t k = 0; k < b->table_count; k++) {
            const bus_table *t = &b->tables[k];
            here->count[k] = level == 1 ? t->blocks * (LEAF_GROUPS / 2) : (below->count[k] + 1) / 2;
            for (uint32_t i = 0; i < t->count; i++)
                here->groups[t->slots[i]] = new_groups(b, here->count[k] * FRACTION_GROUP_WORDS);
        }
        here->end_bytes = p->memory->used_bytes;
        if (level == 1) {
            pass_over_leaves(b, &(leaf_pass){.action = LEAVES_COMBINE, .out = here->groups});
            continue;
        }
#pragma omp parallel for schedule(dynamic, 4)
        for (uint32_t slot = 0; slot < slot_count(b); slot++) {
            uint32_t k = b->table_of[slot];
            if (k == STARK_MAX_CHIPS)
                continue;
            fraction_array in = {below->groups[slot], below->count[k], below->constants[slot]};
            b->kernels->combine(here->groups[slot], &in, 0, here->count[k]);
        }
    }
}

static fp5 entry(const fp *groups, size_t words, unsigned part, size_t index)
{
    const fp *place = groups + index / GROUP_ENTRIES * words + part * FP5_DEGREE * GROUP_ENTRIES + index % GROUP_ENTRIES;
    fp5 x;
    for (int i = 0; i < FP5_DEGREE; i++)
        x.c[i] = place[i * GROUP_ENTRIES];
    return x;
}

static void fraction_of(fp5 *fp_, fp5 *fq, const buses *b, unsigned level, uint32_t slot, size_t index)
{
    const bus_level *l = &b->levels[level];
    uint32_t k = b->table_of[slot];
    *fp_ = FP5_ZERO;
    *fq = l->constants[slot];
    if (k == STARK_MAX_CHIPS || index >= l->count[k] * GROUP_ENTRIES)
        return;
    *fp_ = entry(l->groups[slot], FRACTION_GROUP_WORDS, 0, index);
    *fq = entry(l->groups[slot], FRACTION_GROUP_WORDS, 1, index);
}

/* Layers log2_slots … 0: one fraction for each slot, and upwards. */
static void build_dense(buses *b)
{
    unsigned top = b->p->slots.log2_slots;
    for (uint32_t slot = 0; slot < slot_count(b); slot++)
        fraction_of(&b->dense_p[top][slot], &b->dense_q[top][slot], b, b->p->log2_rows, slot, 0);
    for (unsigned layer = top; layer-- > 1;)
        for (uint32_t i = 0; i < (uint32_t)1 << layer; i++) {
            const fp5 *x = &b->dense_p[layer + 1][2 * i], *y = &b->dense_q[layer + 1][2 * i];
            b->dense_p[layer][i] = fp5_add(fp5_mul(x[0], y[1]), fp5_mul(x[1], y[0]));
            b->dense_q[layer][i] = fp5_mul(y[0], y[1]);
        }
}

/* ---- rounds ---- */

typedef struct {
    buses *b;
    unsigned layer, round;
    fp5 lambda, claim;
    fp5 before[4];                /* p⁰, p¹, q⁰, q¹ of the layer above */
    fp5 z[GKR_VARIABLES_MAX];     /* the point that is reduced */
    fp5 point[GKR_VARIABLES_MAX]; /* challenges, by variable */
} layer_rounds;

static fp5 send(layer_rounds *r, unsigned variable, fp5 u1, fp5 u2)
{
    fp5 sent[ROUND_DEGREE] = {u1, u2};
    r->point[variable] = rounds_send(r->b->p, &r->claim, r->z[variable], sent, ROUND_DEGREE, r->layer, ++r->round);
    return r->point[variable];
}

/* u_1 from u_0, u_2 and the claim = u_0 + z·(u_1 + u_2). */
static fp5 middle(const layer_rounds *r, unsigned variable, round_sums u)
{
    CHECK(!fp5_is_zero(r->z[variable]));
    fp5 sum = fp5_mul(fp5_sub(r->claim, u.u0), fp5_inverse(r->z[variable]));
    return fp5_sub(sum, u.u2);
}

static fp5 quad_value(const quad *x)
{
    return fp5_add(fp5_mul(x->a, x->d), fp5_mul(x->b, x->c));
}

static void dense_rounds(layer_rounds *r, quad *quads, unsigned variables)
{
    fp5 *weights = ARENA_NEW(r->b->p->memory, fp5, ((size_t)1 << variables) + 1);
    for (unsigned v = variables; v-- > 0;) {
        multilinear_eq_table(weights, FP5_ONE, r->z, v);
        round_sums u = {FP5_ZERO, FP5_ZERO};
        for (size_t i = 0; i < (size_t)1 << v; i++) {
            const quad *x = &quads[2 * i], *y = x + 1;
            quad d = {fp5_sub(y->a, x->a), fp5_sub(y->b, x->b), fp5_sub(y->c, x->c), fp5_sub(y->d, x->d)};
            u.u0 = fp5_add(u.u0, fp5_mul(weights[i], quad_value(x)));
            u.u2 = fp5_add(u.u2, fp5_mul(weights[i], quad_value(&d)));
        }
        fp5 c = send(r, v, middle(r, v, u), u.u2);
        for (size_t i = 0; i < (size_t)1 << v; i++) {
            const quad *x = &quads[2 * i], *y = x + 1;
            quads[i] = (quad){multilinear_line(x->a, y->a, c), multilinear_line(x->b, y->b, c),
                              multilinear_line(x->c, y->c, c), multilinear_line(x->d, y->d, c)};
        }
    }
}

/* Σ eq(z, x) over the first `count` x of k variables. */
static fp5 prefix_weight(const fp5 *z, unsigned k, size_t count)
{
    if (count >= (size_t)1 << k)
        return FP5_ONE;
    fp5 sum = FP5_ZERO, path = FP5_ONE;
    for (unsigned i = 0; i < k; i++) {
        fp5 one = fp5_mul(path, z[i]), zero = fp5_sub(path, one);
        if (count >> (k - 1 - i) & 1) {
            sum = fp5_add(sum, zero);
            path = one;
        } else {
            path = zero;
        }
    }
    return sum;
}

typedef struct {
    fp **quads, **spare; /* by slot */
    size_t count[STARK_MAX_CHIPS];
    fp5 *slot_weights;
    fp5 tail[STARK_MAX_CHIPS + 1]; /* by table, of slots: Σ weight·λ·c² of virtual rows; the last: where there is none */
} row_rounds;

/* What virtual rows add to u_0. */
static fp5 tails(const layer_rounds *r, const row_rounds *rows, const size_t *pairs, unsigned k)
{
    const fp5 *z = r->z + r->b->p->slots.log2_slots;
    fp5 sum = rows->tail[STARK_MAX_CHIPS];
    for (uint32_t i = 0; i < r->b->table_count; i++) {
        fp5 real = prefix_weight(z, k, pairs[i] * GROUP_ENTRIES);
        sum = fp5_add(sum, fp5_mul(rows->tail[i], fp5_sub(FP5_ONE, real)));
    }
    return sum;
}

typedef struct {
    uint32_t slot;
    size_t first, count;
} task;

/* Pair groups of all slots, in pieces that have one high weight. */
static task *make_tasks(const buses *b, const size_t *pairs, size_t *count)
{
    size_t total = 0;
    for (uint32_t k = 0; k < b->table_count; k++)
        total += b->tables[k].count * ((pairs[k] + WEIGHT_LOW_GROUPS - 1) / WEIGHT_LOW_GROUPS);
    task *tasks = ARENA_NEW(b->p->memory, task, total + 1);
    *count = 0;
    for (uint32_t k = 0; k < b->table_count; k++)
        for (uint32_t i = 0; i < b->tables[k].count; i++)
            for (size_t first = 0; first < pairs[k]; first += WEIGHT_LOW_GROUPS)
                tasks[(*count)++] = (task){b->tables[k].slots[i], first,
                                           pairs[k] - first < WEIGHT_LOW_GROUPS ? pairs[k] - first : WEIGHT_LOW_GROUPS};
    return tasks;
}

/* How many groups there are to weigh: beyond the weights nothing is. */
static size_t limited(size_t groups, const rounds_weights *w)
{
    size_t limit = WEIGHT_LOW_GROUPS * (w == NULL ? 1 : w->high_count);
    return groups < limit ? groups : limit;
}

/* The first round: u(0) and u(1) are known from the layer above. */
static fp5 first_row_round(layer_rounds *r, const row_rounds *rows, unsigned level, unsigned k)
{
    buses *b = r->b;
    unsigned slots = b->p->slots.log2_slots;
    rounds_weights w;
    rounds_weights_make(&w, b->p->memory, r->z + slots, k - 1);
    round_sums total = {FP5_ZERO, FP5_ZERO};
    if (level == 0) {
        total = pass_over_leaves(b, &(leaf_pass){.action = LEAVES_FIRST_ROUND,
                                                 .weights = &w,
                                                 .lambda = r->lambda,
                                                 .slot_weights = rows->slot_weights});
    } else {
        size_t pairs[STARK_MAX_CHIPS], count;
        for (uint32_t i = 0; i < b->table_count; i++)
            pairs[i] = limited((b->levels[level].count[i] + 3) / 4, &w);
        task *tasks = make_tasks(b, pairs, &count);
#pragma omp parallel for schedule(dynamic, 4)
        for (size_t i = 0; i < count; i++) {
            const task *t = &tasks[i];
            fraction_array in = {b->levels[level].groups[t->slot], b->levels[level].count[b->table_of[t->slot]],
                                 b->levels[level].constants[t->slot]};
            fp5 x = b->kernels->first_round(&in, w.low, t->first, t->count, r->lambda);
            x = fp5_mul(x, fp5_mul(rows->slot_weights[t->slot], w.high[t->first / WEIGHT_LOW_GROUPS]));
#pragma omp critical(bus_sums)
            total.u2 = fp5_add(total.u2, x);
        }
    }
    fp5 at_zero = fp5_add(r->before[0], fp5_mul(r->lambda, r->before[2]));
    fp5 at_one = fp5_add(r->before[1], fp5_mul(r->lambda, r->before[3]));
    fp5 u1 = fp5_sub(fp5_sub(at_one, at_zero), total.u2);
    return send(r, slots + k - 1, u1, total.u2);
}

/* Binds the variable of `challenge`; then `left` row variables are left, and the next round's sums are made if there is
 * one. */
static round_sums bind_rows(layer_rounds *r, row_rounds *rows, unsigned level, bool second, unsigned left, fp5 challenge)
{
    buses *b = r->b;
    rounds_weights made, *w = left > 0 ? &made : NULL;
    if (left > 0)
        rounds_weights_make(&made, b->p->memory, r->z + b->p->slots.log2_slots, left - 1);
    size_t pairs[STARK_MAX_CHIPS], count, before[STARK_MAX_CHIPS];
    for (uint32_t i = 0; i < b->table_count; i++) {
        size_t quads = second ? (b->levels[level].count[i] + 3) / 4 : (rows->count[i] + 1) / 2;
        if (second && level == 0)
            quads = b->tables[i].blocks * (LEAF_GROUPS / 4);
        before[i] = rows->count[i];
        pairs[i] = limited((quads + 1) / 2, w);
        rows->count[i] = 2 * pairs[i];
        for (uint32_t k = 0; k < b->tables[i].count && second; k++) {
            uint32_t slot = b->tables[i].slots[k];
            /* The leaves' pass writes all its blocks. */
            size_t groups = level == 0 ? quads : rows->count[i];
            rows->quads[slot] = new_groups(b, groups * QUAD_GROUP_WORDS);
            rows->spare[slot] = new_groups(b, (groups / 2 + 2) * QUAD_GROUP_WORDS);
        }
    }
    round_sums total = {FP5_ZERO, FP5_ZERO};
    if (second && level == 0) {
        total = pass_over_leaves(b, &(leaf_pass){.action = LEAVES_SECOND_ROUND,
                                                 .out = rows->quads,
                                                 .weights = w,
                                                 .lambda = r->lambda,
                                                 .challenge = challenge,
                                                 .slot_weights = rows->slot_weights});
    } else {
        task *tasks = make_tasks(b, pairs, &count);
#pragma omp parallel for schedule(dynamic, 4)
        for (size_t i = 0; i < count; i++) {
            const task *t = &tasks[i];
            uint32_t table = b->table_of[t->slot];
            const fp *low = w == NULL ? NULL : w->low;
            fp5 constant = b->levels[level].constants[t->slot];
            fraction_array in = {b->levels[level].groups[t->slot], b->levels[level].count[table], constant};
            round_sums x = second ? b->kernels->second_round(rows->quads[t->slot], &in, low, t->first, t->count,
                                                             r->lambda, challenge)
                                  : b->kernels->next_round(rows->spare[t->slot], rows->quads[t->slot], before[table],
                                                           constant, low, t->first, t->count, r->lambda, challenge);
            if (w == NULL)
                continue;
            fp5 weight = fp5_mul(rows->slot_weights[t->slot], w->high[t->first / WEIGHT_LOW_GROUPS]);
            x = (round_sums){fp5_mul(x.u0, weight), fp5_mul(x.u2, weight)};
#pragma omp critical(bus_sums)
            add_sums(&total, x);
        }
        if (!second) {
            fp **swap = rows->quads;
            rows->quads = rows->spare;
            rows->spare = swap;
        }
    }
    if (w != NULL)
        total.u0 = fp5_add(total.u0, tails(r, rows, pairs, left - 1));
    return total;
}

/* Binds the k ≥ 1 row variables of a layer whose entries' halves stand in `level`: what is left is a quad a slot. */
static void bind_all_rows(layer_rounds *r, quad *quads, unsigned level, unsigned k)
{
    buses *b = r->b;
    unsigned log2_slots = b->p->slots.log2_slots;
    row_rounds rows = {.quads = ARENA_NEW(b->p->memory, fp *, slot_count(b)),
                       .spare = ARENA_NEW(b->p->memory, fp *, slot_count(b)),
                       .slot_weights = ARENA_NEW(b->p->memory, fp5, slot_count(b))};
    multilinear_eq_table(rows.slot_weights, FP5_ONE, r->z, log2_slots);
    const fp5 *constants = b->levels[level].constants;
    for (uint32_t slot = 0; slot < slot_count(b); slot++) {
        fp5 value = fp5_mul(r->lambda, fp5_square(constants[slot]));
        fp5 *tail = &rows.tail[b->table_of[slot]];
        *tail = fp5_add(*tail, fp5_mul(rows.slot_weights[slot], value));
    }
    fp5 challenge = first_row_round(r, &rows, level, k);
    for (unsigned left = k - 1;; left--) {
        round_sums u = bind_rows(r, &rows, level, left == k - 1, left, challenge);
        if (left == 0)
            break;
        challenge = send(r, log2_slots + left - 1, middle(r, log2_slots + left - 1, u), u.u2);
    }
    for (uint32_t slot = 0; slot < slot_count(b); slot++) {
        fp5 c = constants[slot];
        quads[slot] = (quad){fp5_mul(r->lambda, c), FP5_ZERO, c, c};
        if (b->table_of[slot] != STARK_MAX_CHIPS) {
            const fp *at = rows.quads[slot];
            quads[slot] = (quad){entry(at, QUAD_GROUP_WORDS, 0, 0), entry(at, QUAD_GROUP_WORDS, 1, 0),
                                 entry(at, QUAD_GROUP_WORDS, 2, 0), entry(at, QUAD_GROUP_WORDS, 3, 0)};
        }
    }
}

static void join(fp5 *p, fp5 *q, const fp5 values[4], fp5 mu)
{
    *p = multilinear_line(values[0], values[1], mu);
    *q = multilinear_line(values[2], values[3], mu);
}

static void prove_layer(layer_rounds *r, gkr_claims *g, quad *quads)
{
    buses *b = r->b;
    rounds *p = b->p;
    unsigned log2_slots = p->slots.log2_slots;
    r->lambda = transcript_squeeze_fp5(&p->transcript);
    r->claim = fp5_add(g->claim_p, fp5_mul(r->lambda, g->claim_q));
    r->round = 0;
    memcpy(r->z, g->point, sizeof r->z);
    unsigned variables = r->layer < log2_slots ? r->layer : log2_slots;
    unsigned k = r->layer - variables;
    if (k > 0) {
        bind_all_rows(r, quads, p->log2_rows - k - 1, k);
    } else {
        for (uint32_t i = 0; i < (uint32_t)1 << variables; i++) {
            fp5 x[2], y[2];
            for (unsigned half = 0; half < 2; half++)
                if (r->layer < log2_slots) {
                    x[half] = b->dense_p[r->layer + 1][2 * i + half];
                    y[half] = b->dense_q[r->layer + 1][2 * i + half];
                } else {
                    fraction_of(&x[half], &y[half], b, p->log2_rows - 1, i, half);
                }
            quads[i] = (quad){fp5_add(x[0], fp5_mul(r->lambda, y[0])), x[1], y[0], y[1]};
        }
    }
    dense_rounds(r, quads, variables);
    fp5 values[4] = {fp5_sub(quads->a, fp5_mul(r->lambda, quads->c)), quads->b, quads->c, quads->d};
    if (p->lies->change_layer != NULL)
        p->lies->change_layer(p->lies->context, r->layer, r->claim, r->lambda, values);
    rounds_write(p, values, 4);
    memcpy(g->point, r->point, r->layer * sizeof *g->point);
    g->point[r->layer] = transcript_squeeze_fp5(&p->transcript);
    join(&g->claim_p, &g->claim_q, values, g->point[r->layer]);
    memcpy(r->before, values, sizeof values);
}

void prove_buses(rounds *p, gkr_claims *g)
{
    size_t mark = p->memory->used_bytes;
    memset(g, 0, sizeof *g);
    buses *b = ARENA_NEW(p->memory, buses, 1);
    layer_rounds *r = ARENA_NEW(p->memory, layer_rounds, 1);
    open_buses(b, p);
    quad *quads = ARENA_NEW(p->memory, quad, slot_count(b));
    size_t levels = p->memory->used_bytes;
    build_levels(b);
    build_dense(b);
    fp5 top[4] = {b->dense_p[1][0], b->dense_q[1][0], b->dense_p[1][1], b->dense_q[1][1]};
    if (p->lies->change_top != NULL)
        p->lies->change_top(p->lies->context, top);
    rounds_write(p, top, 4);
    for (unsigned group = 0; group < BUS_GROUPS; group++) {
        g->p[group] = top[2 * group];
        g->q[group] = top[2 * group + 1];
    }
    r->b = b;
    fp5 before[4] = {top[0], top[2], top[1], top[3]};
    memcpy(r->before, before, sizeof before);
    g->point[0] = transcript_squeeze_fp5(&p->transcript);
    join(&g->claim_p, &g->claim_q, before, g->point[0]);
    unsigned last = p->slots.log2_slots + p->log2_rows - 1;
    for (r->layer = 1; r->layer <= last; r->layer++) {
        /* Levels above the one that is read are not needed any more; rounds use their place. */
        unsigned level = last - r->layer < p->log2_rows ? last - r->layer : p->log2_rows;
        arena_rewind(p->memory, level == 0 ? levels : b->levels[level].end_bytes);
        prove_layer(r, g, quads);
    }
    arena_rewind(p->memory, mark);
}

/* The levels take 40 bytes an interaction and row. A layer's rounds take, beside the level that is read, quads of an eighth
 * of what the level has from the leaves (a quarter of the leaves themselves), and half as many. */
size_t prove_buses_bytes(const stark_machine *m, const bus_slots *slots, const uint32_t *rows, unsigned log2_rows)
{
    size_t fixed = ((size_t)8 << 20) + ((size_t)1024 << slots->log2_slots) + ((size_t)log2_rows << slots->log2_slots) * 40;
    size_t levels[STARK_MAX_LOG2_ROWS + 1] = {0}, quads[STARK_MAX_LOG2_ROWS + 1] = {0}, tasks = 0;
    for (uint32_t chip = 0; chip < m->count; chip++) {
        size_t count = m->tape[chip]->interaction_count;
        if (rows[chip] == 0 || count == 0)
            continue;
        const air_tape *tape = m->tape[chip];
        fixed += rounds_schedule_bytes(tape) + count * 64 + (size_t)tape->operation_count * sizeof(fp) +
                 (size_t)omp_get_max_threads() *
                     ((size_t)tape->operation_count * SCHEDULE_BLOCK_ROWS * 2 + count * 2 * WEIGHT_GROUP_WORDS) * sizeof(fp);
        size_t blocks = (rows[chip] + SCHEDULE_BLOCK_ROWS - 1) / SCHEDULE_BLOCK_ROWS, groups = blocks * LEAF_GROUPS;
        tasks += count * (blocks + log2_rows) * sizeof(task);
        for (unsigned level = 0; level <= log2_rows; level++, groups = (groups + 1) / 2) {
            if (level > 0)
                levels[level] += count * (groups * FRACTION_GROUP_WORDS * sizeof(fp) + CACHE_LINE);
            size_t first = (groups + 3) / 4 + 1;
            quads[level] += count * ((first + first / 2 + 2) * QUAD_GROUP_WORDS * sizeof(fp) + 2 * CACHE_LINE);
        }
    }
    size_t most = 0, kept = 0;
    for (unsigned level = 0; level <= log2_rows; level++) {
        kept += levels[level];
        if (most < kept + quads[level])
            most = kept + quads[level];
    }
    if (most < kept)
        most = kept;
    size_t weights = (size_t)log2_rows * (WEIGHT_LOW_GROUPS * WEIGHT_GROUP_WORDS * sizeof(fp) + CACHE_LINE);
    if (log2_rows > WEIGHT_LOG2_LOW)
        weights += ((size_t)2 << (log2_rows - WEIGHT_LOG2_LOW)) * sizeof(fp5);
    return fixed + most + tasks + weights;
}
