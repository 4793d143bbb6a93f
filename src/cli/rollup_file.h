/* The file in which `ashlar deploy` says what it deployed, and by which every other command finds it. */
#ifndef ASHLAR_CLI_ROLLUP_FILE_H
#define ASHLAR_CLI_ROLLUP_FILE_H

#include "settle/deployment.h"

/* Holds the genesis that follows against the hashes in the file. EXIT_INPUT with a line. */
int rollup_file_read(rollup_deployment *out, arena *memory, const char *path);
int rollup_file_write(const rollup_deployment *d, const char *path);

#endif
