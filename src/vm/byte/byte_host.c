#include "vm/byte/byte.h"

#include "vm/bus.h"
#include "vm/preprocess.h"

void vm_byte_row(void *columns, const riscv_program *program, uint64_t index)
{
    byte_preprocessed_trace *row = columns;
    (void)program;
    row->a = index & 0xFF;
    row->b = index >> 8 & 0xFF;
    row->result[0] = row->a & row->b;
    row->result[1] = row->a | row->b;
    row->result[2] = row->a ^ row->b;
}
