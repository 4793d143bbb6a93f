/* Tables that no program changes, as formulas: the multilinear extensions of their preprocessed columns, so that a verifier
 * needs no commitment to them (machine.md, section 2). Freestanding.
 *
 * `point` has `count` coordinates, that of the most significant bit of a row's number first, and at least as many as the
 * table's rows need. A table is zero beyond its rows, so coordinates above its own are factors 1 − r. */
#ifndef ASHLAR_VM_FORMULA_H
#define ASHLAR_VM_FORMULA_H

#include "field/fp5.h"

enum { VM_BYTE_LOG2_ROWS = 16, VM_RANGE_LOG2_ROWS = 17, VM_SMALL_LOG2_ROWS = 6, VM_SPARSE_LOG2_ROWS = 19 };

void vm_byte_formula(fp5 *columns, const fp5 *point, unsigned count);
void vm_range_formula(fp5 *columns, const fp5 *point, unsigned count);
void vm_small_formula(fp5 *columns, const fp5 *point, unsigned count);
void vm_sparse_formula(fp5 *columns, const fp5 *point, unsigned count);

#endif
