/* What the commands share: errors on one line, files, options, tables. */
#ifndef ASHLAR_CLI_CLI_H
#define ASHLAR_CLI_CLI_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/version.h"

#include <stdio.h>

enum { EXIT_FINE = 0, EXIT_INVALID = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_UNSUPPORTED = 4 };

typedef struct option_row option_row; /* cli/options.h */

/* Each command gets its own arguments, argv[0] being its name, and returns the exit code. */
typedef struct {
    const char *name;
    const char *usage;   /* one line: what follows `ashlar NAME` */
    const char *summary; /* one line */
    const char *actions; /* what the first operand may be, with blanks between; or NULL */
    /* Where they are a list, printed before `help`; a row without a name ends it. */
    const option_row *options;
    const char *help;          /* options and an example */
    int (*run)(int argc, char **argv);
} command;

#define COMMAND(name, summary) extern const command command_##name;
#include "cli/commands.def"
#undef COMMAND

/* One clear line on stderr, with the program's name before it; returns `exit_code`. */
int fail(int exit_code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Wrong use: the line, then how it is used. Returns EXIT_USAGE. */
int fail_usage(const command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Options: `--name VALUE` or `--name=VALUE`, in any order with the operands. */
typedef struct {
    const char *name;   /* "--json" */
    const char **value; /* where the value goes; NULL for a flag */
    bool *flag;         /* where a flag goes */
} option;

/* Takes the options off argv. Operands are left in argv[1 … *operand_count]. Returns EXIT_FINE or what
 * fail_usage returned. `--help` is handled by the caller of the command. */
int options_parse(const command *c, int argc, char **argv, const option *options, size_t option_count,
                  int operands_min, int operands_max, int *operand_count);

/* A whole number in a range; EXIT_USAGE with a line otherwise. */
int option_number(const command *c, uint64_t *out, const char *name, const char *text, uint64_t least,
                  uint64_t most);

/* The whole file, in the arena, of which it may take half of what is left: the rest is for what is made of
 * it. EXIT_INPUT with a line: not a regular file (nothing is waited for), larger than that, sparse and of
 * more than FILE_HOLES_BYTES, or not to be read. */
enum { FILE_HOLES_BYTES = 64 << 20 };
int file_read(bytes *out, arena *memory, const char *path);
/* The same where the file's first bytes (at most FILE_HEAD_BYTES) tell what it may be: before the rest is
 * read `check` says in a static sentence why the file is refused, or NULL. *exit_code is EXIT_INPUT until it
 * says another. */
enum { FILE_HEAD_BYTES = 64 << 10 };
typedef const char *file_check(void *context, int *exit_code, bytes head, uint64_t size_bytes);
int file_read_checked(bytes *out, arena *memory, const char *path, file_check *check, void *context);
/* For file_read_checked of proofs; the context is a verifier. */
file_check check_proof_head;
/* Writes beside the path and renames, so that a file is whole or absent. EXIT_INPUT with a line. */
int file_write(const char *path, const void *data, size_t size_bytes);

/* "0x…"; the buffer has room for 2·size + 3 characters. Returns the buffer. */
char *hex_text(char *buffer, const uint8_t *data, size_t size_bytes);

/* From here on, an address that cannot be read ends the command with a line about the database in that
 * directory, and EXIT_INPUT: LMDB follows what a corrupt page says wherever it leads. */
void explain_faults(const char *directory);

/* Resident memory of this process, at its peak. */
size_t peak_memory_bytes(void);

/* "12,345,678" in one of a few static buffers. */
const char *grouped(uint64_t number);
/* "5", or "5 to 9", likewise. */
const char *range_text(uint64_t first, uint64_t last);
/* "1.2 GiB", "34 KiB" likewise. */
const char *size_text(uint64_t size_bytes);

#endif
