/* The instruction tests of the RISC-V project (github.com/riscv-software-src/riscv-tests), where the
 * environment variable RISCV_TESTS names a folder of their ELF files: rv64ui-p-* and rv64um-p-*. They stand
 * at 2^31, which is heap here, and their start-up code sets control registers, so this runner reads the file
 * itself: text is also data, CSR instructions do nothing and read 0, MRET is a jump. They end with ECALL 93,
 * a0 being 0 or the failed case. */
#include "riscv/emulator.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint32_t base = 0x80000000;

static uint32_t without_system(uint32_t word)
{
    enum { NOP = 0x13, MRET = 0x30200073, JUMP_T0 = 0x00028067 };
    if (word == MRET) /* t0 is what they have just set mepc to */
        return JUMP_T0;
    if ((word & 0x7F) == 0x73 && (word >> 12 & 7) != 0) /* addi rd, x0, 0 */
        return NOP | (word & 0xF80);
    return word;
}

static void run_file(arena *a, const char *path)
{
    static uint8_t file[1 << 20];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t size = fread(file, 1, sizeof file, f);
    fclose(f);
    assert_true(size > 64 && size < sizeof file);

    size_t used = a->used_bytes;
    uint32_t words = 1 << 18;
    uint8_t *memory = arena_allocate_zeroed(a, words * 4, 8);
    uint64_t table;
    uint16_t count;
    memcpy(&table, file + 32, 8);
    memcpy(&count, file + 56, 2);
    uint64_t end = 0;
    for (uint16_t i = 0; i < count; i++) {
        const uint8_t *header = file + table + 56u * i;
        uint32_t type;
        uint64_t offset, address, file_bytes;
        memcpy(&type, header, 4);
        memcpy(&offset, header + 8, 8);
        memcpy(&address, header + 16, 8);
        memcpy(&file_bytes, header + 32, 8);
        if (type != 1 || file_bytes == 0)
            continue;
        assert_true(address >= base && address - base + file_bytes <= words * 4u);
        assert_true(offset + file_bytes <= size);
        memcpy(memory + (address - base), file + offset, file_bytes);
        end = address - base + file_bytes > end ? address - base + file_bytes : end;
    }
    riscv_program program = {.entry_pc4 = base / 4, .instruction_count = (uint32_t)(end / 4)};
    riscv_instruction *instructions = ARENA_NEW(a, riscv_instruction, program.instruction_count);
    for (uint32_t i = 0; i < program.instruction_count; i++) {
        uint32_t word;
        memcpy(&word, memory + 4 * (size_t)i, 4);
        instructions[i] = riscv_decode(base / 4 + i, without_system(word));
    }
    program.instructions = instructions;
    riscv_machine machine;
    assert_int_equal(riscv_open(&machine, &program, (bytes){0}), OK);
    memcpy(machine.memory + base, memory, end);
    status s = riscv_run(&machine, 10000000);
    if (s != OK || machine.pc4 != RISCV_HALT)
        fail_msg("%s: %s, 0x%llx, at pc 0x%x", path, riscv_fault_message(machine.fault),
                 (unsigned long long)machine.fault_address,
                 4 * machine.pc4);
    riscv_close(&machine);
    arena_rewind(a, used);
}

static void official_tests(void **state)
{
    if (getenv("RISCV_TESTS") == NULL) {
        print_message("set RISCV_TESTS to a folder with the rv64ui-p-* and rv64um-p-* files of riscv-tests\n");
        skip();
    }
    const char *folder = getenv("RISCV_TESTS");
    DIR *directory = opendir(folder);
    if (directory == NULL)
        fail_msg("cannot open %s", folder);
    int ran = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *name = entry->d_name;
        if (strncmp(name, "rv64ui-p-", 9) != 0 && strncmp(name, "rv64um-p-", 9) != 0)
            continue;
        /* fence_i writes into its own text, which this machine has no way to do. */
        if (strchr(name, '.') != NULL || strcmp(name, "rv64ui-p-fence_i") == 0)
            continue;
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, name);
        run_file(*state, path);
        ran++;
    }
    closedir(directory);
    printf("%d programs\n", ran);
    assert_true(ran > 0);
}

int main(void)
{
    arena a;
    arena_open(&a, UINT64_C(1) << 32);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(official_tests, &a)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(&a);
    return failed;
}
