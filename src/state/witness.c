#include "state/witness.h"

#include "base/check.h"
#include "base/memory.h"
#include "crypto/keccak.h"

/* clang-format off */
const hash256 witness_empty_code_hash = {{
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
    0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};
const hash256 witness_empty_trie_root = {{
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
    0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};
/* clang-format on */

static const uint8_t empty_string_rlp[1] = {0x80};

typedef struct {
    hash256 hash;
    bytes data;
    bool used;
} entry;

/* Open addressing, at most half full; a free place is NULL. */
typedef struct {
    entry *entries;
    entry **places;
    uint64_t mask; /* of a hash's bits: the offset of its first place in bytes */
    uint32_t count;
    uint32_t capacity; /* of entries and used */
    uint32_t used_count;
    entry **used; /* in the order of first use */
} blob_index;

struct witness {
    /* Lookups count as use, also through a pointer to a const witness. */
    blob_index *nodes;
    blob_index *codes;
    bool codes_are_padded;
    witness_lookup lookup;
    void *lookup_context;
    arena *lookup_memory;
};

static inline uint64_t word_at(const uint8_t *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

static inline bool hash_equals(const hash256 *a, const uint8_t *b)
{
    return ((word_at(a->bytes) ^ word_at(b)) | (word_at(a->bytes + 8) ^ word_at(b + 8)) |
            (word_at(a->bytes + 16) ^ word_at(b + 16)) | (word_at(a->bytes + 24) ^ word_at(b + 24))) == 0;
}

enum { MAX_BLOBS = 1 << 30 };

static inline entry **first_place(const blob_index *index, const uint8_t *hash)
{
    return (entry **)(void *)((uint8_t *)index->places + (word_at(hash) & index->mask));
}

static inline entry **next_place(const blob_index *index, entry **place)
{
    return (size_t)(place - index->places) == index->mask / sizeof *place ? index->places : place + 1;
}

/* Room for so many blobs; what is in it stays. */
static void index_reserve(blob_index *index, arena *memory, uint32_t capacity)
{
    size_t place_count = 4;
    while (place_count < 2 * (size_t)capacity)
        place_count *= 2;
    blob_index old = *index;
    index->places = ARENA_NEW(memory, entry *, place_count);
    index->entries = arena_allocate(memory, capacity * sizeof(entry), alignof(entry));
    index->used = arena_allocate(memory, capacity * sizeof(entry *), alignof(entry *));
    index->mask = (place_count - 1) * sizeof(entry *);
    index->capacity = capacity;
    if (old.count == 0)
        return;
    memcpy(index->entries, old.entries, old.count * sizeof(entry));
    for (uint32_t i = 0; i < old.used_count; i++)
        index->used[i] = index->entries + (old.used[i] - old.entries);
    for (uint32_t i = 0; i < old.count; i++) {
        entry **place = first_place(index, index->entries[i].hash.bytes);
        while (*place)
            place = next_place(index, place);
        *place = &index->entries[i];
    }
}

/* Where there is room, its hash being in the entry already. False: it is there already. */
static bool index_add_hashed(blob_index *index, bytes blob)
{
    entry *e = &index->entries[index->count];
    entry **place = first_place(index, e->hash.bytes);
    for (; *place; place = next_place(index, place))
        if (hash_equals(&(*place)->hash, e->hash.bytes))
            return false;
    e->data = blob;
    e->used = false;
    *place = e;
    index->count++;
    return true;
}

static bool index_add(blob_index *index, bytes blob)
{
    keccak256(&index->entries[index->count].hash, blob.data, blob.size);
    return index_add_hashed(index, blob);
}

static status index_open(blob_index **out, arena *memory, const bytes *blobs, size_t count)
{
    if (count >= MAX_BLOBS)
        return INPUT_MALFORMED;
    blob_index *index = ARENA_NEW(memory, blob_index, 1);
    index_reserve(index, memory, (uint32_t)count);
    for (uint32_t i = 0; i < count; i++)
        if (!index_add(index, blobs[i]))
            return WITNESS_DUPLICATE;
    *out = index;
    return OK;
}

static bytes index_find(blob_index *index, const uint8_t *hash)
{
    entry **place = first_place(index, hash);
    for (; *place; place = next_place(index, place)) {
        entry *e = *place;
        if (!hash_equals(&e->hash, hash))
            continue;
        if (!e->used) {
            e->used = true;
            index->used[index->used_count++] = e;
        }
        /* An empty blob must differ from an absent one. */
        return e->data.data ? e->data : (bytes){empty_string_rlp, 0};
    }
    return (bytes){NULL, 0};
}

status witness_open(witness **out, arena *memory, const bytes *nodes, size_t node_count, const bytes *codes,
                    size_t code_count)
{
    witness *w = ARENA_NEW(memory, witness, 1);
    TRY(index_open(&w->nodes, memory, nodes, node_count));
    TRY(index_open(&w->codes, memory, codes, code_count));
    *out = w;
    return OK;
}

void witness_set_codes_padded(witness *w) { w->codes_are_padded = true; }

bool witness_codes_are_padded(const witness *w) { return w && w->codes_are_padded; }

size_t witness_remove_duplicates(arena *memory, bytes *blobs, size_t count)
{
    CHECK(count < MAX_BLOBS);
    size_t mark = memory->used_bytes, kept = 0;
    blob_index index = {.count = 0};
    index_reserve(&index, memory, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        if (index_add(&index, blobs[i]))
            blobs[kept++] = blobs[i];
    arena_rewind(memory, mark);
    return kept;
}

static void index_make_room(blob_index *index, arena *memory)
{
    CHECK(index->count < MAX_BLOBS / 2);
    if (index->count == index->capacity)
        index_reserve(index, memory, index->capacity ? 2 * index->capacity : 64);
}

static void index_extend(blob_index *index, arena *memory, bytes blob)
{
    index_make_room(index, memory);
    index_add(index, blob);
}

void witness_set_lookup(witness *w, arena *memory, witness_lookup lookup, void *context)
{
    w->lookup = lookup;
    w->lookup_context = context;
    w->lookup_memory = memory;
}

static __attribute__((noinline)) bytes look_up(const witness *w, const uint8_t *hash, bool is_code)
{
    bytes found = w->lookup(w->lookup_context, hash, is_code);
    if (!found.data)
        return found;
    blob_index *index = is_code ? w->codes : w->nodes;
    index_make_room(index, w->lookup_memory);
    memcpy(index->entries[index->count].hash.bytes, hash, sizeof(hash256));
    CHECK(index_add_hashed(index, found));
    return index_find(index, hash);
}

void witness_add_node(witness *w, arena *memory, bytes node) { index_extend(w->nodes, memory, node); }

void witness_add_code(witness *w, arena *memory, bytes code) { index_extend(w->codes, memory, code); }

static void forget_used(blob_index *index)
{
    for (uint32_t i = 0; i < index->used_count; i++)
        index->used[i]->used = false;
    index->used_count = 0;
}

void witness_forget_used(witness *w)
{
    forget_used(w->nodes);
    forget_used(w->codes);
}

bytes witness_node_at(const witness *w, const uint8_t hash[32])
{
    bytes node = w ? index_find(w->nodes, hash) : (bytes){NULL, 0};
    if (!node.data && w && w->lookup)
        node = look_up(w, hash, false);
    if (!node.data && hash_equals(&witness_empty_trie_root, hash))
        node = (bytes){empty_string_rlp, 1};
    return node;
}

bytes witness_node(const witness *w, const hash256 *hash) { return witness_node_at(w, hash->bytes); }

bytes witness_code(const witness *w, const hash256 *hash)
{
    if (hash_equals(&witness_empty_code_hash, hash->bytes))
        return (bytes){empty_string_rlp, 0};
    bytes code = w ? index_find(w->codes, hash->bytes) : (bytes){NULL, 0};
    if (!code.data && w && w->lookup)
        code = look_up(w, hash->bytes, true);
    return code;
}

size_t witness_used_node_count(const witness *w) { return w->nodes->used_count; }

size_t witness_used_code_count(const witness *w) { return w->codes->used_count; }

static void copy_used(const blob_index *index, bytes *out)
{
    for (uint32_t i = 0; i < index->used_count; i++)
        out[i] = index->used[i]->data;
}

void witness_used_nodes(const witness *w, bytes *out) { copy_used(w->nodes, out); }

void witness_used_codes(const witness *w, bytes *out) { copy_used(w->codes, out); }
