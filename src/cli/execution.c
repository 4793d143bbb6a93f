#include "cli/execution.h"

#include "chain/input.h"
#include "chain/output.h"
#include "cli/block_file.h"
#include "cli/block_program.h"
#include "cli/genesis.h"
#include "crypto/keccak.h"
#include "riscv/emulator.h"

#include <string.h>

int block_file_open(block_file *block, arena *memory, const char *path, const char *genesis)
{
    uint64_t chain_id;
    block->path = path;
    int code = block_file_read(&block->input, &chain_id, memory, path);
    if (code != EXIT_FINE)
        return code;
    if (genesis != NULL)
        return genesis_read_config(&block->config, memory, genesis);
    const chain_config *known = chain_config_by_id(chain_id);
    if (chain_id == 0)
        return fail(EXIT_INPUT, "%s: names no chain id; give the chain's rules with --genesis", path);
    if (known == NULL)
        return fail(EXIT_UNSUPPORTED, "%s: the rules of chain %llu are not known; give them with --genesis", path,
                    (unsigned long long)chain_id);
    block->config = *known;
    return EXIT_FINE;
}

/* Says why a block was refused, and gives the exit code. */
static int refuse(const block_file *block, status why, const chain_fault *fault)
{
    char where[64] = "";
    if (fault->transaction_index != SIZE_MAX)
        snprintf(where, sizeof where, "transaction %zu: ", fault->transaction_index);
    int code = status_exit_code(why);
    return fail(code, "%s: %s%s%s", block->path, code == EXIT_INVALID ? "invalid block: " : "", where,
                chain_fault_message(why, fault));
}

static int execute_guest(block_execution *e, arena *memory, const block_file *block)
{
    int code = block_guest_input(e, memory, block);
    if (code != EXIT_FINE)
        return code;
    riscv_program program;
    const char *reason = "";
    if (riscv_program_load(&program, memory, &reason, block_program_elf()) != OK)
        return fail(EXIT_INPUT, "the guest program of this build cannot be loaded: %s", reason);
    riscv_machine machine;
    if (riscv_open(&machine, &program, e->guest_input) != OK)
        return fail(EXIT_INPUT, "%s: the block and its witness are larger than the machine's input region", block->path);

    double start = clock_seconds();
    status outcome = e->profile ? riscv_profile(&machine) : riscv_run(&machine, 0);
    e->seconds = clock_seconds() - start;
    e->cycles = machine.cycles;
    hash256 output = riscv_output(&machine);
    if (e->profile && outcome == OK) {
        riscv_profile_row *rows;
        uint32_t count;
        riscv_profile_rows(&rows, &count, memory, &machine);
        for (uint32_t i = 0; i < count && i < 25; i++)
            printf("%16s  %5.1f %%  %s\n", grouped(rows[i].cycles),
                   100.0 * (double)rows[i].cycles / (double)machine.cycles, rows[i].name);
    }
    int fault = machine.fault;
    uint32_t pc4 = machine.pc4;
    uint64_t fault_address = machine.fault_address;
    riscv_close(&machine);

    if (outcome != OK && fault == RISCV_FAULT_EXIT_CODE && fault_address < STATUS_COUNT) {
        /* A refusal of the guest's own; the native execution has accepted the block. */
        return fail(EXIT_INVALID, "bug: the guest refuses a block that the native execution accepts: %s; please report this",
                    status_message((status)fault_address));
    }
    if (outcome != OK)
        return fail(EXIT_INVALID, "bug: the guest ended at pc 0x%llx: %s (0x%llx); please report this",
                    4ull * pc4, riscv_fault_message((riscv_fault)fault), (unsigned long long)fault_address);
    hash256 expected;
    keccak256(&expected, e->guest_output.data, e->guest_output.size);
    if (memcmp(expected.bytes, output.bytes, 32) != 0)
        return fail(EXIT_INVALID, "bug: the guest's output differs from the native execution's; please report this");
    return EXIT_FINE;
}

int block_guest_input(block_execution *e, arena *memory, const block_file *block)
{
    e->guest_input = chain_input_write(memory, &block->config, &block->input);
    block_output output;
    chain_output(&output, &block->config, &e->result);
    uint8_t *encoding = arena_allocate(memory, BLOCK_OUTPUT_BYTES, 8);
    block_output_write(encoding, &output);
    e->guest_output = (bytes){encoding, BLOCK_OUTPUT_BYTES};
    return EXIT_FINE;
}

int block_execute(block_execution *e, arena *memory, const block_file *block)
{
    chain_fault fault = {.transaction_index = SIZE_MAX};
    double start = clock_seconds();
    e->verdict = chain_execute(&e->result, &fault, memory, &block->config, &block->input);
    e->seconds = clock_seconds() - start;
    e->chain = chain_name(block->config.chain_id);
    if (e->chain == NULL) {
        char *name = arena_allocate(memory, 32, 1);
        snprintf(name, 32, "chain %llu", (unsigned long long)block->config.chain_id);
        e->chain = name;
    }
    if (e->verdict != OK)
        return refuse(block, e->verdict, &fault);
    return e->guest ? execute_guest(e, memory, block) : EXIT_FINE;
}
