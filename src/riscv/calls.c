#include "riscv/calls.h"

#include "base/memory.h"
#include "crypto/keccak.h"

static void execute_copy_words(uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    memmove(operands[0], operands[1], (size_t)n * 8);
}

static void execute_keccak256(uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
{
    hash256 digest;
    keccak256_blocks(&digest, operands[1], operands[2], n);
    memcpy(operands[0], digest.bytes, sizeof digest.bytes);
}

void call_execute(uint32_t index, uint8_t *const operands[CALL_OPERANDS_MAX], uint32_t n)
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
