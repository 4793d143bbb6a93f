#include "vm/load_double/load_double.h"

#include "riscv/program.h"
#include "vm/row.h"

static void load_double_record(air_tape *t)
{
    load_double_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_constant(t, RISCV_LOAD_DOUBLE);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    row_immediate(t, instruction.constants, row.immediate, row.immediate_sign);
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr w = row_address(t, real, row.a, instruction.constants, row.quotient, air_constant(t, 0),
                             row.high);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_access(t, real, w, row.word, row.word, row.clk, K_READ, row.word_age);
    row_write_rd(t, real, row.rd, row.old, row.word, row.clk, row.old_previous);
}

CHIP_AIR(load_double, LOAD_DOUBLE_COLUMNS);
