#include "vm/open_weight/open_weight.h"

#include "vm/element.h"

enum { DEGREE = 5, BLOCK_WORDS = 3, WORDS = 2 * BLOCK_WORDS };

static void open_weight_record(air_tape *t)
{
    open_weight_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), one = air_constant(t, 1), zero = air_constant(t, 0);
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_zero_when(t, "the last row has one word left", row.is_last, air_sub(t, row.left, one));
    air_zero_when(t, "only what is real is used", row.uses, air_not(t, real));
    air_expr chip = air_constant(t, STEP_OPEN_WEIGHT);
    bus_receive(t, BUS_STEP, real, (air_expr[]){chip, row.begin, row.left, row.weights, row.number, row.uses, zero}, 7);
    bus_send(t, BUS_STEP, air_sub(t, real, row.is_last),
             (air_expr[]){chip, row.begin, air_sub(t, row.left, one), air_add(t, row.weights, air_constant(t, WORDS)),
                          air_add(t, row.number, one), row.uses, zero},
             7);
    for (uint32_t i = 0; i < WORDS; i++)
        row_access(t, real, air_add(t, row.weights, air_constant(t, i)), row.word + 4 * i, row.word + 4 * i, row.begin,
                   K_BEFORE_ITEMS, row.age + AGE_COLUMNS * i);
    air_expr message[2 + 2 * DEGREE] = {row.begin, row.number};
    for (uint32_t i = 0; i < 2 * DEGREE; i++) {
        const air_expr *limbs = row.word + 4 * BLOCK_WORDS * (i / DEGREE) + 2 * (i % DEGREE);
        element_is_canonical(t, real, limbs, row.top[i]);
        message[2 + i] = element_of(t, limbs);
    }
    bus_send(t, BUS_OPEN_WEIGHT, row.uses, message, 2 + 2 * DEGREE);
}

CHIP_AIR(open_weight, OPEN_WEIGHT_COLUMNS);
