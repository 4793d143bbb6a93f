/* Recursive Length Prefix, Yellow Paper appendix B. Canonical only: a length that is not minimal, a byte
 * below 0x80 with a prefix, or an integer with leading zeros is RLP_MALFORMED, so a value has one
 * encoding and what decodes encodes back to the same bytes.
 *
 * Reading. A cursor is a `bytes`: what is left to read. Every reader takes one item from its front and
 * moves it; on a refusal it stays where it was. Nothing is copied: results point into the input, and
 * live as long as it. A list's payload is again a cursor, so nesting is the caller's loop: no recursion.
 *
 *     bytes items;
 *     TRY(rlp_list(&items, &input));
 *     TRY(rlp_u64(&nonce, &items));
 *     TRY(rlp_bytes(&data, &items));
 *     TRY(rlp_expect_end(items));
 */
#ifndef ASHLAR_CODEC_RLP_H
#define ASHLAR_CODEC_RLP_H

#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"

typedef struct {
    bytes payload;  /* without the prefix: a string's bytes, or a list's items one after another */
    bytes encoding; /* with the prefix; for hashing or copying the item as it is */
    bool is_list;
} rlp_item;

/* All readers: OK or RLP_MALFORMED (truncated, not canonical, or not of the wanted kind). */

/* Any item. A list's items are not looked at until they are read. */
status rlp_decode(rlp_item *item, bytes *input);

/* A list: *items becomes a cursor over its items. */
status rlp_list(bytes *items, bytes *input);

/* A string of any length. */
status rlp_bytes(bytes *out, bytes *input);

/* A string of exactly size_bytes, copied. */
status rlp_fixed(uint8_t *out, size_t size_bytes, bytes *input);
status rlp_hash(hash256 *out, bytes *input);
status rlp_address(address *out, bytes *input);

/* Big-endian integers without leading zeros that fit. Booleans are the integers 0 and 1. */
status rlp_u64(uint64_t *out, bytes *input);
status rlp_u256(u256 *out, bytes *input);

/* Nothing is left. */
status rlp_expect_end(bytes input);

/* How many items are left; each must be well-formed itself (lists: their prefix only). */
status rlp_count(size_t *count, bytes input);

static inline bool rlp_at_end(bytes input) { return input.size == 0; }

/* Writing: lengths first (the functions below), then into memory of the caller. */

/* Bytes that the encoding of an item takes. */
size_t rlp_bytes_size(const uint8_t *data, size_t size_bytes);
size_t rlp_u64_size(uint64_t value);
size_t rlp_u256_size(u256 value);
#define RLP_HASH_SIZE ((size_t)33)
#define RLP_ADDRESS_SIZE ((size_t)21)

/* Bytes that a list takes whose items together take payload_bytes. */
size_t rlp_list_size(size_t payload_bytes);

/* Writes from the front into borrowed memory; running over its end is a bug of the caller (CHECK). */
typedef struct {
    uint8_t *data;
    size_t capacity_bytes;
    size_t used_bytes;
} rlp_writer;

void rlp_writer_init(rlp_writer *w, uint8_t *memory, size_t capacity_bytes);

/* What has been written so far; borrowed from the writer's memory. */
static inline bytes rlp_written(const rlp_writer *w) { return (bytes){w->data, w->used_bytes}; }

void rlp_write_bytes(rlp_writer *w, const uint8_t *data, size_t size_bytes);
void rlp_write_hash(rlp_writer *w, const hash256 *value);
void rlp_write_address(rlp_writer *w, const address *value);
void rlp_write_u64(rlp_writer *w, uint64_t value);
void rlp_write_u256(rlp_writer *w, u256 value);

/* Bytes that are RLP already. */
void rlp_write_raw(rlp_writer *w, const uint8_t *data, size_t size_bytes);

/* The prefix of a list whose items, payload_bytes in all, the caller writes next. */
void rlp_write_list_header(rlp_writer *w, size_t payload_bytes);

/* A list whose length is not known beforehand: what is written between the two becomes its items (they are
 * moved once, to make room for the prefix). Lists nest. */
size_t rlp_begin_list(rlp_writer *w);
void rlp_end_list(rlp_writer *w, size_t begin);

#endif
