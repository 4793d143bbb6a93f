#include "chain/store.h"

#include "base/memory.h"

enum { FIRST_CAPACITY = 64 };

static size_t place_of(const byte_store *s, const hash256 *hash)
{
    uint64_t start;
    memcpy(&start, hash->bytes, sizeof start);
    size_t at = start & (s->place_count - 1);
    while (s->places[at] != 0 && memcmp(s->hashes[s->places[at] - 1].bytes, hash->bytes, 32) != 0)
        at = (at + 1) & (s->place_count - 1);
    return at;
}

static void resize(byte_store *s, size_t capacity)
{
    bytes *items = ARENA_NEW(s->memory, bytes, capacity);
    hash256 *hashes = ARENA_NEW(s->memory, hash256, capacity);
    if (s->count > 0) {
        memcpy(items, s->items, s->count * sizeof *items);
        memcpy(hashes, s->hashes, s->count * sizeof *hashes);
    }
    s->items = items;
    s->hashes = hashes;
    s->capacity = capacity;
    s->place_count = 2 * capacity;
    s->places = ARENA_NEW(s->memory, uint32_t, s->place_count);
    for (size_t i = 0; i < s->count; i++)
        s->places[place_of(s, &hashes[i])] = (uint32_t)(i + 1);
}

void store_init(byte_store *s, arena *memory)
{
    memset(s, 0, sizeof *s);
    s->memory = memory;
    resize(s, FIRST_CAPACITY);
}

void store_add(byte_store *s, const hash256 *hash, bytes item)
{
    size_t at = place_of(s, hash);
    if (s->places[at] != 0)
        return;
    if (s->count == s->capacity) {
        resize(s, 2 * s->capacity);
        at = place_of(s, hash);
    }
    uint8_t *copy = arena_allocate(s->memory, item.size, 8);
    if (item.size > 0)
        memcpy(copy, item.data, item.size);
    s->items[s->count] = (bytes){copy, item.size};
    s->hashes[s->count] = *hash;
    s->places[at] = (uint32_t)++s->count;
}

bytes store_find(const byte_store *s, const hash256 *hash)
{
    uint32_t place = s->places[place_of(s, hash)];
    return place != 0 ? s->items[place - 1] : (bytes){NULL, 0};
}

void store_sink(void *store, const hash256 *hash, bytes item) { store_add(store, hash, item); }

void store_add_all(byte_store *s, const byte_store *from)
{
    for (size_t i = 0; i < from->count; i++)
        store_add(s, &from->hashes[i], from->items[i]);
}
