#include "vm/point_end/point_end.h"

#include "vm/point.h"

static void point_end_record(air_tape *t)
{
    point_end_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0), limbs[POINT_LIMBS];
    air_expr after = air_add(t, row.time, air_constant(t, 1));
    point_receive(t, real, &(point_state){after, zero, row.list, row.base, row.result, row.x, row.y});
    point_canonical(t, real, row.y, row.canonical);
    point_limbs(t, limbs, row.x);
    for (uint32_t i = 0; i < POINT_WORDS; i++) {
        const air_expr *word =
            i < POINT_COORDINATE_WORDS ? limbs + 4 * i : row.y + 4 * (i - POINT_COORDINATE_WORDS);
        row_access(t, real, air_add(t, row.result, air_constant(t, i)), row.old + 4 * i, word, row.time,
                   K_WRITE, row.age + AGE_COLUMNS * i);
    }
}

CHIP_AIR(point_end, POINT_END_COLUMNS);
