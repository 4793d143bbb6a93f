#include "vm/logic_immediate/logic_immediate.h"

#include "vm/fill.h"

vm_fill_row vm_fill_logic_immediate;

void vm_fill_logic_immediate(void *columns, const vm_rows *rows, uint64_t index)
{
    logic_immediate_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_LOGIC_IMMEDIATE, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    row->is[event->kind - RISCV_AND_IMMEDIATE] = 1;
    uint32_t immediate;
    fill_immediate(&immediate, &row->immediate_sign, x.instruction);
    row->immediate[0] = immediate & 0xFF;
    row->immediate[1] = immediate >> 8;
    uint32_t a[4], result[4];
    fill_limbs(a, event->rs1);
    fill_limbs(result, event->rd_new);
    for (int i = 0; i < 2; i++) {
        row->a_low[i] = a[0] >> 8 * i & 0xFF;
        row->result_low[i] = result[0] >> 8 * i & 0xFF;
    }
    for (int i = 0; i < 3; i++) {
        row->a_high[i] = a[i + 1];
        row->result_high[i] = result[i + 1];
    }
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
