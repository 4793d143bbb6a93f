/* One Merkle tree over several matrices of different heights (protocol.md, section 4).
 *
 * A matrix is column-major, its rows being those of a low-degree extension: with 2^log2_cosets cosets,
 * natural row k stands at position (k mod cosets)·(rows / cosets) + k / cosets of each column. Leaf i of
 * height 2^h is natural row bitrev_h(i) of all matrices of that height, in the order given. Going up from
 * the tallest, node = P(left ‖ right ‖ NODE); at a height at which other matrices enter, node' = P(node ‖
 * leaf ‖ INJECT). The tree ends at the cap, the level of 2^min(4, log2 of the height). A query of index i
 * at the greatest height H asks for row i >> (H − h) at height h. */
#ifndef ASHLAR_STARK_MERKLE_H
#define ASHLAR_STARK_MERKLE_H

#include "base/arena.h"
#include "stark/hash.h"

#define MERKLE_LOG2_CAP 4
#define MERKLE_LOG2_ROWS_MAX 24

typedef struct {
    const fp *data;        /* borrowed; column c starts at data + c·column_stride */
    size_t column_stride;  /* in elements, at least the rows */
    size_t column_count;
    unsigned log2_rows;    /* of the extension */
    unsigned log2_cosets;  /* 1 at blow-up 2; 0 for a matrix in natural order */
} merkle_matrix;

typedef struct {
    unsigned log2_leaves; /* the greatest height */
    unsigned log2_cap;
    digest *levels[MERKLE_LOG2_ROWS_MAX + 1]; /* levels[h]: 2^h digests, after injection; log2_cap ≤ h ≤ log2_leaves */
} merkle_tree;

static inline unsigned merkle_log2_cap(unsigned log2_leaves)
{
    return log2_leaves < MERKLE_LOG2_CAP ? log2_leaves : MERKLE_LOG2_CAP;
}

/* Digests in a path: the siblings from the leaf up to below the cap. */
static inline unsigned merkle_path_length(unsigned log2_leaves)
{
    return log2_leaves - merkle_log2_cap(log2_leaves);
}

/* ---- hosted: building (merkle_host.c) ---- */

size_t merkle_size_bytes(unsigned log2_leaves);

/* At least one matrix. Every height is at least that of the cap and gives a coset 16 rows or more;
 * matrices of one height have as many cosets. Digests go to the arena. OpenMP. */
void merkle_build(merkle_tree *tree, arena *a, const merkle_matrix *matrices, size_t count);

/* A tree over 2^log2_rows rows of `width` contiguous elements, leaf i being row i: FRI layers. */
void merkle_build_rows(merkle_tree *tree, arena *a, const fp *rows, size_t width, unsigned log2_rows);

/* The cap: 2^log2_cap digests. */
const digest *merkle_cap(const merkle_tree *tree);

/* Writes merkle_path_length(log2_leaves) digests. */
void merkle_open(const merkle_tree *tree, digest *path, size_t index);

/* The column_count elements that leaf `index` (below the matrix's own height) holds of one matrix. */
void merkle_read_row(fp *row, const merkle_matrix *matrix, size_t index);

/* ---- freestanding: verifying (merkle_verify.c) ---- */

/* The leaf of one height. */
typedef struct {
    unsigned log2_rows;
    digest leaf; /* hash_elements(HASH_LEAF) of all rows of this height, joined */
} merkle_leaf;

/* Whether the leaves, in strictly falling height, stand at `index` (below 2^leaves[0].log2_rows) under the
 * cap. Heights that do not fall, or that lie below the cap, give false; nothing is read beyond what the
 * first height implies. */
bool merkle_verify(const digest *cap, size_t index, const merkle_leaf *leaves, size_t leaf_count,
                   const digest *path);

#endif
