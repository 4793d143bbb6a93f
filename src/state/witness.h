/* The witness of a block: trie nodes and codes, found by the Keccak-256 hash of their bytes. It can
 * be incomplete, but never wrong: nothing in it is believed beyond its own hash. */
#ifndef ASHLAR_STATE_WITNESS_H
#define ASHLAR_STATE_WITNESS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"

typedef struct witness witness;

/* Hashes and indexes every node and every code once. Duplicates are refused with WITNESS_DUPLICATE,
 * since an honest witness has none; a code may equal a node. Borrowed: the bytes. The index lives in the
 * arena. */
status witness_open(witness **out, arena *memory, const bytes *nodes, size_t node_count, const bytes *codes,
                    size_t code_count);

/* Says that so many zeros stand behind every code, none of which comes from elsewhere later: such a code runs
 * where it lies (a PUSH at its end has 32 bytes, and what is past the end is STOP). */
enum { WITNESS_CODE_PADDING_BYTES = 40 };
void witness_set_codes_padded(witness *w);
bool witness_codes_are_padded(const witness *w);

/* For readers of witnesses that others made, some of which hold a code twice: keeps the first of equal
 * byte strings, in place, and gives how many are left. The arena is as before afterwards. */
size_t witness_remove_duplicates(arena *memory, bytes *blobs, size_t count);

/* For who keeps a whole state as one large witness: adds a node or a code unless it is there. Borrowed: its
 * bytes. `memory` is the arena of witness_open, or one that lives as long. */
void witness_add_node(witness *w, arena *memory, bytes node);
void witness_add_code(witness *w, arena *memory, bytes code);

/* Where a database has the state: what the witness lacks is asked here, once, and kept; NULL data where that
 * lacks it too. Its bytes live as long as the witness, and are believed to hash to what was asked.
 * `memory` as above. */
typedef bytes (*witness_lookup)(void *context, const uint8_t hash[32], bool is_code);
void witness_set_lookup(witness *w, arena *memory, witness_lookup lookup, void *context);

/* NULL data where the witness lacks it. The hash of the empty string and the empty trie's root are
 * known without a witness, so `w` may be NULL, which knows nothing else. What is found counts as used. */
bytes witness_node(const witness *w, const hash256 *hash);
bytes witness_code(const witness *w, const hash256 *hash);

/* The same for a hash as it stands in a node, at any alignment. */
bytes witness_node_at(const witness *w, const uint8_t hash[32]);

/* What has been found so far, in the order of first use: over a store that holds a whole state, this is
 * the witness of what was executed. `out` has room for as many as the counts say. */
size_t witness_used_node_count(const witness *w);
size_t witness_used_code_count(const witness *w);
void witness_used_nodes(const witness *w, bytes *out);
void witness_used_codes(const witness *w, bytes *out);

/* Nothing counts as used any more: before the next block. */
void witness_forget_used(witness *w);

/* Keccak-256 of the empty string, and of the RLP of the empty string (the root of an empty trie). */
extern const hash256 witness_empty_code_hash;
extern const hash256 witness_empty_trie_root;

#endif
