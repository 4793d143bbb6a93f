#include "vm/memory/memory.h"

#include "vm/fill.h"

vm_fill_row vm_fill_memory;

vm_fill_row vm_fill_memory_boundary;

void vm_fill_memory_boundary(void *columns, const vm_rows *rows, uint64_t index)
{
    memory_boundary_trace *row = columns;
    const riscv_touched *touched = &rows->source->segment->touched[index];
    row->real = 1;
    row->space = touched->space;
    row->w = touched->w;
    fill_limbs(row->initial, touched->initial);
    fill_limbs(row->final, touched->final);
    row->last = touched->last_segment;
}

void vm_fill_memory(void *columns, const vm_rows *rows, uint64_t index)
{
    memory_main_trace *row = columns;
    row->last_tick = rows->source->trace->last_ticks[index];
}
