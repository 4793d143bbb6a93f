/* Precompiled contracts in the guest's build, run by the emulator, against the native build on published
 * vectors. With ASHLAR_MEASURE set to a part of names, maybe none of them, it runs all vectors of such names and
 * prints their cycles. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "crypto/keccak.h"
#include "evm/precompiles.h"
#include "riscv/emulator.h"

static arena memory;
static riscv_program program;

static bool load_program(void)
{
    const char *build = getenv("BUILD");
    char path[300];
    snprintf(path, sizeof path, "%s/guest/precompile.elf", build != NULL ? build : "build");
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        printf("skipped: no %s; `make %s` builds it\n", path, path);
        return false;
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *elf = arena_allocate(&memory, size, 8);
    assert_int_equal(fread(elf, 1, size, file), size);
    fclose(file);
    assert_int_equal(riscv_program_load(&program, &memory, NULL, (bytes){elf, size}), OK);
    return true;
}

static hash256 run_native(uint16_t number, uint64_t gas, bytes input)
{
    address a = {{[18] = (uint8_t)(number >> 8), [19] = (uint8_t)number}};
    const precompile *p = precompile_find(FORK_OSAKA, &a);
    assert_non_null(p);
    uint8_t outcome[9] = {0};
    bool ok;
    bytes output;
    assert_int_equal(precompile_run(&ok, &gas, &output, &memory, FORK_OSAKA, p, input), OK);
    outcome[0] = ok;
    memcpy(outcome + 1, &gas, 8);
    keccak256_context context;
    hash256 digest;
    keccak256_init(&context);
    keccak256_absorb(&context, outcome, sizeof outcome);
    keccak256_absorb(&context, output.data, output.size);
    keccak256_finish(&context, &digest);
    /* The machine's output is a digest too. */
    keccak256(&digest, digest.bytes, sizeof digest.bytes);
    return digest;
}

static hash256 run_guest(uint64_t *cycles, uint16_t number, uint64_t gas, bytes input)
{
    uint64_t head[3] = {number, gas, 1};
    uint8_t *data = arena_allocate(&memory, sizeof head + input.size, 8);
    memcpy(data, head, sizeof head);
    if (input.size != 0)
        memcpy(data + sizeof head, input.data, input.size);
    riscv_machine machine;
    assert_int_equal(riscv_open(&machine, &program, (bytes){data, sizeof head + input.size}), OK);
    bool profiles = getenv("ASHLAR_PROFILE") != NULL;
    status ran = profiles ? riscv_profile(&machine) : riscv_run(&machine, 0);
    if (ran != OK)
        fail_msg("%s after %llu cycles: fault %d at %llx", status_name(ran),
                 (unsigned long long)machine.cycles, machine.fault,
                 (unsigned long long)machine.fault_address);
    *cycles = machine.cycles;
    hash256 out = riscv_output(&machine);
    if (profiles) {
        riscv_profile_row *rows;
        uint32_t count;
        riscv_profile_rows(&rows, &count, &memory, &machine);
        for (uint32_t i = 0; i < count && i < 30; i++)
            printf("    %12llu %5.1f %% %s\n", (unsigned long long)rows[i].cycles,
                   100.0 * (double)rows[i].cycles / (double)*cycles, rows[i].name);
    }
    riscv_close(&machine);
    return out;
}

/* The first vectors of each file whose input is not long. */
static void test_vectors(void **unused)
{
    (void)unused;
    static const struct {
        uint16_t number;
        const char *name;
        unsigned count;
        size_t most_bytes;
    } list[] = {
        {0x01, "ecRecover", 8, 128},
        {0x05, "modexp", 4, 500},
        {0x05, "modexp_eip2565", 12, 1000},
        {0x05, "modexp_eip7883", 4, 500},
        {0x06, "bn256Add", 20, 512},
        {0x07, "bn256ScalarMul", 20, 512},
        {0x08, "bn256Pairing", 8, 768},
        {0x09, "blake2F", 4, 213},
        {0x09, "fail-blake2f", 4, 300},
        {0x100, "p256Verify", 30, 160},
        {0x0a, "pointEvaluation", 1, 192},
        {0x0b, "blsG1Add", 6, 256},
        {0x0b, "fail-blsG1Add", 6, 512},
        {0x0c, "blsG1Mul", 4, 160},
        {0x0c, "fail-blsG1Mul", 4, 320},
        {0x0c, "blsG1MultiExp", 8, 4 * 160},
        {0x0c, "fail-blsG1MultiExp", 4, 800},
        {0x0d, "blsG2Add", 6, 512},
        {0x0d, "fail-blsG2Add", 6, 1024},
        {0x0e, "blsG2Mul", 3, 288},
        {0x0e, "fail-blsG2Mul", 4, 600},
        {0x0e, "blsG2MultiExp", 3, 3 * 288},
        {0x0e, "fail-blsG2MultiExp", 4, 1200},
        {0x0f, "blsPairing", 3, 768},
        {0x0f, "fail-blsPairing", 8, 1200},
        {0x10, "blsMapG1", 4, 64},
        {0x10, "fail-blsMapG1", 4, 128},
        {0x11, "blsMapG2", 3, 128},
        {0x11, "fail-blsMapG2", 4, 256},
    };
    const char *root = getenv("ASHLAR_FIXTURES"), *only = getenv("ASHLAR_MEASURE");
    if (!load_program())
        skip();
    size_t mark = memory.used_bytes;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        char path[500];
        snprintf(path, sizeof path, "%s/precompiles/%s.json", root != NULL ? root : "../shared/fixtures",
                 list[i].name);
        json_error_t error;
        json_t *cases = json_load_file(path, 0, &error);
        if (cases == NULL) {
            printf("skipped: no %s (%s); set ASHLAR_FIXTURES to the folder that has it\n", path, error.text);
            skip();
        }
        unsigned done = 0;
        size_t index;
        json_t *one;
        json_array_foreach(cases, index, one)
        {
            const char *text = json_string_value(json_object_get(one, "Input"));
            const char *name = json_string_value(json_object_get(one, "Name"));
            assert_true(text != NULL && name != NULL);
            if (only != NULL && strstr(name, only) == NULL)
                continue;
            if (only == NULL && (done == list[i].count || strlen(text) / 2 > list[i].most_bytes))
                continue;
            done++;
            bytes input;
            assert_int_equal(hex_decode(&memory, &input, text, strlen(text)), OK);
            uint64_t gas = 100000000, cycles;
            hash256 native = run_native(list[i].number, gas, input);
            if (only != NULL)
                printf("%s:\n", name);
            hash256 guest = run_guest(&cycles, list[i].number, gas, input);
            if (only != NULL)
                printf("%12llu cycles for %zu bytes\n", (unsigned long long)cycles, input.size);
            assert_memory_equal(&guest, &native, sizeof native);
            arena_rewind(&memory, mark);
        }
        assert_true(done > 0 || only != NULL);
        json_decref(cases);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    arena_open(&memory, (size_t)1 << 30);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
