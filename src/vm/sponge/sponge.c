#include "vm/sponge/sponge.h"

#include "vm/element.h"
#include "vm/permutation/permutation.h"

enum { WIDTH = PERMUTATION_WIDTH, RATE = 16, CAPACITY = 8, WORDS = 8 };

static void sponge_record(air_tape *t)
{
    sponge_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), one = air_constant(t, 1);
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_zero_when(t, "the last row has one block left", row.is_last, air_sub(t, row.left, one));

    air_expr s[WIDTH];
    for (uint32_t i = 0; i < WORDS; i++)
        row_access(t, real, air_add(t, row.data, air_constant(t, i)), row.word + 4 * i, row.word + 4 * i,
                   row.time, K_READ, row.age + AGE_COLUMNS * i);
    for (uint32_t i = 0; i < RATE; i++) {
        element_is_canonical(t, real, row.word + 2 * i, row.top[i]);
        s[i] = element_of(t, row.word + 2 * i);
    }
    air_expr before[3 + CAPACITY] = {row.time, row.left, row.data}, after[1 + WIDTH] = {row.time};
    for (uint32_t i = 0; i < CAPACITY; i++)
        before[3 + i] = s[RATE + i] = row.capacity[i];
    bus_receive(t, BUS_SPONGE, real, before, 3 + CAPACITY);
    permutation_is(t, real, s, row.after);
    air_expr next[3 + CAPACITY] = {air_add(t, row.time, one), air_sub(t, row.left, one),
                                   air_add(t, row.data, air_constant(t, WORDS))};
    for (uint32_t i = 0; i < CAPACITY; i++)
        next[3 + i] = row.after[RATE + i];
    for (uint32_t i = 0; i < WIDTH; i++)
        after[1 + i] = row.after[i];
    bus_send(t, BUS_SPONGE, air_sub(t, real, row.is_last), next, 3 + CAPACITY);
    bus_send(t, BUS_SPONGE_STATE, row.is_last, after, 1 + WIDTH);
}

CHIP_AIR(sponge, SPONGE_COLUMNS);
