#include "rollup/merkle.h"

#include "base/check.h"
#include "base/memory.h"
#include "crypto/keccak.h"

static void join(hash256 *out, const hash256 *left, const hash256 *right)
{
    hash256 both[2] = {*left, *right};
    keccak256(out, both[0].bytes, sizeof both);
}

/* One level up, in place; an odd last node gets `zero` beside it. */
static size_t fold(hash256 *nodes, size_t count, hash256 *zero)
{
    if (count % 2 == 1)
        nodes[count] = *zero;
    for (size_t i = 0; i < count; i += 2)
        join(&nodes[i / 2], &nodes[i], &nodes[i + 1]);
    join(zero, zero, zero);
    return (count + 1) / 2;
}

static void walk(hash256 *root, hash256 *path, arena *memory, const hash256 *leaves, size_t count,
                 size_t place, unsigned depth)
{
    size_t mark = memory->used_bytes;
    hash256 *nodes = ARENA_NEW(memory, hash256, count + 1), zero = {{0}};
    if (count > 0)
        memcpy(nodes, leaves, count * sizeof *nodes);
    for (unsigned level = 0; level < depth; level++) {
        if (path != NULL) {
            path[level] = (place ^ 1) < count ? nodes[place ^ 1] : zero;
            place /= 2;
        }
        count = fold(nodes, count, &zero);
    }
    CHECK(count <= 1);
    *root = count == 1 ? nodes[0] : zero;
    arena_rewind(memory, mark);
}

void rollup_tree_root(hash256 *root, arena *memory, const hash256 *leaves, size_t count, unsigned depth)
{
    walk(root, NULL, memory, leaves, count, 0, depth);
}

void rollup_tree_path(hash256 *path, arena *memory, const hash256 *leaves, size_t count, size_t place,
                      unsigned depth)
{
    hash256 root;
    CHECK(place < count);
    walk(&root, path, memory, leaves, count, place, depth);
}

void rollup_transaction_leaf(hash256 *leaf, uint64_t block, uint32_t index, const hash256 *transaction_hash)
{
    uint8_t packed[1 + 8 + 4 + 32];
    packed[0] = 0;
    for (unsigned i = 0; i < 8; i++)
        packed[8 - i] = (uint8_t)(block >> 8 * i);
    for (unsigned i = 0; i < 4; i++)
        packed[12 - i] = (uint8_t)(index >> 8 * i);
    memcpy(packed + 13, transaction_hash->bytes, 32);
    keccak256(leaf, packed, sizeof packed);
}

void rollup_frontier_init(rollup_frontier *f)
{
    memset(f, 0, sizeof *f);
    f->count = 1;
}

void rollup_frontier_append(rollup_frontier *f, const hash256 *leaf)
{
    hash256 node = *leaf;
    unsigned level = 0;
    for (; f->count >> level & 1; level++)
        join(&node, &f->nodes[level], &node);
    CHECK(level < ROLLUP_BATCHES_DEPTH);
    f->nodes[level] = node;
    f->count++;
}

void rollup_frontier_root(hash256 *root, const rollup_frontier *f)
{
    hash256 node = {{0}}, zero = {{0}};
    for (unsigned level = 0; level < ROLLUP_BATCHES_DEPTH; level++) {
        if (f->count >> level & 1)
            join(&node, &f->nodes[level], &node);
        else
            join(&node, &node, &zero);
        join(&zero, &zero, &zero);
    }
    *root = node;
}
