/* Executing the blocks of files, natively and in the emulated machine: what `execute` and `prove` share. */
#ifndef ASHLAR_CLI_EXECUTION_H
#define ASHLAR_CLI_EXECUTION_H

#include "abi/block_output.h"
#include "chain/chain.h"
#include "chain/stateless.h"
#include "cli/cli.h"

/* Room for a block, its witness and its execution; reserved, not taken. */
#define BLOCK_ARENA_BYTES ((size_t)64 << 30)

typedef struct {
    const char *path;
    const char *format; /* block_file.h */
    chain_config config;
    chain_input input;
    bytes stateless; /* EIP-8025's input as it came: such a file is proven alone, by a program of its own */
    const stateless_input *payload; /* what that says; NULL where it is none */
} block_file;

/* Reads the block, and finds the rules of its chain: from `genesis` (a path) if it is not NULL, else by chain
 * id. */
int block_file_open(block_file *block, arena *memory, const char *path, const char *genesis);
/* Several, in the order of the chain. */
int block_files_open(block_file **blocks, arena *memory, char **paths, size_t count, const char *genesis);

/* A run of a guest program in the emulated machine. */
typedef struct {
    bool profile; /* print where its cycles go */
    const char *path; /* for errors */
    bytes input;  /* what it reads */
    bytes output; /* what it must make public */
    double seconds;
    uint64_t cycles;
} guest_execution;

/* EXIT_FINE; EXIT_INPUT where the input is too large; anything else that goes wrong is a bug and is said
 * so. */
int guest_execute(guest_execution *g, arena *memory, bytes elf);

typedef struct {
    /* asked */
    bool guest;   /* in the emulated machine too */
    bool profile; /* and print where its cycles go */
    hash256 receipts_before; /* of the output; zero where the blocks are proven alone */
    /* answered */
    chain_result *results; /* of each block */
    status *verdicts;      /* OK, or why that block is invalid; those after it are not executed */
    size_t count;          /* of these two */
    const char *chain;     /* its name */
    const char **formats;  /* of which form each file was */
    block_output output;   /* what a proof of them all makes public */
    const stateless_input *payload; /* or of this, where it is not NULL, the verdict: */
    stateless_result stateless;
    double seconds;    /* native execution, or the guest's where asked */
    uint64_t cycles;
    bytes guest_input;  /* with guest: what the program read; in the arena */
    bytes guest_output; /* and what it made public, checked against the machine's output digest */
} block_execution;

/* Executes one block after another. EXIT_FINE; EXIT_INVALID, EXIT_INPUT or EXIT_UNSUPPORTED with a line that
 * says why. The guest must come to the same result as the native execution: anything else is a bug and is
 * said so. */
int block_execute(block_execution *e, arena *memory, const block_file *blocks, size_t count);

/* The guest program for these blocks, its private input and the public output that it must come to. */
bytes block_guest_program(const block_file *blocks);
void block_guest_input(block_execution *e, arena *memory, const block_file *blocks, size_t count);

#endif
