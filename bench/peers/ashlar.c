/* ashlar PROGRAM.elf: executes, proves at full parameters and verifies. Prints what bench/peers/sp1 does, and cells. */
#include "base/arena.h"
#include "measure.h"
#include "prover/run.h"

#include <stdio.h>
#include <stdlib.h>

static bytes read_whole(arena *a, const char *path)
{
    enum { ELF_BYTES_MAX = 1 << 24 };
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return (bytes){0};
    uint8_t *data = arena_allocate(a, ELF_BYTES_MAX, 8);
    size_t size = fread(data, 1, ELF_BYTES_MAX, f);
    fclose(f);
    return (bytes){data, size};
}

static int failed(const char *what, status s)
{
    fprintf(stderr, "ashlar: %s: %s\n", what, status_name(s));
    return 1;
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: ashlar PROGRAM.elf\n");
        return 2;
    }
    arena memory, scratch;
    arena_open(&memory, (size_t)1 << 38);
    arena_open(&scratch, (size_t)1 << 38);
    bytes elf = read_whole(&memory, arguments[1]);
    verifier v;
    verifier_open(&v, &memory, &PROOF_FULL);
    prover_program program;
    status s = prover_program_open(&program, &memory, NULL, &v, elf);
    if (s != OK)
        return failed(arguments[1], s);
    prover_options options = {.memory_bytes = (uint64_t)17 << 30};
    run_proof proof;
    prover_report report;
    prover_fault fault;
    measure_times start = measure_now();
    s = prover_prove(&proof, &report, &fault, &memory, &scratch, &program, (bytes){0}, (bytes){0}, &options);
    if (s != OK)
        return failed("prove", s);
    measure_times proving = measure_since(start);

    size_t size_bytes = run_proof_size_bytes(&proof, &v);
    run_statement statement;
    start = measure_now();
    s = run_verify_fast(&statement, NULL, &v, &program.id, &proof, &scratch);
    if (s != OK)
        return failed("verify", s);
    measure_times verifying = measure_since(start);
    uint64_t cells = 0;
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
        cells += report.cells[chip];
    measure_print(report.cycles, cells, proving, verifying, size_bytes);
    return 0;
}
