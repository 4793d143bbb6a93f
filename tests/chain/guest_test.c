/* The guest program `block` in the emulator: the same outcome as natively, for real blocks and for inputs that are no
 * good. Prints cycles; with ASHLAR_PROFILE set, by function. */
#define _GNU_SOURCE
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

static void compare(arena *memory, const char *path)
{
    real_block block = load_real_block(memory, path);
    chain_result result;
    chain_fault fault;
    status native = chain_execute(&result, &fault, memory, block.config, &block.input);
    bytes input = chain_input_write(memory, block.config, &block.input);
    hash256 digest, expected;
    uint64_t cycles;
    status guest = run_guest(&digest, &cycles, input);
    printf("  %s: %s, %llu cycles\n", strrchr(path, '/') + 1, status_name(guest), (unsigned long long)cycles);
    assert_int_equal(guest, native);
    if (native == OK) {
        block_output output;
        chain_output(&output, block.config, &result);
        uint8_t encoding[BLOCK_OUTPUT_BYTES];
        block_output_write(encoding, &output);
        keccak256(&expected, encoding, sizeof encoding);
        assert_memory_equal(&digest, &expected, 32);
    }
    json_decref(block.json);
}

static void guest_agrees_on_real_blocks(void **unused)
{
    (void)unused;
    const char *root = fixture_root();
    if (root == NULL || !load_program())
        skip();
    const char *only = getenv("ASHLAR_ONLY");
    file_list files = list_files(root, "real_blocks");
    arena memory;
    arena_open(&memory, ARENA_RESERVED);
    for (size_t i = 0; i < files.count; i++) {
        if (only == NULL || strstr(files.paths[i], only))
            compare(&memory, files.paths[i]);
        arena_rewind(&memory, 0);
    }
    arena_close(&memory);
    arena_close(&program_memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(guest_agrees_on_real_blocks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
