#include "vm/add/add.h"

#include "riscv/program.h"
#include "vm/row.h"

static void add_record(air_tape *t)
{
    add_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 2);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is, (uint32_t[]){RISCV_ADD, RISCV_SUB}, 2);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    row_add(t, row.is[0], row.a, row.b, row.result);
    row_add(t, row.is[1], row.result, row.b, row.a);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, row.b, row.clk, K_RS2, row.b_previous);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
    row_range_limbs(t, real, row.result);
}

CHIP_AIR(add, ADD_COLUMNS);
