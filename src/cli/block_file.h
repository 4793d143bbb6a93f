/* The JSON files that commands read: a block with its witness, a genesis, a list of transactions. */
#ifndef ASHLAR_CLI_BLOCK_FILE_H
#define ASHLAR_CLI_BLOCK_FILE_H

#include "chain/chain.h"

/* Reads a block with its execution witness, as `debug_executionWitness` gives it: "block" (RLP),
 * "witness" {"state", "codes", "headers"}, or, without headers, "preStateRoot" and "blockHashes"; "chainId". Results
 * that the file claims are not read. `chain_id` is 0 where the file names none. Returns EXIT_FINE, or EXIT_INPUT with a
 * line that says what is wrong and where. Everything lies in the arena. */
int block_file_read(chain_input *input, uint64_t *chain_id, arena *memory, const char *path);

#endif
