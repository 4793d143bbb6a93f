#include "vm/refresh/refresh.h"

#include "vm/row.h"

/* tick is below 2^26 and previous, which matches a message that was sent, below 2^26 + 8: as in row_access. */
static void refresh_record(air_tape *t)
{
    refresh_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), one = air_constant(t, 1), space = air_constant(t, SPACE_REGISTERS);
    const air_expr *v = row.value;
    bus_receive(t, BUS_MEMORY, real, (air_expr[]){space, row.r, v[0], v[1], v[2], v[3], row.previous}, 7);
    bus_send(t, BUS_MEMORY, real, (air_expr[]){space, row.r, v[0], v[1], v[2], v[3], row.tick}, 7);
    bus_range_wide(t, real, 10, row.tick, row.tick_low);
    bus_range_wide(t, real, 10, air_sub(t, air_sub(t, row.tick, row.previous), one), row.gap_low);
}

CHIP_AIR(refresh, REFRESH_COLUMNS);
