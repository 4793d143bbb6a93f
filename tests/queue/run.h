/* For tests of jobs: a small program that is cut into several parts, and this program as a process of its own, which can be
 * ended at any moment. */
#ifndef ASHLAR_TESTS_QUEUE_RUN_H
#define ASHLAR_TESTS_QUEUE_RUN_H

#define _GNU_SOURCE
#include "jobs/jobs.h"
#include "tests/prover/fixture.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static test_code code;
static prover_program program;
static bytes input_a, input_b, output_a, output_b;
static uint8_t program_text[PROGRAM_ID_BYTES];
static bytes program_elf;

/* Some 80 instructions in a line. */
static void write_code(void)
{
    test_load(&code, 8, MAP_HEAP_BASE);
    test_load(&code, 9, MAP_INPUT_BASE + 40);
    for (int32_t i = 0; i < 8; i++) {
        test_op(&code, OP_LD, 5, 9, 0, 8 * (i % 2));
        test_op(&code, OP_MUL, 6, 5, 5, 0);
        test_op(&code, OP_XOR, 7, 7, 6, 0);
        test_op(&code, OP_SD, 0, 8, 7, 8 * (i / 2));
        test_op(&code, OP_LBU, 4, 8, 0, i);
    }
    code_finish(&code);
}

/* `tiny` has these parameters then. */
static void open_program_with(const proof_parameters *parameters)
{
    fixture_open();
    verifier_open(&tiny, &kept, parameters);
    write_code();
    elf_segment text = {5, MAP_TEXT_BASE, text_of(&kept, &code)};
    program_elf = elf_of(&kept, MAP_TEXT_BASE, &text, 1);
    program_open(&program, &kept, &tiny, program_elf);
    program_id_write(program_text, &program.id);
    output_a = text_bytes("the first run");
    output_b = text_bytes("the second run");
    input_a = input_for(&kept, output_a, text_bytes("0123456789ABCDEF"));
    input_b = input_for(&kept, output_b, text_bytes("FEDCBA9876543210"));
}

static inline void open_program(void) { open_program_with(&test_parameters); }

/* Four or so segments and two ledger parts. */
static const prover_options small_parts = {.memory_bytes = MEMORY_BYTES, .segment_log2_cycles = 5, .ledger_rows = 20};
static const prover_options large_parts = {.memory_bytes = MEMORY_BYTES, .segment_log2_cycles = 6, .ledger_rows = 30};

static prover_report made;

static inline void plan_run_of(prover_run *run, bytes input, bytes output, const prover_options *options)
{
    prover_fault fault;
    assert_status(prover_plan(run, &made, &fault, &memory, &scratch, &program, input, output, options), OK);
}

static inline bytes file_of(const run_proof *proof)
{
    size_t size = run_proof_size_bytes(proof, &tiny);
    uint8_t *file = arena_allocate(&memory, size, 64);
    run_proof_write(file, proof, &tiny);
    return (bytes){file, size};
}

/* What prover_prove makes. */
static inline bytes expected_proof(arena *to, bytes input, bytes output, const prover_options *options)
{
    run_proof proof;
    prover_fault fault;
    assert_status(prover_prove(&proof, &made, &fault, &memory, &scratch, &program, input, output, options), OK);
    bytes file = file_of(&proof);
    uint8_t *copy = arena_allocate(to, file.size, 64);
    memcpy(copy, file.data, file.size);
    return (bytes){copy, file.size};
}

static inline void assert_same_bytes(bytes a, bytes b)
{
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
}

/* ---- files ---------------------------------------------------------------------------------------- */

static inline bytes read_whole(arena *to, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return (bytes){NULL, 0};
    fseek(f, 0, SEEK_END);
    size_t size = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = arena_allocate(to, size + 1, 64);
    assert_int_equal(fread(data, 1, size, f), size);
    fclose(f);
    return (bytes){data, size};
}

static inline void write_whole(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static inline int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

static inline void remove_tree(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* ---- processes ------------------------------------------------------------------------------------ */

/* This program with other arguments, the last one NULL; not a fork, since threads do not live through one. */
static inline pid_t start_self(const char *const *arguments, int out)
{
    char *argv[16] = {"/proc/self/exe"};
    for (int i = 0; arguments[i] != NULL && i < 14; i++)
        argv[i + 1] = (char *)arguments[i];
    char self[512];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = 0;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&actions, out, 2);
    pid_t process;
    assert_int_equal(posix_spawn(&process, self, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return process;
}

/* The exit code, or 128 and the signal. */
static inline int end_of(pid_t process)
{
    int outcome;
    while (waitpid(process, &outcome, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : 128 + WTERMSIG(outcome);
}

#endif
