#include "stark/tree.h"

void tree_root(digest *root, const digest *cap, unsigned log2_cap)
{
    hash_elements(root, HASH_CAP, cap->c, (size_t)DIGEST_LENGTH << log2_cap);
}

bool tree_verify(const digest *cap, unsigned log2_cap, unsigned log2_leaves, size_t index, const fp *row, size_t width,
                 const digest *path)
{
    if (index >> log2_leaves != 0)
        return false;
    digest node;
    hash_elements(&node, HASH_LEAF, row, width);
    for (unsigned height = log2_leaves; height > log2_cap; height--, index >>= 1, path++) {
        if (index & 1)
            hash_compress(&node, HASH_NODE, path, &node);
        else
            hash_compress(&node, HASH_NODE, &node, path);
    }
    return digest_equal(&node, &cap[index]);
}

bool tree_check(const tree_answers *a)
{
    for (uint32_t q = 0; q < a->count; q++) {
        const fp *row = a->words + q * a->stride;
        if (!tree_verify(a->cap, a->log2_cap, a->log2_leaves, a->indices[q], row, a->width,
                         (const digest *)(row + a->width)))
            return false;
    }
    return true;
}
