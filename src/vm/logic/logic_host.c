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
    fill_age(row->a_age, event->rs1_previous_tick, x.clk, K_RS1);
    fill_age(row->b_age, event->rs2_previous_tick, x.clk, K_RS2);
    fill_limbs(row->old, event->rd_old);
    fill_age(row->old_age, event->rd_previous_tick, x.clk, K_RD);
}
