/* The part of TOML 1.0 that a configuration file needs: comments, tables of one level, bare and quoted keys,
 * strings in one line, decimal integers, booleans, arrays of strings. Everything else is refused by name. */
#ifndef ASHLAR_CLI_TOML_H
#define ASHLAR_CLI_TOML_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"

typedef enum { TOML_STRING, TOML_INTEGER, TOML_BOOLEAN, TOML_ARRAY } toml_kind;

typedef struct {
    const char *table; /* "" before the first one */
    const char *key;
    toml_kind kind;
    const char *text; /* a string; the digits; "true" or "false"; strings of an array with commas between */
    unsigned line;    /* from 1 */
} toml_entry;

/* In the order of the text; in the arena. INPUT_MALFORMED: *line, and in `why` (of TOML_WHY_BYTES) what is
 * wrong there. */
enum { TOML_WHY_BYTES = 200 };
status toml_parse(toml_entry **entries, size_t *count, unsigned *line, char *why, arena *memory, bytes text);

#endif
