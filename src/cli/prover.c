#define _GNU_SOURCE
#include "cli/prover.h"

#include "base/check.h"
#include "cli/block_program.h"
#include "cli/cli.h"

#include <omp.h>
#include <stdlib.h>
#include <unistd.h>

static char **started_with;

void wait_without_spinning(char **argv)
{
    started_with = argv;
    if (getenv("OMP_WAIT_POLICY") == NULL && setenv("OMP_WAIT_POLICY", "passive", 1) == 0)
        begin_anew(); /* where that fails it is only slower */
}

void begin_anew(void) { execv("/proc/self/exe", started_with); }

int read_resources(prover_resources *r, const command *c, const char *threads, const char *memory_gib)
{
    uint64_t count = (uint64_t)omp_get_num_procs(), gib = 0;
    int code = threads != NULL ? option_number(c, &count, "--threads", threads, 1, 1024) : EXIT_FINE;
    if (code == EXIT_FINE && memory_gib != NULL)
        code = option_number(c, &gib, "--memory", memory_gib, 1, 4096);
    r->threads = (uint32_t)count;
    r->memory_bytes =
        gib != 0 ? gib << 30 : (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 4 * 3;
    return code;
}

const jobs_build *build_of_command(void)
{
    static jobs_program programs[3];
    static jobs_build build;
    programs[0] = (jobs_program){block_program_id, block_program_elf()};
    programs[1] = (jobs_program){stateless_program_id, stateless_program_elf()};
    programs[2] = (jobs_program){batch_program_id, batch_program_elf()};
    build = (jobs_build){.programs = programs,
                         .program_count = sizeof programs / sizeof *programs,
                         .join = {join_program_id, join_program_elf()}};
    return &build;
}

static void show_node(void *context, uint32_t level, uint32_t children, uint32_t done, uint32_t expected)
{
    (void)context;
    fprintf(stderr, "\r\033[Knode %u of %u, joining %u at level %u", done + 1, expected, children, level);
    fflush(stderr);
}

int tree_of_command(tree_options *tree, arena *memory, const verifier *v, const prover_options *options)
{
    prover_program *join = ARENA_NEW(memory, prover_program, 1);
    const char *reason = "";
    if (prover_program_open(join, memory, &reason, v, join_program_elf()) != OK)
        return fail(EXIT_INPUT, "the guest program of this build cannot be loaded: %s", reason);
    *tree = (tree_options){.join = join, .options = options, .node = isatty(STDERR_FILENO) ? show_node : NULL};
    return EXIT_FINE;
}

int fail_tree(status s, const char *what)
{
    if (s == RUN_TOO_LONG)
        return fail(EXIT_UNSUPPORTED, "%s cannot be joined: a proof of two of its parts does not fit into one, or not into "
                                      "this memory", what);
    return fail(status_exit_code(s), "%s cannot be joined: %s", what, status_message(s));
}

int write_joined(arena *memory, const char *path, const joined_proof *proof, const verifier *v)
{
    digest join;
    run_statement statement;
    status s = program_id_read(&join, join_program_id);
    CHECK(s == OK);
    s = joined_proof_verify(&statement, v, &proof->said.header.program, &join, proof, tree_check_fast, memory);
    if (s != OK)
        return fail(EXIT_INPUT, "the joined proof that was made does not verify: %s; the machine's memory may be faulty",
                    status_message(s));
    size_t size = joined_proof_size_bytes(proof, v);
    uint8_t *file = arena_allocate(memory, size, 64);
    joined_proof_write(file, proof, v);
    return file_write(path, file, size);
}

void tree_report_add(tree_report *all, const tree_report *one)
{
    all->nodes += one->nodes;
    all->found += one->found;
    all->levels += one->levels;
    all->cycles += one->cycles;
    all->cells += one->cells;
    all->seconds += one->seconds;
}

status tree_add_pass(joined_proof *proof, tree_report *all, const tree_options *tree, arena *memory, arena *scratch)
{
    tree_report report;
    joined_proof larger = *proof;
    status s = tree_pass(proof, &report, tree, &larger, memory, scratch);
    if (s == OK)
        tree_report_add(all, &report);
    return s;
}

void print_joined(const joined_proof *proof, const tree_report *r, const verifier *v)
{
    printf("joined           %u node%s, %s cycles, %s cells, in %.1f s\n", r->nodes, r->nodes == 1 ? "" : "s",
           grouped(r->cycles), grouped(r->cells), r->seconds);
    if (r->found > 0)
        printf("nodes            %u of %u were there already\n", r->found, r->nodes);
    printf("says             %s\n", proof->said.kind == STATEMENT_RUN ? "one run" : "runs that follow each other");
    printf("proof            %s\n", size_text(joined_proof_size_bytes(proof, v)));
}
