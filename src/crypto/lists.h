/* Arithmetic by lists of products (call_muladd, call_muladd_384) over a frame of blocks, which
 * tools/generate_field_lists.py writes. Blocks are numbers below the modulus, of 4 or 6 words. */
#ifndef ASHLAR_CRYPTO_LISTS_H
#define ASHLAR_CRYPTO_LISTS_H

#include "abi/calls.h"

typedef struct {
    uint64_t *blocks; /* whole, where can be written */
    const uint64_t *modulus;
    size_t words;
} lists_frame;

/* A group of odd order whose sums are lists: SUM = SUM + ADDEND and SUM = 2·SUM, which hold for any two
 * points (X : Y : Z), infinity being (0 : 1 : 0). */
typedef struct {
    size_t sum, addend;     /* blocks of the frame */
    size_t blocks;          /* of a point */
    const uint64_t *add;    /* list of one sum */
    const uint64_t *doubles; /* of LISTS_WINDOW_BITS doublings */
    size_t add_items, doubles_items;
} lists_group;

enum { LISTS_WINDOW_BITS = 4, LISTS_TABLE_POINTS = 15 };

static inline uint64_t *lists_at(const lists_frame *f, size_t block) { return f->blocks + f->words * block; }

static inline void lists_put(const lists_frame *f, size_t block, const uint64_t *from, size_t blocks)
{
    call_copy_words(lists_at(f, block), from, blocks * f->words);
}

static inline void lists_get(uint64_t *to, const lists_frame *f, size_t block, size_t blocks)
{
    call_copy_words(to, lists_at(f, block), blocks * f->words);
}

void lists_run(const lists_frame *f, const uint64_t *list, size_t items);

/* A number that is small, or one of big-endian bytes, of which a frame's block has as many; false where that
 * is not below the modulus. */
void lists_put_small(const lists_frame *f, size_t block, uint64_t value);
bool lists_read(const lists_frame *f, size_t block, const uint8_t *bytes);
void lists_write(uint8_t *bytes, const lists_frame *f, size_t block);

bool lists_is_zero(const lists_frame *f, size_t block, size_t blocks);
bool lists_equal(const lists_frame *f, size_t a, size_t b, size_t blocks);

/* (0 : 1 : 0) in SUM. */
void lists_infinity(const lists_frame *f, const lists_group *g);

/* table: room for LISTS_TABLE_POINTS points, the multiples 1, 2, … of SUM, which is not kept. */
void lists_multiples(uint64_t *table, const lists_frame *f, const lists_group *g);

/* SUM = the sum of scalars[i]·(the point of tables[i]), for scalars of 256 bits. */
void lists_sum_multiples(const lists_frame *f, const lists_group *g, const uint64_t *const *tables,
                         const uint64_t (*scalars)[4], size_t count);

#endif
