#include "vm/jump/jump.h"

#include "riscv/program.h"
#include "vm/row.h"

static void jump_record(air_tape *t)
{
    jump_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1);
    air_expr zero = air_constant(t, 0);
    air_expr next = row_join(t, row.quotient, 14, row.high);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_constant(t, RISCV_JUMP);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.constants[0] = row.link[0];
    instruction.constants[1] = row.link[1];
    instruction.constants[2] = row.immediate;
    instruction.constants[3] = row.immediate_sign;
    row_step(t, real, row.pc4, row.clk, next, &instruction);

    air_expr immediate[4];
    row_immediate(t, immediate, row.immediate, row.immediate_sign);
    air_bool(t, "the low bit is a bit", row.low_bit);
    bus_range(t, real, 14, row.quotient);
    bus_range(t, real, 16, row.high);
    air_expr low = row_join(t, row.low_bit, 2, row.quotient);
    row_add(t, real, row.a, immediate, (air_expr[]){low, row.high, zero, zero});

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_write_rd(t, real, row.rd, row.old, (air_expr[]){row.link[0], row.link[1], zero, zero}, row.clk,
                 row.old_previous);
}

CHIP_AIR(jump, JUMP_COLUMNS);
