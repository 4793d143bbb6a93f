#include "vm/constant/constant.h"

#include "riscv/program.h"
#include "vm/row.h"

static void constant_record(air_tape *t)
{
    constant_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_constant(t, RISCV_CONSTANT);
    instruction.rd = row.rd;
    instruction.target4 = row.target4;
    for (int i = 0; i < 4; i++)
        instruction.constants[i] = row.value[i];
    row_step(t, real, row.pc4, row.clk, row.target4, &instruction);
    row_write_rd(t, real, row.rd, row.old, row.value, row.clk, row.old_previous);
}

CHIP_AIR(constant, CONSTANT_COLUMNS);
