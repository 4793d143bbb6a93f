#include "vm/call/call.h"

#include "vm/fill.h"

vm_fill_row vm_fill_call;

void vm_fill_call(void *columns, const vm_rows *rows, uint64_t index)
{
    call_trace *row = columns;
    vm_executed x = vm_executed_at(rows, RISCV_CHIP_CALL, index);
    const riscv_event *event = x.event;
    row->pc4 = event->pc4;
    row->clk = x.clk;
    const riscv_call *call = &rows->source->trace->calls[event->call];
    bool is_exit = call->call_index == CALL_INDEX_COUNT;
    row->next = event->next_pc4;
    row->is[is_exit ? 0 : 1 + call->call_index] = 1;
    uint32_t *registers = (uint32_t *)columns + offsetof(call_trace, a0) / sizeof(uint32_t);
    for (int i = 0; i < 7; i++) {
        fill_limbs(registers + 5 * i, call->registers[i]);
        registers[5 * i + 4] = call->previous_ticks[i];
    }
    if (is_exit)
        return;
    const call_description *description = &call_descriptions[call->call_index];
    bool counted = description->flags & CALL_COUNTED;
    if (counted) {
        row->n = call->n;
        row->n_low = (call->n - 1) & 0xFFFF;
    }
    if (description->flags & CALL_ITEMS)
        row->waits = call->n - 1;
    for (int i = 0; i < CALL_OPERANDS_MAX && description->operands[i].access != 0; i++) {
        row->w[i] = (uint32_t)(call->registers[i] / 8);
        if (description->operands[i].access & CALL_BYTES)
            row->offset = call->registers[i] % 8;
    }
}
