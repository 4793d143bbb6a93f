/* What the guest program `batch` makes public, in words and as JSON. */
#ifndef ASHLAR_CLI_BATCH_OUTPUT_H
#define ASHLAR_CLI_BATCH_OUTPUT_H

#include "abi/batch_output.h"

/* A line for each. */
void batch_output_print(const batch_output *o);
/* The members of an object, without its braces. */
void batch_output_print_json(const batch_output *o);

#endif
