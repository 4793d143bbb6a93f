#include "state/state_internal.h"

void table_init(table *t, arena *memory, unsigned log2_places)
{
    t->places = ARENA_NEW(memory, void *, (size_t)1 << log2_places);
    t->shift = 64 - log2_places;
    t->count = 0;
}

static void place(table *t, void *entry)
{
    void **free = table_first(t, table_entry_hash(entry));
    while (*free)
        free = table_next(t, free);
    *free = entry;
}

void table_add(table *t, arena *memory, void *added)
{
    if (2 * (t->count + 1) > table_mask(t) + 1) {
        table old = *t;
        table_init(t, memory, 64 - old.shift + 1);
        t->count = old.count;
        for (size_t i = 0; i <= table_mask(&old); i++)
            if (old.places[i])
                place(t, old.places[i]);
    }
    place(t, added);
    t->count++;
}

void *state_grow(arena *memory, const void *array, size_t count, size_t *capacity, size_t element_bytes)
{
    *capacity = *capacity ? 2 * *capacity : 64;
    void *larger = arena_allocate(memory, *capacity * element_bytes, 8);
    if (count)
        memcpy(larger, array, count * element_bytes);
    return larger;
}

void journal_grow(state *s)
{
    s->journal =
        state_grow(s->memory, s->journal, s->journal_length, &s->journal_capacity, sizeof *s->journal);
}
