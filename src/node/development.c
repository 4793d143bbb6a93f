/* What development tools ask for: a clock that is moved, blocks on demand, senders without keys, state that
 * no transaction made. */
#include "node/internal.h"

#include "base/clock.h"

#include <string.h>

/* ---- time and sealing ---- */

uint64_t node_clock(const node *n) { return (uint64_t)((int64_t)clock_unix_seconds() + n->clock_shift_seconds); }

int64_t node_clock_shift(const node *n) { return n->clock_shift_seconds; }

void node_set_clock_shift(node *n, int64_t seconds)
{
    n->clock_shift_seconds = seconds < INT64_MAX / 2 ? seconds : INT64_MAX / 2;
    n->next_timestamp = 0;
}

status node_set_next_timestamp(node *n, uint64_t timestamp)
{
    state *world;
    const node_block *head;
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
    const node_block *head;
    TRY(node_head_state(n, &world, &head));
    uint64_t first = node_first_number(n->head_view);
    mempool_drop_all(n);
    n->wants_seal = false;
    TRY(node_set_head(n, first));
    node_start_development(n);
    return OK;
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

/* ---- senders without keys ---- */

static size_t find_impersonated(const node *n, const address *who)
{
    size_t i = 0;
    while (i < n->impersonated_count && memcmp(n->impersonated[i].bytes, who->bytes, 20) != 0)
        i++;
    return i;
}

bool node_is_impersonated(const node *n, const address *who)
{
    return n->impersonates_all || find_impersonated(n, who) < n->impersonated_count;
}

status node_impersonate(node *n, const address *who)
{
    if (find_impersonated(n, who) < n->impersonated_count)
        return OK;
    if (n->impersonated_count == NODE_IMPERSONATED)
        return ACCOUNTS_TOO_MANY;
    n->impersonated[n->impersonated_count++] = *who;
    return OK;
}

bool node_stop_impersonating(node *n, const address *who)
{
    size_t i = find_impersonated(n, who);
    if (i == n->impersonated_count)
        return false;
    n->impersonated[i] = n->impersonated[--n->impersonated_count];
    return true;
}

void node_impersonate_all(node *n, bool all) { n->impersonates_all = all; }

size_t node_impersonated_count(const node *n) { return n->impersonated_count; }
const address *node_impersonated(const node *n, size_t i) { return &n->impersonated[i]; }

/* No signature has s = 0, so none can be taken for this: the sender as r. */
void unsigned_sign(transaction *tx, const address *sender)
{
    tx->r = u256_from_be(sender->bytes, sizeof sender->bytes);
    tx->s = U256_ZERO;
    tx->y_is_odd = false;
}

bool unsigned_sender(address *sender, const transaction *tx)
{
    uint8_t word[32];
    if (!u256_is_zero(tx->s) || u256_bit_length(tx->r) > 160)
        return false;
    u256_to_be(word, tx->r);
    memcpy(sender->bytes, word + 12, 20);
    return true;
}

status node_sender_of(const node *n, address *sender, arena *memory, const transaction *tx, fork_id fork)
{
    if (unsigned_sender(sender, tx) && node_is_impersonated(n, sender))
        return OK;
    return transaction_sender(sender, memory, tx, fork);
}
