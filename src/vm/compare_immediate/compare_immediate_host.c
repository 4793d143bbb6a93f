#include "vm/compare_immediate/compare_immediate.h"

#include "vm/fill.h"

vm_fill_row vm_fill_compare_immediate;

void vm_fill_compare_immediate(void *columns, const vm_rows *rows, uint64_t index)
{
    compare_immediate_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_COMPARE_IMMEDIATE, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->is[event->kind - RISCV_LESS_IMMEDIATE] = 1;
    fill_immediate(&row->immediate, &row->immediate_sign, x.instruction);
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    fill_less(row->less, event->kind == RISCV_LESS_IMMEDIATE, event->rs1, x.instruction->constants);
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
