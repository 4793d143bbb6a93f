#include "stark/evaluator.h"

#include "base/check.h"
#include "base/memory.h"

enum { NONE = 0xffffffffu };

typedef struct {
    const air_tape *tape;
    evaluator *e;
    uint32_t *stack;
    uint8_t *is_scalar;   /* of each operation */
    uint8_t *is_done;     /* a step, or an operand that needs none, exists */
    operand *place;       /* of each operation; a register only once its step is allocated */
    uint32_t *step_value; /* operation that a step computes */
    uint32_t *last_use;   /* step */
} compiler;

static bool is_binary(const air_operation *o)
{
    return o->kind >= AIR_ADD;
}

/* Gives a leaf its operand; an inner operation a step. */
static void finish(compiler *c, uint32_t index)
{
    const air_operation *o = &c->tape->operations[index];
    c->is_done[index] = 1;
    if (c->is_scalar[index]) {
        c->place[index] = (operand){.kind = OPERAND_SCALAR, .index = c->e->scalar_count & 0x3fffffff};
        c->e->scalars[c->e->scalar_count++] = index;
        return;
    }
    if (o->kind == AIR_COLUMN) {
        c->place[index] = (operand){.kind = OPERAND_COLUMN, .index = c->e->column_count & 0x3fffffff};
        c->e->columns[c->e->column_count++] = (column_source){o->phase, o->a};
        return;
    }
    static const uint8_t kinds[] = {[AIR_ADD] = STEP_ADD, [AIR_SUB] = STEP_SUB, [AIR_MUL] = STEP_MUL};
    c->step_value[c->e->step_count] = index;
    c->e->steps[c->e->step_count++] = (evaluator_step){.kind = kinds[o->kind]};
}

static void need(compiler *c, uint32_t index)
{
    uint32_t depth = 0;
    c->stack[depth++] = index;
    while (depth > 0) {
        uint32_t top = c->stack[depth - 1];
        const air_operation *o = &c->tape->operations[top];
        bool inner = is_binary(o) && !c->is_scalar[top];
        if (c->is_done[top]) {
            depth--;
        } else if (inner && !c->is_done[o->a]) {
            c->stack[depth++] = o->a;
        } else if (inner && !c->is_done[o->b]) {
            c->stack[depth++] = o->b;
        } else {
            finish(c, top);
            depth--;
        }
    }
}

static void add_side(compiler *c, evaluator_interaction *side, uint32_t interaction)
{
    const air_interaction *x = &c->tape->interactions[interaction];
    side->interaction = interaction;
    need(c, x->multiplicity);
    for (int scalars = 0; scalars < 2; scalars++) {
        for (uint32_t i = 0; i < x->length; i++)
            if (c->is_scalar[x->message[i]] == scalars) {
                need(c, x->message[i]);
                side->power[side->length++] = (uint8_t)(i + 1);
            }
        if (scalars == 0)
            side->varying = side->length;
    }
    const air_operation *m = &c->tape->operations[x->multiplicity];
    side->negative = x->receive;
    side->is_one = m->kind == AIR_CONSTANT && m->a == 1;
}

static void add_pairs(compiler *c, const shape_table *shape, unsigned group)
{
    uint32_t count = shape->interactions[group], index = 0;
    for (uint32_t done = 0; done < count; done += 2) {
        uint32_t number = c->e->pair_count++;
        evaluator_pair *pair = &c->e->pairs[number];
        pair->group = (uint8_t)group;
        pair->is_sum = done + 2 >= count;
        pair->column = shape->sum_column[group] - FP5_DEGREE * ((count + 1) / 2 - 1 - done / 2);
        for (; pair->count < 2 && done + pair->count < count; index++) {
            while (c->tape->interactions[index].shared != (group == SHAPE_SHARED))
                index++;
            add_side(c, &pair->side[pair->count++], index);
        }
        c->step_value[c->e->step_count] = NONE;
        c->e->steps[c->e->step_count++] = (evaluator_step){.kind = STEP_PAIR, .target = number};
    }
}

static void add_constraints(compiler *c)
{
    const air_tape *tape = c->tape;
    for (uint32_t i = 0; i < tape->constraint_count;) {
        uint32_t first = i;
        for (; i < tape->constraint_count && i < first + EVALUATOR_CONSTRAINTS_PER_STEP; i++)
            need(c, tape->constraints[i].expression);
        c->step_value[c->e->step_count] = NONE;
        c->e->steps[c->e->step_count++] =
            (evaluator_step){.kind = STEP_CONSTRAINTS, .target = first, .count = (uint8_t)(i - first)};
    }
    c->e->constraint_count = tape->constraint_count;
}

/* Calls `visit` for each operation that a step reads. */
static void visit_reads(compiler *c, uint32_t step, void (*visit)(compiler *c, uint32_t step, uint32_t operation))
{
    const evaluator_step *s = &c->e->steps[step];
    const air_tape *tape = c->tape;
    if (s->kind == STEP_CONSTRAINTS) {
        for (uint32_t i = 0; i < s->count; i++)
            visit(c, step, tape->constraints[s->target + i].expression);
    } else if (s->kind == STEP_PAIR) {
        const evaluator_pair *pair = &c->e->pairs[s->target];
        for (unsigned k = 0; k < pair->count; k++) {
            const air_interaction *x = &tape->interactions[pair->side[k].interaction];
            visit(c, step, x->multiplicity);
            for (uint32_t i = 0; i < pair->side[k].varying; i++)
                visit(c, step, x->message[pair->side[k].power[i] - 1]);
        }
    } else {
        const air_operation *o = &tape->operations[c->step_value[step]];
        visit(c, step, o->a);
        visit(c, step, o->b);
    }
}

static void note_use(compiler *c, uint32_t step, uint32_t operation)
{
    c->last_use[operation] = step;
}

static void fill_operands(compiler *c, uint32_t step)
{
    evaluator_step *s = &c->e->steps[step];
    const air_tape *tape = c->tape;
    if (s->kind == STEP_CONSTRAINTS) {
        for (uint32_t i = 0; i < s->count; i++)
            c->e->constraints[s->target + i] = c->place[tape->constraints[s->target + i].expression];
    } else if (s->kind == STEP_PAIR) {
        evaluator_pair *pair = &c->e->pairs[s->target];
        for (unsigned k = 0; k < pair->count; k++) {
            evaluator_interaction *side = &pair->side[k];
            const air_interaction *x = &tape->interactions[side->interaction];
            side->multiplicity = c->place[x->multiplicity];
            for (uint32_t i = 0; i < side->length; i++)
                side->message[i] = c->place[x->message[side->power[i] - 1]];
        }
    } else {
        const air_operation *o = &tape->operations[c->step_value[step]];
        s->a = c->place[o->a];
        s->b = c->place[o->b];
        if (s->a.kind == OPERAND_SCALAR && s->kind != STEP_SUB) {
            operand swap = s->a;
            s->a = s->b;
            s->b = swap;
        }
    }
}

typedef struct {
    uint32_t *registers;
    uint32_t count;
} free_list;

/* A register is given back at the step that reads it last, before that step's own result takes one: steps work element
 * by element, so a result may take its operand's place. */
static void allocate_registers(compiler *c, arena *scratch)
{
    evaluator *e = c->e;
    free_list idle = {ARENA_NEW(scratch, uint32_t, e->step_count + 1), 0};
    uint32_t *dying = ARENA_NEW(scratch, uint32_t, e->step_count + 1);   /* first value whose last use is this step */
    uint32_t *sibling = ARENA_NEW(scratch, uint32_t, e->step_count + 1); /* by the step that computes it */
    for (uint32_t i = 0; i < e->step_count; i++)
        dying[i] = sibling[i] = NONE;
    for (uint32_t i = 0; i < e->step_count; i++)
        visit_reads(c, i, note_use);
    for (uint32_t i = 0; i < e->step_count; i++)
        if (c->step_value[i] != NONE) {
            uint32_t end = c->last_use[c->step_value[i]];
            sibling[i] = dying[end];
            dying[end] = i;
        }
    for (uint32_t i = 0; i < e->step_count; i++) {
        fill_operands(c, i);
        for (uint32_t k = dying[i]; k != NONE; k = sibling[k])
            idle.registers[idle.count++] = e->steps[k].target;
        if (c->step_value[i] == NONE)
            continue;
        uint32_t target = idle.count > 0 ? idle.registers[--idle.count] : e->register_count++;
        e->steps[i].target = target;
        c->place[c->step_value[i]] = (operand){.kind = OPERAND_REGISTER, .index = target & 0x3fffffff};
    }
}

const evaluator *evaluator_new(arena *memory, const air_tape *tape, const shape_table *shape, bool with_constraints)
{
    uint32_t count = tape->operation_count + 1;
    evaluator *e = ARENA_NEW(memory, evaluator, 1);
    e->steps = ARENA_NEW(memory, evaluator_step, count + tape->constraint_count + tape->interaction_count);
    e->constraints = ARENA_NEW(memory, operand, tape->constraint_count + 1);
    e->pairs = ARENA_NEW(memory, evaluator_pair, tape->interaction_count + 1);
    e->columns = ARENA_NEW(memory, column_source, count);
    e->scalars = ARENA_NEW(memory, uint32_t, count);
    size_t mark = memory->used_bytes;
    compiler c = {
        .tape = tape,
        .e = e,
        .stack = ARENA_NEW(memory, uint32_t, count + 2),
        .is_scalar = ARENA_NEW(memory, uint8_t, count),
        .is_done = ARENA_NEW(memory, uint8_t, count),
        .place = ARENA_NEW(memory, operand, count),
        .step_value = ARENA_NEW(memory, uint32_t, count + tape->constraint_count + tape->interaction_count),
        .last_use = ARENA_NEW(memory, uint32_t, count),
    };
    for (uint32_t i = 0; i < tape->operation_count; i++) {
        const air_operation *o = &tape->operations[i];
        c.is_scalar[i] = o->kind == AIR_CONSTANT || o->kind == AIR_PUBLIC ||
                         (is_binary(o) && c.is_scalar[o->a] && c.is_scalar[o->b]);
    }
    if (with_constraints)
        add_constraints(&c);
    for (unsigned group = 0; group < SHAPE_GROUPS; group++)
        add_pairs(&c, shape, group);
    allocate_registers(&c, memory);
    arena_rewind(memory, mark);
    return e;
}

void evaluator_scalars(fp *values, const evaluator *e, const air_tape *tape, const fp *public_values, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    fp *all = ARENA_NEW(scratch, fp, tape->operation_count + 1);
    for (uint32_t i = 0; i < tape->operation_count; i++) {
        const air_operation *o = &tape->operations[i];
        if (o->kind == AIR_CONSTANT)
            all[i] = fp_from_u32(o->a);
        else if (o->kind == AIR_PUBLIC)
            all[i] = public_values[o->a];
        else if (o->kind == AIR_ADD)
            all[i] = fp_add(all[o->a], all[o->b]);
        else if (o->kind == AIR_SUB)
            all[i] = fp_sub(all[o->a], all[o->b]);
        else if (o->kind == AIR_MUL)
            all[i] = fp_mul(all[o->a], all[o->b]);
    }
    for (uint32_t i = 0; i < e->scalar_count; i++)
        values[i] = all[e->scalars[i]];
    arena_rewind(scratch, mark);
}
