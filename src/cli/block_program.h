/* The guest program `block` that this build carries. */
#ifndef ASHLAR_CLI_BLOCK_PROGRAM_H
#define ASHLAR_CLI_BLOCK_PROGRAM_H

#include "base/types.h"

/* Its ELF file. */
extern const uint8_t block_program_start[], block_program_end[];

/* Its id, made when it was built; eight little-endian words (program_id_write). */
extern const uint8_t block_program_id[32];

static inline bytes block_program_elf(void)
{
    return (bytes){block_program_start, (size_t)(block_program_end - block_program_start)};
}

#endif
