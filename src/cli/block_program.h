/* The guest programs that this build carries: `block`, `stateless` for inputs of EIP-8025, `batch` for
 * rollups, `join` for proofs. */
#ifndef ASHLAR_CLI_BLOCK_PROGRAM_H
#define ASHLAR_CLI_BLOCK_PROGRAM_H

#include "base/types.h"

/* Their ELF files. */
extern const uint8_t block_program_start[], block_program_end[];
extern const uint8_t stateless_program_start[], stateless_program_end[];
extern const uint8_t batch_program_start[], batch_program_end[];
extern const uint8_t join_program_start[], join_program_end[];

/* Their ids, made when they were built; eight little-endian words (program_id_write). */
extern const uint8_t block_program_id[32], stateless_program_id[32], batch_program_id[32],
    join_program_id[32];

static inline bytes block_program_elf(void)
{
    return (bytes){block_program_start, (size_t)(block_program_end - block_program_start)};
}

static inline bytes stateless_program_elf(void)
{
    return (bytes){stateless_program_start, (size_t)(stateless_program_end - stateless_program_start)};
}

static inline bytes batch_program_elf(void)
{
    return (bytes){batch_program_start, (size_t)(batch_program_end - batch_program_start)};
}

static inline bytes join_program_elf(void)
{
    return (bytes){join_program_start, (size_t)(join_program_end - join_program_start)};
}

#endif
