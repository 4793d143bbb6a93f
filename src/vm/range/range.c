#include "vm/range/range.h"

#include "vm/bus.h"
#include "vm/formula.h"

static void range_record(air_tape *t)
{
    range_preprocessed_columns row;
    columns_at(t, AIR_PREPROCESSED, &row, sizeof row);
    range_main_columns main;
    columns_at(t, AIR_MAIN, &main, sizeof main);
    bus_provide(t, BUS_RANGE, main.multiplicity, (air_expr[]){row.bits, row.x}, 2);
}

static const char *const preprocessed_names[] = {RANGE_PREPROCESSED_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};
static const char *const main_names[] = {RANGE_MAIN_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};

const air vm_air_range = {
    .name = "range",
    .width = {[AIR_PREPROCESSED] = COLUMNS_WIDTH(range_preprocessed), [AIR_MAIN] = COLUMNS_WIDTH(range_main)},
    .record = range_record,
    .formula = vm_range_formula,
    .formula_log2_rows = VM_RANGE_LOG2_ROWS,
    .column_names = {[AIR_PREPROCESSED] = preprocessed_names, [AIR_MAIN] = main_names},
};
