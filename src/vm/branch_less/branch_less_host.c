#include "vm/branch_less/branch_less.h"

#include "vm/fill.h"

vm_fill_row vm_fill_branch_less;

void vm_fill_branch_less(void *columns, const vm_rows *rows, uint64_t index)
{
    branch_less_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_BRANCH_LESS, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[event->kind - RISCV_BRANCH_LESS] = 1;
    row->target4 = x.instruction->target4;
    row->next = event->next_pc4;
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->b, event->rs2);
    row->b_previous = event->rs2_previous_tick;
    bool is_signed = event->kind == RISCV_BRANCH_LESS || event->kind == RISCV_BRANCH_GREATER_EQUAL;
    fill_less(row->less, is_signed, event->rs1, event->rs2);
}
