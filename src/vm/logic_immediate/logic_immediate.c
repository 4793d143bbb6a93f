#include "vm/logic_immediate/logic_immediate.h"

#include "riscv/program.h"
#include "vm/row.h"

static void logic_immediate_record(air_tape *t)
{
    logic_immediate_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 3);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind =
        row_weigh(t, row.is, (uint32_t[]){RISCV_AND_IMMEDIATE, RISCV_OR_IMMEDIATE, RISCV_XOR_IMMEDIATE}, 3);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    row_immediate(t, instruction.constants, row_join(t, row.immediate[0], 8, row.immediate[1]),
                  row.immediate_sign);
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr operation = row_weigh(t, row.is, (uint32_t[]){BYTE_AND, BYTE_OR, BYTE_XOR}, 3);
    for (int i = 0; i < 2; i++)
        bus_look_up(t, BUS_BYTE, real,
                    (air_expr[]){operation, row.a_low[i], row.immediate[i], row.result_low[i]}, 4);

    air_expr a[4] = {row_join(t, row.a_low[0], 8, row.a_low[1])};
    air_expr result[4] = {row_join(t, row.result_low[0], 8, row.result_low[1])};
    air_expr zero = air_constant(t, 0), ones = air_constant(t, 0xFFFF);
    for (int i = 0; i < 3; i++) {
        a[i + 1] = row.a_high[i];
        result[i + 1] = row.result_high[i];
        air_expr and = row_select(t, row.immediate_sign, row.a_high[i], zero);
        air_expr or = row_select(t, row.immediate_sign, ones, row.a_high[i]);
        air_expr xor = row_select(t, row.immediate_sign, air_sub(t, ones, row.a_high[i]), row.a_high[i]);
        air_zero_when(t, "a high limb of AND", row.is[0], air_sub(t, row.result_high[i], and));
        air_zero_when(t, "a high limb of OR", row.is[1], air_sub(t, row.result_high[i], or));
        air_zero_when(t, "a high limb of XOR", row.is[2], air_sub(t, row.result_high[i], xor));
    }
    row_read_register(t, real, row.rs1, a, row.clk, K_RS1, row.a_previous);
    row_write_rd(t, real, row.rd, row.old, result, row.clk, row.old_previous);
}

CHIP_AIR(logic_immediate, LOGIC_IMMEDIATE_COLUMNS);
