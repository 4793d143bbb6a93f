#include "vm/ledger/ledger.h"

#include "riscv/program.h"
#include "vm/row.h"

static void ledger_record(air_tape *t)
{
    ledger_boundary_columns row;
    columns_at(t, AIR_BOUNDARY, &row, sizeof row);
    ledger_main_columns main;
    columns_at(t, AIR_MAIN, &main, sizeof main);
    air_expr one = air_constant(t, 1), never = air_constant(t, 0), real = row.real;
    air_expr w = row_join(t, row.w_low, 16, row.w_high);
    const air_expr *i = row.initial, *f = row.final;

    /* A row is padding, or of one class. */
    air_expr flags[5] = {main.is_image, main.is_input, main.is_zero, main.is_register, row.is_output};
    static const uint32_t classes[5] = {
        RISCV_REGION_IMAGE,     RISCV_REGION_INPUT,  RISCV_REGION_ZERO,
        RISCV_REGION_REGISTERS, RISCV_REGION_OUTPUT,
    };
    air_equal(t, "a real row has one class", real, row_one_of(t, flags, 5));
    bus_look_up(t, BUS_REGION, real, (air_expr[]){row.space, row.w_high, row_weigh(t, flags, classes, 5)}, 3);
    bus_range(t, real, 16, row.w_low);

    /* Order: each row is an edge from the key before it to its own, and the verifier one back from the part's last key to
     * the key before the part. key − key_before − 1 has 29 bits and key 30, so key_before lies in [−2^29, 2^30): as p >
     * 2^30 + 2^29, keys are integers and each edge rises. Then the edges that balance are one path through all rows. */
    air_expr key = row_join(t, w, 29, row.space);
    bus_receive(t, BUS_ORDER, real, &main.key_before, 1);
    bus_send(t, BUS_ORDER, real, &key, 1);
    bus_range_wide(t, real, 13, air_sub(t, air_sub(t, key, main.key_before), one), main.gap_low);

    /* Where the first value comes from. */
    air_expr starts_as_zero = air_add(t, air_add(t, main.is_zero, main.is_register), row.is_output);
    bus_look_up(t, BUS_IMAGE, main.is_image, (air_expr[]){w, i[0], i[1], i[2], i[3]}, 5);
    row_range_limbs(t, main.is_input, row.initial);
    for (int limb = 0; limb < 4; limb++)
        air_zero_when(t, "it starts as zero", starts_as_zero, row.initial[limb]);

    bus_send(t, BUS_GLOBAL, real, (air_expr[]){row.space, w, i[0], i[1], i[2], i[3], never}, 7);
    bus_receive(t, BUS_GLOBAL, real, (air_expr[]){row.space, w, f[0], f[1], f[2], f[3], row.last}, 7);
    bus_send(t, BUS_OUTPUT, row.is_output, (air_expr[]){row.w_low, f[0], f[1], f[2], f[3]}, 5);
}

static const char *const boundary_names[] = {LEDGER_BOUNDARY_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};
static const char *const main_names[] = {LEDGER_MAIN_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};

const air vm_air_ledger = {
    .name = "ledger",
    .width = {[AIR_BOUNDARY] = COLUMNS_WIDTH(ledger_boundary), [AIR_MAIN] = COLUMNS_WIDTH(ledger_main)},
    .record = ledger_record,
    .column_names = {[AIR_BOUNDARY] = boundary_names, [AIR_MAIN] = main_names},
};
