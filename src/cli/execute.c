/* `ashlar execute`: re-executes a block from its witness, natively or in the emulated machine. */
#include "cli/batch.h"
#include "cli/batch_output.h"
#include "cli/block_program.h"
#include "cli/execution.h"
#include "riscv/emulator.h"

#include <string.h>

/* A line for each block; the last one has the cycles, which are of all of them. */
static void print_json(const block_execution *e, size_t i)
{
    char text[2 * 256 + 3];
    const chain_result *r = &e->results[i];
    printf("{\"valid\":%s,\"number\":%llu", e->verdicts[i] == OK ? "true" : "false",
           (unsigned long long)r->number);
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
    printf(",\"heldAgainstParent\":%s", r->held_against_parent ? "true" : "false");
    if (e->payload != NULL) {
        const stateless_result *v = &e->stateless;
        printf(",\"newPayloadRequestRoot\":\"%s\"", hex_text(text, v->new_payload_request_root.bytes, 32));
        printf(",\"successfulValidation\":%s,\"chainId\":%llu", v->successful_validation ? "true" : "false",
               (unsigned long long)v->chain_id);
        if (v->has_schema)
            printf(",\"schemaId\":%u", v->schema_id);
    }
    printf("}\n");
}

/* What a proof of a stateless input says, whatever its verdict. */
static void print_payload(const block_execution *e)
{
    char text[80];
    const stateless_result *v = &e->stateless;
    printf("payload request  %s\n", hex_text(text, v->new_payload_request_root.bytes, 32));
    printf("validation       %s\n", v->successful_validation ? "successful" : "not successful");
    if (v->has_schema)
        printf("schema           0x%04x\n", v->schema_id);
    else
        printf("schema           of zkevm@v0.3.3, Amsterdam\n");
}

static void print_block(const block_execution *e, const chain_result *r)
{
    char text[80];
    printf("read as          %s\n", e->formats[r - e->results]);
    if (e->payload != NULL)
        print_payload(e);
    printf("block            %s on %s, %zu transactions\n", grouped(r->number), e->chain,
           r->transaction_count);
    printf("hash             %s\n", hex_text(text, r->hash.bytes, 32));
    printf("pre-state root   %s%s\n", hex_text(text, r->pre_state_root.bytes, 32),
           r->follows_parent ? "" : "  (claimed: the block was not held against its parent)");
    if (r->follows_parent && !r->held_against_parent)
        printf(
            "block hashes     claimed: code asked for hashes of ancestors that no header of the witness "
            "proves\n");
    printf("state root       %s\n", hex_text(text, r->state_root.bytes, 32));
    printf("receipts root    %s\n", hex_text(text, r->receipts_root.bytes, 32));
    printf("gas used         %s\n", grouped(r->gas_used));
}

static void print_guest(uint64_t cycles, double seconds)
{
    printf("guest            %s cycles in %.2f s, %.1f million cycles/s\n", grouped(cycles), seconds,
           (double)cycles / seconds * 1e-6);
}

static void print_table(const block_execution *e)
{
    for (size_t i = 0; i < e->count; i++)
        print_block(e, &e->results[i]);
    if (e->guest)
        print_guest(e->cycles, e->seconds);
    else
        printf("executed         in %.1f ms\n", e->seconds * 1e3);
}

static int execute(arena *memory, char **paths, size_t count, const char *genesis, block_execution *e,
                   bool json)
{
    block_file *blocks;
    int code = block_files_open(&blocks, memory, paths, count, genesis);
    if (code != EXIT_FINE)
        return code;
    code = block_execute(e, memory, blocks, count);
    /* A verdict is printed whichever it is; a line on stderr has said why a block is invalid. Of a payload an
     * incomplete witness is a verdict too. */
    bool has_verdict =
        code == EXIT_FINE || code == EXIT_INVALID || (code == EXIT_INPUT && e->payload != NULL);
    if (json && has_verdict) {
        for (size_t i = 0; i < e->count; i++)
            print_json(e, i);
    } else if (code == EXIT_FINE) {
        print_table(e);
    } else if (has_verdict && e->payload != NULL) {
        char text[80];
        printf("read as          %s\n", e->formats[0]);
        print_payload(e);
        printf("hash             %s\n", hex_text(text, e->payload->block_hash.bytes, 32));
        if (e->guest)
            print_guest(e->cycles, e->seconds);
    }
    return code;
}

static void print_batch(const batch_execution *e, const rollup_batch_result *r)
{
    unsigned long long number = (unsigned long long)e->output.first + (unsigned long long)(r - e->results);
    printf("batch %-10llu %zu block%s, %zu transactions of which %zu from L1%s\n", number, r->block_count,
           r->block_count == 1 ? "" : "s", r->transaction_count, e->run.steps[r - e->results].item_count,
           r->has_closing_block ? ", closed by a block of its own" : "");
    if (r->cut != OK)
        printf("                 cut: %s\n", status_message(r->cut));
    if (r->skipped_count > 0)
        printf("                 %zu skipped, the first because %s\n", r->skipped_count,
               status_message(r->first_skip));
}

static int execute_batch(arena *memory, const char *path, bool guest, bool profile, bool json)
{
    arena scratch;
    batch_execution e = {.guest = {.profile = profile}};
    arena_open(&scratch, BLOCK_ARENA_BYTES);
    int code = batch_execute(&e, memory, &scratch, path);
    arena_close(&scratch);
    if (code == EXIT_FINE && (guest || profile))
        code = guest_execute(&e.guest, memory, batch_program_elf());
    if (code != EXIT_FINE)
        return code;
    if (json) {
        printf("{");
        batch_output_print_json(&e.output);
        if (e.guest.cycles > 0)
            printf(",\"cycles\":%llu}\n", (unsigned long long)e.guest.cycles);
        else
            printf(",\"cycles\":null}\n");
        return code;
    }
    for (size_t i = 0; i < e.run.step_count; i++)
        print_batch(&e, &e.results[i]);
    batch_output_print(&e.output);
    if (e.guest.cycles > 0)
        printf("guest            %s cycles in %.2f s, %.1f million cycles/s\n", grouped(e.guest.cycles),
               e.guest.seconds, (double)e.guest.cycles / e.guest.seconds * 1e-6);
    else
        printf("executed         in %.1f ms\n", e.seconds * 1e3);
    return code;
}

static int run(int argc, char **argv)
{
    bool guest = false, json = false, profile = false, batch = false;
    const char *genesis = NULL;
    const option options[] = {{"--guest", NULL, &guest},
                              {"--json", NULL, &json},
                              {"--profile", NULL, &profile},
                              {"--genesis", &genesis, NULL},
                              {"--batch", NULL, &batch}};
    int operands;
    int code = options_parse(&command_execute, argc, argv, options, sizeof options / sizeof *options, 1, 4096,
                             &operands);
    if (code != EXIT_FINE)
        return code;

    if (batch && (operands != 1 || genesis != NULL))
        return fail_usage(&command_execute, "--batch takes one file, which has its chain's rules with it");

    arena memory;
    arena_open(&memory, BLOCK_ARENA_BYTES);
    block_execution e = {.guest = guest || profile, .profile = profile};
    code = batch ? execute_batch(&memory, argv[1], guest, profile, json)
                 : execute(&memory, argv + 1, (size_t)operands, genesis, &e, json);
    arena_close(&memory);
    return code;
}

const command command_execute = {
    .name = "execute",
    .usage = "FILE… [--guest] [--profile] [--json] [--genesis GENESIS] [--batch]",
    .summary =
        "Executes the block in FILE from its witness alone and compares the results with its header; or "
        "several blocks, "
        "each of which must go on from the one before it.",
    .help =
        "  FILE               JSON: \"block\" (RLP), \"witness\" as debug_executionWitness gives it, "
        "\"chainId\",\n"
        "                     or what JSON-RPC, reth, keth, sbv and Nethermind (ZisK) have, maybe gzipped; "
        "or one\n"
        "                     stateless input of EIP-8025, SSZ as bytes or in hex: with a schema's id from\n"
        "                     Paris to BPO2, or as its tests have it for Amsterdam\n"
        "  --guest            run the RISC-V program that proofs are about, in the emulator, and count its "
        "cycles\n"
        "  --profile          the same, and print the functions that take the most cycles, and the chips "
        "that\n"
        "                     would take the most cells of a proof\n"
        "  --json             print one line of JSON for each block; the last has the cycles of all\n"
        "  --genesis GENESIS  the chain's rules from a geth-style genesis.json; without it they follow from "
        "the\n"
        "                     chain id: mainnet, holesky, sepolia, hoodi, development chain\n"
        "  --batch            FILE is what the guest program `batch` reads: one batch of a rollup or "
        "several, with the\n"
        "                     items that L1 sent and the witness of the state before\n"
        "\nExample: ashlar execute block.json --guest\n",
    .run = run,
};
