#include "vm/refresh/refresh.h"

#include "vm/fill.h"

vm_fill_row vm_fill_refresh;

void vm_fill_refresh(void *columns, const vm_rows *rows, uint64_t index)
{
    refresh_trace *row = columns;
    const riscv_refresh *refresh = &rows->source->trace->refreshes[index];
    row->real = 1;
    row->r = refresh->r;
    fill_limbs(row->value, refresh->value);
    row->previous = refresh->previous_tick;
    row->gap_low = (refresh->tick - refresh->previous_tick - 1) & 0xFFFF;
    row->tick = refresh->tick;
    row->tick_low = refresh->tick & 0xFFFF;
}
