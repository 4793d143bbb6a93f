#include "vm/multiply/multiply.h"

#include "riscv/program.h"
#include "vm/row.h"

static void multiply_record(air_tape *t)
{
    multiply_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 2), zero = air_constant(t, 0);
    air_expr is_double = row.is[0], is_word = row.is[1];

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is, (uint32_t[]){RISCV_MULTIPLY, RISCV_MULTIPLY_WORD}, 2);
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

    /* A limb sums at most 257·8·255² < 2^27, so with its carry less than 2^12·2^16: twelve bits hold each carry. */
    air_expr carry = zero, extension = air_scale(t, 0xFFFF, row.result_sign);
    for (uint32_t k = 0; k < 4; k++) {
        air_expr sum = air_add(t, row_product_limb(t, row.a, zero, row.b, zero, k), carry);
        air_zero_when(t, "a limb of the product", k < 2 ? real : is_double,
                      air_sub(t, row_join(t, row.result[k], 16, row.carry[k]), sum));
        if (k >= 2)
            air_zero_when(t, "a word is sign-extended", is_word, air_sub(t, row.result[k], extension));
        bus_range(t, real, 16, row.result[k]);
        bus_range(t, k < 2 ? real : is_double, 12, row.carry[k]);
        carry = row.carry[k];
    }
    row_sign(t, is_word, row.result[1], row.result_sign);

    row_read_register(t, real, row.rs1, a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, b, row.clk, K_RS2, row.b_previous);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
}

CHIP_AIR(multiply, MULTIPLY_COLUMNS);
