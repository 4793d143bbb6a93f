#include "vm/sponge_state/sponge_state.h"

#include "abi/calls.h"
#include "vm/element.h"

enum { WIDTH = 24, RATE = 16, CAPACITY = 8, WORDS = 12 };

static void sponge_state_record(air_tape *t)
{
    sponge_state_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0);
    bus_receive(t, BUS_CALL, real,
                (air_expr[]){air_constant(t, CALL_SPONGE), row.clk, row.state, row.data, zero, zero, zero, zero,
                             row.n, zero},
                10);
    air_expr last = air_sub(t, air_add(t, row.clk, row.n), air_constant(t, 1));
    air_expr first[3 + CAPACITY] = {row.clk, row.n, row.data}, after[1 + WIDTH] = {last};
    for (uint32_t i = 0; i < CAPACITY; i++) {
        const air_expr *limbs = row.old + 2 * (RATE + i);
        element_is_canonical(t, real, limbs, row.top_old[i]);
        first[3 + i] = element_of(t, limbs);
    }
    for (uint32_t i = 0; i < WIDTH; i++) {
        element_is_word(t, real, row.new + 2 * i, row.top_new[i]);
        after[1 + i] = element_of(t, row.new + 2 * i);
    }
    bus_send(t, BUS_SPONGE, real, first, 3 + CAPACITY);
    bus_receive(t, BUS_SPONGE_STATE, real, after, 1 + WIDTH);
    for (uint32_t i = 0; i < WORDS; i++)
        row_access(t, real, air_add(t, row.state, air_constant(t, i)), row.old + 4 * i, row.new + 4 * i, last,
                   K_WRITE, row.age + AGE_COLUMNS * i);
}

CHIP_AIR(sponge_state, SPONGE_STATE_COLUMNS);
