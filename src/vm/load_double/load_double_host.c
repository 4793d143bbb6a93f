#include "vm/load_double/load_double.h"

#include "vm/fill.h"

vm_fill_row vm_fill_load_double;

void vm_fill_load_double(void *columns, const vm_rows *rows, uint64_t index)
{
    load_double_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_LOAD_DOUBLE, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->real = 1;
    row->rd = x.instruction->rd;
    row->rs1 = x.instruction->rs1;
    fill_immediate(&row->immediate, &row->immediate_sign, x.instruction);
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    uint64_t address = event->rs1 + x.instruction->constants;
    fill_address(&row->quotient, &row->high, address);
    const riscv_access *word = &event->memory[0];
    fill_limbs(row->word, word->old);
    fill_age(row->word_age, word->previous_tick, x.clk, K_READ);
    fill_limbs(row->old, event->rd_old);
    row->old_previous = event->rd_previous_tick;
}
