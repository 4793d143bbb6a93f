#include "vm/small/small.h"

#include "vm/bus.h"
#include "vm/formula.h"

static void small_record(air_tape *t)
{
    small_preprocessed_columns row;
    columns_at(t, AIR_PREPROCESSED, &row, sizeof row);
    small_main_columns main;
    columns_at(t, AIR_MAIN, &main, sizeof main);
    const air_expr *r = row.result;
    bus_provide(t, BUS_SMALL, main.multiplicity, (air_expr[]){row.table, row.key, r[0], r[1], r[2]}, 5);
}

static const char *const preprocessed_names[] = {SMALL_PREPROCESSED_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};
static const char *const main_names[] = {SMALL_MAIN_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};

const air vm_air_small = {
    .name = "small",
    .width = {[AIR_PREPROCESSED] = COLUMNS_WIDTH(small_preprocessed), [AIR_MAIN] = COLUMNS_WIDTH(small_main)},
    .record = small_record,
    .formula = vm_small_formula,
    .formula_log2_rows = VM_SMALL_LOG2_ROWS,
    .column_names = {[AIR_PREPROCESSED] = preprocessed_names, [AIR_MAIN] = main_names},
};
