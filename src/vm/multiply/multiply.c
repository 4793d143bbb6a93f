#include "vm/multiply/multiply.h"

#include "riscv/program.h"
#include "vm/row.h"

static void multiply_record(air_tape *t)
{
    multiply_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 5);
    air_expr is_low = row.is[0], is_word = row.is[4];
    air_expr is_high = row_sum(t, row.is + 1, 3);
    static const uint32_t kinds[5] = {
        RISCV_MULTIPLY,
        RISCV_MULTIPLY_HIGH,
        RISCV_MULTIPLY_HIGH_SIGNED_UNSIGNED,
        RISCV_MULTIPLY_HIGH_UNSIGNED,
        RISCV_MULTIPLY_WORD,
    };

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is, kinds, 5);
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
    row_sign(t, air_add(t, row.is[1], row.is[2]), a[3], row.a_sign);
    row_sign(t, row.is[1], b[3], row.b_sign);

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

    air_expr extension = air_scale(t, 0xFFFF, row.result_sign);
    for (int i = 0; i < 4; i++) {
        air_expr from_low = i < 2 ? air_add(t, is_low, is_word) : is_low;
        air_zero_when(t, "the result is the low half", from_low, air_sub(t, row.result[i], row.product[i]));
        air_zero_when(t, "the result is the high half", is_high,
                      air_sub(t, row.result[i], row.product[4 + i]));
        if (i >= 2)
            air_zero_when(t, "a word is sign-extended", is_word, air_sub(t, row.result[i], extension));
    }
    row_sign(t, is_word, row.result[1], row.result_sign);

    row_read_register(t, real, row.rs1, a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, b, row.clk, K_RS2, row.b_previous);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
}

CHIP_AIR(multiply, MULTIPLY_COLUMNS);
