#include "vm/logic/logic.h"

#include "vm/fill.h"

vm_fill_row vm_fill_logic;

void vm_fill_logic(void *columns, const vm_rows *rows, uint64_t index)
{
    logic_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_LOGIC, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[event->kind - RISCV_AND] = 1;
    fill_bytes(row->a, event->rs1);
    fill_bytes(row->b, event->rs2);
    fill_bytes(row->result, event->rd_new);
    row->a_previous = event->rs1_previous_tick;
    row->b_previous = event->rs2_previous_tick;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
