/* A set of trie nodes and codes that grows: where a state is built, or kept from block to block, before a
 * witness is opened over it. Everything lives in the arena. */
#ifndef ASHLAR_CHAIN_STORE_H
#define ASHLAR_CHAIN_STORE_H

#include "base/arena.h"
#include "base/types.h"

typedef struct {
    arena *memory;
    bytes *items;
    hash256 *hashes;
    size_t count, capacity;
    uint32_t *places; /* of items by hash, plus one; 0 is free */
    size_t place_count; /* a power of two */
} byte_store;

void store_init(byte_store *s, arena *memory);

/* Copies the item in unless the store has it. */
void store_add(byte_store *s, const hash256 *hash, bytes item);

/* NULL data where it has none with that hash. */
bytes store_find(const byte_store *s, const hash256 *hash);

/* All of another store. */
void store_add_all(byte_store *s, const byte_store *from);

/* store_add as a trie_node_sink whose context is the store. */
void store_sink(void *store, const hash256 *hash, bytes item);

/* The items in the order in which they came; valid until the next one is added. */
static inline const bytes *store_items(const byte_store *s) { return s->items; }

#endif
