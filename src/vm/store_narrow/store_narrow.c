#include "vm/store_narrow/store_narrow.h"

#include "riscv/program.h"
#include "vm/row.h"

static void store_narrow_record(air_tape *t)
{
    store_narrow_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 3);
    air_expr is_byte = row.is[0], is_half = row.is[1], is_word = row.is[2];

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is,
                                 (uint32_t[]){RISCV_STORE_BYTE, RISCV_STORE_HALF, RISCV_STORE_WORD}, 3);
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_immediate(t, instruction.constants, row.immediate, row.immediate_sign);
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr marks = row_one_of(t, row.limb, 4);
    air_equal(t, "one limb is marked", marks, real);
    air_bool(t, "odd is a bit", row.odd);
    air_zero_when(t, "a half word is aligned", is_half, row.odd);
    air_zero_when(t, "a word is aligned", is_word, air_add(t, row.odd, air_add(t, row.limb[1], row.limb[3])));
    air_expr offset = air_add(t, row.odd, row_weigh(t, row.limb, (uint32_t[]){0, 2, 4, 6}, 4));
    air_expr w = row_store_address(t, real, row.a, instruction.constants, row.quotient, offset, row.high);

    air_expr before = air_mul(t, row.limb[0], row.word[0]);
    for (int i = 1; i < 4; i++)
        before = air_add(t, before, air_mul(t, row.limb[i], row.word[i]));
    bus_byte_pair(t, is_byte, row.word_byte[0], row.word_byte[1]);
    bus_byte_pair(t, is_byte, row.b_byte[0], row.b_byte[1]);
    air_zero_when(t, "the bytes of the marked limb before", is_byte,
                  air_sub(t, row_join(t, row.word_byte[0], 8, row.word_byte[1]), before));
    air_zero_when(t, "the bytes of what is stored", is_byte,
                  air_sub(t, row_join(t, row.b_byte[0], 8, row.b_byte[1]), row.b[0]));
    air_expr with_byte = row_select(t, row.odd, row_join(t, row.word_byte[0], 8, row.b_byte[0]),
                                    row_join(t, row.b_byte[0], 8, row.word_byte[1]));
    air_zero_when(t, "a byte enters the marked limb", is_byte, air_sub(t, row.marked, with_byte));
    air_zero_when(t, "a limb replaces the marked limb", air_sub(t, real, is_byte),
                  air_sub(t, row.marked, row.b[0]));

    for (int i = 0; i < 4; i++) {
        air_expr change = air_mul(t, row.limb[i], air_sub(t, row.marked, row.word[i]));
        if (i % 2 == 1) {
            air_expr second = air_mul(t, is_word, row.limb[i - 1]);
            change = air_add(t, change, air_mul(t, second, air_sub(t, row.b[1], row.word[i])));
        }
        air_equal(t, "only the marked limbs change", row.stored[i], air_add(t, row.word[i], change));
    }

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, row.b, row.clk, K_RS2, row.b_previous);
    row_access(t, real, w, row.word, row.stored, row.clk, K_WRITE, row.word_age);
}

CHIP_AIR(store_narrow, STORE_NARROW_COLUMNS);
