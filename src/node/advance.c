/* What follows from a head that has changed: state and mempool go with it, listeners hear, it is counted. */
#include "node/internal.h"

#include "telemetry/metrics.h"

#include <string.h>

void node_set_listener(node *n, const node_listener *listener)
{
    n->listener = listener ? *listener : (node_listener){0};
}

void node_tell_batch(const node *n, uint64_t number)
{
    if (n->listener.batch != NULL)
        n->listener.batch(n->listener.context, number);
}

void node_count_block(log_level level, const char *event, const store_block *block, double seconds)
{
    const block_header *header = &block->header;
    metrics_add(METRIC_blocks, 1);
    metrics_add(METRIC_transactions, (int64_t)block->transaction_count);
    metrics_add(METRIC_gas, (int64_t)header->gas_used);
    metrics_observe(METRIC_block_seconds, seconds);
    log_event(level, event, log_number("number", header->number), log_hash("hash", &block->hash),
              log_number("transactions", block->transaction_count), log_number("gas", header->gas_used),
              log_real("ms", 1000 * seconds));
}

void node_count_empty_blocks(const store_block *last, uint64_t count, double seconds)
{
    metrics_add(METRIC_blocks, (int64_t)count);
    log_event(LOG_INFO, "empty blocks sealed", log_number("count", count),
              log_number("last", last->header.number), log_hash("hash", &last->hash),
              log_real("ms", 1000 * seconds));
}

static void follower_hears(const node *n, uint64_t dropped)
{
    if (n->options.follower.head_changed != NULL)
        n->options.follower.head_changed(n->options.follower.context, dropped);
}

status node_head_changed(node *n, const store_block *block)
{
    head_close(n);
    if (n->pool != NULL)
        TRY(mempool_revalidate(n));
    metrics_set(METRIC_head_number, block->header.number);
    metrics_set(METRIC_head_timestamp, block->header.timestamp);
    follower_hears(n, 0);
    if (n->listener.block)
        n->listener.block(n->listener.context, block->header.number, &block->hash);
    return OK;
}

/* What senders signed in the blocks above `number`; borrowed from the view. */
static status signed_above(bytes **out, size_t *count, store_view *v, uint64_t number)
{
    size_t capacity = 0;
    *out = NULL;
    *count = 0;
    while (++number <= v->head) {
        store_block block;
        TRY(store_block_by_number(v, &block, number));
        if (*count + block.transaction_count > capacity) {
            capacity = 2 * (*count + block.transaction_count);
            bytes *larger = ARENA_NEW(v->memory, bytes, capacity);
            if (*count != 0)
                memcpy(larger, *out, *count * sizeof *larger);
            *out = larger;
        }
        for (size_t i = 0; i < block.transaction_count; i++)
            if (block.transactions[i].data[0] != TRANSACTION_QUEUED)
                (*out)[(*count)++] = block.transactions[i];
    }
    return OK;
}

/* `returned` may be NULL: what is in the blocks is gone with them. */
static status set_head(node *n, uint64_t *returned, uint64_t number)
{
    size_t mark = n->store.memory.used_bytes;
    uint64_t dropped = 0;
    store_view *v;
    TRY(store_view_open(&v, &n->store.memory, &n->store));
    store_block block;
    status s =
        number >= v->first && number <= v->head ? store_block_by_number(v, &block, number) : BLOCK_UNKNOWN;
    if (s == OK && number < v->oldest)
        s = STATE_UNKNOWN;
    bytes *returning = NULL;
    size_t count = 0;
    if (s == OK && returned != NULL)
        s = signed_above(&returning, &count, v, number);
    if (s == OK && returned != NULL)
        mempool_keep(n, returning, count);
    if (s == OK)
        s = store_set_head(&n->store, v, &dropped, number);
    if (s == OK)
        follower_hears(n, dropped);
    if (s == OK && number < v->head && n->listener.removed)
        n->listener.removed(n->listener.context, v, number);
    if (s == OK && dropped != 0)
        node_tell_batch(n, dropped);
    if (s == OK && returned != NULL) {
        head_close(n);
        *returned = mempool_return(n, returning, count);
    }
    if (s == OK)
        s = node_head_changed(n, &block);
    store_view_close(v);
    arena_rewind(&n->store.memory, mark);
    return s;
}

status node_set_head(node *n, uint64_t number) { return set_head(n, NULL, number); }

status node_unwind(node *n, uint64_t *returned, uint64_t number)
{
    *returned = 0;
    return set_head(n, returned, number);
}
