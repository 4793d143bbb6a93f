#include "vm/branch_equal/branch_equal.h"

#include "riscv/program.h"
#include "vm/row.h"

static void branch_equal_record(air_tape *t)
{
    branch_equal_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 2);

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is, (uint32_t[]){RISCV_BRANCH_EQUAL, RISCV_BRANCH_NOT_EQUAL}, 2);
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    air_expr following = air_add(t, row.pc4, real);
    instruction.target4 = row.target4;
    row_step(t, real, row.pc4, row.clk, row.next, &instruction);

    air_bool(t, "equal is a bit", row.equal);
    air_expr sum = air_constant(t, 0);
    for (int i = 0; i < 4; i++) {
        air_expr difference = air_sub(t, row.a[i], row.b[i]);
        air_zero_when(t, "equal limbs", row.equal, difference);
        sum = air_add(t, sum, air_mul(t, difference, row.inverse[i]));
    }
    air_equal(t, "unequal values differ in a limb", sum, air_sub(t, real, row.equal));
    air_expr taken = air_add(t, air_mul(t, row.is[0], row.equal),
                             air_mul(t, row.is[1], air_not(t, row.equal)));
    air_equal(t, "where the run goes on", row.next, row_select(t, taken, row.target4, following));

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, row.b, row.clk, K_RS2, row.b_previous);
}

CHIP_AIR(branch_equal, BRANCH_EQUAL_COLUMNS);
