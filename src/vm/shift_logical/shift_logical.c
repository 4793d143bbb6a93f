#include "vm/shift_logical/shift_logical.h"

#include "riscv/program.h"
#include "vm/row.h"

static void shift_logical_record(air_tape *t)
{
    shift_logical_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real;
    air_expr amount = shift_logical_core(t, (const shift_logical_core_columns *)row.places, &real);

    _Static_assert(RISCV_SHIFT_RIGHT == RISCV_SHIFT_LEFT + 1, "");
    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_sub(t, air_constant(t, RISCV_SHIFT_RIGHT), row.left);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_equal(t, "the amount is the low bits of rs2", row.b[0], row_join(t, amount, 6, row.rest));
    bus_range(t, real, 10, row.rest);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, row.b, row.clk, K_RS2, row.b_previous);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
}

CHIP_AIR(shift_logical, SHIFT_LOGICAL_COLUMNS);
