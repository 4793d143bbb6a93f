#include "vm/jump/jump.h"

#include "vm/fill.h"

vm_fill_row vm_fill_jump;

void vm_fill_jump(void *columns, const vm_rows *rows, uint64_t index)
{
    jump_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_JUMP, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->real = 1;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    uint64_t constants = x.instruction->constants;
    row->link[0] = constants & 0xFFFF;
    row->link[1] = constants >> 16 & 0xFFFF;
    row->immediate = constants >> 32 & 0xFFFF;
    row->immediate_sign = constants >> 48 & 1;
    uint64_t extension = row->immediate_sign ? ~UINT64_C(0xFFFF) : 0;
    uint64_t target = event->rs1 + (row->immediate | extension);
    row->low_bit = target & 1;
    row->quotient = (uint32_t)(target & 0xFFFF) >> 2;
    row->high = target >> 16 & 0xFFFF;
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
