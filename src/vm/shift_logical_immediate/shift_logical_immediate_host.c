#include "vm/shift_logical_immediate/shift_logical_immediate.h"

#include "vm/fill.h"

vm_fill_row vm_fill_shift_logical_immediate;

void vm_fill_shift_logical_immediate(void *columns, const vm_rows *rows, uint64_t index)
{
    shift_logical_immediate_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_SHIFT_LOGICAL_IMMEDIATE, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    shift_logical_core_fill((shift_logical_core_trace *)row->places, event->kind == RISCV_SHIFT_LEFT_IMMEDIATE,
                            event->rs1, x.instruction->constants, event->rd_new);
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
