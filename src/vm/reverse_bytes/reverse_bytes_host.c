#include "vm/reverse_bytes/reverse_bytes.h"

#include "vm/fill.h"

vm_fill_row vm_fill_reverse_bytes;

void vm_fill_reverse_bytes(void *columns, const vm_rows *rows, uint64_t index)
{
    reverse_bytes_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_REVERSE_BYTES, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->real = 1;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    for (int i = 0; i < 8; i++)
        row->a[i] = (uint32_t)(event->rs1 >> 8 * i & 0xFF);
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
