#include "vm/point_start/point_start.h"

#include "abi/calls.h"
#include "vm/point.h"

static void point_start_record(air_tape *t)
{
    point_start_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), zero = air_constant(t, 0), limbs[POINT_LIMBS];
    bus_receive(t, BUS_CALL, real,
                (air_expr[]){air_constant(t, CALL_POINT), row.time, row.result, row.list, row.start,
                             row.base, zero, zero, row.n, zero},
                10);
    point_read(t, real, row.start, row.x, row.y, row.time, K_BEFORE_ITEMS, row.age);
    point_bytes(t, real, row.x);
    point_limbs(t, limbs, row.x);
    point_canonical(t, real, limbs, row.canonical);
    point_send(t, real, &(point_state){row.time, row.n, row.list, row.base, row.result, row.x, row.y});
}

CHIP_AIR(point_start, POINT_START_COLUMNS);
