#include "vm/branch_less/branch_less.h"

#include "riscv/program.h"
#include "vm/row.h"

static void branch_less_record(air_tape *t)
{
    branch_less_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 4);
    static const uint32_t kinds[4] = {
        RISCV_BRANCH_LESS,
        RISCV_BRANCH_GREATER_EQUAL,
        RISCV_BRANCH_LESS_UNSIGNED,
        RISCV_BRANCH_GREATER_EQUAL_UNSIGNED,
    };

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is, kinds, 4);
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    air_expr following = air_add(t, row.pc4, real);
    instruction.target4 = row.target4;
    row_step(t, real, row.pc4, row.clk, row.next, &instruction);

    row_less(t, real, air_add(t, row.is[0], row.is[1]), row.a, row.b, row.less);
    air_expr less = row.less[LESS_RESULT];
    air_expr if_less = air_add(t, row.is[0], row.is[2]), unless_less = air_add(t, row.is[1], row.is[3]);
    air_expr taken = air_add(t, air_mul(t, if_less, less), air_mul(t, unless_less, air_not(t, less)));
    air_equal(t, "where the run goes on", row.next, row_select(t, taken, row.target4, following));

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, row.b, row.clk, K_RS2, row.b_previous);
}

CHIP_AIR(branch_less, BRANCH_LESS_COLUMNS);
