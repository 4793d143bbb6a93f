#include "vm/program/program.h"

#include "vm/bus.h"

static void program_record(air_tape *t)
{
    program_preprocessed_columns row;
    columns_at(t, AIR_PREPROCESSED, &row, sizeof row);
    program_main_columns main;
    columns_at(t, AIR_MAIN, &main, sizeof main);
    const air_expr *c = row.constants;
    bus_provide(
        t, BUS_PROGRAM, main.multiplicity,
        (air_expr[]){row.pc4, row.kind, row.rd, row.rs1, row.rs2, c[0], c[1], c[2], c[3], row.target4}, 10);
}

static const char *const preprocessed_names[] = {PROGRAM_PREPROCESSED_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};
static const char *const main_names[] = {PROGRAM_MAIN_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};

const air vm_air_program = {
    .name = "program",
    .width =
        {[AIR_PREPROCESSED] = COLUMNS_WIDTH(program_preprocessed), [AIR_MAIN] = COLUMNS_WIDTH(program_main)},
    .record = program_record,
    .column_names = {[AIR_PREPROCESSED] = preprocessed_names, [AIR_MAIN] = main_names},
};
