#include "vm/shift_logical/shift_logical.h"

#include "vm/fill.h"

vm_fill_row vm_fill_shift_logical;

void vm_fill_shift_logical(void *columns, const vm_rows *rows, uint64_t index)
{
    shift_logical_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_SHIFT_LOGICAL, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    shift_logical_core_fill((shift_logical_core_trace *)row->places, event->kind == RISCV_SHIFT_LEFT, event->rs1,
                            event->rs2, event->rd_new);
    fill_limbs(row->b, event->rs2);
    row->rest = row->b[0] >> 6;
    row->a_previous = event->rs1_previous_tick;
    row->b_previous = event->rs2_previous_tick;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
