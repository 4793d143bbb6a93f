/* The state after the head, for what comes in. */
#include "node/internal.h"

void head_close(node *n)
{
    store_view_close(n->head_view);
    n->head_view = NULL;
    n->head_state = NULL;
    arena_rewind(&n->head_memory, 0);
}

status node_head_state(node *n, state **out, const store_block **block)
{
    /* Accounts that were read stay in memory until the head changes: not without end. */
    if (n->head_view != NULL && n->head_memory.used_bytes > n->head_memory.size_bytes / 2)
        head_close(n);
    if (n->head_view == NULL) {
        TRY(store_view_open(&n->head_view, &n->head_memory, &n->store));
        status s = store_block_by_number(n->head_view, &n->head_block, n->head_view->head);
        if (s == OK)
            s = store_state_open(n->head_view, &n->head_state, &n->head_block);
        if (s != OK) {
            head_close(n);
            return s;
        }
    }
    *out = n->head_state;
    *block = &n->head_block;
    return OK;
}
