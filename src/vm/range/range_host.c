#include "vm/range/range.h"

#include "vm/bus.h"
#include "vm/preprocess.h"

void vm_range_row(void *columns, const riscv_program *program, uint64_t index)
{
    range_preprocessed_trace *row = columns;
    (void)program;
    if (index == 0 || index >> 17 != 0)
        return;
    row->bits = 31 - (uint32_t)__builtin_clz((uint32_t)index);
    row->x = (uint32_t)index - (1u << row->bits);
}
