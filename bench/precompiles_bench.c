/* What a precompiled contract costs in the guest: of each file of vectors the dearest for its gas.
 *
 *     build/programs/bench/precompiles_bench [WORD [ELF]]
 *
 * WORD: a part of the names of files; ELF: that of another build, instead of build/guest/precompile.elf. A
 * call's own cost is that of two less that of one. */
#define _POSIX_C_SOURCE 200809L
#include "base/hex.h"
#include "evm/precompiles.h"
#include "riscv/emulator.h"
#include "vm/trace.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VECTORS = 40, INPUT_BYTES = 4096 };

static const struct {
    uint16_t number;
    const char *file;
} files[] = {
    {0x01, "ecRecover"},     {0x05, "modexp_eip2565"}, {0x05, "modexp_eip7883"}, {0x06, "bn256Add"},
    {0x07, "bn256ScalarMul"}, {0x08, "bn256Pairing"},   {0x09, "blake2F"},        {0x0a, "pointEvaluation"},
    {0x0b, "blsG1Add"},      {0x0c, "blsG1Mul"},       {0x0c, "blsG1MultiExp"},  {0x0d, "blsG2Add"},
    {0x0e, "blsG2Mul"},      {0x0e, "blsG2MultiExp"},  {0x0f, "blsPairing"},     {0x10, "blsMapG1"},
    {0x11, "blsMapG2"},      {0x100, "p256Verify"},
};

typedef struct {
    uint64_t cycles, cells, interactions;
} cost;

static arena memory;
static riscv_program program;
static stark_machine *chips;

static bool run(cost *out, uint16_t number, uint64_t gas, uint64_t times, bytes input)
{
    size_t mark = memory.used_bytes;
    uint64_t head[3] = {number, gas, times};
    uint8_t *data = arena_allocate(&memory, sizeof head + input.size, 8);
    memcpy(data, head, sizeof head);
    memcpy(data + sizeof head, input.data, input.size);
    riscv_machine machine;
    *out = (cost){0, 0, 0};
    if (riscv_open(&machine, &program, (bytes){data, sizeof head + input.size}) != OK)
        return false;
    vm_cost costs[VM_CHIPS] = {0};
    const uint32_t most = RISCV_ROWS_MAX;
    const riscv_limits limits = {.cycles = most, .words = most, .call_words = most};
    riscv_segment segment;
    bool ok = true;
    for (size_t start = memory.used_bytes; ok && machine.pc4 != RISCV_HALT; arena_rewind(&memory, start)) {
        ok = riscv_record(&machine, &segment, &memory, &limits) == OK;
        if (ok)
            vm_add_costs(costs, chips, &segment);
    }
    out->cycles = machine.cycles;
    for (int i = 0; i < VM_CHIPS; i++) {
        out->cells += costs[i].cells;
        out->interactions += costs[i].interactions;
    }
    riscv_close(&machine);
    arena_rewind(&memory, mark);
    return ok;
}

static bool call_cost(cost *out, uint64_t *gas_used, uint16_t number, bytes input)
{
    address a = {{[18] = (uint8_t)(number >> 8), [19] = (uint8_t)number}};
    const precompile *p = precompile_find(FORK_OSAKA, &a);
    uint64_t gas = 1000000000, before = gas;
    bool succeeded;
    bytes output;
    cost once, twice;
    if (p == NULL || precompile_run(&succeeded, &gas, &output, &memory, FORK_OSAKA, p, input) != OK ||
        !succeeded || !run(&once, number, before, 1, input) || !run(&twice, number, before, 2, input))
        return false;
    *gas_used = before - gas;
    *out = (cost){twice.cycles - once.cycles, twice.cells - once.cells,
                  twice.interactions - once.interactions};
    return true;
}

static void print_row(const char *file, const char *name, cost c, uint64_t gas)
{
    printf("| %s, %s | %llu | %llu | %llu | %llu | %.1f | %.0f |\n", file, name, (unsigned long long)gas,
           (unsigned long long)c.cycles, (unsigned long long)c.cells, (unsigned long long)c.interactions,
           (double)c.cycles / (double)gas, (double)c.cells / (double)gas);
    fflush(stdout);
}

/* Of so many zeros, for those that have no vectors. */
static void measure_zeros(uint16_t number, const char *name, size_t size)
{
    size_t mark = memory.used_bytes;
    cost c;
    uint64_t gas;
    char text[40];
    snprintf(text, sizeof text, "%zu bytes", size);
    if (call_cost(&c, &gas, number, (bytes){ARENA_NEW(&memory, uint8_t, size), size}))
        print_row(name, text, c, gas);
    arena_rewind(&memory, mark);
}

static void measure(uint16_t number, const char *name)
{
    const char *root = getenv("ASHLAR_FIXTURES");
    char path[500];
    snprintf(path, sizeof path, "%s/precompiles/%s.json", root != NULL ? root : "../shared/fixtures", name);
    json_error_t error;
    json_t *cases = json_load_file(path, 0, &error), *one;
    if (cases == NULL) {
        printf("%s: %s\n", path, error.text);
        return;
    }
    cost worst = {0, 0, 0};
    uint64_t gas_of_worst = 1, done = 0;
    char name_of_worst[100] = "";
    size_t index, mark = memory.used_bytes;
    json_array_foreach(cases, index, one)
    {
        const char *text = json_string_value(json_object_get(one, "Input"));
        bytes input;
        cost c;
        uint64_t gas;
        if (done < VECTORS && strlen(text) <= 2 * INPUT_BYTES &&
            hex_decode(&memory, &input, text, strlen(text)) == OK && call_cost(&c, &gas, number, input) && gas > 0) {
            done++;
            if ((double)c.cells * (double)gas_of_worst > (double)worst.cells * (double)gas) {
                worst = c;
                gas_of_worst = gas;
                snprintf(name_of_worst, sizeof name_of_worst, "%s",
                         json_string_value(json_object_get(one, "Name")));
            }
        }
        arena_rewind(&memory, mark);
    }
    json_decref(cases);
    print_row(name, name_of_worst, worst, gas_of_worst);
}

int main(int count, char **arguments)
{
    const char *elf = count > 2 ? arguments[2] : "build/guest/precompile.elf";
    FILE *file = fopen(elf, "rb");
    if (file == NULL) {
        fprintf(stderr, "precompiles_bench: no %s\n", elf);
        return 2;
    }
    arena_open(&memory, (size_t)3 << 30);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = arena_allocate(&memory, size, 8);
    if (fread(data, 1, size, file) != size ||
        riscv_program_load(&program, &memory, NULL, (bytes){data, size}) != OK) {
        fprintf(stderr, "precompiles_bench: %s is no program\n", elf);
        return 2;
    }
    fclose(file);
    chips = ARENA_NEW(&memory, stark_machine, 1);
    vm_machine_open(chips, &memory);
    printf("| vectors, dearest of them | gas | cycles | cells | interactions "
           "| cycles a gas | cells a gas |\n"
           "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    static const struct {
        uint16_t number;
        const char *name;
    } hashes[] = {{0x02, "sha256"}, {0x03, "ripemd160"}, {0x04, "identity"}};
    for (size_t i = 0; i < 3; i++)
        for (size_t size = 32; size <= INPUT_BYTES && (count < 2 || strstr(hashes[i].name, arguments[1])); size *= 128)
            measure_zeros(hashes[i].number, hashes[i].name, size);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (count < 2 || strstr(files[i].file, arguments[1]) != NULL)
            measure(files[i].number, files[i].file);
    return 0;
}
