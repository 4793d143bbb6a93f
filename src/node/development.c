/* When blocks are made, and back to the beginning. */
#include "node/internal.h"

#include "base/clock.h"

void node_start_development(node *n)
{
    n->clock_shift_seconds = 0;
    n->next_timestamp = 0;
    n->has_timestamp_interval = n->has_next_prev_randao = n->has_next_base_fee = false;
    n->block_gas_limit = 0;
    n->impersonated_count = 0;
    n->impersonates_all = false;
    n->options.coinbase = n->first_coinbase;
    n->is_instant = n->options.seals && n->options.block_time_seconds == 0;
    node_set_seal_interval(n, n->options.seals ? 1000 * n->options.block_time_seconds : 0);
}

status node_reset(node *n)
{
    state *world;
    const store_block *head;
    TRY(node_head_state(n, &world, &head));
    uint64_t first = store_first_number(n->head_view);
    mempool_drop_all(n);
    n->wants_seal = false;
    TRY(node_set_head(n, first));
    node_start_development(n);
    return OK;
}

status node_set_chain_id(node *n, bool *done, uint64_t chain_id)
{
    *done = false;
    if (mempool_pending_count(n) + mempool_queued_count(n) > 0 || n->options.follower.head_changed != NULL)
        return OK;
    return store_set_chain_id(&n->store, done, chain_id);
}

bool node_is_instant(const node *n) { return n->is_instant; }

void node_set_instant(node *n, bool is_instant)
{
    n->is_instant = is_instant;
    n->wants_seal = is_instant && mempool_has_executable(n);
}

void node_set_seal_interval(node *n, uint64_t milliseconds)
{
    n->seal_interval_ms = milliseconds;
    n->next_seal_ms = clock_milliseconds() + milliseconds;
}

uint64_t node_seal_interval_ms(const node *n) { return n->seal_interval_ms; }
