#include "vm/store_misaligned/store_misaligned.h"

#include "riscv/program.h"
#include "vm/row.h"

static void store_misaligned_record(air_tape *t)
{
    store_misaligned_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.is, 3);
    air_expr is_half = row.is[0], is_word = row.is[1], is_double = row.is[2], odd = row.odd;

    row_instruction instruction = row_instruction_at(t, row.pc4);
    instruction.kind = row_weigh(t, row.is,
                                 (uint32_t[]){RISCV_STORE_HALF, RISCV_STORE_WORD, RISCV_STORE_DOUBLE}, 3);
    instruction.rs1 = row.rs1;
    instruction.rs2 = row.rs2;
    row_immediate(t, instruction.constants, row.immediate, row.immediate_sign);
    row_step(t, real, row.pc4, row.clk, instruction.target4, &instruction);

    air_expr marks = row_one_of(t, row.limb, 4);
    air_equal(t, "one limb is marked", marks, real);
    air_bool(t, "odd is a bit", row.odd);
    air_expr offset = air_add(t, row.odd, row_weigh(t, row.limb, (uint32_t[]){0, 2, 4, 6}, 4));
    air_expr w = row_store_address(t, real, row.a, instruction.constants, row.quotient, offset, row.high);
    air_expr next_w = air_add(t, w, air_constant(t, 1));
    row_crosses(t, real, row.is, offset, row.crosses);

    air_expr b[4], before[8];
    for (int i = 0; i < 4; i++) {
        b[i] = row_join(t, row.b_low[i], 8, row.b_high[i]);
        bus_byte_pair(t, real, row.b_low[i], row.b_high[i]);
        before[i] = row.word[i];
        before[4 + i] = row.next[i];
    }

    /* An odd store ends within a limb, the last, which keeps its high byte. */
    air_expr first = air_constant(t, 0), last = air_constant(t, 0);
    for (int i = 0; i < 4; i++) {
        air_expr after_size = row_weigh_by(t, row.is,
                                           (air_expr[]){before[i + 1], before[i + 2], before[i + 4]}, 3);
        first = air_add(t, first, air_mul(t, row.limb[i], before[i]));
        last = air_add(t, last, air_mul(t, row.limb[i], after_size));
    }
    air_equal(t, "the bytes of the first limb", row_join(t, row.first[0], 8, row.first[1]), first);
    air_equal(t, "the bytes of the last limb", row_join(t, row.last[0], 8, row.last[1]), last);
    bus_byte_pair(t, real, row.first[0], row.first[1]);
    bus_byte_pair(t, real, row.last[0], row.last[1]);

    air_expr second = row_select(t, is_half, row.last[1], row.b_low[1]);
    air_expr third = row_select(t, is_word, row.last[1], row.b_low[2]);
    air_expr piece[5] = {
        row_select(t, odd, row_join(t, row.first[0], 8, row.b_low[0]), b[0]),
        row_select(t, odd, row_join(t, row.b_high[0], 8, second), b[1]),
        row_select(t, odd, row_join(t, row.b_high[1], 8, third), b[2]),
        row_select(t, odd, row_join(t, row.b_high[2], 8, row.b_low[3]), b[3]),
    };
    for (int i = 0; i < 4; i++) {
        air_equal(t, "what enters a limb", row.piece[i], piece[i]);
        piece[i] = row.piece[i];
    }
    piece[4] = row_join(t, row.b_high[3], 8, row.last[1]);

    air_expr odd_half = air_mul(t, odd, is_half), odd_word = air_mul(t, odd, is_word);
    air_equal(t, "a half enters a second limb if odd", row.enters[0],
              air_add(t, odd_half, air_add(t, is_word, is_double)));
    air_equal(t, "a word enters a third limb if odd", row.enters[1], air_add(t, odd_word, is_double));
    air_equal(t, "a double enters a fifth limb if odd", row.enters[2], air_mul(t, odd, is_double));
    air_expr enters[5] = {real, row.enters[0], row.enters[1], is_double, row.enters[2]};
    for (int i = 0; i < 8; i++) {
        air_expr after = before[i];
        for (int j = 0; j < 5; j++)
            if (i - j >= 0 && i - j < 4) {
                air_expr selected = air_mul(t, row.limb[i - j], enters[j]);
                after = air_add(t, after, air_mul(t, selected, air_sub(t, piece[j], before[i])));
            }
        air_equal(t, "a limb after the store", row.stored[i], after);
    }

    row_read_register(t, real, row.rs1, row.a, row.clk, K_RS1, row.a_previous);
    row_read_register(t, real, row.rs2, b, row.clk, K_RS2, row.b_previous);
    row_access(t, real, w, row.word, row.stored, row.clk, K_WRITE, row.word_age);
    row_access(t, row.crosses, next_w, row.next, row.stored + 4, row.clk, K_WRITE,
               row.next_age);
}

CHIP_AIR(store_misaligned, STORE_MISALIGNED_COLUMNS);
