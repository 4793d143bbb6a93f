/* What joining costs: join_bench FILE [prove [GIB]] | few [prove [GIB]].
 *
 * FILE: a proof; its parts become the leaves of one node of `join`. few: the same of a short run proven with the parameters of
 * tests, by the program for those. Prints the cycles of the node by function and its cells by chip; with `prove` it proves the
 * node's run too, at the parameters of its leaves and in memory of GIB, 3 where nothing is said, and verifies that. Where the
 * node's proof is one of kind both, as a child must be, another node passes its statement on, natively and in the machine. */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "crypto/keccak.h"
#include "prover/join.h"
#include "prover/run.h"
#include "vm/parameters_test.h"

static arena memory, scratch;
static uint64_t memory_gib = 3;

static bytes read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fprintf(stderr, "join_bench: %s cannot be read\n", path);
        exit(3);
    }
    enum { MOST = 1 << 26 };
    uint8_t *data = arena_allocate(&memory, MOST, 64);
    size_t size = fread(data, 1, MOST, f);
    fclose(f);
    return (bytes){data, size};
}

static void must(status s, const char *what)
{
    if (s == OK)
        return;
    fprintf(stderr, "join_bench: %s: %s\n", what, status_message(s));
    exit(1);
}

static void show_progress(void *context, const prover_progress *p)
{
    uint32_t *last = context;
    if (p->part == *last)
        return;
    *last = p->part;
    printf("part %u of %u, %.0f s left\n", p->part, p->parts, p->seconds_left);
    fflush(stdout);
}

static prover_report prove(run_proof *proof, const prover_program *p, bytes input, bytes output, bool tells)
{
    uint32_t last = 0;
    prover_report report;
    prover_fault fault;
    prover_options options = {.memory_bytes = memory_gib << 30,
                              .progress = tells ? show_progress : NULL,
                              .progress_context = &last};
    must(prover_prove(proof, &report, &fault, &memory, &scratch, p, input, output, &options), "proving");
    return report;
}

/* fibonacci.elf's run for n. */
static void prove_short_run(run_proof *proof, const verifier *v)
{
    static uint64_t n = 20, result[2] = {20, 6765};
    static prover_program program;
    must(prover_program_open(&program, &memory, NULL, v, read_file("build/guest/fibonacci.elf")), "fibonacci.elf");
    prove(proof, &program, (bytes){(const uint8_t *)&n, sizeof n}, (bytes){(const uint8_t *)result, sizeof result}, false);
}

/* All its parts as leaves of one node of the program with id `self`. */
static bytes node_input(const run_proof *proof, const verifier *v, const digest *self)
{
    join_child children[JOIN_CHILDREN_MAX] = {0};
    if (proof->part_count > JOIN_CHILDREN_MAX)
        must(RUN_TOO_LONG, "the proof has more parts than a node takes");
    join_job job = {.operation = JOIN_SPAN, .self = *self, .program_key = &proof->key, .children = children,
                    .child_count = proof->part_count};
    digest id;
    program_id(&id, v, &proof->key);
    run_header_make(&job.header, v, &id, proof->records, proof->segment_count, proof->ledger_count, proof->output);
    job.header.shared_nonce = proof->shared_nonce;
    join_start(&job.before, v, &id, &proof->key);
    for (uint32_t i = 0; i < proof->part_count; i++)
        children[i].part = &proof->parts[i];
    return join_input_write(&memory, v, &job);
}

static void print_cycles(const riscv_program *program, bytes input)
{
    riscv_machine machine;
    riscv_profile_row *rows;
    uint32_t count;
    must(riscv_open(&machine, program, input), "the input");
    must(riscv_profile(&machine), "the node's run");
    riscv_profile_rows(&rows, &count, &memory, &machine);
    printf("%14llu cycles\n", (unsigned long long)machine.cycles);
    for (uint32_t i = 0; i < count && i < 16; i++)
        printf("%14llu  %5.1f %%  %s\n", (unsigned long long)rows[i].cycles,
               100.0 * (double)rows[i].cycles / (double)machine.cycles, rows[i].name);
    riscv_close(&machine);
}

static void print_cells(const stark_machine *chips, const riscv_program *program, bytes input)
{
    vm_cost costs[VM_CHIPS] = {0};
    riscv_machine machine;
    must(riscv_open(&machine, program, input), "the input");
    const uint32_t most = RISCV_ROWS_MAX;
    const riscv_limits limits = {.cycles = most, .words = most, .call_words = most};
    uint64_t touched = 0, cells = 0, interactions = 0;
    while (machine.pc4 != RISCV_HALT) {
        size_t mark = scratch.used_bytes;
        riscv_segment segment;
        must(riscv_record(&machine, &segment, &scratch, &limits), "the node's run");
        vm_add_costs(costs, chips, &segment);
        touched += segment.touched_count;
        arena_rewind(&scratch, mark);
    }
    riscv_close(&machine);
    for (int i = 0; i < VM_CHIPS; i++) {
        cells += costs[i].cells;
        interactions += costs[i].interactions;
    }
    printf("%14llu cells, %llu interactions, %llu words touched\n", (unsigned long long)cells,
           (unsigned long long)interactions, (unsigned long long)touched);
    for (int i = 0; i < VM_CHIPS; i++)
        if (costs[i].cells > cells / 100)
            printf("%14llu  %5.1f %%  %s: %llu rows\n", (unsigned long long)costs[i].cells,
                   100.0 * (double)costs[i].cells / (double)cells, chips->chip[i]->name,
                   (unsigned long long)costs[i].rows);
}

/* A node's proof as the only child of another one. */
static void pass_on(const verifier *v, const prover_program *join, const run_proof *proof, const join_statement *said)
{
    join_child child = {.part = &proof->parts[0], .statement = said, .shared_nonce = proof->shared_nonce};
    join_job job = {.operation = JOIN_PASS, .self = join->id, .join_key = &proof->key, .children = &child, .child_count = 1};
    bytes input = join_input_write(&memory, v, &job);
    join_statement again;
    must(join_node(&again, v, input, &scratch), "natively the node above");
    CHECK(again.kind == said->kind && digest_equal(&again.header.program, &said->header.program));
    printf("as a child of another node, which says the same:\n");
    print_cycles(&join->program, input);
    print_cells(&v->machine, &join->program, input);
}

static double now_seconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "join_bench FILE [prove [GIB]] | few [prove [GIB]]\n");
        return 2;
    }
    arena_open(&memory, (size_t)1 << 36);
    arena_open(&scratch, (size_t)1 << 36);
    bool few = strcmp(argv[1], "few") == 0, proves = argc > 2 && strcmp(argv[2], "prove") == 0;
    if (argc > 3)
        memory_gib = strtoull(argv[3], NULL, 10);
    static verifier v;
    static run_proof proof, joined;
    verifier_open(&v, &memory, few ? &test_parameters : &PROOF_FULL);
    if (few)
        prove_short_run(&proof, &v);
    else
        must(run_proof_read(&proof, &memory, &v, read_file(argv[1])), argv[1]);
    static prover_program join;
    must(prover_program_open(&join, &memory, NULL, &v, read_file(few ? "build/guest/join_few.elf" : "build/guest/join.elf")),
         "join");
    bytes input = node_input(&proof, &v, &join.id);
    join_statement said;
    double start = now_seconds();
    must(join_node(&said, &v, input, &scratch), "natively the node");
    printf("a node over %u leaves, %zu bytes; natively %.0f ms\n", proof.part_count, input.size,
           1e3 * (now_seconds() - start));

    print_cycles(&join.program, input);
    print_cells(&v.machine, &join.program, input);
    if (!proves)
        return 0;

    alignas(4) uint8_t statement[STATEMENT_BYTES_MAX];
    bytes output = {statement, statement_write(statement, &said)};
    start = now_seconds();
    prover_report report = prove(&joined, &join, input, output, true);
    printf("proven in %.0f s: %u segments, %u ledger parts, a proof of %zu bytes\n", now_seconds() - start,
           report.segment_count, report.ledger_count, run_proof_size_bytes(&joined, &v));
    run_statement ran;
    must(run_verify(&ran, NULL, &v, &join.id, &joined, &scratch), "verifying");
    join_statement shown;
    CHECK(ran.output.size == output.size && memcmp(ran.output.data, statement, output.size) == 0);
    must(statement_read(&shown, (const uint32_t *)(const void *)ran.output.data, (uint32_t)(ran.output.size / 4)),
         "the statement");
    printf("verified: the statement of a %s\n", shown.kind == STATEMENT_RUN ? "run" : "span");
    if (joined.part_count == 1 && shown.kind != STATEMENT_SPAN)
        pass_on(&v, &join, &joined, &said);
    return 0;
}
