#include "cli/execution.h"

#include "abi/block_input.h"
#include "base/clock.h"
#include "chain/input.h"
#include "chain/output.h"
#include "chain/stateless.h"
#include "cli/block_file.h"
#include "cli/block_program.h"
#include "cli/genesis.h"
#include "crypto/keccak.h"
#include "prover/estimate.h"
#include "riscv/emulator.h"

#include <stdlib.h>
#include <string.h>

int block_file_open(block_file *block, arena *memory, const char *path, const char *genesis)
{
    block_source source;
    block->path = path;
    int code = block_file_read(&source, memory, path);
    if (code != EXIT_FINE)
        return code;
    block->format = source.format;
    block->input = source.input;
    block->stateless = source.stateless;
    block->payload = source.payload;
    uint64_t chain_id = source.chain_id;
    if (block->stateless.data != NULL && genesis != NULL)
        return fail(EXIT_USAGE,
                    "%s: is a stateless input, which has its rules with it; --genesis is not for it", path);
    if (block->payload != NULL) {
        block->config = block->payload->config;
        return EXIT_FINE;
    }
    if (genesis != NULL)
        return genesis_read_config(&block->config, memory, genesis);
    const chain_config *known = chain_config_by_id(chain_id);
    if (chain_id == 0)
        return fail(EXIT_INPUT, "%s: names no chain id; give the chain's rules with --genesis", path);
    if (known == NULL)
        return fail(EXIT_UNSUPPORTED, "%s: the rules of chain %llu are not known; give them with --genesis",
                    path, (unsigned long long)chain_id);
    block->config = *known;
    return EXIT_FINE;
}

int block_files_open(block_file **blocks, arena *memory, char **paths, size_t count, const char *genesis)
{
    *blocks = ARENA_NEW(memory, block_file, count);
    for (size_t i = 0; i < count; i++) {
        int code = block_file_open(&(*blocks)[i], memory, paths[i], genesis);
        if (code != EXIT_FINE)
            return code;
        if (count > 1 && (*blocks)[i].stateless.data != NULL)
            return fail(EXIT_USAGE, "%s: is a stateless input, which is executed and proven alone", paths[i]);
    }
    return EXIT_FINE;
}

/* Says why a block was refused, and gives the exit code. */
static int refuse(const block_file *block, status why, const chain_fault *fault)
{
    char where[64] = "";
    if (fault->transaction_index != SIZE_MAX)
        snprintf(where, sizeof where, "transaction %zu: ", fault->transaction_index);
    int code = status_exit_code(why);
    char what[320] = "", hash[80], who[80], slot[80];
    const state_missing_item *missing = &fault->missing;
    if (why == WITNESS_INCOMPLETE || why == WITNESS_CODE_MISSING) {
        uint8_t key[32];
        u256_to_be(key, missing->slot);
        snprintf(
            what, sizeof what, ": %s, needed for account %s%s%s", hex_text(hash, missing->hash.bytes, 32),
            hex_text(who, missing->account.bytes, sizeof missing->account.bytes),
            missing->has_slot ? ", slot " : "", missing->has_slot ? hex_text(slot, key, sizeof key) : "");
    } else if (why == WITNESS_HEADER_MISSING) {
        snprintf(what, sizeof what, ": that of block %llu", (unsigned long long)fault->missing_header);
    }
    return fail(code, "%s: %s%s%s%s", block->path, code == EXIT_INVALID ? "invalid block: " : "", where,
                chain_fault_message(why, fault), what);
}

/* By falling cells. */
static int compare_costs(const void *a, const void *b)
{
    const vm_cost *x = *(const vm_cost *const *)a, *y = *(const vm_cost *const *)b;
    return (x->cells < y->cells) - (x->cells > y->cells);
}

/* What the run would cost to prove, by chip: it is executed once more, to count rows. */
static void print_costs(arena *memory, const riscv_program *program, bytes input)
{
    riscv_machine machine;
    size_t mark = memory->used_bytes;
    verifier *v = ARENA_NEW(memory, verifier, 1);
    prover_estimate *estimate = ARENA_NEW(memory, prover_estimate, 1);
    const vm_cost *order[VM_CHIPS];
    verifier_open(v, memory, &PROOF_FULL);
    if (riscv_open(&machine, program, input) != OK)
        return;
    bool is_estimated = prover_estimate_run(estimate, &machine, v, 0, memory) == OK;
    riscv_close(&machine);
    for (int i = 0; i < VM_CHIPS; i++)
        order[i] = &estimate->chips[i];
    qsort(order, VM_CHIPS, sizeof *order, compare_costs);
    if (is_estimated)
        printf("cells to prove   %s, with %s interactions\n", grouped(estimate->cells), grouped(estimate->interactions));
    for (int i = 0; is_estimated && i < VM_CHIPS && order[i]->cells > estimate->cells / 200; i++)
        printf("%16s  %5.1f %%  %s: %s rows, %s interactions\n", grouped(order[i]->cells),
               100.0 * (double)order[i]->cells / (double)estimate->cells, v->machine.chip[order[i] - estimate->chips]->name,
               grouped(order[i]->rows), grouped(order[i]->interactions));
    arena_rewind(memory, mark);
}

int guest_execute(guest_execution *g, arena *memory, bytes elf)
{
    riscv_program program;
    const char *reason = "";
    if (riscv_program_load(&program, memory, &reason, elf) != OK)
        return fail(EXIT_INPUT, "the guest program of this build cannot be loaded: %s", reason);
    riscv_machine machine;
    if (riscv_open(&machine, &program, g->input) != OK)
        return fail(EXIT_INPUT, "%s: with its witness it is larger than the machine's input region", g->path);

    double start = clock_seconds();
    status outcome = g->profile ? riscv_profile(&machine) : riscv_run(&machine, 0);
    g->seconds = clock_seconds() - start;
    g->cycles = machine.cycles;
    hash256 output = riscv_output(&machine);
    if (g->profile && outcome == OK) {
        riscv_profile_row *rows;
        uint32_t count;
        riscv_profile_rows(&rows, &count, memory, &machine);
        for (uint32_t i = 0; i < count && i < 25; i++)
            printf("%16s  %5.1f %%  %s\n", grouped(rows[i].cycles),
                   100.0 * (double)rows[i].cycles / (double)machine.cycles, rows[i].name);
        print_costs(memory, &program, g->input);
    }
    int fault = machine.fault;
    uint32_t pc4 = machine.pc4;
    uint64_t fault_address = machine.fault_address;
    riscv_close(&machine);

    if (outcome != OK && fault == RISCV_FAULT_EXIT_CODE && fault_address < STATUS_COUNT) {
        /* A refusal of the guest's own; the native execution has accepted it. */
        return fail(EXIT_INVALID,
                    "bug: the guest refuses what the native execution accepts: %s; please report this",
                    status_message((status)fault_address));
    }
    if (outcome != OK)
        return fail(EXIT_INVALID, "bug: the guest ended at pc 0x%llx: %s (0x%llx); please report this",
                    4ull * pc4, riscv_fault_message((riscv_fault)fault), (unsigned long long)fault_address);
    hash256 expected;
    keccak256(&expected, g->output.data, g->output.size);
    if (memcmp(expected.bytes, output.bytes, 32) != 0)
        return fail(EXIT_INVALID,
                    "bug: the guest's output differs from the native execution's; please report this");
    return EXIT_FINE;
}

static int execute_guest(block_execution *e, arena *memory, const block_file *blocks, size_t count)
{
    block_guest_input(e, memory, blocks, count);
    guest_execution g = {
        .profile = e->profile, .path = blocks->path, .input = e->guest_input, .output = e->guest_output};
    int code = guest_execute(&g, memory, block_guest_program(blocks));
    e->seconds = g.seconds;
    e->cycles = g.cycles;
    return code;
}

bytes block_guest_program(const block_file *blocks)
{
    return blocks->stateless.data != NULL ? stateless_program_elf() : block_program_elf();
}

void block_guest_input(block_execution *e, arena *memory, const block_file *blocks, size_t count)
{
    if (blocks->stateless.data != NULL) {
        uint8_t *encoding = arena_allocate(memory, STATELESS_RESULT_BYTES, 8);
        e->guest_input = blocks->stateless;
        e->guest_output = (bytes){encoding, stateless_result_write(encoding, &e->stateless)};
        return;
    }
    bytes *inputs = ARENA_NEW(memory, bytes, count);
    size_t size_bytes = BLOCK_INPUT_RECEIPTS_BYTES;
    for (size_t i = 0; i < count; i++) {
        inputs[i] = chain_input_write(memory, &blocks[i].config, &blocks[i].input);
        size_bytes += inputs[i].size;
    }
    uint8_t *all = arena_allocate(memory, size_bytes, 8), *at = all + BLOCK_INPUT_RECEIPTS_BYTES;
    chain_input_write_receipts(all, &e->receipts_before);
    for (size_t i = 0; i < count; at += inputs[i++].size)
        memcpy(at, inputs[i].data, inputs[i].size);
    e->guest_input = (bytes){all, size_bytes};
    uint8_t *encoding = arena_allocate(memory, BLOCK_OUTPUT_BYTES, 8);
    block_output_write(encoding, &e->output);
    e->guest_output = (bytes){encoding, BLOCK_OUTPUT_BYTES};
}

/* What the guest program `stateless` comes to (stateless_validate), with the reason where it is not valid. */
static int execute_payload(block_execution *e, arena *memory, const block_file *block)
{
    const stateless_input *p = block->payload;
    chain_result *r = &e->results[0];
    chain_fault fault = {.transaction_index = SIZE_MAX};
    e->payload = p;
    e->stateless = (stateless_result){.new_payload_request_root = p->new_payload_request_root,
                                      .chain_id = p->chain_id,
                                      .has_schema = p->schema_id != 0,
                                      .schema_id = p->schema_id};
    e->count = 1;
    e->formats[0] = block->format;
    status s = e->verdicts[0] = stateless_check(p, memory);
    r->hash = p->block_hash;
    if (s != OK)
        return fail(status_exit_code(s), "%s: invalid payload: %s", block->path, status_message(s));
    s = e->verdicts[0] = chain_execute(r, &fault, memory, &block->config, &block->input);
    r->hash = p->block_hash; /* where it failed, too */
    if (s != OK)
        return refuse(block, s, &fault);
    chain_output(&e->output, &e->receipts_before, &block->config, r);
    e->stateless.successful_validation = r->held_against_parent;
    return EXIT_FINE;
}

static int execute_one(block_execution *e, arena *memory, const block_file *block)
{
    size_t i = e->count++;
    e->formats[i] = block->format;
    chain_fault fault = {.transaction_index = SIZE_MAX};
    status s = chain_execute(&e->results[i], &fault, memory, &block->config, &block->input);
    e->verdicts[i] = s;
    if (s != OK)
        return refuse(block, s, &fault);
    if (i == 0)
        chain_output(&e->output, &e->receipts_before, &block->config, &e->results[i]);
    else
        s = chain_output_append(&e->output, &block->config, &e->results[i]);
    e->verdicts[i] = s;
    return s == OK ? EXIT_FINE : fail(status_exit_code(s), "%s: %s", block->path, status_message(s));
}

int block_execute(block_execution *e, arena *memory, const block_file *blocks, size_t count)
{
    double start = clock_seconds();
    e->results = ARENA_NEW(memory, chain_result, count);
    e->verdicts = ARENA_NEW(memory, status, count);
    e->formats = ARENA_NEW(memory, const char *, count);
    e->count = 0;
    e->chain = chain_name(blocks->config.chain_id);
    if (e->chain == NULL) {
        char *name = arena_allocate(memory, 32, 1);
        snprintf(name, 32, "chain %llu", (unsigned long long)blocks->config.chain_id);
        e->chain = name;
    }
    for (size_t i = 0; i < count; i++) {
        int code = blocks[i].payload != NULL ? execute_payload(e, memory, &blocks[i])
                                             : execute_one(e, memory, &blocks[i]);
        if (code != EXIT_FINE) {
            /* The program `stateless` has an output then, too. */
            int guest = e->payload != NULL && e->guest ? execute_guest(e, memory, blocks, 1) : EXIT_FINE;
            return guest != EXIT_FINE ? guest : code;
        }
    }
    e->seconds = clock_seconds() - start;
    return e->guest ? execute_guest(e, memory, blocks, count) : EXIT_FINE;
}
