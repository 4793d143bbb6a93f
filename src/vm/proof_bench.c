/* proof_bench ELF [INPUT [CYCLES]]: proves the first segment of a run and verifies it, and prints what each stage of the
 * proof costs in time of all cores. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>

#include "base/check.h"
#include "base/clock.h"
#include "stark/proof_prover.h"
#include "vm/trace.h"

typedef struct {
    double wall, user, system;
} instant;

static instant now(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (instant){clock_seconds(),
                     (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec * 1e-6,
                     (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec * 1e-6};
}

static void print_since(const char *stage, instant start, double units, const char *unit)
{
    instant end = now();
    printf("%-14s %8.2f s, user %8.2f, system %6.2f", stage, end.wall - start.wall, end.user - start.user,
           end.system - start.system);
    if (units > 0)
        printf("; %7.1f ns user a %s", (end.user - start.user) * 1e9 / units, unit);
    printf("\n");
}

typedef struct {
    instant start;
    const char *stage;
    double cells, interactions;
} watch;

static void next_stage(void *context, const char *stage, double done)
{
    watch *w = context;
    (void)done;
    if (w->stage != NULL) {
        bool buses = strcmp(w->stage, "buses") == 0;
        print_since(w->stage, w->start, buses ? w->interactions : w->cells, buses ? "interaction" : "cell");
    }
    w->start = now();
    w->stage = stage;
}

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

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: proof_bench ELF [INPUT [CYCLES]]\n");
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
    vm_preprocess(&preprocessed, &a, &program, VM_GRAINS);
    riscv_trace(&machine, &trace, &a, &segment);
    vm_source source = {.kind = VM_SEGMENT, .heights = VM_GRAINS, .program = &program, .segment = &segment, .trace = &trace};
    CHECK(vm_fill(&tables, &a, &m, &source, &preprocessed) == 0);

    proof_claim *claim = ARENA_NEW(&a, proof_claim, 1);
    stark_table proven[VM_CHIPS], keyed[VM_CHIPS];
    watch w = {.stage = NULL};
    for (uint32_t i = 0; i < tables.count; i++) {
        const stark_table *t = &tables.tables[i];
        proven[i] = (stark_table){t->chip, t->rows, {t->columns[0], t->columns[1], t->columns[2]}};
        claim->rows[t->chip] = proven[i].rows;
        w.cells += (double)(vm_airs[t->chip]->width[1] + vm_airs[t->chip]->width[2]) * proven[i].rows;
        w.interactions += (double)m.tape[t->chip]->interaction_count * proven[i].rows;
    }
    for (uint32_t i = 0; i < preprocessed.count; i++) {
        const stark_table *t = &preprocessed.tables[i];
        keyed[i] = (stark_table){t->chip, t->rows, {t->columns[0]}};
    }
    claim->opens[0] = true;
    claim->public_values[VM_CHIP_MEMORY][0] = FP_ONE;
    fp statement[] = {FP_ONE};
    claim->statement = statement;
    claim->statement_count = 1;
    claim->shared = (bus_challenge){{{1, 2, 3, 4, 5}}, {{6, 7, 8, 9, 10}}};

    instant start = now();
    proof_key *key = ARENA_NEW(&a, proof_key, 1);
    proof_proving_key *proving_key = proof_setup(key, &a, &m, &PROOF_FULL, keyed, preprocessed.count);
    print_since("setup", start, 0, "");
    size_t words = proof_words(&m, &PROOF_FULL, claim, &a);
    CHECK(words > 0);
    uint32_t *proof = ARENA_NEW(&a, uint32_t, words);
    size_t limit = proof_prove_memory_bytes(&m, &PROOF_FULL, claim, &a), before = a.used_bytes;
    arena part;
    arena_init(&part, arena_allocate(&a, limit, 64), limit);
    proof_outcome outcome, verified;
    proof_options options = {next_stage, &w, NULL};
    start = now();
    proof_prove(proof, &outcome, &m, &PROOF_FULL, proving_key, claim, proven, tables.count, &options, &part);
    size_t touched = limit;
    while (touched > 0 && part.base[touched - 1] == 0)
        touched--;
    printf("%zu MiB of %zu that were expected\n", touched >> 20, limit >> 20);
    arena_rewind(&a, before);
    next_stage(&w, NULL, 1);
    print_since("all", start, segment.cycles, "cycle");
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("%u cycles, %.1f cells and %.1f interactions a cycle, %.1f MiB at the peak, proof of %zu KiB\n", segment.cycles,
           w.cells / segment.cycles, w.interactions / segment.cycles, (double)u.ru_maxrss / 1024, words * 4 / 1024);
    start = now();
    status s = proof_verify_with(&verified, &m, &PROOF_FULL, key, claim, proof, words, tree_check_fast, &a);
    print_since("verify", start, 0, "");
    fp5 terms;
    CHECK(vm_execution_terms(&terms, &verified.local, segment.pc4_first, segment.pc4_last, segment.cycles));
    printf("%s, %s\n", status_name(s), fp5_is_zero(fp5_add(verified.local_sum, terms)) ? "balanced" : "does not balance");
    riscv_close(&machine);
    arena_close(&a);
    return s != OK;
}
