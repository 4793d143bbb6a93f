#include "vm/byte/byte.h"

#include "vm/bus.h"
#include "vm/formula.h"

static void byte_record(air_tape *t)
{
    byte_preprocessed_columns row;
    columns_at(t, AIR_PREPROCESSED, &row, sizeof row);
    byte_main_columns main;
    columns_at(t, AIR_MAIN, &main, sizeof main);
    air_expr results[4] = {row.result[0], row.result[1], row.result[2], air_constant(t, 0)};
    for (uint32_t i = 0; i < 4; i++)
        bus_provide(t, BUS_BYTE, main.multiplicity[i],
                    (air_expr[]){air_constant(t, BYTE_AND + i), row.a, row.b, results[i]}, 4);
}

static const char *const preprocessed_names[] = {BYTE_PREPROCESSED_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};
static const char *const main_names[] = {BYTE_MAIN_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};

const air vm_air_byte = {
    .name = "byte",
    .width = {[AIR_PREPROCESSED] = COLUMNS_WIDTH(byte_preprocessed), [AIR_MAIN] = COLUMNS_WIDTH(byte_main)},
    .record = byte_record,
    .formula = vm_byte_formula,
    .formula_log2_rows = VM_BYTE_LOG2_ROWS,
    .column_names = {[AIR_PREPROCESSED] = preprocessed_names, [AIR_MAIN] = main_names},
};
