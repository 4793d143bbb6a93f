#include "vm/store_double/store_double.h"

#include "riscv/program.h"
#include "vm/row.h"

static void store_double_record(air_tape *t)
{
    store_double_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_constant(t, RISCV_STORE_DOUBLE);
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    const air_expr *immediate = instruction.constants;
    row_immediate(t, instruction.constants, row.immediate, row.immediate_sign);
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr w = row_store_address(t, real, row.a, immediate, row.quotient, air_constant(t, 0), row.high);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, row.b, row.clk, K_RS2, row.b_previous);
    row_access(t, real, w, row.word, row.b, row.clk, K_WRITE, row.word_age);
}

CHIP_AIR(store_double, STORE_DOUBLE_COLUMNS);
