#include "vm/load_misaligned/load_misaligned.h"

#include "vm/fill.h"

vm_fill_row vm_fill_load_misaligned;

void vm_fill_load_misaligned(void *columns, const vm_rows *rows, uint64_t index)
{
    load_misaligned_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_LOAD_MISALIGNED, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->is_unsigned = event->kind >= RISCV_LOAD_BYTE_UNSIGNED && event->kind <= RISCV_LOAD_WORD_UNSIGNED;
    uint32_t log2_size = event->kind == RISCV_LOAD_DOUBLE
                             ? 3
                             : (uint32_t)event->kind -
                                   (row->is_unsigned ? RISCV_LOAD_BYTE_UNSIGNED : RISCV_LOAD_BYTE);
    row->is[log2_size - 1] = 1;
    fill_immediate(&row->immediate, &row->immediate_sign, x.instruction);
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    uint64_t address = event->rs1 + x.instruction->constants;
    fill_address(&row->quotient, &row->high, address);
    fill_offset(row->limb, &row->odd, address);
    const riscv_access *word = &event->memory[0];
    fill_limbs(row->word, word->old);
    fill_age(row->word_age, word->previous_tick, x.clk, K_READ);
    const riscv_access *next = &event->memory[1];
    row->crosses = event->accesses == 2;
    if (row->crosses) {
        fill_limbs(row->next, next->old);
        fill_age(row->next_age, next->previous_tick, x.clk, K_READ);
    }
    uint32_t both[8];
    for (int i = 0; i < 4; i++) {
        both[i] = row->word[i];
        both[4 + i] = row->next[i];
    }
    for (int j = 0; j < 5; j++) {
        row->low[j] = both[(address >> 1 & 3) + j] & 0xFF;
        row->high_byte[j] = both[(address >> 1 & 3) + j] >> 8;
    }
    fill_limbs(row->result, event->rd_new);
    if (log2_size < 3) {
        uint32_t top = row->result[log2_size - 1];
        row->sign = (uint32_t)(event->rd_new >> 63);
        row->rest = row->sign ? top & 0x7FFF : top;
    }
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
