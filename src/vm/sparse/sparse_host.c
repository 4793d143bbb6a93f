#include "vm/sparse/sparse.h"

#include "vm/bus.h"
#include "vm/preprocess.h"

/* Every second bit of a number of 16. */
static uint32_t every_second(uint32_t v)
{
    uint32_t x = v & 0x5555;
    x = (x | x >> 1) & 0x3333;
    x = (x | x >> 2) & 0x0F0F;
    return (x | x >> 4) & 0x00FF;
}

void vm_sparse_row(void *columns, const riscv_program *program, uint64_t index)
{
    sparse_preprocessed_trace *row = columns;
    (void)program;
    uint32_t kind = (uint32_t)(index >> 16) + SPARSE_CUT, v = index & 0xFFFF, low = v & 0xFF, high = v >> 8;
    uint32_t even = sparse_digits(every_second(v)), odd = sparse_digits(every_second(v >> 1));
    row->kind = kind;
    if (kind == SPARSE_UNSET) {
        row->field[0] = even + 4 * odd;
    } else if (kind == SPARSE_EVEN) {
        row->field[0] = 2 * even + 4 * odd;
    } else if (kind == SPARSE_LIMB) {
        row->field[0] = v;
        row->field[1] = sparse_digits(low);
        row->field[2] = sparse_digits(high);
    } else {
        uint32_t cut = kind - SPARSE_CUT, mask = (1u << cut) - 1;
        row->field[0] = sparse_digits(low & mask);
        row->field[1] = sparse_digits(low >> cut);
        row->field[2] = sparse_digits(high & mask);
        row->field[3] = sparse_digits(high >> cut);
    }
}
