/* `ashlar statetest`: runs Ethereum's state tests. */
#include "cli/block_program.h"
#include "cli/tally.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv)
{
    fixture_options how = {0};
    const char *fork = NULL, *jobs = "1";
    const option options[] = {{"--fork", &fork, NULL}, {"--trace", NULL, &how.trace},
                              {"--guest", NULL, &how.guest},
                              {"--jobs", &jobs, NULL}};
    int operands;
    uint64_t job_count;
    int code = options_parse(&command_statetest, argc, argv, options, sizeof options / sizeof *options, 1,
                             INT_MAX,
                             &operands);
    if (code == EXIT_FINE)
        code = option_number(&command_statetest, &job_count, "--jobs", jobs, 1, 256);
    if (code != EXIT_FINE)
        return code;
    if (fork != NULL && fixture_fork(fork) == FORK_COUNT)
        return fail_usage(&command_statetest, "there is no fork '%s'", fork);
    how.fork = fork;
    how.jobs = how.trace ? 1 : (unsigned)job_count;
    if (how.trace)
        setvbuf(stderr, NULL, _IOFBF, 1 << 16);

    fixture_files files;
    const char *fault = fixture_files_find(&files, argv + 1, (size_t)operands);
    if (fault != NULL)
        return fail(EXIT_INPUT, "%s", fault);
    how.program = block_program_elf();
    how.stateless_program = stateless_program_elf();
    fixture_tally tally;
    fixture_run(&tally, &files, statetest_file, &how);
    fixture_files_free(&files);
    fflush(stderr);
    return tally_print(&tally, &how);
}

const command command_statetest = {
    .name = "statetest",
    .usage = "[--fork FORK] [--trace] [--guest] [--jobs N] PATH...",
    .summary = "Runs Ethereum's state tests: every post entry in the files, or trees of files, is a case.",
    .help =
        "  --fork FORK  only the cases of this fork, \"Prague\"\n"
        "  --trace      one line of JSON for each instruction on stderr (EIP-3155), then output, gas and "
        "state root\n"
        "  --guest      each transaction also in a block of its own in the RISC-V program that proofs are "
        "about\n"
        "  --jobs N     in N processes\n"
        "\nA line for each case that fails, then how many passed, failed, and are not supported. Exit code 1 "
        "where\n"
        "any failed, 4 where none is supported.\n"
        "\nExample: ashlar statetest --jobs 4 fixtures/state_tests\n",
    .run = run,
};
