#define _GNU_SOURCE
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum {
    SHARES = 24, /* of a limited address space: no arena takes more than one */
    LESS = 4,
    LEAST_SHARE = 1024,
    EXIT_LIMIT = 4
};

/* What one arena may reserve. */
static size_t share_bytes(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return (size_t)limit.rlim_cur / SHARES;
}

bool arena_try_open(arena *a, size_t size_bytes, size_t least_bytes)
{
    size_t share = share_bytes();
    if (size_bytes > share)
        size_bytes = share > least_bytes ? share & ~(size_t)0xffff : least_bytes;
    for (;; size_bytes /= LESS) {
        void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory != MAP_FAILED) {
            madvise(memory, size_bytes, MADV_HUGEPAGE); /* a wish: fewer entries of the TLB */
            arena_init(a, memory, size_bytes);
            return true;
        }
        if (size_bytes / LESS < least_bytes)
            return false;
    }
}

void arena_open(arena *a, size_t size_bytes)
{
    if (arena_try_open(a, size_bytes, size_bytes / LEAST_SHARE))
        return;
    fprintf(stderr,
            "ashlar: no %zu MiB of address space can be reserved; raise the limit (ulimit -v, "
            "vm.overcommit_memory)\n",
            size_bytes / LEAST_SHARE >> 20);
    exit(EXIT_LIMIT);
}

void arena_close(arena *a)
{
    munmap(a->base, a->size_bytes);
    a->base = NULL;
    a->size_bytes = a->used_bytes = 0;
}
