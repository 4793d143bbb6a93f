/* The witness of a block: trie nodes and codes, found by the Keccak-256 hash of their bytes. It can
 * be incomplete, but never wrong: nothing in it is believed beyond its own hash. */
#ifndef ASHLAR_STATE_WITNESS_H
#define ASHLAR_STATE_WITNESS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"

typedef struct witness witness;

/* Hashes and indexes every node and every code once. Duplicates are refused with WITNESS_DUPLICATE,
 * since an honest witness has none. Borrowed: the bytes. The index lives in the arena. */
status witness_open(witness **out, arena *memory, const bytes *nodes, size_t node_count, const bytes *codes,
                    size_t code_count);

/* NULL data where the witness lacks it. The hash of the empty string and the empty trie's root are
 * known without a witness. */
bytes witness_node(const witness *w, const hash256 *hash);
bytes witness_code(const witness *w, const hash256 *hash);

#endif
