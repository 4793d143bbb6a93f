#include "chain/ssz.h"

#include "base/check.h"
#include "base/memory.h"
#include "crypto/sha256.h"

/* ---- reading ---- */

uint32_t ssz_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint64_t ssz_u64(const uint8_t *at) { return ssz_u32(at) | (uint64_t)ssz_u32(at + 4) << 32; }

status ssz_fields(bytes *fields, bytes container, size_t fixed_bytes, const size_t *at, size_t count)
{
    if (container.size < fixed_bytes || ssz_u32(container.data + at[0]) != fixed_bytes)
        return INPUT_MALFORMED;
    for (size_t i = 0; i < count; i++) {
        size_t begin = ssz_u32(container.data + at[i]);
        size_t end = i + 1 < count ? ssz_u32(container.data + at[i + 1]) : container.size;
        if (begin > end || end > container.size)
            return INPUT_MALFORMED;
        fields[i] = (bytes){container.data + begin, end - begin};
    }
    return OK;
}

status ssz_items(bytes **items, size_t *count, arena *memory, bytes list, size_t most)
{
    enum { OFFSET_BYTES = 4 };
    *items = NULL;
    *count = 0;
    if (list.size == 0)
        return OK;
    if (list.size < OFFSET_BYTES)
        return INPUT_MALFORMED;
    size_t begin = ssz_u32(list.data);
    if (begin == 0 || begin % OFFSET_BYTES != 0 || begin > list.size || begin / OFFSET_BYTES > most)
        return INPUT_MALFORMED;
    *count = begin / OFFSET_BYTES;
    *items = ARENA_NEW(memory, bytes, *count);
    for (size_t i = 0; i < *count; i++) {
        size_t end = i + 1 < *count ? ssz_u32(list.data + OFFSET_BYTES * (i + 1)) : list.size;
        if (begin > end || end > list.size)
            return INPUT_MALFORMED;
        (*items)[i] = (bytes){list.data + begin, end - begin};
        begin = end;
    }
    return OK;
}

/* ---- hash tree roots ---- */

static void hash_pair(hash256 *out, const hash256 *left, const hash256 *right)
{
    uint8_t both[64];
    memcpy(both, left->bytes, 32);
    memcpy(both + 32, right->bytes, 32);
    sha256(out, both, sizeof both);
}

void ssz_open(ssz_tree *t, unsigned depth)
{
    CHECK(depth <= SSZ_MAX_DEPTH || depth == SSZ_PROGRESSIVE);
    t->is_progressive = depth == SSZ_PROGRESSIVE;
    t->depth = t->is_progressive ? 0 : depth;
    t->count = 0;
    t->full_count = 0;
}

void ssz_add(ssz_tree *t, const hash256 *leaf)
{
    if (t->is_progressive && t->count >> t->depth) { /* full: go on with the next */
        CHECK(t->full_count < SSZ_MAX_DEPTH / 2);
        t->full[t->full_count++] = t->left[t->depth];
        t->depth += 2;
        t->count = 0;
    }
    CHECK(t->count < (uint64_t)1 << t->depth);
    hash256 node = *leaf;
    unsigned height = 0;
    for (; t->count >> height & 1; height++)
        hash_pair(&node, &t->left[height], &node);
    t->left[height] = node;
    t->count++;
}

void ssz_add_bytes(ssz_tree *t, const uint8_t *data, size_t size_bytes)
{
    CHECK(size_bytes <= sizeof(hash256));
    hash256 leaf = {{0}};
    if (size_bytes > 0)
        memcpy(leaf.bytes, data, size_bytes);
    ssz_add(t, &leaf);
}

void ssz_add_u64(ssz_tree *t, uint64_t value)
{
    uint8_t data[8];
    for (unsigned i = 0; i < 8; i++)
        data[i] = (uint8_t)(value >> 8 * i);
    ssz_add_bytes(t, data, sizeof data);
}

static const hash256 ZEROS[SSZ_MAX_DEPTH + 1] = {
#include "chain/ssz_zeros.inc"
};

static void one_root(const ssz_tree *t, hash256 *out)
{
    unsigned height = 0; /* below it nothing but zeros is behind the leaves */
    while (height < t->depth && !(t->count >> height & 1))
        height++;
    if (t->count >> t->depth) { /* full */
        *out = t->left[t->depth];
        return;
    }
    *out = ZEROS[height];
    for (; height < t->depth; height++) {
        if (t->count >> height & 1)
            hash_pair(out, &t->left[height], out);
        else
            hash_pair(out, out, &ZEROS[height]);
    }
}

void ssz_root(const ssz_tree *t, hash256 *out)
{
    if (!t->is_progressive) {
        one_root(t, out);
        return;
    }
    hash256 last;
    *out = (hash256){{0}};
    if (t->count > 0) {
        one_root(t, &last);
        hash_pair(out, &last, out);
    }
    for (unsigned i = t->full_count; i-- > 0;)
        hash_pair(out, &t->full[i], out);
}

void ssz_list_root(const ssz_tree *t, hash256 *out, uint64_t item_count)
{
    hash256 root, length = {{0}};
    ssz_root(t, &root);
    for (unsigned i = 0; i < 8; i++)
        length.bytes[i] = (uint8_t)(item_count >> 8 * i);
    hash_pair(out, &root, &length);
}

static void add_leaves(ssz_tree *t, bytes data)
{
    for (size_t at = 0; at < data.size; at += 32)
        ssz_add_bytes(t, data.data + at, data.size - at < 32 ? data.size - at : 32);
}

void ssz_vector_root(hash256 *out, bytes data, unsigned depth)
{
    ssz_tree t;
    ssz_open(&t, depth);
    add_leaves(&t, data);
    ssz_root(&t, out);
}

void ssz_bytes_root(hash256 *out, bytes data, unsigned depth)
{
    ssz_tree t;
    ssz_open(&t, depth);
    add_leaves(&t, data);
    ssz_list_root(&t, out, data.size);
}
