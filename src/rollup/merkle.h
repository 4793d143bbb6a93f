/* Merkle trees whose leaves have places: node = keccak256(left ‖ right), leaves that are not there are zero
 * (contracts/l1/MerklePath.sol). Depth 16 over the transactions of a batch, depth 32 over the roots of
 * batches. */
#ifndef ASHLAR_ROLLUP_MERKLE_H
#define ASHLAR_ROLLUP_MERKLE_H

#include "base/arena.h"
#include "base/types.h"

enum { ROLLUP_TRANSACTIONS_DEPTH = 16, ROLLUP_BATCHES_DEPTH = 32 };

/* The root of a tree of `depth` levels; count ≤ 2^depth. The arena is left as it was. */
void rollup_tree_root(hash256 *root, arena *memory, const hash256 *leaves, size_t count, unsigned depth);

/* The siblings of leaf `place`, from the leaf up, `depth` of them; place < count. The arena is left as it
 * was. */
void rollup_tree_path(hash256 *path, arena *memory, const hash256 *leaves, size_t count, size_t place,
                      unsigned depth);

/* keccak256(0x00 ‖ u64 block ‖ u32 index ‖ transaction hash); `index` is the place among all of the batch. */
void rollup_transaction_leaf(hash256 *leaf, uint64_t block, uint32_t index, const hash256 *transaction_hash);

/* What can be appended to without the leaves: of each level the complete subtree that is a left child and
 * waits for its sibling. A level's node means something only where its bit of `count` is set. */
typedef struct {
    uint64_t count; /* of leaves; below 2^ROLLUP_BATCHES_DEPTH */
    hash256 nodes[ROLLUP_BATCHES_DEPTH];
} rollup_frontier;

/* The tree that a rollup begins with: leaf 0 is zero, so that batch b is leaf b. */
void rollup_frontier_init(rollup_frontier *f);
void rollup_frontier_append(rollup_frontier *f, const hash256 *leaf);
void rollup_frontier_root(hash256 *root, const rollup_frontier *f);

#endif
