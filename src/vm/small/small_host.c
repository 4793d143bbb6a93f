#include "vm/small/small.h"

#include "vm/bus.h"
#include "vm/preprocess.h"

void vm_small_row(void *columns, const riscv_program *program, uint64_t index)
{
    small_preprocessed_trace *row = columns;
    (void)program;
    uint32_t key = index % 16, size = 2u << (index - 32) / 8 % 4, offset = index % 8;
    if (index < 32) {
        uint32_t cut = index < 16 ? 16 - key : key;
        row->table = index < 16 ? SMALL_SHIFT_LEFT : SMALL_SHIFT_RIGHT;
        row->key = key;
        row->result[0] = cut;
        row->result[1] = 1u << cut;
        row->result[2] = 1u << (16 - cut);
    } else if (index < VM_SMALL_ROWS) {
        row->table = SMALL_CROSSES;
        row->key = (uint32_t)index - 32 + 8;
        row->result[0] = offset + size > 8;
    }
}
