#include "stark/constraint_list.h"

#include "base/check.h"

enum { STARTS_MAX = 256, NO_BLOCK = 0 };

typedef struct {
    const stark_machine *machine;
    bus_slots slots;
    uint64_t *items;
    uint32_t item_count, block_count;
    fp *constants;
    uint32_t constant_count;
    uint32_t powers[BUS_GROUPS]; /* α, α² … of each group */
    uint32_t complement;         /* 1 − each coordinate of ξ_slot */
    /* eq of the first coordinates of ξ_slot and the bits of a slot: what changes little from one slot to the next */
    uint32_t path, path_slot;
    unsigned path_known;
    /* γ + tag, and that with a message's first entry where it is a constant, 0 where there is none */
    struct {
        uint32_t group, tag, first, block;
    } starts[STARTS_MAX];
    uint32_t start_count;
    uint32_t *idle; /* blocks that are free again */
    uint32_t idle_count;
    /* Of the chip at hand, by operation. */
    const air_tape *tape;
    uint32_t *place, *uses, *stack;
    uint32_t first_public, first_column[AIR_PHASES];
} maker;

static void item(maker *k, uint32_t a, uint32_t b, uint32_t c, uint32_t r)
{
    k->items[k->item_count++] = call_multiply_add_item(a, b, c, r);
}

static uint32_t new_blocks(maker *k, uint32_t count)
{
    k->block_count += count;
    CHECK(k->block_count <= LIST_BLOCKS_MAX);
    return k->block_count - count;
}

static uint32_t take_block(maker *k) { return k->idle_count > 0 ? k->idle[--k->idle_count] : new_blocks(k, 1); }
static void give_block(maker *k, uint32_t block) { k->idle[k->idle_count++] = block; }

static uint32_t constant_block(maker *k, fp x)
{
    if (x == FP_ZERO || x == FP_ONE || x == FP_TWO)
        return x == FP_ZERO ? LIST_ZERO : x == FP_ONE ? LIST_ONE : LIST_TWO;
    if (x == fp_neg(FP_ONE))
        return LIST_MINUS_ONE;
    uint32_t i = 0;
    while (i < k->constant_count && k->constants[i] != x)
        i++;
    CHECK(i < CONSTRAINT_LIST_CONSTANTS_MAX);
    if (i == k->constant_count)
        k->constants[k->constant_count++] = x;
    return CONSTRAINT_CONSTANTS + i;
}

/* ---- a chip's tape -------------------------------------------------------------------------------- */

static const air_operation *operation_at(const maker *k, uint32_t i) { return &k->tape->operations[i]; }
static bool is_constant(const maker *k, uint32_t i) { return operation_at(k, i)->kind == AIR_CONSTANT; }
static fp constant_of(const maker *k, uint32_t i) { return fp_from_u32(operation_at(k, i)->a); }
static bool is_binary(const maker *k, uint32_t i) { return operation_at(k, i)->kind >= AIR_ADD; }

/* A product that is read once is made by the item that reads it. */
static bool is_joined(const maker *k, uint32_t i)
{
    return operation_at(k, i)->kind == AIR_MUL && k->uses[i] == 1 && k->place[i] == NO_BLOCK;
}

/* What a sum or difference is made of: a·b + c, each an operation or, where it is not less than NEITHER, a constant block. */
enum { NEITHER = 1u << 24 };
typedef struct {
    uint32_t a, b, c;
} factors;

static factors factors_of(maker *k, uint32_t i)
{
    const air_operation *o = operation_at(k, i);
    const uint32_t one = NEITHER + LIST_ONE, minus_one = NEITHER + LIST_MINUS_ONE;
    if (o->kind == AIR_MUL)
        return (factors){o->a, o->b, NEITHER + LIST_ZERO};
    if (o->kind == AIR_ADD) {
        uint32_t product = is_joined(k, o->a) ? o->a : o->b, other = product == o->a ? o->b : o->a;
        if (o->a != o->b && is_joined(k, product))
            return (factors){operation_at(k, product)->a, operation_at(k, product)->b, other};
        return (factors){o->a, one, o->b};
    }
    CHECK(o->kind == AIR_SUB);
    if (is_constant(k, o->b)) {
        uint32_t negative = NEITHER + constant_block(k, fp_neg(constant_of(k, o->b)));
        if (is_joined(k, o->a))
            return (factors){operation_at(k, o->a)->a, operation_at(k, o->a)->b, negative};
        return (factors){o->a, one, negative};
    }
    if (is_joined(k, o->b) && o->a != o->b) {
        const air_operation *product = operation_at(k, o->b);
        if (is_constant(k, product->a))
            return (factors){product->b, NEITHER + constant_block(k, fp_neg(constant_of(k, product->a))), o->a};
        if (is_constant(k, product->b))
            return (factors){product->a, NEITHER + constant_block(k, fp_neg(constant_of(k, product->b))), o->a};
    }
    return (factors){o->b, minus_one, o->a};
}

static uint32_t block_of(maker *k, uint32_t i)
{
    if (i >= NEITHER)
        return i - NEITHER;
    const air_operation *o = operation_at(k, i);
    switch ((air_operation_kind)o->kind) {
    case AIR_CONSTANT:
        return constant_block(k, fp_from_u32(o->a));
    case AIR_COLUMN:
        return k->first_column[o->phase] + o->a;
    case AIR_PUBLIC:
        return k->first_public + o->a;
    default:
        return k->place[i];
    }
}

/* One of those who read operation i has done so. */
static void release(maker *k, uint32_t i)
{
    if (i >= NEITHER || !is_binary(k, i))
        return;
    CHECK(k->uses[i] > 0 && k->place[i] != NO_BLOCK);
    if (--k->uses[i] == 0)
        give_block(k, k->place[i]);
}

static bool is_missing(const maker *k, uint32_t i) { return i < NEITHER && is_binary(k, i) && k->place[i] == NO_BLOCK; }

/* The block of an operation, made now if it has none. */
static uint32_t need(maker *k, uint32_t i)
{
    uint32_t depth = 0;
    if (is_missing(k, i))
        k->stack[depth++] = i;
    while (depth > 0) {
        uint32_t top = k->stack[depth - 1];
        if (k->place[top] != NO_BLOCK) {
            depth--;
            continue;
        }
        factors f = factors_of(k, top);
        const uint32_t read[] = {f.a, f.b, f.c};
        uint32_t before = depth;
        for (int j = 0; j < 3; j++)
            if (is_missing(k, read[j]))
                k->stack[depth++] = read[j];
        if (depth > before)
            continue;
        uint32_t a = block_of(k, f.a), b = block_of(k, f.b), c = block_of(k, f.c);
        for (int j = 0; j < 3; j++)
            release(k, read[j]);
        k->place[top] = take_block(k);
        item(k, a, b, c, k->place[top]);
        depth--;
    }
    return block_of(k, i);
}

static void open_tape(maker *k, uint32_t chip)
{
    const air_tape *t = k->tape = k->machine->tape[chip];
    for (uint32_t i = 0; i < t->operation_count; i++)
        k->place[i] = NO_BLOCK, k->uses[i] = 0;
    for (uint32_t i = 0; i < t->operation_count; i++)
        if (is_binary(k, i)) {
            k->uses[t->operations[i].a]++;
            k->uses[t->operations[i].b]++;
        }
    for (uint32_t i = 0; i < t->constraint_count; i++)
        k->uses[t->constraints[i].expression]++;
    for (uint32_t i = 0; i < t->interaction_count; i++) {
        k->uses[t->interactions[i].multiplicity]++;
        for (uint32_t j = 0; j < t->interactions[i].length; j++)
            k->uses[t->interactions[i].message[j]]++;
    }
}

/* ---- sums ----------------------------------------------------------------------------------------- */

/* By Horner's rule, so the machine's last constraint comes first. */
static void add_constraints(maker *k)
{
    for (uint32_t i = k->tape->constraint_count; i-- > 0;) {
        uint32_t expression = k->tape->constraints[i].expression;
        item(k, CONSTRAINT_SUM, CONSTRAINT_LAMBDA, need(k, expression), CONSTRAINT_SUM);
        release(k, expression);
    }
}

static uint32_t weight_of(maker *k, uint32_t slot)
{
    unsigned bits = k->slots.log2_slots, same = 0;
    while (same < k->path_known && ((slot ^ k->path_slot) >> (bits - 1 - same) & 1) == 0)
        same++;
    for (unsigned i = same; i < bits; i++) {
        bool set = slot >> (bits - 1 - i) & 1;
        item(k, i == 0 ? LIST_ONE : k->path + i - 1, (set ? (uint32_t)CONSTRAINT_POINT : k->complement) + i, LIST_ZERO,
             k->path + i);
    }
    k->path_known = bits;
    k->path_slot = slot;
    return k->path + bits - 1;
}

/* γ + tag + α·first */
static uint32_t start_of(maker *k, uint32_t group, uint32_t tag, uint32_t first)
{
    for (uint32_t i = 0; i < k->start_count; i++)
        if (k->starts[i].group == group && k->starts[i].tag == tag && k->starts[i].first == first)
            return k->starts[i].block;
    uint32_t before = first == 0 ? (uint32_t)CONSTRAINT_GAMMA + group : start_of(k, group, tag, 0);
    uint32_t i = k->start_count++;
    CHECK(i < STARTS_MAX);
    k->starts[i].group = group;
    k->starts[i].tag = tag;
    k->starts[i].first = first;
    k->starts[i].block = new_blocks(k, 1);
    item(k, constant_block(k, fp_from_u32(first == 0 ? tag : first)), first == 0 ? (uint32_t)LIST_ONE : k->powers[group], before,
         k->starts[i].block);
    return k->starts[i].block;
}

/* f = γ + tag + Σ α^(i + 1)·message_i; entries that are the constant 0, which many messages have, cost nothing. */
static uint32_t fingerprint_of(maker *k, const air_interaction *x, uint32_t fingerprint)
{
    uint32_t group = x->shared ? BUS_SHARED : BUS_LOCAL;
    bool has_first = x->length > 0 && is_constant(k, x->message[0]);
    uint32_t sum = start_of(k, group, x->tag, has_first ? operation_at(k, x->message[0])->a : 0);
    for (uint32_t i = has_first ? 1 : 0; i < x->length; i++) {
        uint32_t entry = need(k, x->message[i]);
        if (entry != LIST_ZERO) {
            item(k, k->powers[group] + i, entry, sum, fingerprint);
            sum = fingerprint;
        }
        release(k, x->message[i]);
    }
    return sum;
}

static void add_interactions(maker *k, uint32_t chip, uint32_t fingerprint)
{
    uint32_t slot[BUS_GROUPS] = {k->slots.first[chip][BUS_LOCAL], k->slots.first[chip][BUS_SHARED]};
    for (uint32_t i = 0; i < k->tape->interaction_count; i++) {
        const air_interaction *x = &k->tape->interactions[i];
        uint32_t sum = x->receive ? CONSTRAINT_RECEIVED : CONSTRAINT_SENT;
        uint32_t weight = weight_of(k, slot[x->shared ? BUS_SHARED : BUS_LOCAL]++);
        item(k, weight, need(k, x->multiplicity), sum, sum);
        release(k, x->multiplicity);
        item(k, weight, fingerprint_of(k, x, fingerprint), CONSTRAINT_DENOMINATORS, CONSTRAINT_DENOMINATORS);
    }
}

static void add_challenges(maker *k)
{
    uint32_t longest[BUS_GROUPS] = {1, 1};
    for (uint32_t chip = 0; chip < k->machine->count; chip++)
        for (uint32_t i = 0; i < k->machine->tape[chip]->interaction_count; i++) {
            const air_interaction *x = &k->machine->tape[chip]->interactions[i];
            uint32_t *length = &longest[x->shared ? BUS_SHARED : BUS_LOCAL];
            *length = x->length > *length ? x->length : *length;
        }
    for (uint32_t group = 0; group < BUS_GROUPS; group++) {
        k->powers[group] = new_blocks(k, longest[group]);
        for (uint32_t i = 0; i < longest[group]; i++)
            item(k, i == 0 ? LIST_ONE : k->powers[group] + i - 1, CONSTRAINT_ALPHA + group, LIST_ZERO, k->powers[group] + i);
    }
    k->complement = new_blocks(k, k->slots.log2_slots);
    k->path = new_blocks(k, k->slots.log2_slots);
    for (uint32_t i = 0; i < k->slots.log2_slots; i++)
        item(k, CONSTRAINT_POINT + i, LIST_MINUS_ONE, LIST_ONE, k->complement + i);
}

void constraint_list_make(constraint_list *out, arena *memory, const stark_machine *m)
{
    bus_slots slots;
    bus_slots_make(&slots, m);
    uint32_t most = 1, columns = 0, chip_column[STARK_MAX_CHIPS];
    size_t items = 2 * AIR_MAX_MESSAGE + STARTS_MAX + GKR_LOG2_SLOTS_MAX;
    for (uint32_t chip = 0; chip < m->count; chip++) {
        const air_tape *t = m->tape[chip];
        most = t->operation_count > most ? t->operation_count : most;
        chip_column[chip] = CONSTRAINT_COLUMNS + columns;
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            columns += m->chip[chip]->width[phase];
        items += (size_t)t->operation_count + t->constraint_count;
        for (uint32_t i = 0; i < t->interaction_count; i++)
            items += (size_t)t->interactions[i].length + slots.log2_slots + 2;
    }
    uint64_t *all_items = ARENA_NEW(memory, uint64_t, items);
    fp *constants = ARENA_NEW(memory, fp, CONSTRAINT_LIST_CONSTANTS_MAX);
    size_t mark = memory->used_bytes;
    maker *k = ARENA_NEW(memory, maker, 1);
    *k = (maker){.machine = m, .slots = slots, .items = all_items, .constants = constants};
    new_blocks(k, CONSTRAINT_COLUMNS + columns);
    k->idle = ARENA_NEW(memory, uint32_t, LIST_BLOCKS_MAX);
    k->place = ARENA_NEW(memory, uint32_t, most);
    k->uses = ARENA_NEW(memory, uint32_t, most);
    k->stack = ARENA_NEW(memory, uint32_t, 3 * (size_t)most + 3);
    add_challenges(k);
    uint32_t fingerprint = new_blocks(k, 1);
    for (uint32_t chip = m->count; chip-- > 0;) {
        k->first_public = CONSTRAINT_PUBLIC + STARK_MAX_PUBLIC_VALUES * chip;
        k->first_column[0] = chip_column[chip];
        for (unsigned phase = 1; phase < AIR_PHASES; phase++)
            k->first_column[phase] = k->first_column[phase - 1] + m->chip[chip]->width[phase - 1];
        open_tape(k, chip);
        add_constraints(k);
        add_interactions(k, chip, fingerprint);
    }
    CHECK(k->item_count <= items);
    *out = (constraint_list){k->items, k->item_count, k->block_count, k->constants, k->constant_count};
    arena_rewind(memory, mark);
}
