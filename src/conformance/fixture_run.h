/* Runs files of tests, or trees of them, in one process or several, and counts cases. */
#ifndef ASHLAR_CONFORMANCE_FIXTURE_RUN_H
#define ASHLAR_CONFORMANCE_FIXTURE_RUN_H

#include "chain/stateless.h"
#include "conformance/fixture.h"
#include "riscv/emulator.h"

/* All .json files that the paths name or hold, sorted, each once. Owned: fixture_files_free. NULL, or why
 * there are none (borrowed until the next call): "PATH: No such file or directory". */
typedef struct {
    char **paths;
    size_t count;
} fixture_files;
const char *fixture_files_find(fixture_files *files, char *const *paths, size_t path_count);
void fixture_files_free(fixture_files *files);

/* Cases and cycles of the guest. */
typedef struct {
    uint64_t passed, failed, unsupported; /* the last: of rules or a form that is not known here */
    uint64_t guest_runs, guest_cycles, guest_cycles_most; /* one run */
    uint64_t refused_blocks;
} fixture_tally;

typedef struct {
    bool guest;       /* each block also in the emulated machine, which must come to the same */
    bytes program, stateless_program; /* the ELF files of the guest programs, for that; borrowed */
    bool trace;       /* state tests: EIP-3155 on stderr */
    const char *fork; /* state tests: only this one's; NULL: all */
    unsigned jobs;    /* processes; 0 and 1: none but this one */
    bool quiet;       /* no line for a failure */
    bool unjudged; /* state tests: whatever they come to is right, as long as the guest comes to the same */
    bool tampers;  /* with guest, state tests: witnesses that lack a node or have one twice must be refused */
    /* Which cases run, by "file.json/name" and, for state tests, " [Fork index]"; NULL: all. */
    bool (*wants)(void *context, const char *id);
    void *wants_context;
} fixture_options;

/* What a case sees. */
typedef struct {
    const fixture_options *options;
    arena memory;  /* for the case: rewound after it */
    arena scratch; /* for one execution in it */
    riscv_program program, stateless_program;
    arena program_memory;
    const char *path;
    char id[512];
    struct fixture_shared *shared;
    unsigned worker;
    uint64_t case_number; /* in the file */
    uint64_t first_case;  /* earlier ones have run */
    bool failed;          /* the case has */
    bool unsupported;     /* the case is */
} fixture_worker;

/* Whether the case is to run. Its outcome is "passed" unless fixture_fail was called; fixture_end counts
 * it. */
bool fixture_begin(fixture_worker *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One line, with the case's name before it; only the first of a case is kept. */
void fixture_fail(fixture_worker *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The case cannot be judged: it is counted apart, unless it has failed. */
void fixture_unsupported(fixture_worker *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fixture_end(fixture_worker *w);
void fixture_count_guest(fixture_worker *w, uint64_t cycles);
void fixture_count_refused_block(fixture_worker *w);

/* Runs one file's cases. */
typedef void (*fixture_runner)(fixture_worker *w, json_t *tests);
void statetest_file(fixture_worker *w, json_t *tests);
void blocktest_file(fixture_worker *w, json_t *tests);

/* For programs that make tests: a worker outside of fixture_run, and one case of a state test. Owned:
 * close it. True where the case has passed. */
void fixture_worker_open(fixture_worker *w, const fixture_options *options);
void fixture_worker_close(fixture_worker *w);
bool statetest_run(fixture_worker *w, const char *fork, const json_t *test, const json_t *post);
/* What the case comes to, whatever it says that it should. False where it cannot be read. */
bool statetest_outcome(fixture_worker *w, status *outcome, hash256 *root, hash256 *logs, const char *fork,
                       const json_t *test, const json_t *post);

/* A file that is no JSON counts as one failed case, and so does a case that ends its process. */
void fixture_run(fixture_tally *tally, const fixture_files *files, fixture_runner runner,
                 const fixture_options *options);

/* Executes the block in the emulated machine: OK where its outcome and public output are those of `native`
 * and `result`; else fails the case. The scratch arena is used and left as it was. */
void fixture_compare_guest(fixture_worker *w, const chain_config *config, const chain_input *input,
                           status native,
                           const chain_result *result);

/* The input's witness is what execution uses, and the block valid: without one of the nodes or codes it must be
 * refused as incomplete, with one twice as no witness; else the case fails. Natively. */
void fixture_compare_tampered(fixture_worker *w, const chain_config *config, const chain_input *complete);

/* Runs EIP-8025's program on its input, SSZ, which must make `expected` public. */
void fixture_compare_stateless_guest(fixture_worker *w, bytes input, bytes expected);

#endif
