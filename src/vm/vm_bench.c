/* vm_bench ELF [INPUT [CYCLES]]: fills the tables of the first segment of a run, and prints what its cycles
 * cost: committed cells by chip, and the time that filling takes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "vm/trace.h"

static bytes read_file(arena *a, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = arena_allocate(a, size + 1, 8);
    size = fread(data, 1, size, file);
    fclose(file);
    return (bytes){data, size};
}

static uint64_t cells_of(const air_tape *t, const air *a)
{
    uint32_t shared = 0;
    for (uint32_t i = 0; i < t->interaction_count; i++)
        shared += t->interactions[i].shared;
    uint32_t local = t->interaction_count - shared;
    return a->width[AIR_BOUNDARY] + a->width[AIR_MAIN] + 5 * ((local + 1) / 2 + (shared + 1) / 2);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: vm_bench ELF [INPUT [CYCLES]]\n");
        return 2;
    }
    arena a;
    arena_open(&a, (size_t)64 << 30);
    const char *reason;
    riscv_program program;
    if (riscv_program_load(&program, &a, &reason, read_file(&a, argv[1])) != OK) {
        fprintf(stderr, "%s: %s\n", argv[1], reason);
        return 3;
    }
    bytes input = argc > 2 ? read_file(&a, argv[2]) : (bytes){0};
    riscv_limits limits = {
        .cycles = argc > 3 ? (uint32_t)atoi(argv[3]) : 1u << 20, .words = 1u << 22, .call_words = 1u << 20};
    riscv_machine machine;
    riscv_segment segment;
    riscv_trace_data trace;
    if (riscv_open(&machine, &program, input) != OK || riscv_record(&machine, &segment, &a, &limits) != OK) {
        fprintf(stderr, "%s at pc %x\n", riscv_fault_message(machine.fault), 4 * machine.pc4);
        return 1;
    }
    riscv_close(&machine);
    if (riscv_open(&machine, &program, input) != OK)
        return 1;
    stark_machine m;
    vm_machine_open(&m, &a);
    vm_tables preprocessed, tables;
    double start = clock_seconds();
    vm_preprocess(&preprocessed, &a, &program, VM_POWERS_OF_TWO);
    double preprocessed_at = clock_seconds();
    riscv_trace(&machine, &trace, &a, &segment);
    double traced_at = clock_seconds();
    vm_source source = {.kind = VM_SEGMENT, .program = &program, .segment = &segment, .trace = &trace};
    CHECK(vm_fill(&tables, &a, &m, &source, &preprocessed) == 0);
    double filled_at = clock_seconds();

    printf("%u cycles; preprocess %.3f s, trace %.3f s, fill %.3f s\n", segment.cycles,
           preprocessed_at - start, traced_at - preprocessed_at, filled_at - traced_at);
    printf("%-18s %10s %10s %6s %14s %7s\n", "chip", "used", "rows", "cells", "padded", "a cycle");
    double used_cells = 0, padded_cells = 0;
    for (uint32_t i = 0; i < tables.count; i++) {
        uint32_t chip = tables.tables[i].chip;
        uint64_t used = tables.used_rows[chip], rows = tables.tables[i].rows;
        uint64_t cells = cells_of(m.tape[chip], vm_airs[chip]);
        used_cells += (double)(used * cells);
        padded_cells += (double)(rows * cells);
        printf("%-18s %10llu %10llu %6llu %14llu %7.2f\n", vm_airs[chip]->name, (unsigned long long)used,
               (unsigned long long)rows, (unsigned long long)cells, (unsigned long long)(rows * cells),
               (double)(rows * cells) / segment.cycles);
    }
    printf("cells a cycle: %.1f used, %.1f padded\n", used_cells / segment.cycles,
           padded_cells / segment.cycles);
    riscv_close(&machine);
    arena_close(&a);
    return 0;
}
