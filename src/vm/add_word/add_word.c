#include "vm/add_word/add_word.h"

#include "riscv/program.h"
#include "vm/row.h"

static void add_word_record(air_tape *t)
{
    add_word_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 3);
    air_expr is_add = air_add(t, row.is[0], row.is[2]), is_sub = row.is[1], is_immediate = row.is[2];

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is,
                                 (uint32_t[]){RISCV_ADD_WORD, RISCV_SUB_WORD, RISCV_ADD_WORD_IMMEDIATE}, 3);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_immediate(t, instruction.constants, row.immediate, row.immediate_sign);
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_zero_when(t, "limb 0 of the immediate", is_immediate, air_sub(t, row.b[0], instruction.constants[0]));
    air_zero_when(t, "limb 1 of the immediate", is_immediate, air_sub(t, row.b[1], instruction.constants[1]));
    row_add_limbs(t, is_add, row.a, row.b, row.result, 2);
    row_add_limbs(t, is_sub, row.result, row.b, row.a, 2);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, air_sub(t, real, is_immediate), row.rs2, row.b, row.clk, K_RS2, row.b_previous);
    bus_range(t, real, 16, row.result[0]);
    bus_range(t, real, 16, row.result[1]);
    row_sign(t, real, row.result[1], row.sign);
    air_expr high = air_scale(t, 0xFFFF, row.sign);
    row_write_rd(t, real, row.rd, row.old, (air_expr[]){row.result[0], row.result[1], high, high}, row.clk,
                 row.old_previous);
}

CHIP_AIR(add_word, ADD_WORD_COLUMNS);
