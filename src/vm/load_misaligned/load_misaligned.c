#include "vm/load_misaligned/load_misaligned.h"

#include "riscv/program.h"
#include "vm/row.h"

static void load_misaligned_record(air_tape *t)
{
    load_misaligned_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 3);
    air_expr is_half = row.is[0], is_word = row.is[1], is_double = row.is[2];
    air_bool(t, "unsigned is a bit", row.is_unsigned);
    air_zero_when(t, "only a half or a word is unsigned", row.is_unsigned,
                  air_sub(t, air_not(t, is_half), is_word));

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, (air_expr[]){is_half, is_word, is_double, row.is_unsigned},
                                 (uint32_t[]){RISCV_LOAD_HALF, RISCV_LOAD_WORD, RISCV_LOAD_DOUBLE, 3}, 4);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    row_immediate(t, instruction.constants, row.immediate, row.immediate_sign);
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr marks = row_one_of(t, row.limb, 4);
    air_equal(t, "one limb is marked", marks, real);
    air_bool(t, "odd is a bit", row.odd);
    air_expr offset = air_add(t, row.odd, row_weigh(t, row.limb, (uint32_t[]){0, 2, 4, 6}, 4));
    air_expr w = row_address(t, real, row.a, instruction.constants, row.quotient, offset, row.high);
    air_expr next_w = air_add(t, w, air_constant(t, 1));
    row_crosses(t, real, row.is, offset, row.crosses);

    /* The limbs of both words from the marked one on, and the same from one byte further on. */
    air_expr both[8], even[4], odd[4];
    for (int i = 0; i < 4; i++) {
        both[i] = row.word[i];
        both[4 + i] = row.next[i];
    }
    for (int j = 0; j < 5; j++) {
        air_expr at = air_mul(t, row.limb[0], both[j]);
        for (int i = 1; i < 4; i++)
            at = air_add(t, at, air_mul(t, row.limb[i], both[i + j]));
        bus_byte_pair(t, real, row.low[j], row.high_byte[j]);
        air_equal(t, "the bytes of a limb from the marked one on",
                  row_join(t, row.low[j], 8, row.high_byte[j]), at);
        if (j < 4)
            even[j] = row_join(t, row.low[j], 8, row.high_byte[j]);
        if (j > 0)
            odd[j - 1] = row_join(t, row.high_byte[j - 1], 8, row.low[j]);
    }

    air_expr extension = air_scale(t, 0xFFFF, row.sign), loaded[4];
    for (int i = 0; i < 4; i++)
        loaded[i] = row_select(t, row.odd, odd[i], even[i]);
    air_expr not_half = air_add(t, is_word, is_double);
    air_equal(t, "limb 0", row.result[0], loaded[0]);
    air_zero_when(t, "limb 1 of a half", is_half, air_sub(t, row.result[1], extension));
    air_zero_when(t, "limb 1 of a word or double", not_half, air_sub(t, row.result[1], loaded[1]));
    for (int i = 2; i < 4; i++) {
        air_zero_when(t, "high limbs of a half or word", air_sub(t, real, is_double),
                      air_sub(t, row.result[i], extension));
        air_zero_when(t, "high limbs of a double", is_double, air_sub(t, row.result[i], loaded[i]));
    }

    /* rest is the highest limb that is loaded, without its sign */
    air_expr top = row_join(t, row.rest, 15, row.sign);
    air_zero_when(t, "the sign of a half", is_half, air_sub(t, row.result[0], top));
    air_zero_when(t, "the sign of a word", is_word, air_sub(t, row.result[1], top));
    air_bool(t, "the sign is a bit", row.sign);
    air_zero_when(t, "what is unsigned has sign 0", row.sign, row.is_unsigned);
    bus_range(t, air_sub(t, air_sub(t, real, is_double), row.is_unsigned), 15, row.rest);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_access(t, real, w, row.word, row.word, row.clk, K_READ, row.word_age);
    row_access(t, row.crosses, next_w, row.next, row.next, row.clk, K_READ, row.next_age);
    row_write_rd(t, real, row.rd, row.old, row.result, row.clk, row.old_previous);
}

CHIP_AIR(load_misaligned, LOAD_MISALIGNED_COLUMNS);
