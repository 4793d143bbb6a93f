#include "stark/list.h"

#include "base/check.h"

void list_open_on(list *l, uint64_t *blocks, uint64_t *items)
{
    *l = (list){.blocks = blocks, .items = items};
    list_set_fp(l, LIST_ONE, FP_ONE);
    list_set_fp(l, LIST_MINUS_ONE, fp_neg(FP_ONE));
    list_set_fp(l, LIST_TWO, FP_TWO);
}

void list_open(list *l, arena *memory, uint32_t block_count)
{
    CHECK(block_count <= LIST_BLOCKS_MAX);
    uint64_t *blocks = ARENA_NEW(memory, uint64_t, (size_t)LIST_BLOCK_WORDS * block_count);
    list_open_on(l, blocks, arena_allocate(memory, CALL_ITEMS_MAX * sizeof *l->items, 8));
}

void list_run_items(const list *l, const uint64_t *items, uint32_t count)
{
    for (; count > CALL_ITEMS_MAX; count -= CALL_ITEMS_MAX, items += CALL_ITEMS_MAX)
        call_multiply_add(l->blocks, items, CALL_ITEMS_MAX);
    if (count > 0)
        call_multiply_add(l->blocks, items, count);
}

static inline uint64_t word_at(const fp *pair)
{
    uint64_t word;
    memcpy(&word, pair, sizeof word);
    return word;
}

/* Two at a time: their ten elements are five words. The upper half of a block's last word says nothing. */
void list_set_all(list *l, uint32_t block, const fp5 *x, size_t count)
{
    uint64_t *at = l->blocks + (size_t)LIST_BLOCK_WORDS * block;
    const fp *from = x->c;
    for (; count >= 2; count -= 2, from += 2 * FP5_DEGREE, at += 2 * LIST_BLOCK_WORDS) {
        uint64_t middle = word_at(from + 4), next = word_at(from + 6), last = word_at(from + 8);
        at[0] = word_at(from);
        at[1] = word_at(from + 2);
        at[2] = middle;
        at[3] = middle >> 32 | next << 32;
        at[4] = next >> 32 | last << 32;
        at[5] = last >> 32;
    }
    if (count > 0) {
        at[0] = word_at(from);
        at[1] = word_at(from + 2);
        at[2] = from[4];
    }
}

void list_repeat(const list *l)
{
    if (l->item_count > 0)
        call_multiply_add(l->blocks, l->items, l->item_count);
}

void list_run(list *l)
{
    list_repeat(l);
    l->item_count = 0;
}

void list_add_series(list *l, uint64_t item, uint64_t step, uint32_t count)
{
    while (count > 0) {
        if (l->item_count == CALL_ITEMS_MAX)
            list_run(l);
        uint32_t room = CALL_ITEMS_MAX - l->item_count, some = count < room ? count : room;
        uint64_t *at = l->items + l->item_count, *end = at + some;
        for (; at < end; item += step)
            *at++ = item;
        l->item_count += some;
        count -= some;
    }
}

/* What a node has, its children share by z and 1 − z. */
void list_add_eq(list *l, uint32_t nodes, uint32_t z, unsigned k)
{
    for (uint32_t i = 0; i < k; i++) {
        uint32_t node = nodes + (1u << i), child = nodes + (2u << i);
        list_add_series(l, call_multiply_add_item(node, z + i, LIST_ZERO, child + 1), call_multiply_add_item(1, 0, 0, 2), 1u << i);
        list_add_series(l, call_multiply_add_item(child + 1, LIST_MINUS_ONE, node, child),
                        call_multiply_add_item(2, 0, 1, 2), 1u << i);
    }
}

void list_eq_table(fp5 *table, arena *scratch, const fp5 *z, unsigned k)
{
    size_t mark = scratch->used_bytes;
    list l;
    const uint32_t nodes = LIST_OWN + k;
    list_open(&l, scratch, nodes + (2u << k));
    list_set_fp(&l, nodes + 1, FP_ONE);
    list_set_all(&l, LIST_OWN, z, k);
    list_add_eq(&l, nodes, LIST_OWN, k);
    list_run(&l);
    for (uint32_t b = 0; b < 1u << k; b++)
        table[b] = list_get(&l, nodes + (1u << k) + b);
    arena_rewind(scratch, mark);
}
