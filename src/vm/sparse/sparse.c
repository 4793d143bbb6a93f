#include "vm/sparse/sparse.h"

#include "vm/bus.h"
#include "vm/formula.h"

static void sparse_record(air_tape *t)
{
    sparse_preprocessed_columns row;
    columns_at(t, AIR_PREPROCESSED, &row, sizeof row);
    sparse_main_columns main;
    columns_at(t, AIR_MAIN, &main, sizeof main);
    const air_expr *f = row.field;
    bus_provide(t, BUS_SPARSE, main.multiplicity, (air_expr[]){row.kind, f[0], f[1], f[2], f[3]}, 5);
}

static const char *const preprocessed_names[] = {SPARSE_PREPROCESSED_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};
static const char *const main_names[] = {SPARSE_MAIN_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};

const air vm_air_sparse = {
    .name = "sparse",
    .width = {[AIR_PREPROCESSED] = COLUMNS_WIDTH(sparse_preprocessed), [AIR_MAIN] = COLUMNS_WIDTH(sparse_main)},
    .record = sparse_record,
    .formula = vm_sparse_formula,
    .formula_log2_rows = VM_SPARSE_LOG2_ROWS,
    .column_names = {[AIR_PREPROCESSED] = preprocessed_names, [AIR_MAIN] = main_names},
};
