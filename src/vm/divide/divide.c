#include "vm/divide/divide.h"

#include "riscv/program.h"
#include "vm/row.h"

static void divide_record(air_tape *t)
{
    divide_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, &row.real, 1), is_word = row.is_word;
    air_bool(t, "unsigned is a bit", row.is_unsigned);
    air_bool(t, "remainder is a bit", row.is_remainder);
    air_bool(t, "word is a bit", is_word);
    air_zero_when(t, "only a division is unsigned", row.is_unsigned, air_not(t, real));
    air_zero_when(t, "only a division is of words", is_word, air_not(t, real));

    /* kinds.def lists them in this order */
    _Static_assert(RISCV_DIVIDE_UNSIGNED == RISCV_DIVIDE + 1 && RISCV_REMAINDER == RISCV_DIVIDE + 2, "");
    _Static_assert(RISCV_DIVIDE_WORD == RISCV_DIVIDE + 4 && RISCV_REMAINDER_UNSIGNED_WORD == RISCV_DIVIDE + 7,
                   "");
    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, (air_expr[]){real, row.is_unsigned, row.is_remainder, is_word},
                                 (uint32_t[]){RISCV_DIVIDE, 1, 2, 4}, 4);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    /* operands */
    air_expr is_signed = air_sub(t, real, row.is_unsigned), by_zero = row.by_zero;
    air_equal(t, "which limb of a has the sign", row.a_top, row_select(t, is_word, row.a[1], row.a[3]));
    air_equal(t, "which limb of b has the sign", row.b_top, row_select(t, is_word, row.b[1], row.b[3]));
    row_sign(t, is_signed, row.a_top, row.a_sign);
    row_sign(t, is_signed, row.b_top, row.b_sign);
    air_expr a_extension = air_scale(t, 0xFFFF, row.a_sign), b_extension = air_scale(t, 0xFFFF, row.b_sign);
    air_expr dividend[4], divisor[4], quotient[4];
    row_limbs_of_bytes(t, divisor, row.divisor);
    row_limbs_of_bytes(t, quotient, row.quotient);
    for (int i = 0; i < 4; i++) {
        dividend[i] = i < 2 ? row.a[i] : row_select(t, is_word, a_extension, row.a[i]);
        air_expr b = i < 2 ? row.b[i] : row_select(t, is_word, b_extension, row.b[i]);
        air_equal(t, "the divisor's bytes", divisor[i], b);
        bus_byte_pair(t, real, row.divisor[2 * i], row.divisor[2 * i + 1]);
        bus_byte_pair(t, real, row.quotient[2 * i], row.quotient[2 * i + 1]);
    }
    row_range_limbs(t, real, row.remainder);

    /* signs */
    air_bool(t, "the quotient's sign is a bit", row.quotient_sign);
    air_zero_when(t, "an unsigned quotient has sign 0", row.quotient_sign, row.is_unsigned);
    air_bool(t, "the remainder's sign is a bit", row.remainder_sign);
    air_zero_when(t, "a negative remainder has a negative dividend", row.remainder_sign,
                  air_not(t, row.a_sign));
    for (int i = 0; i < 4; i++)
        air_zero_when(t, "a remainder of another sign is 0", air_sub(t, row.a_sign, row.remainder_sign),
                      row.remainder[i]);

    /* quotient·divisor + remainder = dividend; sums as in multiply, plus a limb: carries have twelve bits */
    air_expr carry = air_constant(t, 0);
    for (uint32_t k = 0; k < 8; k++) {
        air_expr product = row_product_limb(t, row.quotient, row.quotient_sign, row.divisor, row.b_sign, k);
        air_expr remainder = k < 4 ? row.remainder[k] : air_scale(t, 0xFFFF, row.remainder_sign);
        air_expr sum = air_add(t, air_add(t, product, remainder), carry);
        air_equal(t, "quotient · divisor + remainder",
                  row_join(t, k < 4 ? dividend[k] : a_extension, 16, row.carry[k]), sum);
        bus_range(t, real, 12, row.carry[k]);
        carry = row.carry[k];
    }

    /* by zero */
    air_bool(t, "by zero is a bit", by_zero);
    air_zero_when(t, "only a division is by zero", by_zero, air_not(t, real));
    for (int i = 0; i < 4; i++) {
        air_zero_when(t, "zero is zero", by_zero, divisor[i]);
        air_zero_when(t, "the quotient by zero is all ones", by_zero,
                      air_sub(t, quotient[i], air_constant(t, 0xFFFF)));
    }

    /* |divisor| − |remainder| − 1 = slack ≥ 0. A limb's sum lies between −3·2^16 and 2·2^16, so each borrow
     * between −4 and 3; out of the highest comes what the signs took: 2^64·(remainder_sign − b_sign). */
    air_expr not_by_zero = air_sub(t, real, by_zero), one = air_constant(t, 1);
    air_expr b_factor = air_sub(t, one, air_add(t, row.b_sign, row.b_sign));
    air_expr remainder_factor = air_sub(t, one, air_add(t, row.remainder_sign, row.remainder_sign));
    air_expr borrow = air_constant(t, FP_MODULUS - 1);
    for (int i = 0; i < 4; i++) {
        air_expr sum = air_sub(t, air_mul(t, b_factor, divisor[i]),
                               air_mul(t, remainder_factor, row.remainder[i]));
        sum = air_add(t, air_sub(t, sum, row.slack[i]), borrow);
        borrow = i < 3 ? row.borrow[i] : air_sub(t, row.remainder_sign, row.b_sign);
        air_zero_when(t, "the remainder is smaller than the divisor", not_by_zero,
                      air_sub(t, sum, air_scale(t, 0x10000, borrow)));
        if (i < 3)
            bus_range(t, real, 3, air_add(t, row.borrow[i], air_constant(t, 4)));
    }
    row_range_limbs(t, real, row.slack);

    /* result */
    air_expr extension = air_scale(t, 0xFFFF, row.result_sign);
    for (int i = 0; i < 4; i++) {
        air_expr result = row_select(t, row.is_remainder, row.remainder[i], quotient[i]);
        if (i >= 2)
            result = row_select(t, is_word, extension, result);
        air_equal(t, "the result", row.result[i], result);
    }
    row_sign(t, is_word, row.result[1], row.result_sign);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, row.b, row.clk, K_RS2, row.b_previous);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
}

CHIP_AIR(divide, DIVIDE_COLUMNS);
