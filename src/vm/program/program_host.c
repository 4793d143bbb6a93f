#include "vm/program/program.h"

#include "base/check.h"
#include "vm/preprocess.h"

void vm_program_row(void *columns, const riscv_program *program, uint64_t index)
{
    program_preprocessed_trace *row = columns;
    if (index >= program->instruction_count)
        return;
    const riscv_instruction *i = &program->instructions[index];
    /* no row may write x0, or go on to HALT: the constraints rely on both */
    CHECK(!riscv_kinds[i->kind].writes_rd || (i->rd != 0 && i->rd < RISCV_REGISTERS));
    CHECK(i->target4 != RISCV_HALT);
    row->pc4 = i->pc4;
    row->kind = i->kind;
    row->rd = i->rd;
    row->rs1 = i->rs1;
    row->rs2 = i->rs2;
    for (int limb = 0; limb < 4; limb++)
        row->constants[limb] = i->constants >> 16 * limb & 0xFFFF;
    row->target4 = i->target4;
}
