/* Arithmetic in F as a list of items r = a·b + c over numbered blocks, as the machine's call multiply_add
 * has it: building an item costs a program in the machine some cycles, a multiplication of its own some
 * hundreds. Items wait until the list is run or full; until then nothing may be set that one of them
 * reads. Freestanding. */
#ifndef ASHLAR_STARK_LIST_H
#define ASHLAR_STARK_LIST_H

#include "abi/calls.h"
#include "base/arena.h"
#include "base/memory.h"
#include "field/fp5.h"

/* Blocks that every list has; the caller's come after them. */
enum { LIST_ZERO, LIST_ONE, LIST_MINUS_ONE, LIST_TWO, LIST_OWN };
enum { LIST_BLOCK_WORDS = 3, LIST_BLOCKS_MAX = 1 << 16 };

typedef struct {
    uint64_t *blocks, *items;
    uint32_t item_count;
} list;

/* block_count, with LIST_OWN, is at most LIST_BLOCKS_MAX. Lives in the arena. */
void list_open(list *l, arena *memory, uint32_t block_count);

/* The same on memory of the caller's: blocks that are all zero, and items of which there are never more. */
void list_open_on(list *l, uint64_t *blocks, uint64_t *items);

/* Does what the items say, in order, and forgets them. */
void list_run(list *l);
/* The same without forgetting them: there must be CALL_ITEMS_MAX at most. */
void list_repeat(const list *l);

/* Any number of items that are not the list's own. */
void list_run_items(const list *l, const uint64_t *items, uint32_t count);

/* Sets `count` blocks from `block` on. */
void list_set_all(list *l, uint32_t block, const fp5 *x, size_t count);

/* Adds the items of eq of k coordinates, which stand from `z` on, to the nodes of a tree: the root, 1, is to be `nodes` + 1, the
 * values then come from `nodes` + 2^k on. They are 2^(k + 1) − 2 items. */
void list_add_eq(list *l, uint32_t nodes, uint32_t z, unsigned k);

/* What multilinear_eq_table gives for the factor 1, k at most 14. The scratch is given back. */
void list_eq_table(fp5 *table, arena *scratch, const fp5 *z, unsigned k);

static inline void list_set(list *l, uint32_t block, const fp5 *x)
{
    memcpy(l->blocks + (size_t)LIST_BLOCK_WORDS * block, x->c, sizeof x->c);
}

/* An element of the base field, where one was set before, or nothing. */
static inline void list_set_fp(list *l, uint32_t block, fp x)
{
    l->blocks[(size_t)LIST_BLOCK_WORDS * block] = x;
}

static inline fp5 list_get(const list *l, uint32_t block)
{
    fp5 x;
    memcpy(x.c, l->blocks + (size_t)LIST_BLOCK_WORDS * block, sizeof x.c);
    return x;
}

/* `count` items, each the one before and `step`: none of the numbers may carry. */
void list_add_series(list *l, uint64_t item, uint64_t step, uint32_t count);

/* r = a·b + c */
static inline void list_add(list *l, uint32_t a, uint32_t b, uint32_t c, uint32_t r)
{
    if (l->item_count == CALL_ITEMS_MAX)
        list_run(l);
    l->items[l->item_count++] = call_multiply_add_item(a, b, c, r);
}

#endif
