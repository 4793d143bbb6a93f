#include "riscv/calls.h"

#include "base/memory.h"

static void execute_copy_words(uint64_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    memmove(operands[0], operands[1], (size_t)n * 8);
}

void call_execute(uint32_t index, uint64_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    switch (index) {
#define CALL(NAME, name, number, flags, ...)  \
    case CALL_INDEX_##NAME:                   \
        execute_##name(operands, n);          \
        break;
#include "abi/calls.def"
#undef CALL
    default:
        break;
    }
}
