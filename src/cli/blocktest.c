/* `ashlar blocktest`: runs Ethereum's blockchain tests. */
#include "cli/block_program.h"
#include "cli/tally.h"

#include <limits.h>

static int run(int argc, char **argv)
{
    fixture_options how = {0};
    const char *jobs = "1";
    const option options[] = {{"--guest", NULL, &how.guest}, {"--jobs", &jobs, NULL}};
    int operands;
    uint64_t job_count;
    int code = options_parse(&command_blocktest, argc, argv, options, sizeof options / sizeof *options, 1,
                             INT_MAX,
                             &operands);
    if (code == EXIT_FINE)
        code = option_number(&command_blocktest, &job_count, "--jobs", jobs, 1, 256);
    if (code != EXIT_FINE)
        return code;
    how.jobs = (unsigned)job_count;

    fixture_files files;
    const char *fault = fixture_files_find(&files, argv + 1, (size_t)operands);
    if (fault != NULL)
        return fail(EXIT_INPUT, "%s", fault);
    how.program = block_program_elf();
    how.stateless_program = stateless_program_elf();
    fixture_tally tally;
    fixture_run(&tally, &files, blocktest_file, &how);
    fixture_files_free(&files);
    return tally_print(&tally, &how);
}

const command command_blocktest = {
    .name = "blocktest",
    .usage = "[--guest] [--jobs N] PATH...",
    .summary =
        "Runs Ethereum's blockchain tests: every named test in the files, or trees of files, is a case.",
    .help =
        "  --guest   each block also in the RISC-V program that proofs are about\n"
        "  --jobs N  in N processes\n"
        "\nA line for each case that fails, then how many passed, failed, and are not supported. Exit code 1 "
        "where\n"
        "any failed, 4 where none is supported.\n"
        "\nExample: ashlar blocktest --guest fixtures/blockchain_tests/prague\n",
    .run = run,
};
