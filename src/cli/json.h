/* Reading JSON strictly, with errors that name the file and the place in it. */
#ifndef ASHLAR_CLI_JSON_H
#define ASHLAR_CLI_JSON_H

#include "base/arena.h"
#include "base/types.h"
#include "base/u256.h"

#include <jansson.h>

/* Where a value stands, for messages: "block.json: witness.state[3]". */
typedef struct {
    const char *file;
    char path[160];
} json_place;

/* The whole file. Owned: json_decref. EXIT_INPUT with a line. */
int json_file_read(json_t **out, arena *memory, const char *path);

/* The same from bytes that were read. */
int json_parse(json_t **out, bytes text, const char *path);

/* A member's place under `at`; `index` SIZE_MAX where there is none. */
json_place json_place_of(const json_place *at, const char *name, size_t index);

/* Each returns EXIT_FINE or EXIT_INPUT with a line. Hex begins with "0x" or not. */
int json_bytes(bytes *out, arena *memory, const json_t *value, const json_place *at);
int json_exact(uint8_t *out, size_t size_bytes, const json_t *value, const json_place *at);
/* Quantities: "0x…" hex, decimal text, or a JSON integer. */
int json_u64(uint64_t *out, const json_t *value, const json_place *at);
int json_u256(u256 *out, const json_t *value, const json_place *at);
/* An array of hex strings. A missing one (NULL) is empty. */
int json_bytes_list(bytes **out, size_t *count, arena *memory, const json_t *value, const json_place *at);

#endif
