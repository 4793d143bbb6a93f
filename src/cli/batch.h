/* Batches of a rollup on the command line: the file that the guest program `batch` reads (rollup/run.h). */
#ifndef ASHLAR_CLI_BATCH_H
#define ASHLAR_CLI_BATCH_H

#include "cli/execution.h"
#include "rollup/run.h"

typedef struct {
    const char *path;
    chain_config config;
    rollup_run run;
    rollup_batch_result *results; /* of each batch */
    batch_output output;
    double seconds; /* native */
    guest_execution guest;
} batch_execution;

/* Reads the file and derives its batches natively. EXIT_FINE; EXIT_INPUT or EXIT_UNSUPPORTED with a line: no
 * batch is ever invalid, so it is always the file that is to blame. */
int batch_execute(batch_execution *e, arena *memory, arena *scratch, const char *path);

#endif
