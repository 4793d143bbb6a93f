#include "vm/shift_logical_immediate/shift_logical_immediate.h"

#include "riscv/program.h"
#include "vm/row.h"

static void shift_logical_immediate_record(air_tape *t)
{
    shift_logical_immediate_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real;
    air_expr amount = shift_logical_core(t, (const shift_logical_core_columns *)row.places, &real);

    _Static_assert(RISCV_SHIFT_RIGHT_IMMEDIATE == RISCV_SHIFT_LEFT_IMMEDIATE + 1, "");
    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_sub(t, air_constant(t, RISCV_SHIFT_RIGHT_IMMEDIATE), row.left);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.constants[0] = amount;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
}

CHIP_AIR(shift_logical_immediate, SHIFT_LOGICAL_IMMEDIATE_COLUMNS);
