/* The four functions of libc that freestanding code may call; the guest brings its own. */
#ifndef ASHLAR_BASE_MEMORY_H
#define ASHLAR_BASE_MEMORY_H

#include <stddef.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t size);
void *memmove(void *destination, const void *source, size_t size);
void *memset(void *destination, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
