/* A program for the machine: an ELF file, checked and decoded. The rules are protocol rules: what is refused
 * here cannot be stated by a program id. */
#ifndef ASHLAR_RISCV_PROGRAM_H
#define ASHLAR_RISCV_PROGRAM_H

#include "abi/memory_map.h"
#include "base/arena.h"
#include "base/status.h"

/* pc4 = pc / 4 < 2^30. */
#define RISCV_HALT (UINT32_C(1) << 30)           /* sent by exit alone */
#define RISCV_NOWHERE ((UINT32_C(1) << 30) + 1)  /* a target that is misaligned or out of range */

/* The program table has a row for each. */
#define RISCV_INSTRUCTIONS_MAX (UINT32_C(1) << 23)

/* Register space: x0 … x31, and 32, the sink, which takes what is written to x0. */
enum { RISCV_SINK = 32, RISCV_REGISTERS = 33 };

typedef enum {
    RISCV_ILLEGAL = 0,
#define KIND(NAME, chip, rs1, rs2, rd) RISCV_##NAME,
#include "riscv/kinds.def"
#undef KIND
    RISCV_KINDS
} riscv_kind;

typedef enum {
#define CHIP(NAME) RISCV_CHIP_##NAME,
#include "riscv/chips.def"
#undef CHIP
    RISCV_CHIPS
} riscv_chip;

typedef struct {
    const char *name;
    riscv_chip chip; /* for loads and stores: when naturally aligned */
    bool reads_rs1, reads_rs2, writes_rd;
} riscv_kind_info;

/* By kind; entry 0 has a NULL name. */
extern const riscv_kind_info riscv_kinds[RISCV_KINDS];

/* By chip. */
extern const char *const riscv_chip_names[RISCV_CHIPS];

/* One row of the program table. Register fields that the kind does not use are 0. */
typedef struct {
    uint64_t constants; /* c0 + 2^16·c1 + 2^32·c2 + 2^48·c3; see kinds.def */
    uint32_t pc4;
    uint32_t target4; /* where branches and JAL go; pc4 + 1 for all others; may be RISCV_NOWHERE */
    uint32_t word;    /* as encoded, for messages; no part of the row */
    uint8_t kind;
    uint8_t rd, rs1, rs2;
} riscv_instruction;

typedef struct {
    const char *name;
    uint32_t pc4;
    uint32_t count; /* instructions */
} riscv_symbol;

typedef struct {
    uint32_t entry_pc4;

    /* Instruction i is at pc4 = instructions[0].pc4 + i: there is one stretch of text. */
    const riscv_instruction *instructions;
    uint32_t instruction_count;

    /* Whole blocks, from MAP_IMAGE_BASE on; word i is at w = MAP_IMAGE_BASE / 8 + i. */
    const uint64_t *image_words;
    uint32_t image_blocks;

    /* Functions, sorted by pc4; empty for a stripped file. */
    const riscv_symbol *symbols;
    uint32_t symbol_count;
} riscv_program;

/* The class of a block of 512 KiB on the REGION bus. */
typedef enum {
    RISCV_UNMAPPED = 0,
    RISCV_REGION_IMAGE,
    RISCV_REGION_INPUT,
    RISCV_REGION_ZERO,
    RISCV_REGION_OUTPUT,
    RISCV_REGION_REGISTERS, /* never a block: the class of space 1 */
} riscv_region;

riscv_region riscv_region_of(const riscv_program *program, uint32_t block);

/* Decodes one instruction; what is no rv64im instruction gets kind RISCV_ILLEGAL. */
riscv_instruction riscv_decode(uint32_t pc4, uint32_t word);

/* Loads a static ELF64 little-endian RISC-V executable: one executable segment, inside the text region; data
 * inside the image region, not writable; zeroed memory (no bytes in the file) inside the heap region; nothing overlaps,
 * nothing is both writable and executable, no code at pc4 = 2^30 − 1. The program lies in the arena and does
 * not refer to `elf`. At most RISCV_INSTRUCTIONS_MAX instructions. ELF_MALFORMED: *reason (may be NULL) is then a static sentence. */
__attribute__((warn_unused_result)) status riscv_program_load(riscv_program *program, arena *a,
                                                              const char **reason,
                                                              bytes elf);

#endif
