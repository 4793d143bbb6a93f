/* Runs the guest program `block` in the emulator. */
#ifndef ASHLAR_TESTS_CHAIN_GUEST_H
#define ASHLAR_TESTS_CHAIN_GUEST_H

#include "tests/chain/fixture.h"

#include "abi/block_output.h"
#include "chain/input.h"
#include "chain/output.h"
#include "crypto/keccak.h"
#include "riscv/emulator.h"

static const char *const program_path = "build/guest/block.elf";
static riscv_program program;
static arena program_memory;

static bool load_program(void)
{
    FILE *file = fopen(program_path, "rb");
    if (file == NULL) {
        printf("skipped: no %s; `make guests` builds it\n", program_path);
        return false;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    arena_open(&program_memory, (size_t)1 << 30);
    uint8_t *elf = arena_allocate(&program_memory, (size_t)size, 8);
    assert_int_equal(fread(elf, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    assert_int_equal(riscv_program_load(&program, &program_memory, NULL, (bytes){elf, (size_t)size}), OK);
    return true;
}

/* The exit code's status; OK with the output's digest. */
static status run_guest(hash256 *digest, uint64_t *cycles, bytes input)
{
    riscv_machine machine;
    assert_int_equal(riscv_open(&machine, &program, input), OK);
    bool profiles = getenv("ASHLAR_PROFILE") != NULL;
    status ran = profiles ? riscv_profile(&machine) : riscv_run(&machine, 0);
    *cycles = machine.cycles;
    status outcome = OK;
    if (ran == OK) {
        *digest = riscv_output(&machine);
    } else {
        assert_int_equal(ran, GUEST_FAULT);
        assert_int_equal(machine.fault, RISCV_FAULT_EXIT_CODE);
        outcome = (status)machine.fault_address;
    }
    if (profiles) {
        riscv_profile_row *rows;
        uint32_t count;
        size_t mark = program_memory.used_bytes;
        riscv_profile_rows(&rows, &count, &program_memory, &machine);
        for (uint32_t i = 0; i < count && i < 40; i++)
            printf("    %12llu %5.1f %% %s\n", (unsigned long long)rows[i].cycles,
                   100.0 * (double)rows[i].cycles / (double)*cycles, rows[i].name);
        arena_rewind(&program_memory, mark);
    }
    riscv_close(&machine);
    return outcome;
}

/* The guest's outcome has to be the native one, and its public output what the native result says. */
static void assert_guest_agrees(arena *memory, uint64_t *cycles, const chain_config *config,
                                const chain_input *input,
                                status native, const chain_result *result)
{
    bytes data = chain_input_write(memory, config, input);
    hash256 digest, expected;
    status guest = run_guest(&digest, cycles, data);
    if (guest != native)
        fail_msg("guest %s, native %s", status_name(guest), status_name(native));
    if (native != OK)
        return;
    block_output output;
    chain_output(&output, NULL, config, result);
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    block_output_write(encoding, &output);
    keccak256(&expected, encoding, sizeof encoding);
    assert_memory_equal(&digest, &expected, 32);
}

#endif
