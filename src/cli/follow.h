/* Whether the runs of several proofs follow each other. */
#ifndef ASHLAR_CLI_FOLLOW_H
#define ASHLAR_CLI_FOLLOW_H

#include "cli/cli.h"
#include "verify/run.h"

/* What a proof's output has to be for the next one's to follow it, in its own bytes in the arena. A line, with `json` also an
 * object, where it is not. */
int follow_start(run_statement *all, arena *memory, const char *path, bool json);
/* `all`, of follow_start, becomes both together; or a line that says which word of the output is to blame. */
int follow_next(run_statement *all, const run_statement *next, const char *path, const char *path_before, bool json);

#endif
