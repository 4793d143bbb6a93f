#include "settle/standing.h"

#include "settle/chain.h"
#include "store/store.h"

status standing_read(store_view *v, bool *follows, l1_state *l1, uint64_t *derived)
{
    TRY(l1_state_read(v->read, follows, l1));
    return outcome_count(v->read, derived);
}

status standing_of_block(store_view *v, block_standing *out, uint64_t block)
{
    bool follows, found;
    l1_state l1;
    uint64_t low = 0, high;
    batch_outcome o;
    *out = (block_standing){0};
    TRY(standing_read(v, &follows, &l1, &high));
    TRY(outcome_read(v->read, &found, &o, high));
    if (!follows || !found || o.position.outcome.last_block < block)
        return OK;
    /* The first batch that ends with the block or after it. */
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        TRY(outcome_read(v->read, &found, &o, middle));
        if (!found || o.position.outcome.last_block < block)
            low = middle + 1;
        else
            high = middle;
    }
    out->batch = low;
    out->status = STANDING_COMMITTED;
    TRY(outcome_read(v->read, &found, &o, l1.proven));
    if (found && o.position.outcome.last_block >= block) {
        out->status = STANDING_PROVEN;
        out->proven_batch = l1.proven;
        out->outcome = o.position.outcome;
    }
    return OK;
}
