#include "vm/region/region.h"

#include "vm/bus.h"

static void region_record(air_tape *t)
{
    region_preprocessed_columns row;
    columns_at(t, AIR_PREPROCESSED, &row, sizeof row);
    region_main_columns main;
    columns_at(t, AIR_MAIN, &main, sizeof main);
    bus_provide(t, BUS_REGION, main.multiplicity, (air_expr[]){row.space, row.w_high, row.class}, 3);
}

static const char *const preprocessed_names[] = {REGION_PREPROCESSED_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};
static const char *const main_names[] = {REGION_MAIN_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};

const air vm_air_region = {
    .name = "region",
    .width =
        {[AIR_PREPROCESSED] = COLUMNS_WIDTH(region_preprocessed), [AIR_MAIN] = COLUMNS_WIDTH(region_main)},
    .record = region_record,
    .column_names = {[AIR_PREPROCESSED] = preprocessed_names, [AIR_MAIN] = main_names},
};
