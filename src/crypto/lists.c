#include "crypto/lists.h"

#include "base/memory.h"
#include "base/u256.h"

void lists_run(const lists_frame *f, const uint64_t *list, size_t items)
{
    if (f->words == 6)
        call_muladd_384(f->blocks, list, f->modulus, items);
    else
        call_muladd(f->blocks, list, f->modulus, items);
}

void lists_put_small(const lists_frame *f, size_t block, uint64_t value)
{
    uint64_t *to = lists_at(f, block);
    to[0] = value;
    for (size_t i = 1; i < f->words; i++)
        to[i] = 0;
}

/* The lowest four words at a time, as u256 does it best. */
bool lists_read(const lists_frame *f, size_t block, const uint8_t *bytes)
{
    uint64_t *to = lists_at(f, block);
    size_t high_bytes = 8 * f->words - 32;
    u256 low = u256_from_be(bytes + high_bytes, 32);
    memcpy(to, low.limb, sizeof low.limb);
    if (high_bytes != 0) {
        u256 high = u256_from_be(bytes, high_bytes);
        memcpy(to + 4, high.limb, high_bytes);
    }
    for (size_t i = f->words; i-- != 0;)
        if (to[i] != f->modulus[i])
            return to[i] < f->modulus[i];
    return false;
}

void lists_write(uint8_t *bytes, const lists_frame *f, size_t block)
{
    uint64_t words[8] = {0};
    uint8_t be[32];
    memcpy(words, lists_at(f, block), 8 * f->words);
    for (size_t i = 0, left = 8 * f->words; left != 0; i += 4) {
        size_t part = left < 32 ? left : 32;
        u256_to_be(be, (u256){{words[i], words[i + 1], words[i + 2], words[i + 3]}});
        memcpy(bytes + left - part, be + 32 - part, part);
        left -= part;
    }
}

bool lists_is_zero(const lists_frame *f, size_t block, size_t blocks)
{
    const uint64_t *at = lists_at(f, block);
    for (size_t i = 0; i < f->words * blocks; i++)
        if (at[i] != 0)
            return false;
    return true;
}

bool lists_equal(const lists_frame *f, size_t a, size_t b, size_t blocks)
{
    return memcmp(lists_at(f, a), lists_at(f, b), blocks * f->words * sizeof(uint64_t)) == 0;
}

void lists_infinity(const lists_frame *f, const lists_group *g)
{
    memset(lists_at(f, g->sum), 0, g->blocks * f->words * sizeof(uint64_t));
    lists_at(f, g->sum + g->blocks / 3)[0] = 1;
}

void lists_multiples(uint64_t *table, const lists_frame *f, const lists_group *g)
{
    size_t point = g->blocks * f->words;
    lists_get(table, f, g->sum, g->blocks);
    lists_put(f, g->addend, table, g->blocks);
    for (size_t i = 1; i < LISTS_TABLE_POINTS; i++) {
        lists_run(f, g->add, g->add_items);
        lists_get(table + i * point, f, g->sum, g->blocks);
    }
}

/* E. G. Straus's method. */
void lists_sum_multiples(const lists_frame *f, const lists_group *g, const uint64_t *const *tables,
                         const uint64_t (*scalars)[4], size_t count)
{
    enum { WINDOWS = 256 / LISTS_WINDOW_BITS, IN_A_WORD = 64 / LISTS_WINDOW_BITS };
    bool started = false;
    lists_infinity(f, g);
    for (size_t i = WINDOWS; i-- != 0;) {
        if (started)
            lists_run(f, g->doubles, g->doubles_items);
        for (size_t k = 0; k < count; k++) {
            unsigned shift = LISTS_WINDOW_BITS * (unsigned)(i % IN_A_WORD);
            uint64_t digit = scalars[k][i / IN_A_WORD] >> shift & LISTS_TABLE_POINTS;
            if (digit == 0)
                continue;
            lists_put(f, g->addend, tables[k] + (digit - 1) * g->blocks * f->words, g->blocks);
            lists_run(f, g->add, g->add_items);
            started = true;
        }
    }
}
