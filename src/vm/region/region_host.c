#include "vm/region/region.h"

#include "vm/bus.h"
#include "vm/preprocess.h"

void vm_region_row(void *columns, const riscv_program *program, uint64_t index)
{
    region_preprocessed_trace *row = columns;
    if (index < MAP_BLOCKS) {
        row->w_high = (uint32_t)index;
        row->class = riscv_region_of(program, (uint32_t)index);
    } else if (index == MAP_BLOCKS) {
        row->space = SPACE_REGISTERS;
        row->class = RISCV_REGION_REGISTERS;
    }
}
