/* JSON as Ethereum's RPC writes it, straight into one run of memory: quantities "0x1f", data "0x00ff". Commas
 * come by themselves. What does not fit sets `full` and is dropped; the caller looks once at the end. */
#ifndef ASHLAR_RPC_WRITER_H
#define ASHLAR_RPC_WRITER_H

#include "base/types.h"
#include "base/u256.h"

#include <jansson.h>

typedef struct {
    char *data;
    size_t size_bytes, capacity_bytes;
    bool full;
} rpc_writer;

void rpc_writer_init(rpc_writer *w, char *memory, size_t capacity_bytes);

void rpc_begin_object(rpc_writer *w);
void rpc_end_object(rpc_writer *w);
void rpc_begin_array(rpc_writer *w);
void rpc_end_array(rpc_writer *w);

/* A member's name; its value comes next. */
void rpc_key(rpc_writer *w, const char *name);

void rpc_null(rpc_writer *w);
void rpc_bool(rpc_writer *w, bool value);
void rpc_number(rpc_writer *w, uint64_t value);
void rpc_real(rpc_writer *w, double value);
void rpc_string(rpc_writer *w, const char *text);
void rpc_text(rpc_writer *w, const char *text, size_t size_bytes);
void rpc_quantity(rpc_writer *w, uint64_t value);
void rpc_quantity_u256(rpc_writer *w, u256 value);
void rpc_data(rpc_writer *w, const uint8_t *data, size_t size_bytes);
void rpc_word(rpc_writer *w, u256 value); /* 32 bytes */
void rpc_hash(rpc_writer *w, const hash256 *value);
void rpc_address(rpc_writer *w, const address *value);
/* With the capitals of EIP-55. */
void rpc_checksummed(char out[43], const address *value);
/* JSON that is text already, as it is. */
void rpc_raw(rpc_writer *w, const char *json, size_t size_bytes);
void rpc_json(rpc_writer *w, const json_t *value);

/* Members, in one line each. */
#define RPC_MEMBER(w, name, kind, ...) (rpc_key((w), (name)), rpc_##kind((w), __VA_ARGS__))

#endif
