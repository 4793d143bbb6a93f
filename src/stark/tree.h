/* Merkle trees of one height (protocol2.md, section 1). Leaf i is row i of a matrix, hashed as LEAF with its width; a
 * node is P(left ‖ right), NODE. The tree ends at its cap, the level of 2^log2_cap digests; its root is the hash of the
 * cap, role CAP. */
#ifndef ASHLAR_STARK_TREE_H
#define ASHLAR_STARK_TREE_H

#include "base/arena.h"
#include "stark/hash.h"

enum { TREE_LOG2_LEAVES_MAX = 24 };

/* ---- freestanding (tree.c) ---- */

void tree_root(digest *root, const digest *cap, unsigned log2_cap);

/* Whether a row stands at `index` under the cap. `path` has log2_leaves − log2_cap siblings, from the leaf upwards.
 * False for an index beyond the leaves. */
bool tree_verify(const digest *cap, unsigned log2_cap, unsigned log2_leaves, size_t index, const fp *row, size_t width,
                 const digest *path);

/* ---- hosted (tree_host.c) ---- */

typedef struct {
    unsigned log2_leaves, log2_cap;
    digest *levels[TREE_LOG2_LEAVES_MAX + 1]; /* levels[h]: 2^h digests; log2_cap ≤ h ≤ log2_leaves */
} tree;

size_t tree_size_bytes(unsigned log2_leaves);

/* Over columns as ntt_forward gives them: row k at ntt_forward_position(k, log2_rows, log2_cosets). log2_rows is that of a
 * coset; log2_cap is at most log2_rows + log2_cosets. Digests go to the arena. OpenMP. */
void tree_build(tree *t, arena *a, const fp *const *columns, size_t width, unsigned log2_rows, unsigned log2_cosets,
                unsigned log2_cap);

const digest *tree_cap(const tree *t);

/* Writes log2_leaves − log2_cap digests. */
void tree_open(const tree *t, digest *path, size_t index);

#endif
