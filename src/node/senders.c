/* Who sent a transaction: who signed it, or who is impersonated. */
#include "node/internal.h"

#include <string.h>

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
