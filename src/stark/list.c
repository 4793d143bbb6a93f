#include "stark/list.h"

#include "base/check.h"

void list_open(list *l, arena *memory, uint32_t block_count)
{
    CHECK(block_count <= LIST_BLOCKS_MAX);
    l->blocks = ARENA_NEW(memory, uint64_t, (size_t)LIST_BLOCK_WORDS * block_count);
    l->items = arena_allocate(memory, CALL_ITEMS_MAX * sizeof *l->items, 8);
    l->block_count = block_count;
    l->item_count = 0;
    list_set_fp(l, LIST_ONE, FP_ONE);
    list_set_fp(l, LIST_MINUS_ONE, fp_neg(FP_ONE));
    list_set_fp(l, LIST_TWO, FP_TWO);
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
