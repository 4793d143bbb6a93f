/* Rows of the preprocessed tables, and where a message stands in them. Hosted. */
#ifndef ASHLAR_VM_PREPROCESS_H
#define ASHLAR_VM_PREPROCESS_H

#include "vm/trace.h"

/* Fills row `index` of the table, which is 0 before; also called for padding. */
typedef void vm_provider_row(void *columns, const riscv_program *program, uint64_t index);

vm_provider_row vm_program_row, vm_range_row, vm_byte_row, vm_small_row, vm_sparse_row, vm_image_row, vm_region_row;

/* The providers among the tables of a proof. */
typedef struct vm_providers vm_providers;
const vm_providers *vm_providers_of(const vm_tables *tables, arena *a);

/* Which of all providers' multiplicities a message on a lookup bus counts in, or −1 if no row has it. */
int64_t vm_find_lookup(const vm_providers *all, uint32_t tag, const fp *message, uint32_t length);

#endif
