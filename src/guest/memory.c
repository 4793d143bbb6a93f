/* memcpy and its kin for a machine where one instruction costs as much as another, and a misaligned access
 * twice as much as an aligned one: whole words, unrolled, the destination aligned where the source cannot
 * be. */
#include "base/memory.h"
#include "base/types.h"

/* A word at any address, of any type. */
typedef struct __attribute__((packed, may_alias)) {
    uint64_t value;
} word;

static inline uint64_t load(const uint8_t *p) { return ((const word *)p)->value; }

static inline void store(uint8_t *p, uint64_t value) { ((word *)p)->value = value; }

/* Forwards. Reads each block before it writes it, so the destination may lie below the source. */
static void copy_up(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size >= 16) {
        size_t head = -(uintptr_t)to & 7;
        if (head != 0) {
            for (size_t i = 0; i < head; i++)
                to[i] = from[i];
            to += head;
            from += head;
            size -= head;
        }
        for (; size >= 64; size -= 64, to += 64, from += 64) {
            uint64_t a = load(from), b = load(from + 8), c = load(from + 16), d = load(from + 24);
            uint64_t e = load(from + 32), f = load(from + 40), g = load(from + 48), h = load(from + 56);
            store(to, a);
            store(to + 8, b);
            store(to + 16, c);
            store(to + 24, d);
            store(to + 32, e);
            store(to + 40, f);
            store(to + 48, g);
            store(to + 56, h);
        }
        for (; size >= 8; size -= 8, to += 8, from += 8)
            store(to, load(from));
    }
    for (; size != 0; size--)
        *to++ = *from++;
}

static void copy_down(uint8_t *to, const uint8_t *from, size_t size)
{
    to += size;
    from += size;
    if (size >= 16) {
        for (; ((uintptr_t)to & 7) != 0; size--)
            *--to = *--from;
        for (; size >= 8; size -= 8) {
            to -= 8;
            from -= 8;
            store(to, load(from));
        }
    }
    for (; size != 0; size--)
        *--to = *--from;
}

void *memcpy(void *restrict destination, const void *restrict source, size_t size)
{
    copy_up(destination, source, size);
    return destination;
}

void *memmove(void *destination, const void *source, size_t size)
{
    if ((uintptr_t)destination - (uintptr_t)source >= size)
        copy_up(destination, source, size);
    else
        copy_down(destination, source, size);
    return destination;
}

void *memset(void *destination, int value, size_t size)
{
    uint8_t *to = destination;
    if (size >= 16) {
        uint64_t pattern = (uint8_t)value * UINT64_C(0x0101010101010101);
        for (; ((uintptr_t)to & 7) != 0; size--)
            *to++ = (uint8_t)value;
        for (; size >= 64; size -= 64, to += 64)
            for (int i = 0; i < 64; i += 8)
                store(to + i, pattern);
        for (; size >= 8; size -= 8, to += 8)
            store(to, pattern);
    }
    for (; size != 0; size--)
        *to++ = (uint8_t)value;
    return destination;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a, *y = b;
    for (; size >= 8; size -= 8, x += 8, y += 8) {
        uint64_t u = load(x), v = load(y);
        if (u != v) {
            u = __builtin_bswap64(u);
            v = __builtin_bswap64(v);
            return u < v ? -1 : 1;
        }
    }
    for (; size != 0; size--, x++, y++)
        if (*x != *y)
            return *x < *y ? -1 : 1;
    return 0;
}
