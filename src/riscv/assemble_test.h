/* An encoder for tests: from instructions.def, the other way round. */
#ifndef ASHLAR_RISCV_ASSEMBLE_TEST_H
#define ASHLAR_RISCV_ASSEMBLE_TEST_H

#include "riscv/program.h"

typedef enum {
#define INSTRUCTION(NAME, mnemonic, format, opcode, funct3, funct7, kind) OP_##NAME,
#include "riscv/instructions.def"
#undef INSTRUCTION
    OP_COUNT
} test_operation;

typedef enum { TEST_R, TEST_I, TEST_SHIFT, TEST_SHIFT_WORD, TEST_REV8, TEST_S, TEST_B, TEST_U, TEST_J, TEST_FENCE,
              TEST_ECALL } test_format;

typedef struct {
    const char *mnemonic;
    test_format format;
    uint32_t opcode, funct3, funct7;
    riscv_kind kind;
} test_encoding;

static const test_encoding test_encodings[OP_COUNT] = {
#define INSTRUCTION(NAME, mnemonic, format, opcode, funct3, funct7, kind) \
    {mnemonic, TEST_##format, opcode, funct3, funct7, RISCV_##kind},
#include "riscv/instructions.def"
#undef INSTRUCTION
};

/* The immediate is in bytes for branches and JAL, the upper 20 bits for U. */
static inline uint32_t assemble(test_operation operation, uint32_t rd, uint32_t rs1, uint32_t rs2,
                                int32_t immediate)
{
    const test_encoding *e = &test_encodings[operation];
    uint32_t i = (uint32_t)immediate;
    uint32_t fixed = e->opcode | e->funct3 << 12;
    switch (e->format) {
    case TEST_R:
        return fixed | e->funct7 << 25 | rd << 7 | rs1 << 15 | rs2 << 20;
    case TEST_I:
        return fixed | rd << 7 | rs1 << 15 | i << 20;
    case TEST_SHIFT:
        return fixed | e->funct7 << 25 | rd << 7 | rs1 << 15 | (i & 63) << 20;
    case TEST_SHIFT_WORD:
        return fixed | e->funct7 << 25 | rd << 7 | rs1 << 15 | (i & 31) << 20;
    case TEST_REV8:
        return fixed | e->funct7 << 25 | 24 << 20 | rd << 7 | rs1 << 15;
    case TEST_S:
        return fixed | rs1 << 15 | rs2 << 20 | (i & 31) << 7 | (i >> 5) << 25;
    case TEST_B:
        return fixed | rs1 << 15 | rs2 << 20 | (i >> 11 & 1) << 7 | (i >> 1 & 15) << 8 | (i >> 5 & 63) << 25 |
               (i >> 12 & 1) << 31;
    case TEST_U:
        return e->opcode | rd << 7 | i << 12;
    case TEST_J:
        return e->opcode | rd << 7 | (i >> 12 & 255) << 12 | (i >> 11 & 1) << 20 | (i >> 1 & 1023) << 21 |
               (i >> 20 & 1) << 31;
    case TEST_FENCE:
        return fixed | 0x0FF00000;
    case TEST_ECALL:
        return 0x73;
    }
    return 0;
}

/* splitmix64: the same numbers everywhere. */
static inline uint64_t test_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

#endif
