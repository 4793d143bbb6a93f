#include "vm/constant/constant.h"

#include "vm/fill.h"

vm_fill_row vm_fill_constant;

void vm_fill_constant(void *columns, const vm_rows *rows, uint64_t index)
{
    constant_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_CONSTANT, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->real = 1;
    row->rd = x.instruction->rd;
    row->target4 = x.instruction->target4;
    fill_limbs(row->value, event->rd_new);
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
