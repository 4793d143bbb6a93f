/* What verifying a proof costs in the machine: recursion_bench [FILE | N].
 *
 * FILE: a proof. N: of the run that computes the N-th Fibonacci number, 20 if nothing is given: from some
 * millions on, a segment of 2^28 cells. Prints cycles by part of the verifier and by function, then cells
 * by chip. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "prover/run.h"

static arena memory, scratch;

static bytes read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fprintf(stderr, "recursion_bench: %s cannot be read\n", path);
        exit(3);
    }
    enum { MOST = 1 << 26 };
    uint8_t *data = arena_allocate(&memory, MOST, 64);
    size_t size = fread(data, 1, MOST, f);
    fclose(f);
    return (bytes){data, size};
}

/* Of the run of fibonacci.elf, in one part if memory allows. */
static bytes prove_fibonacci(uint64_t n)
{
    static verifier full;
    static prover_program program;
    verifier_open(&full, &memory, &PROOF_FULL);
    const char *reason = "";
    bytes elf = read_file("build/guest/fibonacci.elf");
    status opened = prover_program_open(&program, &memory, &reason, &full, elf);
    CHECK(opened == OK);
    uint64_t result[2] = {n, 0}, next = 1;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t sum = result[1] + next;
        result[1] = next;
        next = sum;
    }
    run_proof proof;
    prover_options options = {.memory_bytes = UINT64_C(12) << 30};
    prover_report report;
    prover_fault fault;
    bytes input = {(const uint8_t *)&n, sizeof n}, output = {(const uint8_t *)result, sizeof result};
    status proven = prover_prove(&proof, &report, &fault, &memory, &scratch, &program, input, output, &options);
    CHECK(proven == OK);
    uint64_t cells = 0;
    for (int chip = 0; chip < VM_CHIPS; chip++)
        cells += report.cells[chip];
    printf("proven: %u segments, %u ledger parts, %.1f M cells\n", report.segment_count, report.ledger_count,
           (double)cells / 1e6);
    size_t size_bytes = run_proof_size_bytes(&proof, &full);
    uint8_t *file = arena_allocate(&memory, size_bytes, 64);
    run_proof_write(file, &proof, &full);
    return (bytes){file, size_bytes};
}

/* Which part of verification a function belongs to. */
static const char *part_of_function(const char *name)
{
    static const struct {
        const char *function, *part;
    } parts[] = {{"poseidon2_permute", "permutations"}, {"full_rounds", "permutations"},
                 {"hash_", "leaves and paths, transcript"}, {"tree_", "leaves and paths, transcript"},
                 {"transcript_", "leaves and paths, transcript"}, {"opening_", "opening"},
                 {"check_queries", "opening"}, {"query_weight", "opening"},
                 {"layout_", "layout"}, {"walk_", "layout"}, {"run_weight", "layout"},
                 {"multilinear_", "multilinear"}, {"gkr_", "buses"}, {"sumcheck_", "sumchecks"},
                 {"constraint", "constraints"}, {"list_", "lists"}, {"call_multiply_add", "lists"},
                 {"sum_of_five", "field"}, {"fp5_", "field"}, {"fp_", "field"},
                 {"air_", "machine"}, {"operation", "machine"}, {"row_", "machine"}, {"bus_", "machine"},
                 {"stark_", "machine"}, {"absorb_number", "machine"}, {"keccak_", "machine"},
                 {"mem", "memory functions"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strncmp(name, parts[i].function, strlen(parts[i].function)) == 0)
            return parts[i].part;
    return "other";
}

static int compare_rows(const void *a, const void *b)
{
    const riscv_profile_row *x = a, *y = b;
    return (x->cycles < y->cycles) - (x->cycles > y->cycles);
}

static void print_cycles(const riscv_machine *machine)
{
    riscv_profile_row *rows, parts[32];
    uint32_t count, part_count = 0;
    riscv_profile_rows(&rows, &count, &memory, machine);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = part_of_function(rows[i].name);
        uint32_t k = 0;
        while (k < part_count && strcmp(parts[k].name, name) != 0)
            k++;
        if (k == part_count)
            parts[part_count++] = (riscv_profile_row){.name = name};
        parts[k].cycles += rows[i].cycles;
    }
    qsort(parts, part_count, sizeof *parts, compare_rows);
    printf("%14llu cycles\n", (unsigned long long)machine->cycles);
    for (uint32_t k = 0; k < part_count; k++)
        printf("%14llu  %5.1f %%  %s\n", (unsigned long long)parts[k].cycles,
               100.0 * (double)parts[k].cycles / (double)machine->cycles, parts[k].name);
    printf("by function:\n");
    for (uint32_t i = 0; i < count && i < 40; i++)
        printf("%14llu  %5.1f %%  %s\n", (unsigned long long)rows[i].cycles,
               100.0 * (double)rows[i].cycles / (double)machine->cycles, rows[i].name);
}

static void print_cells(const riscv_program *program, bytes input)
{
    static stark_machine chips;
    static vm_cost costs[VM_CHIPS];
    vm_machine_open(&chips, &memory);
    riscv_machine machine;
    status s = riscv_open(&machine, program, input);
    CHECK(s == OK);
    const uint32_t most = RISCV_ROWS_MAX;
    const riscv_limits limits = {.cycles = most, .words = most, .call_words = most};
    uint64_t touched = 0;
    while (machine.pc4 != RISCV_HALT) {
        size_t mark = scratch.used_bytes;
        riscv_segment segment;
        s = riscv_record(&machine, &segment, &scratch, &limits);
        CHECK(s == OK);
        vm_add_costs(costs, &chips, &segment);
        touched += segment.touched_count;
        arena_rewind(&scratch, mark);
    }
    riscv_close(&machine);
    uint64_t cells = 0, interactions = 0;
    for (int i = 0; i < VM_CHIPS; i++) {
        cells += costs[i].cells;
        interactions += costs[i].interactions;
    }
    printf("%14llu cells, %llu interactions, %llu words touched\n", (unsigned long long)cells,
           (unsigned long long)interactions, (unsigned long long)touched);
    for (int i = 0; i < VM_CHIPS; i++)
        if (costs[i].cells > cells / 200)
            printf("%14llu  %5.1f %%  %s: %llu rows\n", (unsigned long long)costs[i].cells,
                   100.0 * (double)costs[i].cells / (double)cells, chips.chip[i]->name,
                   (unsigned long long)costs[i].rows);
}

int main(int argc, char **argv)
{
    arena_open(&memory, (size_t)1 << 36);
    arena_open(&scratch, (size_t)1 << 36);
    char *end = NULL;
    uint64_t n = argc > 1 ? strtoull(argv[1], &end, 10) : 20;
    bytes file = argc > 1 && *end != '\0' ? read_file(argv[1]) : prove_fibonacci(n);
    if (argc > 2) {
        FILE *f = fopen(argv[2], "wb");
        CHECK(f != NULL && fwrite(file.data, 1, file.size, f) == file.size && fclose(f) == 0);
    }
    riscv_program program;
    riscv_machine machine;
    const char *reason = "";
    status s = riscv_program_load(&program, &memory, &reason, read_file("build/guest/verify.elf"));
    CHECK(s == OK);
    s = riscv_open(&machine, &program, file);
    CHECK(s == OK);
    s = riscv_profile(&machine);
    if (s != OK) {
        fprintf(stderr, "recursion_bench: the guest refuses: %s (%llu)\n", riscv_fault_message(machine.fault),
                (unsigned long long)machine.fault_address);
        return 1;
    }
    printf("a proof of %zu KiB\n", file.size >> 10);
    print_cycles(&machine);
    print_cells(&program, file);
    riscv_close(&machine);
    return 0;
}
