#include "vm/compare/compare.h"

#include "riscv/program.h"
#include "vm/row.h"

static void compare_record(air_tape *t)
{
    compare_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 2);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is, (uint32_t[]){RISCV_LESS, RISCV_LESS_UNSIGNED}, 2);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    row_less(t, real, row.is[0], row.a, row.b, row.less);

    air_expr zero = air_constant(t, 0);
    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, row.b, row.clk, K_RS2, row.b_previous);
    row_write_rd(t, real, row.rd, row.old, (air_expr[]){row.less[LESS_RESULT], zero, zero, zero}, row.clk,
                 row.old_previous);
}

CHIP_AIR(compare, COMPARE_COLUMNS);
