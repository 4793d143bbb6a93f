/* What was chosen for the next blocks, and the clock they go by. */
#include "node/internal.h"

#include "base/clock.h"

uint64_t node_clock(const node *n)
{
    return (uint64_t)((int64_t)clock_unix_seconds() + n->clock_shift_seconds);
}

int64_t node_clock_shift(const node *n) { return n->clock_shift_seconds; }

void node_set_clock_shift(node *n, int64_t seconds)
{
    n->clock_shift_seconds = seconds < INT64_MAX / 2 ? seconds : INT64_MAX / 2;
    n->next_timestamp = 0;
}

status node_set_next_timestamp(node *n, uint64_t timestamp)
{
    state *world;
    const store_block *head;
    TRY(node_head_state(n, &world, &head));
    if (timestamp <= head->header.timestamp || timestamp > INT64_MAX / 2)
        return HEADER_TIMESTAMP_NOT_LATER;
    n->next_timestamp = timestamp;
    return OK;
}

void node_set_timestamp_interval(node *n, uint64_t seconds)
{
    n->has_timestamp_interval = true;
    n->timestamp_interval = seconds;
}

bool node_remove_timestamp_interval(node *n)
{
    bool was = n->has_timestamp_interval;
    n->has_timestamp_interval = false;
    return was;
}

void node_set_coinbase(node *n, const address *coinbase) { n->options.coinbase = *coinbase; }

void node_set_next_prev_randao(node *n, const hash256 *value)
{
    n->has_next_prev_randao = true;
    n->next_prev_randao = *value;
}

void node_set_next_base_fee(node *n, const u256 *wei)
{
    n->has_next_base_fee = true;
    n->next_base_fee = *wei;
}

void node_set_block_gas_limit(node *n, uint64_t gas) { n->block_gas_limit = gas; }

uint64_t node_timestamp_after(const node *n, const store_block *parent)
{
    uint64_t timestamp = n->next_timestamp != 0       ? n->next_timestamp
                         : n->has_timestamp_interval ? parent->header.timestamp + n->timestamp_interval
                                                     : node_clock(n);
    return timestamp > parent->header.timestamp ? timestamp : parent->header.timestamp + 1;
}

u256 next_base_fee(const node *n, const block_header *parent)
{
    return n->has_next_base_fee ? n->next_base_fee : header_next_base_fee(parent, &n->store.config);
}
