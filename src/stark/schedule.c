#include "stark/schedule.h"

#include "base/check.h"
#include "base/memory.h"

enum { NONE = 0xffffffffu };

typedef struct {
    const air_tape *tape;
    schedule *s;
    uint32_t *stack;
    uint8_t *is_scalar;      /* of each operation */
    uint8_t *is_done;        /* a step, or an operand that needs none, exists */
    schedule_operand *place; /* of each operation; a register only once its step is allocated */
    uint32_t *step_value;    /* operation that a step computes */
    uint32_t *last_use;      /* step */
} compiler;

static bool is_binary(const air_operation *o)
{
    return o->kind == AIR_ADD || o->kind == AIR_SUB || o->kind == AIR_MUL;
}

/* Gives a leaf its operand; an inner operation a step. */
static void finish(compiler *c, uint32_t index)
{
    const air_operation *o = &c->tape->operations[index];
    schedule *s = c->s;
    c->is_done[index] = 1;
    if (c->is_scalar[index]) {
        c->place[index] = (schedule_operand){.kind = OPERAND_SCALAR, .index = s->scalar_count & 0x3fffffff};
        s->scalars[s->scalar_count++] = index;
        return;
    }
    if (o->kind == AIR_COLUMN) {
        CHECK(o->b == 0);
        c->place[index] = (schedule_operand){.kind = OPERAND_COLUMN, .index = s->column_count & 0x3fffffff};
        s->columns[s->column_count++] = (schedule_column){o->phase, o->a};
        return;
    }
    CHECK(is_binary(o));
    c->step_value[s->step_count] = index;
    s->steps[s->step_count++] =
        (schedule_step){.kind = o->kind == AIR_ADD ? STEP_ADD : o->kind == AIR_SUB ? STEP_SUB : STEP_MUL};
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

static void add_interaction(compiler *c, uint32_t number)
{
    const air_interaction *x = &c->tape->interactions[number];
    schedule_interaction *i = &c->s->interactions[number];
    need(c, x->multiplicity);
    for (int scalars = 0; scalars < 2; scalars++) {
        for (uint32_t k = 0; k < x->length; k++)
            if (c->is_scalar[x->message[k]] == scalars) {
                need(c, x->message[k]);
                i->power[i->length++] = (uint8_t)(k + 1);
            }
        if (scalars == 0)
            i->varying = i->length;
    }
    i->negative = x->receive;
    c->step_value[c->s->step_count] = NONE;
    c->s->steps[c->s->step_count++] = (schedule_step){.kind = STEP_INTERACTION, .target = number};
}

static void add_constraints(compiler *c)
{
    const air_tape *tape = c->tape;
    for (uint32_t i = 0; i < tape->constraint_count;) {
        uint32_t first = i;
        for (; i < tape->constraint_count && i < first + SCHEDULE_CONSTRAINTS_PER_STEP; i++)
            need(c, tape->constraints[i].expression);
        c->step_value[c->s->step_count] = NONE;
        c->s->steps[c->s->step_count++] =
            (schedule_step){.kind = STEP_CONSTRAINTS, .target = first, .count = (uint8_t)(i - first)};
    }
}

/* Calls `visit` for each operation that a step reads. */
static void visit_reads(compiler *c, uint32_t step, void (*visit)(compiler *c, uint32_t step, uint32_t operation))
{
    const schedule_step *s = &c->s->steps[step];
    const air_tape *tape = c->tape;
    if (s->kind == STEP_CONSTRAINTS) {
        for (uint32_t i = 0; i < s->count; i++)
            visit(c, step, tape->constraints[s->target + i].expression);
    } else if (s->kind == STEP_INTERACTION) {
        const air_interaction *x = &tape->interactions[s->target];
        visit(c, step, x->multiplicity);
        for (uint32_t i = 0; i < x->length; i++)
            visit(c, step, x->message[i]);
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
    schedule_step *s = &c->s->steps[step];
    const air_tape *tape = c->tape;
    if (s->kind == STEP_CONSTRAINTS) {
        for (uint32_t i = 0; i < s->count; i++)
            c->s->constraints[s->target + i] = c->place[tape->constraints[s->target + i].expression];
    } else if (s->kind == STEP_INTERACTION) {
        const air_interaction *x = &tape->interactions[s->target];
        schedule_interaction *i = &c->s->interactions[s->target];
        i->multiplicity = c->place[x->multiplicity];
        for (uint32_t k = 0; k < i->length; k++)
            i->message[k] = c->place[x->message[i->power[k] - 1]];
    } else {
        const air_operation *o = &tape->operations[c->step_value[step]];
        s->a = c->place[o->a];
        s->b = c->place[o->b];
        if (s->a.kind == OPERAND_SCALAR && s->kind != STEP_SUB) {
            schedule_operand swap = s->a;
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
    schedule *s = c->s;
    free_list idle = {ARENA_NEW(scratch, uint32_t, s->step_count + 1), 0};
    uint32_t *dying = ARENA_NEW(scratch, uint32_t, s->step_count + 1);   /* first value whose last use is this step */
    uint32_t *sibling = ARENA_NEW(scratch, uint32_t, s->step_count + 1); /* by the step that computes it */
    for (uint32_t i = 0; i < s->step_count; i++)
        dying[i] = sibling[i] = NONE;
    for (uint32_t i = 0; i < s->step_count; i++)
        visit_reads(c, i, note_use);
    for (uint32_t i = 0; i < s->step_count; i++)
        if (c->step_value[i] != NONE) {
            uint32_t end = c->last_use[c->step_value[i]];
            sibling[i] = dying[end];
            dying[end] = i;
        }
    for (uint32_t i = 0; i < s->step_count; i++) {
        fill_operands(c, i);
        for (uint32_t k = dying[i]; k != NONE; k = sibling[k])
            idle.registers[idle.count++] = s->steps[k].target;
        if (c->step_value[i] == NONE)
            continue;
        uint32_t target = idle.count > 0 ? idle.registers[--idle.count] : s->register_count++;
        s->steps[i].target = target;
        c->place[c->step_value[i]] = (schedule_operand){.kind = OPERAND_REGISTER, .index = target & 0x3fffffff};
    }
}

const schedule *schedule_new(arena *memory, const air_tape *tape, schedule_part part)
{
    uint32_t count = tape->operation_count + 1;
    uint32_t step_limit = count + tape->constraint_count + tape->interaction_count;
    schedule *s = ARENA_NEW(memory, schedule, 1);
    s->steps = ARENA_NEW(memory, schedule_step, step_limit);
    s->columns = ARENA_NEW(memory, schedule_column, count);
    s->scalars = ARENA_NEW(memory, uint32_t, count);
    if (part == SCHEDULE_CONSTRAINTS) {
        s->constraint_count = tape->constraint_count;
        s->constraints = ARENA_NEW(memory, schedule_operand, tape->constraint_count + 1);
    } else {
        s->interaction_count = tape->interaction_count;
        s->interactions = ARENA_NEW(memory, schedule_interaction, tape->interaction_count + 1);
    }
    size_t mark = memory->used_bytes;
    compiler c = {
        .tape = tape,
        .s = s,
        .stack = ARENA_NEW(memory, uint32_t, count + 2),
        .is_scalar = ARENA_NEW(memory, uint8_t, count),
        .is_done = ARENA_NEW(memory, uint8_t, count),
        .place = ARENA_NEW(memory, schedule_operand, count),
        .step_value = ARENA_NEW(memory, uint32_t, step_limit),
        .last_use = ARENA_NEW(memory, uint32_t, count),
    };
    for (uint32_t i = 0; i < tape->operation_count; i++) {
        const air_operation *o = &tape->operations[i];
        c.is_scalar[i] = o->kind == AIR_CONSTANT || o->kind == AIR_PUBLIC ||
                         (is_binary(o) && c.is_scalar[o->a] && c.is_scalar[o->b]);
    }
    if (part == SCHEDULE_CONSTRAINTS)
        add_constraints(&c);
    for (uint32_t i = 0; i < s->interaction_count; i++)
        add_interaction(&c, i);
    allocate_registers(&c, memory);
    arena_rewind(memory, mark);
    return s;
}

void schedule_scalars(fp *values, const schedule *s, const air_tape *tape, const fp *public_values, arena *scratch)
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
    for (uint32_t i = 0; i < s->scalar_count; i++)
        values[i] = all[s->scalars[i]];
    arena_rewind(scratch, mark);
}
