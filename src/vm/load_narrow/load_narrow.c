#include "vm/load_narrow/load_narrow.h"

#include "riscv/program.h"
#include "vm/row.h"

static void load_narrow_record(air_tape *t)
{
    load_narrow_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 3);
    air_expr is_byte = row.is[0], is_half = row.is[1], is_word = row.is[2];
    air_bool(t, "unsigned is a bit", row.is_unsigned);
    air_zero_when(t, "only a load is unsigned", row.is_unsigned, air_not(t, real));

    /* kinds.def lists the three unsigned kinds after the three signed ones */
    _Static_assert(RISCV_LOAD_BYTE_UNSIGNED == RISCV_LOAD_BYTE + 3 &&
                       RISCV_LOAD_HALF_UNSIGNED == RISCV_LOAD_HALF + 3 &&
                       RISCV_LOAD_WORD_UNSIGNED == RISCV_LOAD_WORD + 3,
                   "");
    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, (air_expr[]){is_byte, is_half, is_word, row.is_unsigned},
                                 (uint32_t[]){RISCV_LOAD_BYTE, RISCV_LOAD_HALF, RISCV_LOAD_WORD, 3}, 4);
    instruction.rd = row.rd;
    instruction.rs1 = row.rs1;
    row_immediate(t, instruction.constants, row.immediate, row.immediate_sign);
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr marks = row_one_of(t, row.limb, 4);
    air_equal(t, "one limb is marked", marks, real);
    air_bool(t, "odd is a bit", row.odd);
    air_zero_when(t, "a half word is aligned", is_half, row.odd);
    air_zero_when(t, "a word is aligned", is_word, air_add(t, row.odd, air_add(t, row.limb[1], row.limb[3])));
    air_expr offset = air_add(t, row.odd, row_weigh(t, row.limb, (uint32_t[]){0, 2, 4, 6}, 4));
    air_expr w = row_address(t, real, row.a, instruction.constants, row.quotient, offset, row.high);

    air_expr marked = air_mul(t, row.limb[0], row.word[0]);
    for (int i = 1; i < 4; i++)
        marked = air_add(t, marked, air_mul(t, row.limb[i], row.word[i]));
    air_expr after_marked = air_add(t, air_mul(t, row.limb[0], row.word[1]),
                                    air_mul(t, row.limb[2], row.word[3]));
    air_expr byte = row_select(t, row.odd, row.byte[1], row.byte[0]);
    bus_byte_pair(t, is_byte, row.byte[0], row.byte[1]);
    air_zero_when(t, "the bytes are those of the marked limb", is_byte,
                  air_sub(t, row_join(t, row.byte[0], 8, row.byte[1]), marked));

    air_expr extension = air_scale(t, 0xFFFF, row.sign), half_extension = air_scale(t, 0xFF00, row.sign);
    air_expr is_wide = air_add(t, is_half, is_word);
    air_zero_when(t, "limb 0 of a byte", is_byte,
                  air_sub(t, row.result[0], air_add(t, byte, half_extension)));
    air_zero_when(t, "limb 0 of a half or word", is_wide, air_sub(t, row.result[0], marked));
    air_zero_when(t, "limb 1 of a byte or half", air_sub(t, real, is_word),
                  air_sub(t, row.result[1], extension));
    air_zero_when(t, "limb 1 of a word", is_word, air_sub(t, row.result[1], after_marked));

    /* rest is the highest byte or limb of what is loaded, without its sign bit if it is signed */
    air_expr top_byte = row_join(t, row.rest, 7, row.sign), top_limb = row_join(t, row.rest, 15, row.sign);
    air_zero_when(t, "the sign of a byte", is_byte, air_sub(t, byte, top_byte));
    air_zero_when(t, "the sign of a half", is_half, air_sub(t, row.result[0], top_limb));
    air_zero_when(t, "the sign of a word", is_word, air_sub(t, row.result[1], top_limb));
    air_bool(t, "the sign is a bit", row.sign);
    air_zero_when(t, "what is unsigned has sign 0", row.sign, row.is_unsigned);
    air_expr rest_bits = air_add(t, air_scale(t, 7, is_byte), air_scale(t, 15, is_wide));
    bus_look_up(t, BUS_RANGE, air_sub(t, real, row.is_unsigned), (air_expr[]){rest_bits, row.rest}, 2);

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_access(t, real, w, row.word, row.word, row.clk, K_READ, row.word_age);
    row_write_rd(t, real, row.rd, row.old, (air_expr[]){row.result[0], row.result[1], extension, extension},
                 row.clk, row.old_previous);
}

CHIP_AIR(load_narrow, LOAD_NARROW_COLUMNS);
