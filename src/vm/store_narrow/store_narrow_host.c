#include "vm/store_narrow/store_narrow.h"

#include "vm/fill.h"

vm_fill_row vm_fill_store_narrow;

void vm_fill_store_narrow(void *columns, const vm_rows *rows, uint64_t index)
{
    store_narrow_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_STORE_NARROW, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    row->rs1 = x.instruction->rs1;
    row->rs2 = x.instruction->rs2;
    row->is[event->kind - RISCV_STORE_BYTE] = 1;
    fill_immediate(&row->immediate, &row->immediate_sign, x.instruction);
    fill_limbs(row->a, event->rs1);
    row->a_previous = event->rs1_previous_tick;
    fill_limbs(row->b, event->rs2);
    row->b_previous = event->rs2_previous_tick;
    uint64_t address = event->rs1 + x.instruction->constants;
    fill_address(&row->quotient, &row->high, address);
    fill_offset(row->limb, &row->odd, address);
    const riscv_access *word = &event->memory[0];
    fill_limbs(row->word, word->old);
    fill_age(row->word_age, word->previous_tick, x.clk, K_WRITE);
    fill_limbs(row->stored, word->new);
    uint32_t marked = address >> 1 & 3;
    row->marked = row->stored[marked];
    if (event->kind == RISCV_STORE_BYTE)
        for (int i = 0; i < 2; i++) {
            row->word_byte[i] = row->word[marked] >> 8 * i & 0xFF;
            row->b_byte[i] = row->b[0] >> 8 * i & 0xFF;
        }
}
