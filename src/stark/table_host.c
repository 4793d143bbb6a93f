/* stark_check: rows against constraints, buses as multisets. For tests and for finding faults, so plain. */
#include "base/check.h"
#include "base/memory.h"
#include "stark/table.h"

#include <stdio.h>

typedef struct {
    uint32_t message[AIR_MAX_MESSAGE]; /* canonical; zero beyond its length, as a fingerprint has it */
    fp balance;
    uint32_t chip; /* of its first occurrence; STARK_MAX_CHIPS: external */
    uint64_t row;
    uint32_t length;
    bool used;
} bus_entry;

typedef struct {
    const stark_machine *machine;
    const proof_claim *claim;
    const stark_table *tables;
    uint32_t count;
    uint64_t limit, failures;
    stark_report report;
    void *context;
    arena *scratch;
    bus_entry *entries;
    uint64_t entry_count, capacity;
} checker;

static void fail(checker *c, uint32_t chip, const char *sentence)
{
    if (c->failures++ < c->limit && c->report != NULL)
        c->report(c->context, chip, sentence);
}

static air_table_view view_of(const checker *c, const stark_table *t)
{
    air_table_view view = {.row_count = t->rows, .public_values = c->claim->public_values[t->chip]};
    for (unsigned phase = 0; phase < AIR_PHASES; phase++)
        view.columns[phase] = t->columns[phase];
    return view;
}

static void check_row(checker *c, const stark_table *t, const fp *values, uint64_t row)
{
    const air_tape *tape = c->machine->tape[t->chip];
    for (uint32_t i = 0; i < tape->constraint_count; i++) {
        fp value = values[tape->constraints[i].expression];
        if (value == 0)
            continue;
        char sentence[256];
        snprintf(sentence, sizeof sentence, "%s, row %llu: \"%s\" does not hold (%u instead of 0)",
                 c->machine->chip[t->chip]->name, (unsigned long long)row, tape->constraints[i].name,
                 (unsigned)fp_to_u32(value));
        fail(c, t->chip, sentence);
    }
}

static uint64_t place_of(const checker *c, const uint32_t *message)
{
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (unsigned i = 0; i < AIR_MAX_MESSAGE; i++) {
        h = (h ^ message[i]) * 0xbf58476d1ce4e5b9u;
        h ^= h >> 31;
    }
    uint64_t place = h & (c->capacity - 1);
    while (c->entries[place].used && memcmp(c->entries[place].message, message, sizeof c->entries[place].message) != 0)
        place = (place + 1) & (c->capacity - 1);
    return place;
}

static void widen(checker *c)
{
    bus_entry *old = c->entries;
    uint64_t old_capacity = c->capacity;
    c->capacity = old_capacity == 0 ? 1024 : 2 * old_capacity;
    c->entries = ARENA_NEW(c->scratch, bus_entry, c->capacity);
    for (uint64_t i = 0; i < old_capacity; i++)
        if (old[i].used)
            c->entries[place_of(c, old[i].message)] = old[i];
}

static void add_message(checker *c, const uint32_t message[AIR_MAX_MESSAGE], uint32_t length, fp multiplicity,
                        uint32_t chip, uint64_t row)
{
    if (2 * (c->entry_count + 1) > c->capacity)
        widen(c);
    bus_entry *e = &c->entries[place_of(c, message)];
    if (!e->used) {
        memcpy(e->message, message, sizeof e->message);
        e->chip = chip;
        e->row = row;
        e->length = length;
        e->used = true;
        c->entry_count++;
    }
    e->balance = fp_add(e->balance, multiplicity);
}

static void add_row(checker *c, const stark_table *t, const fp *values, uint64_t row, uint32_t tag)
{
    const air_tape *tape = c->machine->tape[t->chip];
    for (uint32_t i = 0; i < tape->interaction_count; i++) {
        const air_interaction *x = &tape->interactions[i];
        if (x->tag != tag || values[x->multiplicity] == 0)
            continue;
        uint32_t message[AIR_MAX_MESSAGE] = {0};
        for (uint32_t k = 0; k < x->length; k++)
            message[k] = fp_to_u32(values[x->message[k]]);
        fp multiplicity = values[x->multiplicity];
        add_message(c, message, x->length, x->receive ? fp_neg(multiplicity) : multiplicity, t->chip, row);
    }
}

static void report_entry(checker *c, uint32_t tag, const bus_entry *e)
{
    char sentence[160 + 12 * AIR_MAX_MESSAGE];
    uint32_t surplus = fp_to_u32(e->balance);
    bool sent = surplus <= FP_MODULUS / 2;
    int length = snprintf(sentence, sizeof sentence, "bus %u: message (", (unsigned)tag);
    for (uint32_t i = 0; i < e->length; i++)
        length += snprintf(sentence + length, sizeof sentence - (size_t)length, i == 0 ? "%u" : ", %u",
                           (unsigned)e->message[i]);
    bool external = e->chip == STARK_MAX_CHIPS;
    snprintf(sentence + length, sizeof sentence - (size_t)length,
             ") is %s %u times more than it is %s; first in %s, row %llu", sent ? "sent" : "received",
             (unsigned)(sent ? surplus : FP_MODULUS - surplus), sent ? "received" : "sent",
             external ? "the verifier's own" : c->machine->chip[e->chip]->name, (unsigned long long)e->row);
    fail(c, e->chip, sentence);
}

static void check_bus(checker *c, uint32_t tag, const stark_external_message *external, uint32_t external_count)
{
    size_t mark = c->scratch->used_bytes;
    c->entries = NULL;
    c->entry_count = c->capacity = 0;
    for (uint32_t i = 0; i < external_count; i++) {
        if (external[i].tag != tag)
            continue;
        uint32_t message[AIR_MAX_MESSAGE] = {0};
        memcpy(message, external[i].message, external[i].length * sizeof *message);
        add_message(c, message, external[i].length, external[i].receive ? fp_neg(FP_ONE) : FP_ONE, STARK_MAX_CHIPS, i);
    }
    for (uint32_t i = 0; i < c->count; i++) {
        const stark_table *t = &c->tables[i];
        const air_tape *tape = c->machine->tape[t->chip];
        bool takes_part = false;
        for (uint32_t k = 0; k < tape->interaction_count; k++)
            takes_part |= tape->interactions[k].tag == tag;
        if (!takes_part)
            continue;
        fp *values = ARENA_NEW(c->scratch, fp, tape->operation_count + 1);
        air_table_view view = view_of(c, t);
        for (uint64_t row = 0; row < view.row_count; row++) {
            air_evaluate_row(values, tape, &view, row);
            add_row(c, t, values, row, tag);
        }
    }
    for (uint64_t i = 0; i < c->capacity; i++)
        if (c->entries[i].used && c->entries[i].balance != 0)
            report_entry(c, tag, &c->entries[i]);
    arena_rewind(c->scratch, mark);
}

uint64_t stark_check(const stark_machine *m, const proof_claim *claim, const stark_table *tables, uint32_t count,
                     const stark_external_message *external, uint32_t external_count, uint64_t limit,
                     stark_report report, void *context, arena *scratch)
{
    size_t mark = scratch->used_bytes;
    checker c = {
        .machine = m,
        .claim = claim,
        .tables = tables,
        .count = count,
        .limit = limit,
        .report = report,
        .context = context,
        .scratch = scratch,
    };
    uint32_t tag_capacity = external_count + 1;
    for (uint32_t i = 0; i < count; i++)
        tag_capacity += m->tape[tables[i].chip]->interaction_count;
    uint32_t *tags = ARENA_NEW(scratch, uint32_t, tag_capacity);
    uint32_t tag_count = 0;
    for (uint32_t i = 0; i < external_count; i++)
        tags[tag_count++] = external[i].tag;
    for (uint32_t i = 0; i < count; i++) {
        const air_tape *tape = m->tape[tables[i].chip];
        size_t inner = scratch->used_bytes;
        fp *values = ARENA_NEW(scratch, fp, tape->operation_count + 1);
        air_table_view view = view_of(&c, &tables[i]);
        for (uint64_t row = 0; row < view.row_count; row++) {
            air_evaluate_row(values, tape, &view, row);
            check_row(&c, &tables[i], values, row);
        }
        arena_rewind(scratch, inner);
        for (uint32_t k = 0; k < tape->interaction_count; k++)
            tags[tag_count++] = tape->interactions[k].tag;
    }
    for (uint32_t i = 0; i < tag_count; i++) {
        bool seen = false;
        for (uint32_t k = 0; k < i; k++)
            seen |= tags[k] == tags[i];
        if (!seen)
            check_bus(&c, tags[i], external, external_count);
    }
    arena_rewind(scratch, mark);
    return c.failures;
}
