#include "vm/ledger/ledger.h"

#include "vm/fill.h"

vm_fill_row vm_fill_ledger;

vm_fill_row vm_fill_ledger_boundary;

void vm_fill_ledger_boundary(void *columns, const vm_rows *rows, uint64_t index)
{
    ledger_boundary_trace *row = columns;
    const riscv_ledger_row *at = &rows->source->ledger[index];
    row->real = 1;
    row->is_output = at->region == RISCV_REGION_OUTPUT;
    row->space = at->space;
    row->w_low = at->w & 0xFFFF;
    row->w_high = at->w >> 16;
    fill_limbs(row->initial, at->initial);
    fill_limbs(row->final, at->final);
    row->last = at->last_segment;
}

void vm_fill_ledger(void *columns, const vm_rows *rows, uint64_t index)
{
    ledger_main_trace *row = columns;
    const vm_source *source = rows->source;
    const riscv_ledger_row *at = &source->ledger[index];
    fp key = vm_ledger_key(at->space, at->w);
    fp key_before = index == 0 ? source->key_before : vm_ledger_key(at[-1].space, at[-1].w);
    row->key_before = fp_to_u32(key_before);
    row->gap_low = fp_to_u32(fp_sub(fp_sub(key, key_before), FP_ONE)) & 0xFFFF;
    row->is_image = at->region == RISCV_REGION_IMAGE;
    row->is_input = at->region == RISCV_REGION_INPUT;
    row->is_zero = at->region == RISCV_REGION_ZERO;
    row->is_register = at->region == RISCV_REGION_REGISTERS;
}
