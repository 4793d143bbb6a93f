#include "vm/store_double/store_double.h"

#include "vm/fill.h"

vm_fill_row vm_fill_store_double;

void vm_fill_store_double(void *columns, const vm_rows *rows, uint64_t index)
{
    store_double_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_STORE_DOUBLE, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->real = 1;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    fill_immediate(&row->immediate, &row->immediate_sign, x.instruction);
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->b, event->rs2);
    row->b_previous = event->rs2_previous_tick;
    uint64_t address = event->rs1 + x.instruction->constants;
    fill_address(&row->quotient, &row->high, address);
    const riscv_access *word = &event->memory[0];
    fill_limbs(row->word, word->old);
    fill_age(row->word_age, word->previous_tick, x.clk, K_WRITE);
}
