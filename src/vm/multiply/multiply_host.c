#include "vm/multiply/multiply.h"

#include "vm/fill.h"

vm_fill_row vm_fill_multiply;

void vm_fill_multiply(void *columns, const vm_rows *rows, uint64_t index)
{
    multiply_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_MULTIPLY, index);
    const riscv_event *event = x.event;
    bool is_word = event->kind == RISCV_MULTIPLY_WORD;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[is_word] = 1;
    fill_bytes(row->a, event->rs1);
    fill_bytes(row->b, event->rs2);
    uint32_t product[8], carry[8];
    fill_product(product, carry, event->rs1, false, event->rs2, false, 0, false);
    for (int k = 0; k < (is_word ? 2 : 4); k++)
        row->carry[k] = carry[k];
    row->result_sign = is_word && event->rd_new >> 63;
    fill_limbs(row->result, event->rd_new);
    row->a_previous = event->rs1_previous_tick;
    row->b_previous = event->rs2_previous_tick;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
