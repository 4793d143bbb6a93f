/* How stark_verify checks Merkle paths: one query after another where nothing else is there, or all queries of a tree at
 * once by a function that the caller brings. */
#ifndef ASHLAR_STARK_VERIFY_H
#define ASHLAR_STARK_VERIFY_H

#include "stark/shape.h"

/* One tree at all queries. Query q has, from words + q·stride, the rows in falling height and then the path. */
typedef struct {
    const digest *cap;
    unsigned log2_leaves;
    uint32_t height_count;
    struct {
        unsigned log2_rows; /* of the extension; the first is log2_leaves */
        uint32_t width;
    } heights[STARK_MAX_LOG2_ROWS + 1];
    const fp *words;
    size_t stride;
    const uint32_t *indices; /* of the queries; that in this tree is index >> shift */
    unsigned shift;
    uint32_t count;
} path_batch;

typedef bool (*path_checker)(const path_batch *batch);

/* stark_verify; `checker` may be NULL. */
status stark_verify_with(stark_outcome *outcome, const stark_machine *m, const stark_parameters *parameters,
                         const stark_key *key, const stark_claim *claim, const uint32_t *proof, size_t proof_words,
                         arena *scratch, path_checker checker);

#endif
