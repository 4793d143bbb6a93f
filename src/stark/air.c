#include "stark/air.h"

#include "base/check.h"
#include "base/memory.h"

enum { MAX_DEGREE = 3, MAX_LINEAR_DEGREE = 1, OPERATIONS_MAX = 1 << 25 };

/* ---- recording ---- */

/* Arrays grow by copying to twice the place: an arena gives nothing back, which costs at most the final size again. */
static void *grown(arena *memory, const void *old, uint32_t count, uint32_t *capacity, size_t item_bytes)
{
    uint32_t wider = *capacity == 0 ? 64 : 2 * *capacity;
    void *place = arena_allocate(memory, item_bytes * wider, 8);
    if (count > 0)
        memcpy(place, old, item_bytes * count);
    *capacity = wider;
    return place;
}

static uint32_t slot_of(const air_tape *t, const air_operation *o)
{
    uint64_t h = (uint64_t)o->kind | (uint64_t)o->phase << 8 | (uint64_t)o->a << 16;
    h = (h ^ (uint64_t)o->b << 40) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 29 ^ o->b) * 0xbf58476d1ce4e5b9u;
    return (uint32_t)(h >> 32) & (t->slot_count - 1);
}

static bool same_operation(const air_operation *x, const air_operation *y)
{
    return x->kind == y->kind && x->phase == y->phase && x->a == y->a && x->b == y->b;
}

static void widen_slots(air_tape *t)
{
    t->slot_count = t->slot_count == 0 ? 256 : 2 * t->slot_count;
    t->slots = ARENA_NEW(t->memory, uint32_t, t->slot_count);
    for (uint32_t i = 0; i < t->operation_count; i++) {
        uint32_t slot = slot_of(t, &t->operations[i]);
        while (t->slots[slot] != 0)
            slot = (slot + 1) & (t->slot_count - 1);
        t->slots[slot] = i + 1;
    }
}

static air_expr operation(air_tape *t, air_operation_kind kind, unsigned phase, unsigned degree, uint32_t a, uint32_t b)
{
    CHECK(degree <= MAX_DEGREE && t->operation_count < OPERATIONS_MAX);
    if (2 * (t->operation_count + 1) > t->slot_count)
        widen_slots(t);
    air_operation o = {.a = a, .b = b & (OPERATIONS_MAX - 1), .kind = kind & 7, .phase = phase & 3, .degree = degree & 3};
    uint32_t slot = slot_of(t, &o);
    for (; t->slots[slot] != 0; slot = (slot + 1) & (t->slot_count - 1))
        if (same_operation(&t->operations[t->slots[slot] - 1], &o))
            return (air_expr){t->slots[slot] - 1};
    if (t->operation_count == t->operation_capacity)
        t->operations = grown(t->memory, t->operations, t->operation_count, &t->operation_capacity, sizeof o);
    t->operations[t->operation_count] = o;
    t->slots[slot] = ++t->operation_count;
    return (air_expr){t->operation_count - 1};
}

static const air_operation *at(const air_tape *t, air_expr e)
{
    CHECK(e.index < t->operation_count);
    return &t->operations[e.index];
}

static bool is_constant(const air_tape *t, air_expr e, uint32_t *value)
{
    const air_operation *o = at(t, e);
    *value = o->a;
    return o->kind == AIR_CONSTANT;
}

air_expr air_constant(air_tape *t, uint32_t value)
{
    CHECK(value < FP_MODULUS);
    return operation(t, AIR_CONSTANT, 0, 0, value, 0);
}

air_expr air_column(air_tape *t, air_phase phase, uint32_t column)
{
    CHECK(phase < AIR_PHASES);
    return operation(t, AIR_COLUMN, phase, 1, column, 0);
}

air_expr air_public(air_tape *t, uint32_t index)
{
    return operation(t, AIR_PUBLIC, 0, 0, index, 0);
}

static unsigned greater_degree(const air_tape *t, air_expr a, air_expr b)
{
    unsigned x = at(t, a)->degree, y = at(t, b)->degree;
    return x > y ? x : y;
}

air_expr air_add(air_tape *t, air_expr a, air_expr b)
{
    uint32_t x, y;
    bool a_constant = is_constant(t, a, &x), b_constant = is_constant(t, b, &y);
    if (a_constant && b_constant)
        return air_constant(t, (uint32_t)(((uint64_t)x + y) % FP_MODULUS));
    if (a_constant && x == 0)
        return b;
    if (b_constant && y == 0)
        return a;
    return operation(t, AIR_ADD, 0, greater_degree(t, a, b), a.index, b.index);
}

air_expr air_sub(air_tape *t, air_expr a, air_expr b)
{
    uint32_t x, y;
    bool a_constant = is_constant(t, a, &x), b_constant = is_constant(t, b, &y);
    if (a_constant && b_constant)
        return air_constant(t, (uint32_t)(((uint64_t)x + FP_MODULUS - y) % FP_MODULUS));
    if (b_constant && y == 0)
        return a;
    if (a.index == b.index)
        return air_constant(t, 0);
    return operation(t, AIR_SUB, 0, greater_degree(t, a, b), a.index, b.index);
}

air_expr air_mul(air_tape *t, air_expr a, air_expr b)
{
    uint32_t x, y;
    bool a_constant = is_constant(t, a, &x), b_constant = is_constant(t, b, &y);
    if (a_constant && b_constant)
        return air_constant(t, (uint32_t)((uint64_t)x * y % FP_MODULUS));
    if (a_constant && x <= 1)
        return x == 0 ? a : b;
    if (b_constant && y <= 1)
        return y == 0 ? b : a;
    return operation(t, AIR_MUL, 0, at(t, a)->degree + at(t, b)->degree, a.index, b.index);
}

air_expr air_scale(air_tape *t, uint32_t factor, air_expr a)
{
    return air_mul(t, air_constant(t, factor), a);
}

air_expr air_not(air_tape *t, air_expr a)
{
    return air_sub(t, air_constant(t, 1), a);
}

void air_zero(air_tape *t, const char *name, air_expr e)
{
    CHECK(e.index < t->operation_count);
    if (t->constraint_count == t->constraint_capacity)
        t->constraints = grown(t->memory, t->constraints, t->constraint_count, &t->constraint_capacity,
                               sizeof *t->constraints);
    t->constraints[t->constraint_count++] = (air_constraint){e.index, name};
}

void air_equal(air_tape *t, const char *name, air_expr a, air_expr b)
{
    air_zero(t, name, air_sub(t, a, b));
}

void air_bool(air_tape *t, const char *name, air_expr e)
{
    air_zero(t, name, air_mul(t, e, air_sub(t, e, air_constant(t, 1))));
}

void air_zero_when(air_tape *t, const char *name, air_expr selector, air_expr e)
{
    air_zero(t, name, air_mul(t, selector, e));
}

void air_interact(air_tape *t, uint32_t tag, bool shared, bool receive, air_expr multiplicity, const air_expr *message,
                  uint32_t length)
{
    CHECK(tag >= 1 && tag < FP_MODULUS);
    CHECK(length <= AIR_MAX_MESSAGE);
    CHECK(at(t, multiplicity)->degree <= MAX_LINEAR_DEGREE);
    if (t->interaction_count == t->interaction_capacity)
        t->interactions = grown(t->memory, t->interactions, t->interaction_count, &t->interaction_capacity,
                                sizeof *t->interactions);
    air_interaction *i = &t->interactions[t->interaction_count++];
    memset(i, 0, sizeof *i);
    i->tag = tag;
    i->shared = shared;
    i->receive = receive;
    i->multiplicity = multiplicity.index;
    i->length = length;
    uint32_t *own = ARENA_NEW(t->memory, uint32_t, length);
    i->message = own;
    for (uint32_t k = 0; k < length; k++) {
        CHECK(at(t, message[k])->degree <= MAX_LINEAR_DEGREE);
        own[k] = message[k].index;
    }
}

/* ---- use ---- */

static bool is_binary(const air_operation *o)
{
    return o->kind >= AIR_ADD;
}

/* What a message under the shared challenge says, and how often, is fixed before that challenge is drawn: no column of
 * the main phase has a part in it (machine.md, section 2). */
static void check_shared_messages(const air_tape *t, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    uint8_t *late = ARENA_NEW(scratch, uint8_t, t->operation_count + 1);
    for (uint32_t i = 0; i < t->operation_count; i++) {
        const air_operation *o = &t->operations[i];
        late[i] = (o->kind == AIR_COLUMN && o->phase == AIR_MAIN) || (is_binary(o) && (late[o->a] || late[o->b]));
    }
    for (uint32_t i = 0; i < t->interaction_count; i++) {
        const air_interaction *x = &t->interactions[i];
        CHECK(!x->shared || !late[x->multiplicity]);
        for (uint32_t k = 0; x->shared && k < x->length; k++)
            CHECK(!late[x->message[k]]);
    }
    arena_rewind(scratch, mark);
}

/* C leaves open in which order the arguments of a call are evaluated, so operations are made in an order that depends on
 * the compiler. The order that counts (for the machine's id above all) is that of their first use: from the constraints and
 * then the interactions as stated, operands before what uses them, the left one first. What nothing uses goes. */
static void order_by_use(air_tape *t)
{
    uint32_t root_count = t->constraint_count + t->interaction_count * (1 + AIR_MAX_MESSAGE);
    uint32_t **roots = ARENA_NEW(t->memory, uint32_t *, root_count + 1);
    root_count = 0;
    for (uint32_t i = 0; i < t->constraint_count; i++)
        roots[root_count++] = &t->constraints[i].expression;
    for (uint32_t i = 0; i < t->interaction_count; i++) {
        roots[root_count++] = &t->interactions[i].multiplicity;
        for (uint32_t k = 0; k < t->interactions[i].length; k++)
            roots[root_count++] = (uint32_t *)&t->interactions[i].message[k]; /* the tape's own */
    }

    air_operation *ordered = ARENA_NEW(t->memory, air_operation, t->operation_count + 1);
    uint32_t *place = ARENA_NEW(t->memory, uint32_t, t->operation_count + 1); /* new index + 1, or 0 */
    uint32_t *open = ARENA_NEW(t->memory, uint32_t, t->operation_count + 1);
    uint32_t count = 0;
    for (uint32_t r = 0; r < root_count; r++) {
        uint32_t open_count = 0;
        if (place[*roots[r]] == 0)
            open[open_count++] = *roots[r];
        while (open_count > 0) {
            uint32_t i = open[open_count - 1];
            air_operation o = t->operations[i];
            if (is_binary(&o) && place[o.a] == 0) {
                open[open_count++] = o.a;
            } else if (is_binary(&o) && place[o.b] == 0) {
                open[open_count++] = o.b;
            } else {
                if (is_binary(&o)) {
                    o.a = place[o.a] - 1;
                    o.b = (place[o.b] - 1) & (OPERATIONS_MAX - 1);
                }
                ordered[count] = o;
                place[i] = ++count;
                open_count--;
            }
        }
        *roots[r] = place[*roots[r]] - 1;
    }
    t->operations = ordered;
    t->operation_count = t->operation_capacity = count;
    t->slots = NULL;
    t->slot_count = 0;
}

air_tape *air_record(arena *memory, const air *chip)
{
    air_tape *t = ARENA_NEW(memory, air_tape, 1);
    t->memory = memory;
    chip->record(t);
    order_by_use(t);
    for (uint32_t i = 0; i < t->operation_count; i++) {
        const air_operation *o = &t->operations[i];
        if (o->kind == AIR_COLUMN)
            CHECK(o->a < chip->width[o->phase]);
        if (o->kind == AIR_PUBLIC)
            CHECK(o->a < chip->public_count);
    }
    check_shared_messages(t, memory);
    return t;
}

void air_evaluate_row(fp *values, const air_tape *t, const air_table_view *table, uint64_t row)
{
    for (uint32_t i = 0; i < t->operation_count; i++) {
        const air_operation *o = &t->operations[i];
        switch ((air_operation_kind)o->kind) {
        case AIR_CONSTANT:
            values[i] = fp_from_u32(o->a);
            break;
        case AIR_COLUMN:
            values[i] = table->columns[o->phase][o->a * table->row_count + row];
            break;
        case AIR_PUBLIC:
            values[i] = table->public_values[o->a];
            break;
        case AIR_ADD:
            values[i] = fp_add(values[o->a], values[o->b]);
            break;
        case AIR_SUB:
            values[i] = fp_sub(values[o->a], values[o->b]);
            break;
        case AIR_MUL:
            values[i] = fp_mul(values[o->a], values[o->b]);
            break;
        }
    }
}

const char *air_zero_row_fault(const air_tape *t)
{
    size_t mark = t->memory->used_bytes;
    fp *values = ARENA_NEW(t->memory, fp, t->operation_count + 1); /* columns stay 0 */
    bool *is_public = ARENA_NEW(t->memory, bool, t->operation_count + 1);
    for (uint32_t i = 0; i < t->operation_count; i++) {
        const air_operation *o = &t->operations[i];
        is_public[i] = o->kind == AIR_PUBLIC || (is_binary(o) && (is_public[o->a] || is_public[o->b]));
        if (o->kind == AIR_CONSTANT)
            values[i] = fp_from_u32(o->a);
        else if (o->kind == AIR_ADD)
            values[i] = fp_add(values[o->a], values[o->b]);
        else if (o->kind == AIR_SUB)
            values[i] = fp_sub(values[o->a], values[o->b]);
        else if (o->kind == AIR_MUL)
            values[i] = fp_mul(values[o->a], values[o->b]);
    }
    const char *fault = NULL;
    for (uint32_t i = 0; i < t->constraint_count && fault == NULL; i++)
        if (values[t->constraints[i].expression] != 0 || is_public[t->constraints[i].expression])
            fault = t->constraints[i].name;
    for (uint32_t i = 0; i < t->interaction_count && fault == NULL; i++) {
        uint32_t multiplicity = t->interactions[i].multiplicity;
        if (is_public[multiplicity])
            fault = "a multiplicity has a public value in it";
        else if (values[multiplicity] != 0)
            fault = "a multiplicity is not zero in a row of zeros";
    }
    arena_rewind(t->memory, mark);
    return fault;
}

/* ---- lint ---- */

static void mark_reachable(uint8_t *reached, const air_tape *t, uint8_t mark)
{
    for (uint32_t i = t->operation_count; i-- > 0;)
        if ((reached[i] & mark) && is_binary(&t->operations[i])) {
            reached[t->operations[i].a] |= mark;
            reached[t->operations[i].b] |= mark;
        }
}

typedef struct {
    char text[200];
    size_t length;
} sentence;

static void say(sentence *s, const char *text)
{
    while (*text != '\0' && s->length + 1 < sizeof s->text)
        s->text[s->length++] = *text++;
    s->text[s->length] = '\0';
}

static void say_number(sentence *s, uint32_t x)
{
    char digits[11];
    int i = 10;
    digits[i] = '\0';
    do
        digits[--i] = (char)('0' + x % 10);
    while ((x /= 10) != 0);
    say(s, digits + i);
}

static void say_column(sentence *s, const air *chip, unsigned phase, uint32_t column)
{
    static const char *const phases[AIR_PHASES] = {"preprocessed", "boundary", "main"};
    say(s, chip->name);
    say(s, ": ");
    say(s, phases[phase]);
    say(s, " column ");
    if (chip->column_names[phase] != NULL)
        say(s, chip->column_names[phase][column]);
    else
        say_number(s, column);
}

unsigned air_lint(const air_tape *t, const air *chip, void (*report)(void *context, const char *message),
                  void *context)
{
    enum { USED = 1, BOUND = 2, FACTOR = 4 };
    unsigned found = 0;
    size_t mark = t->memory->used_bytes;
    uint8_t *reached = ARENA_NEW(t->memory, uint8_t, t->operation_count + 1);
    for (uint32_t i = 0; i < t->constraint_count; i++)
        reached[t->constraints[i].expression] |= USED | BOUND;
    for (uint32_t i = 0; i < t->interaction_count; i++) {
        const air_interaction *x = &t->interactions[i];
        reached[x->multiplicity] |= USED;
        if (!(x->receive && t->operations[x->multiplicity].kind == AIR_COLUMN))
            reached[x->multiplicity] |= FACTOR;
        for (uint32_t k = 0; k < x->length; k++)
            reached[x->message[k]] |= USED;
    }
    mark_reachable(reached, t, USED);
    mark_reachable(reached, t, BOUND);
    mark_reachable(reached, t, FACTOR);
    for (unsigned phase = 0; phase < AIR_PHASES; phase++)
        for (uint32_t column = 0; column < chip->width[phase]; column++) {
            uint8_t all = 0;
            for (uint32_t i = 0; i < t->operation_count; i++) {
                const air_operation *o = &t->operations[i];
                if (o->kind == AIR_COLUMN && o->phase == phase && o->a == column)
                    all |= reached[i];
            }
            sentence s = {.length = 0};
            say_column(&s, chip, phase, column);
            if (!(all & USED))
                say(&s, " is not used");
            else if ((all & FACTOR) && !(all & BOUND) && phase != AIR_PREPROCESSED)
                say(&s, " is part of a multiplicity, but no constraint binds it");
            else
                continue;
            found++;
            if (report != NULL)
                report(context, s.text);
        }
    arena_rewind(t->memory, mark);
    return found;
}
