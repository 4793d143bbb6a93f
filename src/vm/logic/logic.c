#include "vm/logic/logic.h"

#include "riscv/program.h"
#include "vm/row.h"

static void logic_record(air_tape *t)
{
    logic_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 3);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is, (uint32_t[]){RISCV_AND, RISCV_OR, RISCV_XOR}, 3);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr operation = row_weigh(t, row.is, (uint32_t[]){BYTE_AND, BYTE_OR, BYTE_XOR}, 3);
    for (int i = 0; i < 8; i++)
        bus_look_up(t, BUS_BYTE, real, (air_expr[]){operation, row.a[i], row.b[i], row.result[i]}, 4);

    air_expr a[4], b[4], result[4];
    row_limbs_of_bytes(t, a, row.a);
    row_limbs_of_bytes(t, b, row.b);
    row_limbs_of_bytes(t, result, row.result);
    row_read_register(t, real, row.rs1, a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, b, row.clk, K_RS2, row.b_previous);
    row_write_rd(t, real, row.rd, row.old, result, row.clk, row.old_previous);
}

CHIP_AIR(logic, LOGIC_COLUMNS);
