#include "base/arena.h"

#include "base/check.h"
#include "base/memory.h"

void arena_init(arena *a, void *memory, size_t size_bytes)
{
    a->base = memory;
    a->size_bytes = size_bytes;
    a->used_bytes = 0;
    a->dirty_bytes = size_bytes;
}

void arena_init_zeroed(arena *a, void *memory, size_t size_bytes)
{
    arena_init(a, memory, size_bytes);
    a->dirty_bytes = 0;
}

void *arena_allocate(arena *a, size_t size_bytes, size_t alignment)
{
    uintptr_t end = (uintptr_t)a->base + a->used_bytes;
    size_t padding = (size_t)(-end & (alignment - 1));
    size_t free_bytes = a->size_bytes - a->used_bytes;
    if (padding > free_bytes || size_bytes > free_bytes - padding)
        check_failed("the memory that was set aside for this is used up", NULL, 0);
    a->used_bytes += padding + size_bytes;
    return a->base + (a->used_bytes - size_bytes);
}

void *arena_allocate_zeroed(arena *a, size_t size_bytes, size_t alignment)
{
    void *memory = arena_allocate(a, size_bytes, alignment);
    size_t start = a->used_bytes - size_bytes;
    if (start < a->dirty_bytes)
        memset(memory, 0, a->used_bytes < a->dirty_bytes ? size_bytes : a->dirty_bytes - start);
    return memory;
}

void arena_rewind(arena *a, size_t used_bytes)
{
    CHECK(used_bytes <= a->used_bytes);
    if (a->used_bytes > a->dirty_bytes)
        a->dirty_bytes = a->used_bytes;
    a->used_bytes = used_bytes;
}
