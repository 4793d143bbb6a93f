#include "vm/multiply_high/multiply_high.h"

#include "vm/fill.h"

vm_fill_row vm_fill_multiply_high;

void vm_fill_multiply_high(void *columns, const vm_rows *rows, uint64_t index)
{
    multiply_high_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_MULTIPLY_HIGH, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[event->kind - RISCV_MULTIPLY_HIGH] = 1;
    fill_bytes(row->a, event->rs1);
    fill_bytes(row->b, event->rs2);
    row->a_sign = event->kind != RISCV_MULTIPLY_HIGH_UNSIGNED && event->rs1 >> 63;
    row->b_sign = event->kind == RISCV_MULTIPLY_HIGH && event->rs2 >> 63;
    fill_product(row->product, row->carry, event->rs1, row->a_sign, event->rs2, row->b_sign, 0, false);
    row->a_previous = event->rs1_previous_tick;
    row->b_previous = event->rs2_previous_tick;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
