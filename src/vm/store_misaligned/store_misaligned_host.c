#include "vm/store_misaligned/store_misaligned.h"

#include "vm/fill.h"

vm_fill_row vm_fill_store_misaligned;

void vm_fill_store_misaligned(void *columns, const vm_rows *rows, uint64_t index)
{
    store_misaligned_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_STORE_MISALIGNED, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[event->kind - RISCV_STORE_HALF] = 1;
    fill_immediate(&row->immediate, &row->immediate_sign, x.instruction);
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    row->b_previous = event->rs2_previous_tick;
    uint64_t address = event->rs1 + x.instruction->constants;
    fill_address(&row->quotient, &row->high, address);
    fill_offset(row->limb, &row->odd, address);
    const riscv_access *word = &event->memory[0];
    fill_limbs(row->word, word->old);
    fill_age(row->word_age, word->previous_tick, x.clk, K_WRITE);
    const riscv_access *next = &event->memory[1];
    row->crosses = event->accesses == 2;
    if (row->crosses) {
        fill_limbs(row->next, next->old);
        fill_age(row->next_age, next->previous_tick, x.clk, K_WRITE);
    }
    uint32_t b[4], before[8], marked = address >> 1 & 3, size = 1u << (event->kind - RISCV_STORE_HALF);
    fill_limbs(b, event->rs2);
    for (int i = 0; i < 4; i++) {
        row->b_low[i] = b[i] & 0xFF;
        row->b_high[i] = b[i] >> 8;
        before[i] = row->word[i];
        before[4 + i] = row->next[i];
    }
    fill_limbs(row->stored, word->new);
    if (row->crosses)
        fill_limbs(row->stored + 4, next->new);
    for (int i = 0; i < 2; i++) {
        row->first[i] = before[marked] >> 8 * i & 0xFF;
        row->last[i] = before[marked + size] >> 8 * i & 0xFF;
    }
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t low = i == 0 ? row->first[0] : row->b_high[i - 1],
                 high = i == size ? row->last[1] : row->b_low[i];
        row->piece[i] = row->odd ? low + (high << 8) : b[i];
    }
    row->enters[0] = row->odd || size > 1;
    row->enters[1] = (row->odd && size == 2) || size == 4;
    row->enters[2] = row->odd && size == 4;
}
