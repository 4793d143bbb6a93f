/* How blocktest and statetest end. */
#ifndef ASHLAR_CLI_TALLY_H
#define ASHLAR_CLI_TALLY_H

#include "cli/cli.h"
#include "conformance/fixture_run.h"

/* "N passed, N failed", and before it what the guest took, on stdout. EXIT_INVALID where any failed or there
 * was none, EXIT_UNSUPPORTED where none could be judged. */
int tally_print(const fixture_tally *tally, const fixture_options *options);

#endif
