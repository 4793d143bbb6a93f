/* Rows of the preprocessed tables, and where a message stands in them. Hosted. */
#ifndef ASHLAR_VM_PREPROCESS_H
#define ASHLAR_VM_PREPROCESS_H

#include "riscv/program.h"

/* Fills row `index` of the table, which is 0 before; also called for padding. */
typedef void vm_provider_row(void *columns, const riscv_program *program, uint64_t index);

vm_provider_row vm_program_row, vm_range_row, vm_byte_row, vm_small_row, vm_image_row, vm_region_row;

/* Two shift tables of 16 keys, and offsets 0 … 7 for three sizes. */
enum { VM_SMALL_ROWS = 16 + 16 + 24 };

#endif
