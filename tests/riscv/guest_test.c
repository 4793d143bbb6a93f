/* Guest programs on the emulator: the same output as natively and as under qemu, and nothing from hostile
 * input. Run from the repository's root; the programs are those of `make guests`. */
#define _GNU_SOURCE
#include "crypto/keccak.h"
#include "riscv/emulator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bytes read_whole(arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s is missing: make guests", path);
    uint8_t *data = arena_allocate(a, 1 << 22, 8);
    size_t size = fread(data, 1, 1 << 22, f);
    fclose(f);
    return (bytes){data, size};
}

static void load(riscv_program *program, arena *a, const char *path)
{
    const char *reason = "";
    if (riscv_program_load(program, a, &reason, read_whole(a, path)) != OK)
        fail_msg("%s: %s", path, reason);
}

static hash256 run(arena *a, const char *path, bytes input)
{
    riscv_program program;
    riscv_machine machine;
    load(&program, a, path);
    assert_int_equal(riscv_open(&machine, &program, input), OK);
    if (riscv_run(&machine, 0) != OK)
        fail_msg("%s: %s, %llu", path, riscv_fault_message(machine.fault),
                 (unsigned long long)machine.fault_address);
    hash256 output = riscv_output(&machine);
    riscv_close(&machine);
    return output;
}

/* What the program prints under qemu is the digest in hex. */
static void expect_same_under_qemu(const char *path, bytes input, const hash256 *expected)
{
    if (system("qemu-riscv64 --version >/dev/null 2>&1") != 0) {
        printf("qemu-riscv64 is not installed: not compared with it\n");
        return;
    }
    char name[] = "/tmp/ashlar_guest_test_XXXXXX", command[256], line[80] = {0}, digest[65];
    int descriptor = mkstemp(name);
    assert_true(descriptor >= 0);
    FILE *f = fdopen(descriptor, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(input.data, 1, input.size, f), input.size);
    fclose(f);
    snprintf(command, sizeof command, "qemu-riscv64 %s < %s", path, name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(line, sizeof line, pipe));
    assert_int_equal(pclose(pipe), 0);
    remove(name);
    for (int i = 0; i < 32; i++)
        snprintf(digest + 2 * i, 3, "%02x", expected->bytes[i]);
    line[64] = 0;
    assert_string_equal(line, digest);
}

static void fibonacci(void **state)
{
    for (uint64_t n = 0; n < 100; n += 33) {
        uint64_t a = 0, b = 1, result[2] = {n};
        for (uint64_t i = 0; i < n; i++) {
            b += a;
            a = b - a;
        }
        result[1] = a;
        hash256 expected, actual;
        bytes input = {(const uint8_t *)&n, sizeof n};
        keccak256(&expected, (const uint8_t *)result, sizeof result);
        actual = run(*state, "build/guest/fibonacci.elf", input);
        assert_memory_equal(actual.bytes, expected.bytes, 32);
        expect_same_under_qemu("build/guest/fibonacci_qemu.elf", input, &expected);
    }
}

static void the_shortest_program(void **state)
{
    riscv_program program;
    riscv_machine machine;
    load(&program, *state, "build/guest/three.elf");
    assert_int_equal(program.instruction_count, 3);
    assert_int_equal(riscv_open(&machine, &program, (bytes){0}), OK);
    assert_int_equal(riscv_run(&machine, 0), OK);
    assert_int_equal(machine.cycles, 3);
    riscv_close(&machine);
}

/* The input comes back as output, after the runtime has been tried out. */
static void runtime(void **state)
{
    static uint8_t data[5000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * i >> 3);
    static const size_t sizes[] = {0, 1, 136, sizeof data};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        hash256 expected, actual;
        bytes input = {data, sizes[i]};
        keccak256(&expected, data, sizes[i]);
        actual = run(*state, "build/guest/runtime_check.elf", input);
        assert_memory_equal(actual.bytes, expected.bytes, 32);
        if (i == 0 || i == 3)
            expect_same_under_qemu("build/guest/runtime_check_qemu.elf", input, &expected);
    }
}

/* The prover may write any length into the input region. */
static void a_hostile_length_has_no_proof(void **state)
{
    riscv_program program;
    load(&program, *state, "build/guest/fibonacci.elf");
    static const uint64_t lengths[] =
        {MAP_INPUT_END - MAP_INPUT_BASE - 7, UINT64_C(1) << 32 | 8, UINT64_MAX, UINT64_C(1) << 63};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        riscv_machine machine;
        assert_int_equal(riscv_open(&machine, &program, (bytes){0}), OK);
        memcpy(machine.memory + MAP_INPUT_BASE, &lengths[i], 8);
        assert_int_equal(riscv_run(&machine, 0), GUEST_FAULT);
        assert_int_equal(machine.fault, RISCV_FAULT_EXIT_CODE);
        assert_int_equal(machine.fault_address, EXIT_CHECK_FAILED);
        static const uint8_t zero[32];
        hash256 output = riscv_output(&machine);
        assert_memory_equal(output.bytes, zero, 32);
        riscv_close(&machine);
    }
}

static void profiles_name_functions(void **state)
{
    arena *a = *state;
    riscv_program program;
    riscv_machine machine;
    load(&program, a, "build/guest/fibonacci.elf");
    uint64_t n = 10000, sum = 0;
    assert_int_equal(riscv_open(&machine, &program, (bytes){(const uint8_t *)&n, 8}), OK);
    assert_int_equal(riscv_profile(&machine), OK);
    riscv_profile_row *rows;
    uint32_t count;
    riscv_profile_rows(&rows, &count, a, &machine);
    assert_true(count >= 2);
    assert_string_equal(rows[0].name, "guest_main");
    for (uint32_t i = 0; i < count; i++)
        sum += rows[i].cycles;
    assert_true(sum == machine.cycles && rows[0].cycles >= 3 * n);
    riscv_close(&machine);
}

static int open_arena(void **state)
{
    static arena a;
    arena_open(&a, UINT64_C(1) << 34);
    *state = &a;
    return 0;
}

static int close_arena(void **state)
{
    arena_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fibonacci), cmocka_unit_test(the_shortest_program),
        cmocka_unit_test(runtime),   cmocka_unit_test(a_hostile_length_has_no_proof),
        cmocka_unit_test(profiles_name_functions),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
