#include "vm/multiply_high/multiply_high.h"

#include "riscv/program.h"
#include "vm/row.h"

static void multiply_high_record(air_tape *t)
{
    multiply_high_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 3);
    static const uint32_t kinds[3] = {
        RISCV_MULTIPLY_HIGH,
        RISCV_MULTIPLY_HIGH_SIGNED_UNSIGNED,
        RISCV_MULTIPLY_HIGH_UNSIGNED,
    };

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is, kinds, 3);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr a[4], b[4];
    row_limbs_of_bytes(t, a, row.a);
    row_limbs_of_bytes(t, b, row.b);
    for (int i = 0; i < 8; i += 2) {
        bus_byte_pair(t, real, row.a[i], row.a[i + 1]);
        bus_byte_pair(t, real, row.b[i], row.b[i + 1]);
    }
    row_sign(t, air_add(t, row.is[0], row.is[1]), a[3], row.a_sign);
    row_sign(t, row.is[0], b[3], row.b_sign);

    /* A limb sums at most 257·16·255² < 2^28, so with its carry less than 2^12·2^16: twelve bits hold each
     * carry. */
    air_expr carry = air_constant(t, 0);
    for (uint32_t k = 0; k < 8; k++) {
        air_expr sum = air_add(t, row_product_limb(t, row.a, row.a_sign, row.b, row.b_sign, k), carry);
        air_equal(t, "a limb of the product", row_join(t, row.product[k], 16, row.carry[k]), sum);
        bus_range(t, real, 16, row.product[k]);
        bus_range(t, real, 12, row.carry[k]);
        carry = row.carry[k];
    }

    row_read_register(t, real, row.rs1, a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, b, row.clk, K_RS2, row.b_previous);
    row_write_rd(t, real, row.rd, row.old, row.product + 4, row.clk, row.old_previous);
}

CHIP_AIR(multiply_high, MULTIPLY_HIGH_COLUMNS);
