/* Merkle trees of one height (protocol.md, section 1). Leaf i is row i of a matrix, hashed as LEAF with its
 * width; a node is P(left ‖ right), NODE. The tree ends at its cap, the level of 2^log2_cap digests; its root
 * is the hash of the cap, role CAP. */
#ifndef ASHLAR_STARK_TREE_H
#define ASHLAR_STARK_TREE_H

#include "base/arena.h"
#include "stark/hash.h"

enum { TREE_LOG2_LEAVES_MAX = 24 };

/* ---- freestanding (tree.c) ---- */

void tree_root(digest *root, const digest *cap, unsigned log2_cap);

/* Whether a row stands at `index` under the cap. `path` has log2_leaves − log2_cap siblings, from the leaf
 * upwards. False for an index beyond the leaves. */
bool tree_verify(const digest *cap, unsigned log2_cap, unsigned log2_leaves, size_t index, const fp *row, size_t width,
                 const digest *path);

/* One tree at many places. Answer q, the row and then the path, is at words + q·stride. */
typedef struct {
    const digest *cap;
    unsigned log2_cap, log2_leaves;
    size_t width;
    const fp *words;
    size_t stride;
    const uint32_t *indices; /* below 2^log2_leaves */
    uint32_t count;
} tree_answers;

/* Whether all answers stand in the tree: how a verifier is told which of the two below to use. */
typedef bool (*tree_checker)(const tree_answers *answers);

/* One after another. */
bool tree_check(const tree_answers *answers);

/* ---- hosted (tree_host.c) ---- */

/* The same, sixteen hashes at a time, on the caller's core. */
bool tree_check_fast(const tree_answers *answers);

typedef struct {
    unsigned log2_leaves, log2_cap;
    digest *levels[TREE_LOG2_LEAVES_MAX + 1]; /* levels[h]: 2^h digests; log2_cap ≤ h ≤ log2_leaves */
} tree;

size_t tree_size_bytes(unsigned log2_leaves);

/* Over columns as ntt_forward gives them: row k at ntt_forward_position(k, log2_rows, log2_cosets). log2_rows
 * is that of a coset; log2_cap is at most log2_rows + log2_cosets. Digests go to the arena. OpenMP. */
void tree_build(tree *t, arena *a, const fp *const *columns, size_t width, unsigned log2_rows, unsigned log2_cosets,
                unsigned log2_cap);

const digest *tree_cap(const tree *t);

/* Writes log2_leaves − log2_cap digests. */
void tree_open(const tree *t, digest *path, size_t index);

#endif
