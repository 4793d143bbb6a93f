#include "vm/compare/compare.h"

#include "vm/fill.h"

vm_fill_row vm_fill_compare;

void vm_fill_compare(void *columns, const vm_rows *rows, uint64_t index)
{
    compare_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_COMPARE, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[event->kind - RISCV_LESS] = 1;
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->b, event->rs2);
    row->b_previous = event->rs2_previous_tick;
    fill_less(row->less, event->kind == RISCV_LESS, event->rs1, event->rs2);
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
