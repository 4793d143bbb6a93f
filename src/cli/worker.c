/* `ashlar worker`: proves parts of runs that others hand in on a queue, and nodes that join them. */
#define _GNU_SOURCE
#include "cli/prover.h"

#include "cli/cli.h"
#include "telemetry/log.h"

#include <string.h>
#include <unistd.h>

static int run(int argc, char **argv)
{
    const char *threads = NULL, *memory_text = NULL, *name = NULL, *idle = NULL, *format = NULL;
    const option options[] = {{"--threads", &threads, NULL}, {"--memory", &memory_text, NULL}, {"--name", &name, NULL},
                              {"--idle", &idle, NULL}, {"--log-format", &format, NULL}};
    int operands;
    wait_without_spinning(argv - 1); /* before a command's arguments is the program's name */
    int code = options_parse(&command_worker, argc, argv, options, sizeof options / sizeof *options, 1, 1, &operands);
    if (code != EXIT_FINE)
        return code;
    uint64_t idle_seconds = 0;
    prover_resources resources;
    if ((code = read_resources(&resources, &command_worker, threads, memory_text)) != EXIT_FINE)
        return code;
    if (idle != NULL && (code = option_number(&command_worker, &idle_seconds, "--idle", idle, 1, 1000000000)) != 0)
        return code;
    if (format != NULL && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
        return fail_usage(&command_worker, "--log-format must be text or json");
    char host[100] = "";
    gethostname(host, sizeof host - 1);
    if (name != NULL && strlen(name) > sizeof host - 1)
        return fail_usage(&command_worker, "--name has at most %zu characters", sizeof host - 1);
    log_open(LOG_INFO, format == NULL ? (isatty(STDERR_FILENO) ? LOG_READABLE : LOG_TEXT)
                       : strcmp(format, "json") == 0 ? LOG_JSON : LOG_TEXT);

    arena memory;
    verifier v;
    char error[JOBS_ERROR_BYTES];
    arena_open(&memory, (size_t)1 << 30);
    verifier_open(&v, &memory, &PROOF_FULL);
    jobs_worker_options worker = {.url = argv[1], .name = name != NULL ? name : host, .verifier = &v, .build = build_of_command(),
                                  .memory_bytes = resources.memory_bytes, .threads = resources.threads,
                                  .idle_seconds = idle_seconds, .begin_anew = begin_anew};
    bool fine = jobs_worker_run(error, &worker);
    arena_close(&memory);
    return fine ? EXIT_FINE : fail(EXIT_INPUT, "%s", error);
}

const command command_worker = {
    .name = "worker",
    .usage = "postgres://… [--memory GIB] [--threads N] [--name NAME] [--idle SECONDS] [--log-format text|json]",
    .summary = "Takes parts of runs, and nodes that join them, from the queue in this database, one after another, and proves them, "
               "until it is stopped. What it was about when it is stopped goes to another worker.",
    .help =
        "  postgres://…       the database, as libpq reads it, with a login in the role ashlar_worker; a password is\n"
        "                     better in ~/.pgpass or PGPASSWORD, where others do not see it\n"
        "  --memory GIB       jobs that take more go to other workers; three quarters of the machine's by default\n"
        "  --threads N        processor cores to use; all by default\n"
        "  --name NAME        how it is called in the figures; the machine's name by default\n"
        "  --idle SECONDS     end once there was nothing to do for so long; by default it waits for ever\n"
        "  --log-format text|json\n"
        "                     a line for each job, on stderr\n"
        "\nExample: ashlar worker postgres://rig1@queue.example/ashlar --memory 16\n",
    .run = run,
};
