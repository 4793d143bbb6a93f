/* SSZ, as far as stateless inputs need it: what containers and lists of variable size hold, and hash tree
 * roots. consensus-specs, ssz/simple-serialize.md; EIP-7916 and EIP-7495 for what is progressive. */
#ifndef ASHLAR_CHAIN_SSZ_H
#define ASHLAR_CHAIN_SSZ_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"

/* ---- reading; INPUT_MALFORMED ---- */

/* Little-endian numbers of a fixed part. */
uint32_t ssz_u32(const uint8_t *at);
uint64_t ssz_u64(const uint8_t *at);

/* The fields of variable size of a container whose fixed part has `fixed_bytes`: `at` says where in it their
 * offsets stand, ascending. The first begins where the fixed part ends, each other where the one before it
 * ends. */
status ssz_fields(bytes *fields, bytes container, size_t fixed_bytes, const size_t *at, size_t count);

/* The items of a list of items of variable size, at most `most`; in the arena. */
status ssz_items(bytes **items, size_t *count, arena *memory, bytes list, size_t most);

/* ---- hash tree roots ---- */

enum { SSZ_MAX_DEPTH = 32, SSZ_PROGRESSIVE = 64 };

/* The root of a tree of 2^depth leaves, of which the first are added one by one; the others are zero. Of
 * depth SSZ_PROGRESSIVE it is a chain of trees instead, of 1, 4, 16, … leaves, as long as is needed. */
typedef struct {
    unsigned depth;
    uint64_t count;
    hash256 left[SSZ_MAX_DEPTH + 1]; /* of each height whose bit is set in the count */
    bool is_progressive;             /* then depth and count are of the last tree, */
    unsigned full_count;             /* and these are the roots of those before it */
    hash256 full[SSZ_MAX_DEPTH / 2];
} ssz_tree;

void ssz_open(ssz_tree *t, unsigned depth);
void ssz_add(ssz_tree *t, const hash256 *leaf);
/* A leaf of at most 32 bytes, zeros behind them. */
void ssz_add_bytes(ssz_tree *t, const uint8_t *data, size_t size_bytes);
void ssz_add_u64(ssz_tree *t, uint64_t value);
void ssz_root(const ssz_tree *t, hash256 *out);
/* The root of a list: with the number of its items; of a progressive container: with a bit for each field. */
void ssz_list_root(const ssz_tree *t, hash256 *out, uint64_t item_count);

/* Of bytes: a vector, or a list, of at most 2^depth leaves of 32. */
void ssz_vector_root(hash256 *out, bytes data, unsigned depth);
void ssz_bytes_root(hash256 *out, bytes data, unsigned depth);

#endif
