#define _GNU_SOURCE
#include "conformance/fixture_run.h"

#include "abi/block_output.h"
#include "base/check.h"
#include "chain/input.h"
#include "chain/output.h"
#include "chain/transition.h"
#include "crypto/keccak.h"

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reserved, not taken. */
#define CASE_ARENA_BYTES ((size_t)64 << 30)

/* ---- files ---- */

static fixture_files *found;

static int add_file(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about, (void)where;
    size_t length = strlen(path);
    if (type != FTW_F || length < 5 || strcmp(path + length - 5, ".json") != 0)
        return 0;
    if ((found->count & (found->count - 1)) == 0) {
        size_t capacity = found->count == 0 ? 1 : 2 * found->count;
        found->paths = realloc(found->paths, capacity * sizeof *found->paths);
        CHECK(found->paths != NULL);
    }
    found->paths[found->count] = strdup(path);
    CHECK(found->paths[found->count++] != NULL);
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *fixture_files_find(fixture_files *files, char *const *paths, size_t path_count)
{
    static char fault[4096 + 128];
    *files = (fixture_files){0};
    found = files;
    for (size_t i = 0; i < path_count; i++) {
        size_t before = files->count;
        struct stat about;
        if (stat(paths[i], &about) != 0 || nftw(paths[i], add_file, 16, 0) != 0)
            return snprintf(fault, sizeof fault, "%s: %s", paths[i], strerror(errno)), fault;
        if (files->count == before)
            return snprintf(fault, sizeof fault, "%s: holds no .json file", paths[i]), fault;
    }
    qsort(files->paths, files->count, sizeof *files->paths, compare_paths);
    size_t kept = 0;
    for (size_t i = 0; i < files->count; i++) {
        if (kept > 0 && strcmp(files->paths[kept - 1], files->paths[i]) == 0)
            free(files->paths[i]);
        else
            files->paths[kept++] = files->paths[i];
    }
    files->count = kept;
    return NULL;
}

void fixture_files_free(fixture_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
}

/* ---- cases ---- */

enum { MAXIMUM_JOBS = 256 };

/* Between the processes. */
struct fixture_shared {
    fixture_tally tally;
    uint64_t next_file;
    /* Where each process is, so that another one can go on behind a case that ended it. */
    struct {
        uint64_t file, case_number;
        bool in_case;
        char id[512];
    } at[MAXIMUM_JOBS];
};

static void add(uint64_t *to, uint64_t n) { __atomic_fetch_add(to, n, __ATOMIC_RELAXED); }

/* In one write, so that lines of processes do not mix. */
static void print_line(const char *line)
{
    fflush(stdout);
    size_t length = strlen(line);
    ssize_t written = write(STDOUT_FILENO, line, length);
    (void)written;
}

static void print_outcome(const fixture_options *options, const char *outcome, const char *id,
                          const char *reason)
{
    char line[2048];
    snprintf(line, sizeof line - 1, "%s %s: %s", outcome, id, reason);
    strcat(line, "\n");
    if (!options->quiet)
        print_line(line);
}

bool fixture_begin(fixture_worker *w, const char *format, ...)
{
    const char *slash = strrchr(w->path, '/');
    int length = snprintf(w->id, sizeof w->id, "%s/", slash != NULL ? slash + 1 : w->path);
    va_list arguments;
    va_start(arguments, format);
    if (length < (int)sizeof w->id)
        vsnprintf(w->id + length, sizeof w->id - (size_t)length, format, arguments);
    va_end(arguments);
    uint64_t number = w->case_number++;
    const fixture_options *o = w->options;
    if (number < w->first_case || (o->wants != NULL && !o->wants(o->wants_context, w->id)))
        return false;
    w->failed = w->unsupported = false;
    w->shared->at[w->worker].case_number = number;
    strcpy(w->shared->at[w->worker].id, w->id);
    w->shared->at[w->worker].in_case = true;
    return true;
}

void fixture_fail(fixture_worker *w, const char *format, ...)
{
    if (w->failed)
        return;
    w->failed = true;
    char reason[1400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    print_outcome(w->options, "FAIL", w->id, reason);
}

void fixture_unsupported(fixture_worker *w, const char *format, ...)
{
    if (w->unsupported)
        return;
    w->unsupported = true;
    char reason[1400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    print_outcome(w->options, "UNSUPPORTED", w->id, reason);
}

void fixture_end(fixture_worker *w)
{
    fixture_tally *tally = &w->shared->tally;
    add(w->failed ? &tally->failed : w->unsupported ? &tally->unsupported : &tally->passed, 1);
    w->shared->at[w->worker].in_case = false;
    arena_rewind(&w->memory, 0);
    arena_rewind(&w->scratch, 0);
}

void fixture_count_guest(fixture_worker *w, uint64_t cycles)
{
    fixture_tally *tally = &w->shared->tally;
    add(&tally->guest_runs, 1);
    add(&tally->guest_cycles, cycles);
    uint64_t most = __atomic_load_n(&tally->guest_cycles_most, __ATOMIC_RELAXED);
    while (cycles > most && !__atomic_compare_exchange_n(&tally->guest_cycles_most, &most, cycles, false,
                                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

void fixture_count_refused_block(fixture_worker *w) { add(&w->shared->tally.refused_blocks, 1); }

/* ---- the guest ---- */

void fixture_compare_guest(fixture_worker *w, const chain_config *config, const chain_input *input,
                           status native,
                           const chain_result *result)
{
    size_t mark = w->scratch.used_bytes;
    riscv_machine machine;
    if (riscv_open(&machine, &w->program, chain_input_write(&w->scratch, config, input)) != OK) {
        fixture_fail(w, "the block is larger than the guest's input");
        arena_rewind(&w->scratch, mark);
        return;
    }
    status ran = riscv_run(&machine, 0);
    fixture_count_guest(w, machine.cycles);
    hash256 output = riscv_output(&machine), expected;
    riscv_fault fault = (riscv_fault)machine.fault;
    uint64_t code = machine.fault_address;
    riscv_close(&machine);

    block_output all;
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    chain_output(&all, NULL, config, result);
    block_output_write(encoding, &all);
    keccak256(&expected, encoding, sizeof encoding);
    arena_rewind(&w->scratch, mark);
    if (ran != OK && fault != RISCV_FAULT_EXIT_CODE)
        fixture_fail(w, "guest: %s, native: %s", riscv_fault_message(fault), status_name(native));
    else if ((ran == OK ? OK : (status)code) != native)
        fixture_fail(w, "guest: %s, native: %s",
                     ran == OK ? "OK" : code < STATUS_COUNT ? status_name((status)code) : "?",
                     status_name(native));
    else if (native == OK && memcmp(output.bytes, expected.bytes, 32) != 0)
        fixture_fail(w, "the guest's public output differs from the native one");
}

void fixture_compare_stateless_guest(fixture_worker *w, bytes input, bytes expected)
{
    riscv_machine machine;
    if (riscv_open(&machine, &w->stateless_program, input) != OK) {
        fixture_fail(w, "the stateless input is larger than the guest's input");
        return;
    }
    status ran = riscv_run(&machine, 0);
    fixture_count_guest(w, machine.cycles);
    hash256 output = riscv_output(&machine), digest;
    keccak256(&digest, expected.data, expected.size);
    if (ran != OK)
        fixture_fail(w, "the stateless guest: %s", riscv_fault_message((riscv_fault)machine.fault));
    else if (memcmp(output.bytes, digest.bytes, sizeof digest) != 0)
        fixture_fail(w, "the stateless guest makes another result public");
    riscv_close(&machine);
}

/* ---- witnesses ---- */

void fixture_compare_tampered(fixture_worker *w, const chain_config *config, const chain_input *complete)
{
    size_t nodes = complete->node_count, all = nodes + complete->code_count;
    for (size_t i = 0; i < 2 * all; i++) {
        size_t at = i % all, extra = i < all ? 0 : 1; /* dropped, then doubled */
        bool is_code = at >= nodes;
        chain_input input = *complete;
        const bytes *from = is_code ? input.codes : input.nodes;
        size_t count = is_code ? input.code_count : nodes, kept = 0, index = is_code ? at - nodes : at;
        bytes *items = ARENA_NEW(&w->memory, bytes, count + 1);
        for (size_t k = 0; k < count; k++)
            for (size_t times = k != index ? 1 : 2 * extra; times > 0; times--)
                items[kept++] = from[k];
        *(is_code ? &input.codes : &input.nodes) = items;
        *(is_code ? &input.code_count : &input.node_count) = kept;
        chain_result result;
        chain_fault fault;
        size_t mark = w->scratch.used_bytes;
        status outcome = chain_execute(&result, &fault, &w->scratch, config, &input);
        arena_rewind(&w->scratch, mark);
        status expected = extra ? WITNESS_DUPLICATE : is_code ? WITNESS_CODE_MISSING : WITNESS_INCOMPLETE;
        bool is_delegation = is_code && extra && transition_is_delegation(from[index]); /* may come twice */
        if (outcome != (is_delegation ? OK : expected))
            fixture_fail(w, "%s %zu of the witness %s: %s", is_code ? "code" : "node", index,
                         extra ? "doubled" : "dropped", status_name(outcome));
    }
}

/* ---- processes ---- */

static void open_worker(fixture_worker *w, const fixture_options *options, struct fixture_shared *shared,
                        unsigned number)
{
    *w = (fixture_worker){.options = options, .shared = shared, .worker = number};
    arena_open(&w->memory, CASE_ARENA_BYTES);
    arena_open(&w->scratch, CASE_ARENA_BYTES);
    if (options->guest) {
        arena_open(&w->program_memory, (size_t)1 << 30);
        CHECK(riscv_program_load(&w->program, &w->program_memory, NULL, options->program) == OK);
        CHECK(riscv_program_load(&w->stateless_program, &w->program_memory, NULL,
                                 options->stateless_program) == OK);
    }
}

static void close_worker(fixture_worker *w)
{
    arena_close(&w->memory);
    arena_close(&w->scratch);
    if (w->options->guest)
        arena_close(&w->program_memory);
}

static struct fixture_shared *open_shared(void)
{
    struct fixture_shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    return shared;
}

void fixture_worker_open(fixture_worker *w, const fixture_options *options)
{
    open_worker(w, options, open_shared(), 0);
    w->path = "made";
}

void fixture_worker_close(fixture_worker *w)
{
    close_worker(w);
    munmap(w->shared, sizeof *w->shared);
}

/* What a checkout without Git LFS has in the place of large files. */
static bool is_lfs_pointer(const char *path)
{
    static const char start[] = "version https://git-lfs.github.com/spec/";
    char text[sizeof start - 1];
    FILE *file = fopen(path, "rb");
    bool is_one = file != NULL && fread(text, 1, sizeof text, file) == sizeof text &&
                  memcmp(text, start, sizeof text) == 0;
    if (file != NULL)
        fclose(file);
    return is_one;
}

static void run_file(fixture_worker *w, const char *path, fixture_runner runner)
{
    w->path = path;
    w->case_number = 0;
    json_error_t error;
    json_t *tests = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(tests)) {
        runner(w, tests);
    } else if (fixture_begin(w, "*")) {
        if (is_lfs_pointer(path))
            fixture_unsupported(w, "is a pointer of Git LFS, whose file is not here");
        else
            fixture_fail(w, "is no file of tests: %s", tests == NULL ? error.text : "not an object");
        fixture_end(w);
    }
    json_decref(tests);
    w->first_case = 0;
}

/* Files one after another, as long as there are any; the first one, if any, is to be gone on with. */
static void work(fixture_worker *w, const fixture_files *files, fixture_runner runner, uint64_t resume_file)
{
    uint64_t file = resume_file;
    if (file == UINT64_MAX)
        file = __atomic_fetch_add(&w->shared->next_file, 1, __ATOMIC_RELAXED);
    while (file < files->count) {
        w->shared->at[w->worker].file = file;
        run_file(w, files->paths[file], runner);
        file = __atomic_fetch_add(&w->shared->next_file, 1, __ATOMIC_RELAXED);
    }
    w->shared->at[w->worker].file = UINT64_MAX;
}

static pid_t start(struct fixture_shared *shared, const fixture_files *files, fixture_runner runner,
                   const fixture_options *options, unsigned number, uint64_t resume_file, uint64_t first_case)
{
    fflush(stdout);
    pid_t process = fork();
    CHECK(process >= 0);
    if (process > 0)
        return process;
    fixture_worker w;
    open_worker(&w, options, shared, number);
    w.first_case = first_case;
    work(&w, files, runner, resume_file);
    fflush(stdout);
    _exit(0);
}

/* Counts the case that ended a process, and starts another process behind it. */
static pid_t replace(struct fixture_shared *shared, const fixture_files *files, fixture_runner runner,
                     const fixture_options *options, unsigned number, int how)
{
    uint64_t file = shared->at[number].file;
    if (file == UINT64_MAX)
        return 0;
    char reason[96];
    if (WIFSIGNALED(how))
        snprintf(reason, sizeof reason, "ended the process by signal %d", WTERMSIG(how));
    else
        snprintf(reason, sizeof reason, "ended the process with exit code %d", WEXITSTATUS(how));
    bool in_case = shared->at[number].in_case;
    print_outcome(options, "FAIL", in_case ? shared->at[number].id : files->paths[file], reason);
    add(&shared->tally.failed, 1);
    shared->at[number].in_case = false;
    return start(shared, files, runner, options, number, in_case ? file : UINT64_MAX,
                 in_case ? shared->at[number].case_number + 1 : 0);
}

static void run_processes(struct fixture_shared *shared, const fixture_files *files, fixture_runner runner,
                          const fixture_options *options)
{
    pid_t processes[MAXIMUM_JOBS];
    unsigned jobs = options->jobs < MAXIMUM_JOBS ? options->jobs : MAXIMUM_JOBS, running = jobs;
    for (unsigned i = 0; i < jobs; i++)
        processes[i] = start(shared, files, runner, options, i, UINT64_MAX, 0);
    while (running > 0) {
        int how;
        pid_t ended = wait(&how);
        if (ended < 0 && errno == EINTR)
            continue;
        CHECK(ended > 0);
        unsigned i = 0;
        while (i < jobs && processes[i] != ended)
            i++;
        if (i == jobs)
            continue;
        bool good = WIFEXITED(how) && WEXITSTATUS(how) == 0;
        processes[i] = good ? 0 : replace(shared, files, runner, options, i, how);
        running -= processes[i] == 0;
    }
}

void fixture_run(fixture_tally *tally, const fixture_files *files, fixture_runner runner,
                 const fixture_options *options)
{
    struct fixture_shared *shared = open_shared();
    if (options->jobs > 1) {
        run_processes(shared, files, runner, options);
    } else {
        fixture_worker w;
        open_worker(&w, options, shared, 0);
        work(&w, files, runner, UINT64_MAX);
        close_worker(&w);
    }
    *tally = shared->tally;
    munmap(shared, sizeof *shared);
}
