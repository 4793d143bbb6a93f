/* memcpy and its kin for a machine where one instruction costs as much as another, and a misaligned access
 * twice as much as an aligned one: whole words, unrolled by hand (the compiler tunes for size), the
 * destination aligned where the source cannot be, and a misaligned word for what is left over instead of its
 * bytes. */
#include "base/byte_order.h"
#include "base/memory.h"
#include "base/types.h"

/* A word at any address, of any type. */
typedef struct __attribute__((packed, may_alias)) {
    uint64_t value;
} word;
typedef struct __attribute__((packed, may_alias)) {
    uint32_t value;
} half_word;

static inline uint64_t load(const uint8_t *p) { return ((const word *)p)->value; }

static inline void store(uint8_t *p, uint64_t value) { ((word *)p)->value = value; }

/* Whole words, forwards, as many as there are; what is left over is less than one. Reads each block before it
 * writes it, so the destination may lie below the source. */
static inline size_t copy_words_up(uint8_t **to_place, const uint8_t **from_place, size_t size)
{
    uint8_t *to = *to_place;
    const uint8_t *from = *from_place;
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
    if (size >= 32) {
        uint64_t a = load(from), b = load(from + 8), c = load(from + 16), d = load(from + 24);
        store(to, a);
        store(to + 8, b);
        store(to + 16, c);
        store(to + 24, d);
        to += 32, from += 32, size -= 32;
    }
    for (; size >= 8; size -= 8, to += 8, from += 8)
        store(to, load(from));
    *to_place = to;
    *from_place = from;
    return size;
}

static void copy_up(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size >= 16) {
        for (; ((uintptr_t)to & 7) != 0; size--)
            *to++ = *from++;
        size = copy_words_up(&to, &from, size);
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
    uint8_t *to = destination;
    const uint8_t *from = source;
    if (size >= 8) {
        size_t head = -(uintptr_t)to & 7;
        if (head != 0) {
            store(to, load(from));
            to += head;
            from += head;
            size -= head;
        }
        size = copy_words_up(&to, &from, size);
        if (size != 0)
            store(to + size - 8, load(from + size - 8));
    } else if (size >= 4) {
        uint32_t first = ((const half_word *)from)->value,
                 last = ((const half_word *)(from + size - 4))->value;
        ((half_word *)to)->value = first;
        ((half_word *)(to + size - 4))->value = last;
    } else {
        for (; size != 0; size--)
            *to++ = *from++;
    }
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
    if (size < 8) {
        for (; size != 0; size--)
            *to++ = (uint8_t)value;
        return destination;
    }
    uint64_t pattern = (uint8_t)value * UINT64_C(0x0101010101010101);
    size_t head = -(uintptr_t)to & 7;
    if (head != 0) {
        store(to, pattern);
        to += head;
        size -= head;
    }
    for (; size >= 64; size -= 64, to += 64) {
        store(to, pattern);
        store(to + 8, pattern);
        store(to + 16, pattern);
        store(to + 24, pattern);
        store(to + 32, pattern);
        store(to + 40, pattern);
        store(to + 48, pattern);
        store(to + 56, pattern);
    }
    if (size >= 32) {
        store(to, pattern);
        store(to + 8, pattern);
        store(to + 16, pattern);
        store(to + 24, pattern);
        to += 32, size -= 32;
    }
    for (; size >= 8; size -= 8, to += 8)
        store(to, pattern);
    if (size != 0)
        store(to + size - 8, pattern);
    return destination;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a, *y = b;
    for (; size >= 8; size -= 8, x += 8, y += 8) {
        uint64_t u = load(x), v = load(y);
        if (u != v) {
            u = reverse_bytes(u);
            v = reverse_bytes(v);
            return u < v ? -1 : 1;
        }
    }
    for (; size != 0; size--, x++, y++)
        if (*x != *y)
            return *x < *y ? -1 : 1;
    return 0;
}
