#define _GNU_SOURCE
#include "base/arena.h"
#include "base/check.h"

#include <sys/mman.h>

void arena_open(arena *a, size_t size_bytes)
{
    void *memory =
        mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    madvise(memory, size_bytes, MADV_HUGEPAGE); /* a wish: columns far apart need fewer entries of the TLB */
    arena_init(a, memory, size_bytes);
}

void arena_close(arena *a)
{
    munmap(a->base, a->size_bytes);
    a->base = NULL;
    a->size_bytes = a->used_bytes = 0;
}
