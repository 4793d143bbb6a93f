/* The guest's memory: one arena over all of the heap. */
#ifndef ASHLAR_GUEST_HEAP_H
#define ASHLAR_GUEST_HEAP_H

#include "base/arena.h"

/* Call it once. */
void guest_heap(arena *a);

#endif
