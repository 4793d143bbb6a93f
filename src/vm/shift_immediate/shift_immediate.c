#include "vm/shift_immediate/shift_immediate.h"

#include "riscv/program.h"
#include "vm/row.h"

static void shift_immediate_record(air_tape *t)
{
    shift_immediate_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    const shift_core_columns *core = (const shift_core_columns *)row.left;
    air_expr real;
    air_expr amount = shift_core(t, core, &real);

    /* kinds.def lists them as shift_core_kind counts */
    _Static_assert(RISCV_SHIFT_RIGHT_SIGNED_IMMEDIATE == RISCV_SHIFT_LEFT_IMMEDIATE + 2, "");
    _Static_assert(RISCV_SHIFT_RIGHT_SIGNED_WORD_IMMEDIATE == RISCV_SHIFT_LEFT_IMMEDIATE + 5, "");
    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_add(t, air_constant(t, RISCV_SHIFT_LEFT_IMMEDIATE), shift_core_kind(t, core));
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.constants[0] = amount;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
}

CHIP_AIR(shift_immediate, SHIFT_IMMEDIATE_COLUMNS);
