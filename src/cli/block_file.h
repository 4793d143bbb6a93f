/* The JSON files that commands read: a block with its witness, a genesis, a list of transactions. */
#ifndef ASHLAR_CLI_BLOCK_FILE_H
#define ASHLAR_CLI_BLOCK_FILE_H

#include "chain/chain.h"
#include "chain/stateless.h"

typedef struct {
    const char *format; /* which one the file is of, for people; static */
    chain_input input;
    uint64_t chain_id; /* 0 where the file names none */
    /* EIP-8025's stateless input as it came, for the program that takes it, and what it says; no data and
     * NULL where the file is none. */
    bytes stateless;
    const stateless_input *payload;
} block_source;

/* Reads a block with its execution witness, in any of the forms of block_formats.h, or the SSZ of a stateless
 * input, as bytes or in hex; also gzipped. Where there are no headers, "preStateRoot" and "blockHashes" stand
 * in for them. Results that the file claims are not read, and a payload is not held against its hash yet.
 * EXIT_FINE; EXIT_INPUT with a line that says what is wrong and where, or EXIT_UNSUPPORTED. Everything lies
 * in the arena. */
int block_file_read(block_source *source, arena *memory, const char *path);

#endif
