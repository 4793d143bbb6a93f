#include "vm/shift/shift.h"

#include "riscv/program.h"
#include "vm/row.h"

static void shift_record(air_tape *t)
{
    shift_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    const shift_core_columns *core = (const shift_core_columns *)row.left;
    air_expr real;
    air_expr amount = shift_core(t, core, &real);

    /* kinds.def lists them as shift_core_kind counts */
    _Static_assert(RISCV_SHIFT_RIGHT_SIGNED == RISCV_SHIFT_LEFT + 2, "");
    _Static_assert(RISCV_SHIFT_RIGHT_SIGNED_WORD == RISCV_SHIFT_LEFT + 5, "");
    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = air_add(t, air_constant(t, RISCV_SHIFT_LEFT), shift_core_kind(t, core));
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    /* b = amount + 2^6·rest, or 2^5·rest for words. */
    air_expr unit = air_sub(t, air_constant(t, 64), air_scale(t, 32, row.is_word));
    air_equal(t, "the amount is the low bits of rs2", row.b[0],
              air_add(t, amount, air_mul(t, unit, row.rest)));
    bus_look_up(t, BUS_RANGE, real, (air_expr[]){air_add(t, air_constant(t, 10), row.is_word), row.rest}, 2);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, row.b, row.clk, K_RS2, row.b_previous);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
}

CHIP_AIR(shift, SHIFT_COLUMNS);
