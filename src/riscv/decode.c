#include "riscv/program.h"

const riscv_kind_info riscv_kinds[RISCV_KINDS] = {
    [RISCV_ILLEGAL] = {NULL, RISCV_CHIPS, false, false, false},
#define KIND(NAME, chip, rs1, rs2, rd) [RISCV_##NAME] = {#NAME, RISCV_CHIP_##chip, rs1, rs2, rd},
#include "riscv/kinds.def"
#undef KIND
};

const char *const riscv_chip_names[RISCV_CHIPS] = {
#define CHIP(NAME) #NAME,
#include "riscv/chips.def"
#undef CHIP
};

typedef enum { FORMAT_R, FORMAT_I, FORMAT_SHIFT, FORMAT_SHIFT_WORD, FORMAT_REV8, FORMAT_S, FORMAT_B, FORMAT_U, FORMAT_J,
               FORMAT_FENCE, FORMAT_ECALL } format;

typedef struct {
    uint8_t format, opcode, funct3, funct7, kind;
} pattern;

static const pattern patterns[] = {
#define INSTRUCTION(NAME, mnemonic, format, opcode, funct3, funct7, kind) \
    {FORMAT_##format, opcode, funct3, funct7, RISCV_##kind},
#include "riscv/instructions.def"
#undef INSTRUCTION
};

static bool matches(const pattern *p, uint32_t word)
{
    if ((word & 0x7F) != p->opcode)
        return false;
    bool funct3 = (word >> 12 & 7) == p->funct3;
    switch ((format)p->format) {
    case FORMAT_R:
    case FORMAT_SHIFT_WORD:
        return funct3 && word >> 25 == p->funct7;
    case FORMAT_SHIFT:
        return funct3 && word >> 26 == p->funct7 >> 1;
    case FORMAT_REV8:
        return funct3 && word >> 25 == p->funct7 && (word >> 20 & 31) == 24;
    case FORMAT_I:
    case FORMAT_S:
    case FORMAT_B:
    case FORMAT_FENCE:
        return funct3;
    case FORMAT_U:
    case FORMAT_J:
        return true;
    case FORMAT_ECALL:
        return word == 0x73;
    }
    return false;
}

/* Sign-extends the low `bits` bits. */
static uint64_t extend(uint32_t value, unsigned bits)
{
    return (uint64_t)((int64_t)((uint64_t)value << (64 - bits)) >> (64 - bits));
}

static uint32_t target_of(uint32_t pc4, uint64_t offset_bytes)
{
    uint64_t target = 4 * (uint64_t)pc4 + offset_bytes;
    return target % 4 != 0 || target / 4 >= RISCV_HALT ? RISCV_NOWHERE : (uint32_t)(target / 4);
}

riscv_instruction riscv_decode(uint32_t pc4, uint32_t word)
{
    riscv_instruction r = {.pc4 = pc4, .target4 = pc4 + 1, .word = word, .kind = RISCV_ILLEGAL};
    const pattern *p = NULL;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns && p == NULL; i++)
        if (matches(&patterns[i], word))
            p = &patterns[i];
    if (p == NULL)
        return r;
    r.kind = p->kind;
    uint8_t rd = word >> 7 & 31, rs1 = word >> 15 & 31, rs2 = word >> 20 & 31;
    uint64_t pc = 4 * (uint64_t)pc4;

    switch ((format)p->format) {
    case FORMAT_R:
    case FORMAT_REV8:
        break;
    case FORMAT_I:
        r.constants = extend(word >> 20, 12);
        break;
    case FORMAT_SHIFT:
        r.constants = word >> 20 & 63;
        break;
    case FORMAT_SHIFT_WORD:
        r.constants = word >> 20 & 31;
        break;
    case FORMAT_S:
        r.constants = extend(word >> 25 << 5 | (word >> 7 & 31), 12);
        break;
    case FORMAT_B:
        r.target4 = target_of(pc4,
                              extend((word >> 31) << 12 | (word >> 7 & 1) << 11 | (word >> 25 & 63) << 5 |
                                              (word >> 8 & 15) << 1, 13));
        break;
    case FORMAT_U:
        r.constants = extend(word & 0xFFFFF000, 32) + (p->opcode == 0x17 ? pc : 0);
        break;
    case FORMAT_J:
        r.constants = pc + 4;
        r.target4 = target_of(pc4,
                              extend((word >> 31) << 20 | (word >> 12 & 255) << 12 | (word >> 20 & 1) << 11 |
                                              (word >> 21 & 1023) << 1, 21));
        break;
    case FORMAT_FENCE:
        rd = 0;
        break;
    case FORMAT_ECALL:
        break;
    }

    /* What addi adds to x0 is a constant, in a chip with fewer columns. */
    if (r.kind == RISCV_ADD_IMMEDIATE && rs1 == 0)
        r.kind = RISCV_CONSTANT;
    /* The link fits two limbs; the immediate is its low limb and a sign. */
    if (r.kind == RISCV_JUMP)
        r.constants = (pc + 4) | (r.constants & 0xFFFF) << 32 | (r.constants >> 63) << 48;

    const riscv_kind_info *info = &riscv_kinds[r.kind];
    r.rd = !info->writes_rd ? 0 : rd == 0 ? RISCV_SINK : rd;
    r.rs1 = info->reads_rs1 ? rs1 : 0;
    r.rs2 = info->reads_rs2 ? rs2 : 0;
    return r;
}

riscv_region riscv_region_of(const riscv_program *program, uint32_t block)
{
    uint64_t a = (uint64_t)block << MAP_BLOCK_LOG2;
    if (a >= MAP_IMAGE_BASE && a < MAP_IMAGE_BASE + ((uint64_t)program->image_blocks << MAP_BLOCK_LOG2))
        return RISCV_REGION_IMAGE;
    if (a >= MAP_INPUT_BASE && a < MAP_INPUT_END)
        return RISCV_REGION_INPUT;
    if ((a >= MAP_HEAP_BASE && a < MAP_HEAP_END) || (a >= MAP_STACK_BASE && a < MAP_STACK_END))
        return RISCV_REGION_ZERO;
    if (a == MAP_OUTPUT_BASE)
        return RISCV_REGION_OUTPUT;
    return RISCV_UNMAPPED;
}
