#include "state/trie.h"

#include "base/check.h"
#include "base/memory.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

/* A run of nibbles inside a string; `start` counts nibbles, the high one of a byte first. */
typedef struct {
    const uint8_t *data;
    uint32_t start;
    uint32_t count;
} nibbles;

typedef struct node node;

/* By which a node hangs on its parent, in one of four states:
 *   empty       neither pointer
 *   not read    `encoded` alone
 *   unchanged   both
 *   changed     `node` alone: it, or something below it, changed after it was last encoded
 * `encoded` is what stands in the parent's RLP: 0xa0 and a hash, or a whole node of less than 32 bytes. */
typedef struct {
    node *node;
    const uint8_t *encoded;
} slot;

enum { LEAF, EXTENSION, BRANCH };

struct node {
    uint16_t kind;
    uint16_t changed;  /* branch: bits of the children that were written below since `encoding` */
    nibbles path;      /* leaf, extension (not empty) */
    bytes value;       /* leaf; branch, NULL data where it has none */
    const uint8_t *encoding; /* branch: as it was read, to copy where children change; NULL: made here */
    size_t encoding_size;
    slot children[]; /* branch 16, extension 1, leaf none */
};

struct trie {
    arena *memory;
    const witness *nodes;
    slot root;
    const uint8_t *missing;
    trie_node_sink sink;
    void *sink_context;
};

enum { EMPTY_STRING = 0x80, HASH_PREFIX = 0xa0, EMPTY_LIST = 0xc0 };
enum { REFERENCE_BYTES = 33, MAX_EMBEDDED_BYTES = 31 };
/* A branch of sixteen hashes and no value, which is what most are: prefix, so many references, 0x80. */
enum { FULL_PREFIX_BYTES = 3, FULL_BRANCH_BYTES = FULL_PREFIX_BYTES + 16 * REFERENCE_BYTES + 1 };

/* ---- nibbles ---- */

static const uint8_t no_nibbles[1] = {0};
static const nibbles empty_path = {no_nibbles, 0, 0};

static inline unsigned nibble_at(const uint8_t *data, uint32_t index)
{
    unsigned byte = data[index >> 1];
    return index & 1 ? byte & 15 : byte >> 4;
}

static inline nibbles skip(nibbles path, uint32_t count)
{
    return (nibbles){path.data, path.start + count, path.count - count};
}

static inline uint64_t word_at(const uint8_t *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

/* How many nibbles two runs share from their beginnings. */
static uint32_t shared_count(nibbles a, nibbles b)
{
    uint32_t limit = a.count < b.count ? a.count : b.count;
    uint32_t i = 0;
    if (((a.start ^ b.start) & 1) == 0 && limit > 2) {
        if (a.start & 1) {
            if ((a.data[a.start >> 1] ^ b.data[b.start >> 1]) & 15)
                return 0;
            i = 1;
        }
        const uint8_t *x = a.data + ((a.start + i) >> 1), *y = b.data + ((b.start + i) >> 1);
        for (; i + 16 <= limit && word_at(x) == word_at(y); i += 16, x += 8, y += 8) {
        }
        for (; i + 2 <= limit && *x == *y; i += 2, x++, y++) {
        }
    }
    while (i < limit && nibble_at(a.data, a.start + i) == nibble_at(b.data, b.start + i))
        i++;
    return i;
}

static void append_nibbles(uint8_t *out, uint32_t *position, nibbles path)
{
    for (uint32_t i = 0; i < path.count; i++, ++*position) {
        unsigned nibble = nibble_at(path.data, path.start + i);
        if (*position & 1)
            out[*position >> 1] = (uint8_t)(out[*position >> 1] | nibble);
        else
            out[*position >> 1] = (uint8_t)(nibble << 4);
    }
}

static nibbles join(arena *memory, nibbles a, nibbles b, nibbles c)
{
    uint32_t count = a.count + b.count + c.count;
    uint8_t *data = arena_allocate(memory, (count + 1) / 2, 1);
    uint32_t position = 0;
    append_nibbles(data, &position, a);
    append_nibbles(data, &position, b);
    append_nibbles(data, &position, c);
    return (nibbles){data, 0, count};
}

/* ---- nodes ---- */

static node *new_node(trie *t, unsigned kind, unsigned child_count)
{
    node *x = arena_allocate_zeroed(t->memory, sizeof(node) + child_count * sizeof(slot), alignof(node));
    x->kind = (uint16_t)kind;
    return x;
}

static inline bool slot_is_empty(const slot *s) { return !s->node && !s->encoded; }

static node *new_leaf(trie *t, nibbles path, bytes value)
{
    size_t first = path.start >> 1, end = ((size_t)path.start + path.count) >> 1;
    node *x = arena_allocate(t->memory, sizeof(node) + (end - first), alignof(node));
    uint8_t *copy = (uint8_t *)(x + 1);
    memcpy(copy, path.data + first, end - first);
    x->kind = LEAF;
    x->path = (nibbles){copy, path.start & 1, path.count};
    x->value = value;
    return x;
}

static node *new_extension(trie *t, nibbles path, slot child)
{
    node *x = new_node(t, EXTENSION, 1);
    x->path = path;
    x->children[0] = child;
    return x;
}

/* ---- decoding ---- */

/* rlp_decode with a short way for what branches are made of. */
static inline status next_item(rlp_item *item, bytes *input)
{
    const uint8_t *data = input->data;
    size_t size;
    if (input->size >= REFERENCE_BYTES && data[0] == HASH_PREFIX)
        size = REFERENCE_BYTES;
    else if (input->size >= 1 && data[0] == EMPTY_STRING)
        size = 1;
    else
        return rlp_decode(item, input) == OK ? OK : INPUT_MALFORMED;
    item->is_list = false;
    item->encoding = (bytes){data, size};
    item->payload = (bytes){data + 1, size - 1};
    input->data += size;
    input->size -= size;
    return OK;
}

static inline bool is_empty_string(const rlp_item *item) { return !item->is_list && item->payload.size == 0; }

/* What may stand for a child; an embedded node's inside is looked at when it is read. */
static inline bool is_reference(const rlp_item *item)
{
    return item->is_list ? item->encoding.size <= MAX_EMBEDDED_BYTES : item->payload.size == 32;
}

static status decode_short(trie *t, node **out, const rlp_item *path, const rlp_item *second)
{
    if (path->is_list || path->payload.size == 0 || path->payload.size > TRIE_MAX_KEY_BYTES + 1)
        return INPUT_MALFORMED;
    unsigned first = path->payload.data[0];
    bool odd = first & 0x10, leaf = first & 0x20;
    if (first >> 6 || (!odd && (first & 15)))
        return INPUT_MALFORMED;
    uint32_t start = odd ? 1 : 2;
    nibbles run = {path->payload.data, start, 2 * (uint32_t)path->payload.size - start};
    if (leaf) {
        if (second->is_list || second->payload.size == 0)
            return INPUT_MALFORMED;
        node *x = new_node(t, LEAF, 0);
        x->path = run;
        x->value = second->payload;
        *out = x;
        return OK;
    }
    if (run.count == 0 || !is_reference(second))
        return INPUT_MALFORMED;
    *out = new_extension(t, run, (slot){NULL, second->encoding.data});
    return OK;
}

static bool is_full_branch(bytes encoding)
{
    const uint8_t *data = encoding.data;
    if (encoding.size != FULL_BRANCH_BYTES || data[0] != 0xf9 || data[1] != 0x02 || data[2] != 0x11 ||
        data[FULL_BRANCH_BYTES - 1] != EMPTY_STRING)
        return false;
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; i++)
        if (data[FULL_PREFIX_BYTES + i * REFERENCE_BYTES] != HASH_PREFIX)
            return false;
    return true;
}

static void decode_full_branch(trie *t, node **out, bytes encoding)
{
    node *x = new_node(t, BRANCH, 16);
    x->encoding = encoding.data;
    x->encoding_size = encoding.size;
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; i++)
        x->children[i].encoded = encoding.data + FULL_PREFIX_BYTES + i * REFERENCE_BYTES;
    *out = x;
}

static status decode_branch(trie *t, node **out, bytes encoding, bytes items)
{
    node *x = new_node(t, BRANCH, 16);
    x->encoding = encoding.data;
    x->encoding_size = encoding.size;
    unsigned occupied = 0;
    rlp_item item;
    /* Nearly all children are hashes or nothing: the first two cases keep to registers. */
    const uint8_t *next = items.data, *end = next + items.size;
    for (slot *child = x->children; child < x->children + 16; child++) {
        if (next == end)
            return INPUT_MALFORMED;
        if (*next == EMPTY_STRING) {
            next++;
            continue;
        }
        child->encoded = next;
        occupied++;
        if (*next == HASH_PREFIX && end - next >= REFERENCE_BYTES) {
            next += REFERENCE_BYTES;
            continue;
        }
        bytes rest = {next, (size_t)(end - next)};
        if (rlp_decode(&item, &rest) != OK || !is_reference(&item))
            return INPUT_MALFORMED;
        next = rest.data;
    }
    items = (bytes){next, (size_t)(end - next)};
    TRY(next_item(&item, &items));
    if (item.is_list || !rlp_at_end(items))
        return INPUT_MALFORMED;
    if (item.payload.size != 0) {
        x->value = item.payload;
        occupied++;
    }
    if (occupied < 2)
        return INPUT_MALFORMED;
    *out = x;
    return OK;
}

static __attribute__((noinline)) status decode_any(trie *t, node **out, bytes encoding)
{
    bytes items, behind = encoding;
    if (rlp_list(&items, &behind) != OK || !rlp_at_end(behind))
        return INPUT_MALFORMED;
    bytes rest = items;
    rlp_item first, second;
    TRY(next_item(&first, &rest));
    TRY(next_item(&second, &rest));
    return rlp_at_end(rest) ? decode_short(t, out, &first, &second) : decode_branch(t, out, encoding, items);
}

static inline status decode_node(trie *t, node **out, bytes encoding)
{
    if (!is_full_branch(encoding))
        return decode_any(t, out, encoding);
    decode_full_branch(t, out, encoding);
    return OK;
}

static status read_node(trie *t, slot *s)
{
    const uint8_t *encoded = s->encoded;
    if (encoded[0] != HASH_PREFIX)
        return decode_node(t, &s->node, (bytes){encoded, 1 + (size_t)(encoded[0] - EMPTY_LIST)});
    bytes data = witness_node_at(t->nodes, encoded + 1);
    if (!data.data) {
        t->missing = encoded + 1;
        return WITNESS_INCOMPLETE;
    }
    /* A node this short stands in its parent itself; only the root has no parent. */
    if (data.size <= MAX_EMBEDDED_BYTES && s != &t->root)
        return INPUT_MALFORMED;
    return decode_node(t, &s->node, data);
}

/* The node in a slot that is not empty. */
static inline status resolve(trie *t, node **out, slot *s)
{
    if (!s->node)
        TRY(read_node(t, s));
    *out = s->node;
    return OK;
}

/* The branch below an extension, and nothing else. */
static inline status resolve_branch(trie *t, slot **child, node *extension)
{
    node *below;
    *child = &extension->children[0];
    TRY(resolve(t, &below, *child));
    return below->kind == BRANCH ? OK : INPUT_MALFORMED;
}

/* ---- reading and writing ---- */

trie *trie_open(arena *memory, const witness *w, const hash256 *root)
{
    trie *t = ARENA_NEW(memory, trie, 1);
    t->memory = memory;
    t->nodes = w;
    if (root && memcmp(root, &witness_empty_trie_root, sizeof *root) != 0) {
        uint8_t *reference = arena_allocate(memory, REFERENCE_BYTES, 1);
        reference[0] = HASH_PREFIX;
        memcpy(reference + 1, root, sizeof *root);
        t->root.encoded = reference;
    }
    return t;
}

const uint8_t *trie_missing(const trie *t) { return t->missing; }

static inline status key_nibbles(nibbles *out, bytes key)
{
    if (key.size > TRIE_MAX_KEY_BYTES)
        return INPUT_MALFORMED;
    *out = (nibbles){key.data, 0, 2 * (uint32_t)key.size};
    return OK;
}

status trie_get(trie *t, bytes *value, bytes key)
{
    nibbles rest;
    TRY(key_nibbles(&rest, key));
    *value = (bytes){NULL, 0};
    slot *s = &t->root;
    while (!slot_is_empty(s)) {
        node *x;
        TRY(resolve(t, &x, s));
        if (x->kind == BRANCH) {
            if (rest.count == 0) {
                *value = x->value;
                return OK;
            }
            s = &x->children[nibble_at(rest.data, rest.start)];
            rest = skip(rest, 1);
            continue;
        }
        if (shared_count(x->path, rest) != x->path.count)
            return OK;
        rest = skip(rest, x->path.count);
        if (x->kind == LEAF) {
            if (rest.count == 0)
                *value = x->value;
            return OK;
        }
        TRY(resolve_branch(t, &s, x));
    }
    return OK;
}

/* The child of a branch on the way to what will be written. */
static inline slot *changed_child(node *branch, nibbles path)
{
    unsigned nibble = nibble_at(path.data, path.start);
    branch->changed |= (uint16_t)(1u << nibble);
    return &branch->children[nibble];
}

/* Puts a branch where the path of a leaf or extension and a new key part after `shared` nibbles. */
static void split(trie *t, slot *s, node *x, uint32_t shared, nibbles rest, bytes value)
{
    node *branch = new_node(t, BRANCH, 16);
    nibbles prefix = {x->path.data, x->path.start, shared};
    if (x->path.count == shared) {
        branch->value = x->value;
    } else {
        slot *old = &branch->children[nibble_at(x->path.data, x->path.start + shared)];
        x->path = skip(x->path, shared + 1);
        if (x->kind == EXTENSION && x->path.count == 0)
            *old = x->children[0];
        else
            old->node = x;
    }
    if (rest.count == shared)
        branch->value = value;
    else
        branch->children[nibble_at(rest.data, rest.start + shared)].node =
            new_leaf(t, skip(rest, shared + 1), value);
    s->node = shared == 0 ? branch : new_extension(t, prefix, (slot){branch, NULL});
}

status trie_insert(trie *t, bytes key, bytes value)
{
    CHECK(value.size != 0);
    nibbles rest;
    TRY(key_nibbles(&rest, key));
    slot *s = &t->root;
    while (!slot_is_empty(s)) {
        node *x;
        TRY(resolve(t, &x, s));
        s->encoded = NULL;
        if (x->kind == BRANCH) {
            if (rest.count == 0) {
                x->value = value;
                x->encoding = NULL;
                return OK;
            }
            s = changed_child(x, rest);
            rest = skip(rest, 1);
            continue;
        }
        uint32_t shared = shared_count(x->path, rest);
        if (shared != x->path.count || (x->kind == LEAF && shared != rest.count)) {
            split(t, s, x, shared, rest, value);
            return OK;
        }
        if (x->kind == LEAF) {
            x->value = value;
            return OK;
        }
        rest = skip(rest, shared);
        TRY(resolve_branch(t, &s, x));
    }
    s->node = new_leaf(t, rest, value);
    return OK;
}

/* After a deletion in the branch in `s`: a branch of one is none. `above` is the slot of the extension over
 * it, or NULL. */
static status collapse(trie *t, slot *s, slot *above)
{
    node *branch = s->node;
    unsigned occupied = branch->value.data != NULL, index = 16;
    for (unsigned i = 0; i < 16; i++)
        if (!slot_is_empty(&branch->children[i])) {
            occupied++;
            index = i;
        }
    if (occupied > 1)
        return OK;
    nibbles prefix = above ? above->node->path : empty_path;
    node *merged;
    if (index == 16) {
        merged = new_node(t, LEAF, 0);
        merged->path = prefix;
        merged->value = branch->value;
    } else {
        slot *child = &branch->children[index];
        node *only;
        TRY(resolve(t, &only, child));
        uint8_t digit = (uint8_t)index;
        nibbles step = {&digit, 1, 1};
        if (only->kind == BRANCH) {
            merged = new_extension(t, join(t->memory, prefix, step, empty_path), *child);
        } else {
            merged = only;
            merged->path = join(t->memory, prefix, step, only->path);
        }
    }
    *(above ? above : s) = (slot){merged, NULL};
    return OK;
}

status trie_delete(trie *t, bytes key)
{
    bytes value;
    TRY(trie_get(t, &value, key));
    if (!value.data)
        return OK;
    nibbles rest;
    TRY(key_nibbles(&rest, key));
    /* The key is there and every node on its path was read. */
    slot *s = &t->root, *branch = NULL, *above_branch = NULL, *extension = NULL;
    for (;;) {
        node *x = s->node;
        s->encoded = NULL;
        if (x->kind == LEAF) {
            *s = (slot){NULL, NULL};
            return branch ? collapse(t, branch, above_branch) : OK;
        }
        if (x->kind == EXTENSION) {
            extension = s;
            rest = skip(rest, x->path.count);
            s = &x->children[0];
            continue;
        }
        branch = s;
        above_branch = extension;
        extension = NULL;
        if (rest.count == 0) {
            x->value = (bytes){NULL, 0};
            x->encoding = NULL;
            return collapse(t, branch, above_branch);
        }
        s = changed_child(x, rest);
        rest = skip(rest, 1);
    }
}

/* ---- encoding ---- */

static inline size_t reference_size(const uint8_t *encoded)
{
    return encoded[0] == HASH_PREFIX ? REFERENCE_BYTES : 1 + (size_t)(encoded[0] - EMPTY_LIST);
}

/* Four words: compilers that tune for size call memcpy instead. */
static inline void copy_hash(uint8_t *out, const uint8_t *hash)
{
    for (unsigned i = 0; i < 4; i++) {
        uint64_t word = word_at(hash + 8 * i);
        memcpy(out + 8 * i, &word, sizeof word);
    }
}

static inline void write_reference(uint8_t **out, const uint8_t *encoded)
{
    if (encoded[0] == HASH_PREFIX) {
        (*out)[0] = HASH_PREFIX;
        copy_hash(*out + 1, encoded + 1);
        *out += REFERENCE_BYTES;
    } else {
        size_t size = reference_size(encoded);
        memcpy(*out, encoded, size);
        *out += size;
    }
}

/* Appendix C: the path with a flag for odd lengths and for leaves. */
static void write_path(uint8_t *out, nibbles path, bool leaf)
{
    uint32_t odd = path.count & 1;
    unsigned flags = (leaf ? 2u : 0u) + odd;
    out[0] = (uint8_t)(flags << 4 | (odd ? nibble_at(path.data, path.start) : 0));
    path = skip(path, odd);
    if ((path.start & 1) == 0) {
        memcpy(out + 1, path.data + (path.start >> 1), path.count / 2);
    } else {
        for (uint32_t i = 0; i < path.count / 2; i++) {
            const uint8_t *pair = path.data + (path.start >> 1) + i;
            out[1 + i] = (uint8_t)(pair[0] << 4 | pair[1] >> 4);
        }
    }
}

static size_t path_size(nibbles path) { return path.count / 2 + 1; }

/* A path of one byte is below 0x80, so it is its own RLP. */
static size_t path_rlp_size(nibbles path)
{
    size_t size = path_size(path);
    return size == 1 ? 1 : size < 56 ? size + 1 : size < 256 ? size + 2 : size + 3;
}

static void write_path_rlp(uint8_t **out, nibbles path, bool leaf)
{
    size_t prefix = path_rlp_size(path) - path_size(path);
    write_path(*out + prefix, path, leaf);
    size_t size = path_size(path);
    if (prefix == 1) {
        (*out)[0] = (uint8_t)(EMPTY_STRING + size);
    } else if (prefix == 2) {
        (*out)[0] = 0xb8;
        (*out)[1] = (uint8_t)size;
    } else if (prefix == 3) {
        (*out)[0] = 0xb9;
        (*out)[1] = (uint8_t)(size >> 8);
        (*out)[2] = (uint8_t)size;
    }
    *out += prefix + size;
}

static void encode_slot(trie *t, slot *s);

/* Bytes that a child takes, once it is encoded. */
static inline size_t encode_child(trie *t, slot *child)
{
    if (!child->encoded) {
        if (!child->node)
            return 1;
        encode_slot(t, child);
    }
    return reference_size(child->encoded);
}

/* Encodes the children on the way. */
static size_t payload_size(trie *t, node *x)
{
    if (x->kind == LEAF)
        return path_rlp_size(x->path) + rlp_bytes_size(x->value.data, x->value.size);
    if (x->kind == EXTENSION)
        return path_rlp_size(x->path) + encode_child(t, &x->children[0]);
    size_t size = x->value.data ? rlp_bytes_size(x->value.data, x->value.size) : 1;
    for (slot *child = x->children; child < x->children + 16; child++)
        size += encode_child(t, child);
    return size;
}

static void write_value(uint8_t **out, bytes value)
{
    rlp_writer w;
    rlp_writer_init(&w, *out, value.size + 9);
    rlp_write_bytes(&w, value.data, value.size);
    *out += w.used_bytes;
}

static void write_payload(uint8_t *out, const node *x)
{
    if (x->kind != BRANCH) {
        write_path_rlp(&out, x->path, x->kind == LEAF);
        if (x->kind == LEAF)
            write_value(&out, x->value);
        else
            write_reference(&out, x->children[0].encoded);
        return;
    }
    for (unsigned i = 0; i < 16; i++) {
        if (x->children[i].encoded)
            write_reference(&out, x->children[i].encoded);
        else
            *out++ = EMPTY_STRING;
    }
    if (x->value.data)
        write_value(&out, x->value);
    else
        *out = EMPTY_STRING;
}

/* Encodes the children below which something changed. Whether all of those are hashes. */
static bool encode_changed_children(trie *t, node *x)
{
    bool are_hashes = true;
    slot *child = x->children;
    for (unsigned left = x->changed; left != 0; left >>= 1, child++) {
        if (!(left & 1))
            continue;
        if (!child->encoded && child->node)
            encode_slot(t, child);
        are_hashes = are_hashes && child->encoded && child->encoded[0] == HASH_PREFIX;
    }
    return are_hashes;
}

/* A branch as it was read, with the new hashes of its children, where no more than those changed. False where
 * a new hash stands for what was none. */
static bool write_patched(uint8_t *out, const node *x)
{
    memcpy(out, x->encoding, x->encoding_size);
    const slot *child = x->children;
    if (x->encoding_size == FULL_BRANCH_BYTES && !x->value.data) {
        uint8_t *hash = out + FULL_PREFIX_BYTES + 1;
        for (unsigned left = x->changed; left != 0; left >>= 1, child++, hash += REFERENCE_BYTES)
            if (left & 1)
                copy_hash(hash, child->encoded + 1);
        return true;
    }
    uint8_t *place = out + (out[0] <= 0xf7 ? 1 : 1 + (out[0] - 0xf7));
    for (unsigned left = x->changed; left != 0; left >>= 1, child++) {
        if (left & 1) {
            if (place[0] != HASH_PREFIX)
                return false;
            copy_hash(place + 1, child->encoded + 1);
        }
        place += place[0] == EMPTY_STRING ? 1 : reference_size(place);
    }
    return true;
}

/* Into memory that ends the arena's. */
static bytes encode_node(trie *t, node *x, bool is_root)
{
    if (x->kind == BRANCH && x->encoding && encode_changed_children(t, x)) {
        size_t mark = t->memory->used_bytes;
        uint8_t *out = arena_allocate(t->memory, x->encoding_size, 8);
        if (write_patched(out, x))
            return (bytes){out, x->encoding_size};
        arena_rewind(t->memory, mark);
    }
    size_t payload = payload_size(t, x), size = rlp_list_size(payload);
    uint8_t *out = arena_allocate(t->memory, size, size <= MAX_EMBEDDED_BYTES && !is_root ? 1 : 8);
    rlp_writer w;
    rlp_writer_init(&w, out, size);
    rlp_write_list_header(&w, payload);
    write_payload(out + w.used_bytes, x);
    return (bytes){out, size};
}

/* Gives a changed slot its `encoded`, children first. Recursion is as deep as a key is long. */
static void encode_slot(trie *t, slot *s)
{
    node *x = s->node;
    bytes encoding = encode_node(t, x, s == &t->root);
    /* What is written from now on is no longer what was read. */
    x->encoding = NULL;
    if (encoding.size <= MAX_EMBEDDED_BYTES && s != &t->root) {
        s->encoded = encoding.data;
        return;
    }
    hash256 hash;
    keccak256(&hash, encoding.data, encoding.size);
    if (t->sink)
        t->sink(t->sink_context, &hash, encoding);
    else
        arena_rewind(t->memory, (size_t)(encoding.data - t->memory->base));
    uint8_t *reference = arena_allocate(t->memory, REFERENCE_BYTES, 1);
    reference[0] = HASH_PREFIX;
    copy_hash(reference + 1, hash.bytes);
    s->encoded = reference;
}

void trie_root(trie *t, hash256 *out)
{
    if (slot_is_empty(&t->root)) {
        *out = witness_empty_trie_root;
        return;
    }
    if (!t->root.encoded)
        encode_slot(t, &t->root);
    memcpy(out, t->root.encoded + 1, sizeof *out);
}

void trie_set_node_sink(trie *t, trie_node_sink sink, void *context)
{
    t->sink = sink;
    t->sink_context = context;
}
