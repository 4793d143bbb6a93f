#include "vm/memory/memory.h"

#include "vm/row.h"

static void memory_record(air_tape *t)
{
    memory_boundary_columns row;
    columns_at(t, AIR_BOUNDARY, &row, sizeof row);
    memory_main_columns main;
    columns_at(t, AIR_MAIN, &main, sizeof main);
    air_expr segment = air_public(t, 0), one = air_constant(t, 1), never = air_constant(t, 0);
    const air_expr *i = row.initial, *f = row.final;

    air_bool(t, "real is a bit", row.real);
    bus_send(t, BUS_MEMORY, row.real, (air_expr[]){row.space, row.w, i[0], i[1], i[2], i[3], never}, 7);
    bus_receive(t, BUS_MEMORY, row.real,
                (air_expr[]){row.space, row.w, f[0], f[1], f[2], f[3], main.last_tick}, 7);

    bus_receive(t, BUS_GLOBAL, row.real, (air_expr[]){row.space, row.w, i[0], i[1], i[2], i[3], row.last}, 7);
    bus_send(t, BUS_GLOBAL, row.real, (air_expr[]){row.space, row.w, f[0], f[1], f[2], f[3], segment}, 7);
    bus_range(t, row.real, 16, air_sub(t, air_sub(t, segment, row.last), one));
}

static const char *const boundary_names[] = {MEMORY_BOUNDARY_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};
static const char *const main_names[] = {MEMORY_MAIN_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};

const air vm_air_memory = {
    .name = "memory",
    .width = {[AIR_BOUNDARY] = COLUMNS_WIDTH(memory_boundary), [AIR_MAIN] = COLUMNS_WIDTH(memory_main)},
    .public_count = 1, /* the segment's number, from 1 */
    .record = memory_record,
    .column_names = {[AIR_BOUNDARY] = boundary_names, [AIR_MAIN] = main_names},
};
