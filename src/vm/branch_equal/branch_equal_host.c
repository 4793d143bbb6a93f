#include "vm/branch_equal/branch_equal.h"

#include "vm/fill.h"

vm_fill_row vm_fill_branch_equal;

void vm_fill_branch_equal(void *columns, const vm_rows *rows, uint64_t index)
{
    branch_equal_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_BRANCH_EQUAL, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[event->kind - RISCV_BRANCH_EQUAL] = 1;
    row->target4 = x.instruction->target4;
    row->next = event->next_pc4;
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->b, event->rs2);
    row->b_previous = event->rs2_previous_tick;
    row->equal = event->rs1 == event->rs2;
    for (int i = 0; i < 4; i++)
        if (row->a[i] != row->b[i]) {
            row->inverse[i] = fp_to_u32(fp_inverse(fp_sub(fp_from_u32(row->a[i]), fp_from_u32(row->b[i]))));
            break;
        }
}
