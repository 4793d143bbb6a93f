#include "vm/add_immediate/add_immediate.h"

#include "riscv/program.h"
#include "vm/row.h"

static void add_immediate_record(air_tape *t)
{
    add_immediate_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_constant(t, RISCV_ADD_IMMEDIATE);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    row_immediate(t, instruction.constants, row.immediate, row.immediate_sign);
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    row_add(t, real, row.a, instruction.constants, row.result);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
    row_range_limbs(t, real, row.result);
}

CHIP_AIR(add_immediate, ADD_IMMEDIATE_COLUMNS);
