#include "vm/small/small.h"

#include "vm/preprocess.h"

void vm_small_row(void *columns, const riscv_program *program, uint64_t index)
{
    (void)program;
    if (index < VM_SMALL_ROWS)
        small_row(columns, (uint32_t)index);
}
