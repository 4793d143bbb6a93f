#include "stark/merkle.h"

bool merkle_verify(const digest *cap, size_t index, const merkle_leaf *leaves, size_t leaf_count,
                   const digest *path)
{
    if (leaf_count == 0 || leaves[0].log2_rows > MERKLE_LOG2_ROWS_MAX || index >> leaves[0].log2_rows != 0)
        return false;
    unsigned height = leaves[0].log2_rows;
    unsigned log2_cap = merkle_log2_cap(height);
    digest node = leaves[0].leaf;
    size_t next = 1;
    while (height > log2_cap) {
        if (index & 1)
            hash_compress(&node, HASH_NODE, path, &node);
        else
            hash_compress(&node, HASH_NODE, &node, path);
        path++;
        index >>= 1;
        height--;
        if (next < leaf_count && leaves[next].log2_rows == height)
            hash_compress(&node, HASH_INJECT, &node, &leaves[next++].leaf);
    }
    return next == leaf_count && digest_equal(&node, &cap[index]);
}
