/* `ashlar execute`: re-executes a block from its witness, natively or in the emulated machine. */
#include "cli/block_program.h"
#include "cli/execution.h"
#include "riscv/emulator.h"

#include <string.h>

static void print_json(const block_execution *e)
{
    char text[2 * 256 + 3];
    const chain_result *r = &e->result;
    printf("{\"valid\":%s,\"number\":%llu", e->verdict == OK ? "true" : "false", (unsigned long long)r->number);
    printf(",\"hash\":\"%s\"", hex_text(text, r->hash.bytes, 32));
    printf(",\"preStateRoot\":\"%s\"", hex_text(text, r->pre_state_root.bytes, 32));
    printf(",\"stateRoot\":\"%s\"", hex_text(text, r->state_root.bytes, 32));
    printf(",\"receiptsRoot\":\"%s\"", hex_text(text, r->receipts_root.bytes, 32));
    printf(",\"logsBloom\":\"%s\"", hex_text(text, r->logs_bloom, 256));
    printf(",\"gasUsed\":%llu", (unsigned long long)r->gas_used);
    if (e->guest)
        printf(",\"cycles\":%llu", (unsigned long long)e->cycles);
    else
        printf(",\"cycles\":null");
    printf(",\"anchored\":%s}\n", r->anchored ? "true" : "false");
}

static void print_table(const block_execution *e)
{
    char text[80];
    const chain_result *r = &e->result;
    printf("block            %s on %s, %zu transactions\n", grouped(r->number), e->chain, r->transaction_count);
    printf("hash             %s\n", hex_text(text, r->hash.bytes, 32));
    printf("pre-state root   %s%s\n", hex_text(text, r->pre_state_root.bytes, 32),
           r->anchored ? "" : "  (not anchored: the parent's header is not in the witness)");
    printf("state root       %s\n", hex_text(text, r->state_root.bytes, 32));
    printf("receipts root    %s\n", hex_text(text, r->receipts_root.bytes, 32));
    printf("gas used         %s\n", grouped(r->gas_used));
    if (e->guest)
        printf("guest            %s cycles in %.2f s, %.1f million cycles/s\n", grouped(e->cycles), e->seconds,
               (double)e->cycles / e->seconds * 1e-6);
    else
        printf("executed         in %.1f ms\n", e->seconds * 1e3);
}

static int run(int argc, char **argv)
{
    bool guest = false, json = false, profile = false;
    const char *genesis = NULL;
    const option options[] = {
        {"--guest", NULL, &guest}, {"--json", NULL, &json}, {"--profile", NULL, &profile}, {"--genesis", &genesis, NULL}};
    int operands;
    int code = options_parse(&command_execute, argc, argv, options, sizeof options / sizeof *options, 1, 1, &operands);
    if (code != EXIT_FINE)
        return code;

    arena memory;
    arena_open(&memory, BLOCK_ARENA_BYTES);
    block_file block;
    code = block_file_open(&block, &memory, argv[1], genesis);
    if (code == EXIT_FINE) {
        block_execution e = {.guest = guest || profile, .profile = profile};
        code = block_execute(&e, &memory, &block);
        /* A verdict on the block is printed whichever it is; a line on stderr has said why it is invalid. */
        if (json && (code == EXIT_FINE || code == EXIT_INVALID))
            print_json(&e);
        else if (code == EXIT_FINE)
            print_table(&e);
    }
    arena_close(&memory);
    return code;
}

const command command_execute = {
    .name = "execute",
    .usage = "FILE [--guest] [--profile] [--json] [--genesis GENESIS]",
    .summary = "Executes the block in FILE from its witness alone and compares the results with its header.",
    .help = "  FILE               JSON: \"block\" (RLP), \"witness\" as debug_executionWitness gives it, \"chainId\"\n"
            "  --guest            run the RISC-V program that proofs are about, in the emulator, and count its cycles\n"
            "  --profile          the same, and print the functions that take the most cycles\n"
            "  --json             print one line of JSON\n"
            "  --genesis GENESIS  the chain's rules from a geth-style genesis.json; without it they follow from the\n"
            "                     chain id: mainnet, holesky, sepolia, hoodi, development chain\n"
            "\nExample: ashlar execute block.json --guest\n",
    .run = run,
};
