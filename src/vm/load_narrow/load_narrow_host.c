#include "vm/load_narrow/load_narrow.h"

#include "vm/fill.h"

vm_fill_row vm_fill_load_narrow;

void vm_fill_load_narrow(void *columns, const vm_rows *rows, uint64_t index)
{
    load_narrow_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_LOAD_NARROW, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->is_unsigned = event->kind >= RISCV_LOAD_BYTE_UNSIGNED;
    uint32_t log2_size = (uint32_t)event->kind -
                         (row->is_unsigned ? RISCV_LOAD_BYTE_UNSIGNED : RISCV_LOAD_BYTE);
    row->is[log2_size] = 1;
    fill_immediate(&row->immediate, &row->immediate_sign, x.instruction);
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    uint64_t address = event->rs1 + x.instruction->constants;
    fill_address(&row->quotient, &row->high, address);
    fill_offset(row->limb, &row->odd, address);
    const riscv_access *word = &event->memory[0];
    fill_limbs(row->word, word->old);
    fill_age(row->word_age, word->previous_tick, x.clk, K_READ);
    uint32_t marked = row->word[address >> 1 & 3];
    if (log2_size == 0) {
        row->byte[0] = marked & 0xFF;
        row->byte[1] = marked >> 8;
    }
    row->result[0] = event->rd_new & 0xFFFF;
    row->result[1] = event->rd_new >> 16 & 0xFFFF;
    row->sign = (uint32_t)(event->rd_new >> 63);
    uint32_t sizes[3] = {0xFF, 0xFFFF, 0xFFFF};
    uint32_t top = (log2_size == 2 ? row->result[1] : row->result[0]) & sizes[log2_size];
    row->rest = row->sign ? top & sizes[log2_size] >> 1 : top;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
