/* The hexary Merkle-Patricia trie with Keccak-256, over the nodes of a witness, or built from nothing.
 * Yellow Paper, appendix D.
 *
 * Nodes are read from the witness when a path first crosses them, and then stay in memory; nodes that did
 * not change are never encoded or hashed again. Over a witness, deletions come after all insertions and
 * updates: a deletion that leaves a branch with one child reads that child, which an honest witness
 * holds only if the branch has but one child left in the end.
 *
 * Keys are any strings, also one the beginning of another; those of Ethereum's state are hashes.
 * WITNESS_INCOMPLETE: a node is not in the witness. INPUT_MALFORMED: a node is not one that a trie
 * could have. After either the trie is not to be used again. */
#ifndef ASHLAR_STATE_TRIE_H
#define ASHLAR_STATE_TRIE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "state/witness.h"

/* Longer keys are refused with INPUT_MALFORMED; they bound the depth of recursion. */
enum { TRIE_MAX_KEY_BYTES = 256 };

typedef struct trie trie;

/* The trie under `root`, or an empty one where `root` is NULL. Borrowed: the witness (may be NULL), as
 * long as the trie. Everything else lives in the arena. */
trie *trie_open(arena *memory, const witness *w, const hash256 *root);

/* After WITNESS_INCOMPLETE: the hash of the node that is not in the witness. */
const uint8_t *trie_missing(const trie *t);

/* NULL data where the key is absent, which the nodes read have proven. The value lives as long as the
 * trie. */
status trie_get(trie *t, bytes *value, bytes key);

/* Inserts or replaces. Borrowed: `value`, as long as the trie; not empty (CHECK). The key is copied. */
status trie_insert(trie *t, bytes key, bytes value);

/* Nothing happens where the key is absent. */
status trie_delete(trie *t, bytes key);

/* Encodes and hashes what changed since the last time. */
void trie_root(trie *t, hash256 *out);

/* Takes a node that trie_root made, with its hash; the bytes live as long as the trie. */
typedef void (*trie_node_sink)(void *context, const hash256 *hash, bytes node);

/* From now on trie_root hands every new node (but those inside others) to `sink`, children first. */
void trie_set_node_sink(trie *t, trie_node_sink sink, void *context);

#ifndef ASHLAR_GUEST
/* Not in the guest: the keys, of 32 bytes, of the trie under `root` that are not below `from`, in order, with
 * their values, until the visitor has had enough (false). WITNESS_INCOMPLETE, INPUT_MALFORMED. */
typedef bool (*trie_visitor)(void *context, const hash256 *key, bytes value);
status trie_visit(const witness *nodes, const hash256 *root, const hash256 *from, trie_visitor visit,
                  void *context);
#endif

#endif
