#include "vm/multiply/multiply.h"

#include "vm/fill.h"

vm_fill_row vm_fill_multiply;

void vm_fill_multiply(void *columns, const vm_rows *rows, uint64_t index)
{
    multiply_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_MULTIPLY, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[event->kind - RISCV_MULTIPLY] = 1;
    fill_bytes(row->a, event->rs1);
    fill_bytes(row->b, event->rs2);
    bool a_signed = event->kind == RISCV_MULTIPLY_HIGH || event->kind == RISCV_MULTIPLY_HIGH_SIGNED_UNSIGNED;
    row->a_sign = a_signed && event->rs1 >> 63;
    row->b_sign = event->kind == RISCV_MULTIPLY_HIGH && event->rs2 >> 63;
    fill_product(row->product, row->carry, event->rs1, row->a_sign, event->rs2, row->b_sign, 0, false);
    row->result_sign = event->kind == RISCV_MULTIPLY_WORD && event->rd_new >> 63;
    fill_limbs(row->result, event->rd_new);
    row->a_previous = event->rs1_previous_tick;
    row->b_previous = event->rs2_previous_tick;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
