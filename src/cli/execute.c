/* `ashlar execute`: re-executes a block from its witness, natively or in the emulated machine. */
#include "cli/block_program.h"
#include "cli/execution.h"
#include "riscv/emulator.h"

#include <string.h>

/* A line for each block; the last one has the cycles, which are of all of them. */
static void print_json(const block_execution *e, size_t i)
{
    char text[2 * 256 + 3];
    const chain_result *r = &e->results[i];
    printf("{\"valid\":%s,\"number\":%llu", e->verdicts[i] == OK ? "true" : "false", (unsigned long long)r->number);
    printf(",\"hash\":\"%s\"", hex_text(text, r->hash.bytes, 32));
    printf(",\"preStateRoot\":\"%s\"", hex_text(text, r->pre_state_root.bytes, 32));
    printf(",\"stateRoot\":\"%s\"", hex_text(text, r->state_root.bytes, 32));
    printf(",\"receiptsRoot\":\"%s\"", hex_text(text, r->receipts_root.bytes, 32));
    printf(",\"logsBloom\":\"%s\"", hex_text(text, r->logs_bloom, 256));
    printf(",\"gasUsed\":%llu", (unsigned long long)r->gas_used);
    if (e->guest && i + 1 == e->count)
        printf(",\"cycles\":%llu", (unsigned long long)e->cycles);
    else
        printf(",\"cycles\":null");
    printf(",\"heldAgainstParent\":%s}\n", r->held_against_parent ? "true" : "false");
}

static void print_block(const block_execution *e, const chain_result *r)
{
    char text[80];
    printf("read as          %s\n", e->formats[r - e->results]);
    printf("block            %s on %s, %zu transactions\n", grouped(r->number), e->chain, r->transaction_count);
    printf("hash             %s\n", hex_text(text, r->hash.bytes, 32));
    printf("pre-state root   %s%s\n", hex_text(text, r->pre_state_root.bytes, 32),
           r->follows_parent ? "" : "  (claimed: the block was not held against its parent)");
    if (r->follows_parent && !r->held_against_parent)
        printf("block hashes     claimed: code asked for hashes of ancestors that no header of the witness proves\n");
    printf("state root       %s\n", hex_text(text, r->state_root.bytes, 32));
    printf("receipts root    %s\n", hex_text(text, r->receipts_root.bytes, 32));
    printf("gas used         %s\n", grouped(r->gas_used));
}

static void print_table(const block_execution *e)
{
    for (size_t i = 0; i < e->count; i++)
        print_block(e, &e->results[i]);
    if (e->guest)
        printf("guest            %s cycles in %.2f s, %.1f million cycles/s\n", grouped(e->cycles), e->seconds,
               (double)e->cycles / e->seconds * 1e-6);
    else
        printf("executed         in %.1f ms\n", e->seconds * 1e3);
}

static int execute(arena *memory, char **paths, size_t count, const char *genesis, block_execution *e, bool json)
{
    block_file *blocks;
    int code = block_files_open(&blocks, memory, paths, count, genesis);
    if (code != EXIT_FINE)
        return code;
    code = block_execute(e, memory, blocks, count);
    /* A verdict on a block is printed whichever it is; a line on stderr has said why it is invalid. */
    if (json && (code == EXIT_FINE || code == EXIT_INVALID))
        for (size_t i = 0; i < e->count; i++)
            print_json(e, i);
    else if (code == EXIT_FINE)
        print_table(e);
    return code;
}

static int run(int argc, char **argv)
{
    bool guest = false, json = false, profile = false;
    const char *genesis = NULL;
    const option options[] = {
        {"--guest", NULL, &guest}, {"--json", NULL, &json}, {"--profile", NULL, &profile}, {"--genesis", &genesis, NULL}};
    int operands;
    int code = options_parse(&command_execute, argc, argv, options, sizeof options / sizeof *options, 1, 4096, &operands);
    if (code != EXIT_FINE)
        return code;

    arena memory;
    arena_open(&memory, BLOCK_ARENA_BYTES);
    block_execution e = {.guest = guest || profile, .profile = profile};
    code = execute(&memory, argv + 1, (size_t)operands, genesis, &e, json);
    arena_close(&memory);
    return code;
}

const command command_execute = {
    .name = "execute",
    .usage = "FILE… [--guest] [--profile] [--json] [--genesis GENESIS]",
    .summary = "Executes the block in FILE from its witness alone and compares the results with its header; or several blocks, "
               "each of which must go on from the one before it.",
    .help = "  FILE               JSON: \"block\" (RLP), \"witness\" as debug_executionWitness gives it, \"chainId\",\n"
            "                     or what JSON-RPC, reth, keth, sbv and Nethermind (ZisK) have, maybe gzipped; or one\n"
            "                     stateless input of EIP-8025, SSZ as bytes or in hex\n"
            "  --guest            run the RISC-V program that proofs are about, in the emulator, and count its cycles\n"
            "  --profile          the same, and print the functions that take the most cycles\n"
            "  --json             print one line of JSON for each block; the last has the cycles of all\n"
            "  --genesis GENESIS  the chain's rules from a geth-style genesis.json; without it they follow from the\n"
            "                     chain id: mainnet, holesky, sepolia, hoodi, development chain\n"
            "\nExample: ashlar execute block.json --guest\n",
    .run = run,
};
