#include "vm/add_word/add_word.h"

#include "vm/fill.h"

vm_fill_row vm_fill_add_word;

void vm_fill_add_word(void *columns, const vm_rows *rows, uint64_t index)
{
    add_word_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_ADD_WORD, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[event->kind - RISCV_ADD_WORD] = 1;
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    if (event->kind == RISCV_ADD_WORD_IMMEDIATE) {
        fill_immediate(&row->immediate, &row->immediate_sign, x.instruction);
        fill_limbs(row->b, x.instruction->constants);
    } else {
        fill_limbs(row->b, event->rs2);
        row->b_previous = event->rs2_previous_tick;
    }
    row->result[0] = event->rd_new & 0xFFFF;
    row->result[1] = event->rd_new >> 16 & 0xFFFF;
    row->sign = (uint32_t)(event->rd_new >> 63);
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
