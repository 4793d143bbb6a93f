/* A bump allocator. What it gives lives as long as the arena, or until it is rewound. */
#ifndef ASHLAR_BASE_ARENA_H
#define ASHLAR_BASE_ARENA_H

#include "base/types.h"

typedef struct {
    uint8_t *base;
    size_t size_bytes;
    size_t used_bytes;  /* to be lowered by arena_rewind alone */
    size_t dirty_bytes; /* what lies above this and above used_bytes is zero */
} arena;

/* Makes an arena of memory that the caller keeps. */
void arena_init(arena *a, void *memory, size_t size_bytes);
/* The same of memory that is all zero: it is not cleared again before it was given back once. */
void arena_init_zeroed(arena *a, void *memory, size_t size_bytes);

/* `alignment` is a power of two. Never NULL: an arena that is full ends the program (natively with a
 * message, in the guest without a proof). The bytes are not initialised. */
void *arena_allocate(arena *a, size_t size_bytes, size_t alignment);

/* The same, set to zero. */
void *arena_allocate_zeroed(arena *a, size_t size_bytes, size_t alignment);

/* Gives back everything allocated since used_bytes had this value. */
void arena_rewind(arena *a, size_t used_bytes);

/* An array of `count` elements of a type. */
#define ARENA_NEW(a, type, count) \
    ((type *)arena_allocate_zeroed((a), sizeof(type) * (size_t)(count), alignof(type)))

/* Hosted builds only: an arena over reserved, untouched memory of the operating system; pages are
 * taken as they are used. Where address space is limited (ulimit -v, vm.overcommit_memory 2) it reserves
 * less: down to `least_bytes`, false where not even that can be had. */
bool arena_try_open(arena *a, size_t size_bytes, size_t least_bytes);
/* The same, down to a 1024th; ends the program with one line and exit code 4 where that cannot be had. */
void arena_open(arena *a, size_t size_bytes);
void arena_close(arena *a);

#endif
