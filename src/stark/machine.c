#include "stark/machine.h"

#include "base/check.h"
#include "base/memory.h"
#include "stark/constraint_list.h"

enum { MAX_CONSTRAINTS = 1 << 12, MAX_COLUMNS = 1 << 13 };

static void count_interactions(stark_machine *m, arena *memory)
{
    uint32_t tags[STARK_MAX_BUSES], *counts = ARENA_NEW(memory, uint32_t, STARK_MAX_BUSES);
    stark_bus_use *uses = ARENA_NEW(memory, stark_bus_use, (size_t)m->count * STARK_MAX_BUSES);
    for (uint32_t chip = 0; chip < m->count; chip++) {
        const air_tape *tape = m->tape[chip];
        memset(counts, 0, STARK_MAX_BUSES * sizeof *counts);
        for (uint32_t i = 0; i < tape->interaction_count; i++) {
            const air_interaction *x = &tape->interactions[i];
            uint32_t bus = 0;
            while (bus < m->bus_count && tags[bus] != x->tag)
                bus++;
            CHECK(bus < STARK_MAX_BUSES);
            if (bus == m->bus_count)
                tags[m->bus_count++] = x->tag;
            counts[bus]++;
            m->interactions[chip][x->shared]++;
        }
        for (uint32_t bus = 0; bus < m->bus_count; bus++)
            if (counts[bus] > 0)
                uses[m->bus_use_count++] = (stark_bus_use){chip, bus, counts[bus]};
    }
    m->bus_uses = uses;
}

void stark_machine_open(stark_machine *m, arena *memory, const air *const *chips, const uint8_t *preprocessed_tree,
                        uint32_t count)
{
    CHECK(count >= 1 && count <= STARK_MAX_CHIPS);
    memset(m, 0, sizeof *m);
    m->count = count;
    uint64_t columns = 0, constraints = 0;
    for (uint32_t i = 0; i < count; i++) {
        m->chip[i] = chips[i];
        m->preprocessed_tree[i] = preprocessed_tree[i];
        CHECK(preprocessed_tree[i] < STARK_MAX_PREPROCESSED_TREES);
        CHECK(chips[i]->public_count <= STARK_MAX_PUBLIC_VALUES);
        m->tape[i] = air_record(memory, chips[i]);
        CHECK(air_zero_row_fault(m->tape[i]) == NULL);
        m->constraint_count[i] = m->tape[i]->constraint_count;
        constraints += m->constraint_count[i];
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            columns += chips[i]->width[phase];
    }
    CHECK(columns < MAX_COLUMNS && constraints < MAX_CONSTRAINTS); /* all of a machine are batched */
    count_interactions(m, memory);
    constraint_list_make(&m->constraints, memory, m);
}

static void absorb_number(hash_sponge *s, uint32_t x)
{
    CHECK(x < FP_MODULUS);
    fp element = fp_from_u32(x);
    hash_absorb(s, &element, 1);
}

/* Everything is absorbed with a count or a kind before it, so that two machines never give the same elements. Names
 * fix nothing and are left out. */
void stark_absorb_machine(hash_sponge *s, const stark_machine *m)
{
    absorb_number(s, m->count);
    for (uint32_t c = 0; c < m->count; c++) {
        const air_tape *t = m->tape[c];
        for (unsigned phase = 0; phase < AIR_PHASES; phase++)
            absorb_number(s, m->chip[c]->width[phase]);
        absorb_number(s, m->chip[c]->width[AIR_PREPROCESSED] > 0 ? m->preprocessed_tree[c] : 0);
        absorb_number(s, m->chip[c]->public_count);
        absorb_number(s, t->operation_count);
        absorb_number(s, t->constraint_count);
        absorb_number(s, t->interaction_count);
        for (uint32_t i = 0; i < t->operation_count; i++) {
            absorb_number(s, (uint32_t)(t->operations[i].kind << 8 | t->operations[i].phase));
            absorb_number(s, t->operations[i].a);
            absorb_number(s, t->operations[i].b);
        }
        for (uint32_t i = 0; i < t->constraint_count; i++)
            absorb_number(s, t->constraints[i].expression);
        for (uint32_t i = 0; i < t->interaction_count; i++) {
            const air_interaction *x = &t->interactions[i];
            absorb_number(s, x->tag);
            absorb_number(s, (uint32_t)(x->shared << 1 | x->receive));
            absorb_number(s, x->multiplicity);
            absorb_number(s, x->length);
            for (uint32_t k = 0; k < x->length; k++)
                absorb_number(s, x->message[k]);
        }
    }
}
