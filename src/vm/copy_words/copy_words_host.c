#include "vm/copy_words/copy_words.h"

#include "vm/fill.h"

vm_fill_row vm_fill_copy_words;

void vm_fill_copy_words(void *columns, const vm_rows *rows, uint64_t index)
{
    copy_words_trace *row = columns;
    const riscv_trace_data *trace = rows->source->trace;
    vm_call_item at = rows->items[CALL_INDEX_COPY_WORDS][index];
    const riscv_call *call = &trace->calls[at.call];
    const riscv_access *write = &trace->call_accesses[call->first_write[0] + at.item];
    const riscv_access *read = &trace->call_accesses[call->first_read[1] + at.item];
    row->clk = call->clk;
    row->real = 1;
    row->is_first = at.item == 0;
    row->is_last = at.item + 1 == call->n;
    row->step = at.item;
    row->destination = (uint32_t)(call->registers[0] / 8);
    row->source = (uint32_t)(call->registers[1] / 8);
    row->n = call->n;
    fill_limbs(row->word, read->old);
    fill_age(row->read_age, read->previous_tick, call->clk, K_READ);
    fill_limbs(row->old, write->old);
    fill_age(row->write_age, write->previous_tick, call->clk, K_WRITE);
}
