#include "settle/standing.h"

#include "settle/calldata.h"
#include "settle/chain.h"
#include "settle/messages.h"
#include "store/store.h"

#include <string.h>

status standing_read(store_view *v, bool *follows, l1_state *l1, uint64_t *derived)
{
    TRY(l1_state_read(v->read, follows, l1));
    return outcome_count(v->read, derived);
}

static status last_block(store_view *v, uint64_t *number, uint64_t batch)
{
    bool found;
    batch_outcome o;
    TRY(outcome_read(v->read, &found, &o, batch));
    *number = found ? o.position.outcome.last_block : 0;
    return found ? OK : BLOCK_UNKNOWN;
}

/* The first batch that ends with the block or after it, up to `high`. */
static status find_batch(store_view *v, uint64_t *batch, uint64_t high, uint64_t block)
{
    uint64_t low = 0;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2, last;
        TRY(last_block(v, &last, middle));
        if (last < block)
            low = middle + 1;
        else
            high = middle;
    }
    *batch = low;
    return OK;
}

static status look_at_l1(store_view *v, block_standing *out)
{
    l1_batch batch;
    bool found;
    uint64_t final, tip, proven;
    if (out->batch == 0) /* the genesis */
        return OK;
    TRY(l1_batch_read(v->read, &found, &batch, out->batch));
    if (!found)
        return OK;
    out->l1_block = batch.block;
    TRY(l1_final_read(v->read, &found, &final, &tip, &proven));
    out->is_l1_final = found && batch.block <= final;
    return OK;
}

/* Whether the last proof is of what was derived here. */
static status look_at_proof(store_view *v, block_standing *out, uint64_t proven, uint64_t derived, uint64_t block)
{
    batch_outcome o;
    l1_proof proof;
    hash256 own, theirs;
    bool found;
    if (proven > derived) /* what is derived comes after what L1 says */
        return OK;
    TRY(outcome_read(v->read, &found, &o, proven));
    if (!found || o.position.outcome.last_block < block)
        return OK;
    out->proven_batch = proven;
    out->outcome = o.position.outcome;
    out->status = STANDING_PROVEN;
    if (proven == 0)
        return OK;
    TRY(l1_proof_read(v->read, &found, &proof, proven));
    rollup_outcome_hash(&own, &out->outcome);
    rollup_outcome_hash(&theirs, &proof.outcome);
    if (!found || memcmp(&own, &theirs, sizeof own) != 0)
        out->status = STANDING_CONTRADICTED;
    return OK;
}

status standing_of_block(store_view *v, block_standing *out, uint64_t block)
{
    bool follows;
    l1_state l1;
    uint64_t derived, last;
    *out = (block_standing){0};
    TRY(standing_read(v, &follows, &l1, &derived));
    out->last_batch = l1.tip;
    if (!follows || last_block(v, &last, derived) != OK || last < block)
        return OK;
    TRY(find_batch(v, &out->batch, derived, block));
    out->status = STANDING_COMMITTED;
    TRY(look_at_l1(v, out));
    return look_at_proof(v, out, l1.proven, derived, block);
}

status standing_item(store_view *v, bool *found, l1_item *out, uint64_t index)
{
    return l1_item_read(v->read, found, out, index);
}

status standing_claim(store_view *v, bool *found, uint64_t *l1_block, uint64_t message)
{
    return l1_claim_read(v->read, found, l1_block, message);
}

status standing_of_batch(store_view *v, bool *found, batch_standing *out, uint64_t number)
{
    l1_state l1;
    uint64_t derived, before;
    batch_outcome own;
    block_standing s;
    bool follows, has_own;
    *out = (batch_standing){.status = STANDING_COMMITTED};
    TRY(l1_batch_read(v->read, found, &out->batch, number));
    if (!*found)
        return OK;
    TRY(standing_read(v, &follows, &l1, &derived));
    TRY(l1_proof_of_batch(v->read, &out->has_proof, &out->proof, number));
    TRY(outcome_read(v->read, &has_own, &own, number));
    if (!has_own || number > derived) {
        out->status = out->has_proof ? STANDING_PROVEN : STANDING_COMMITTED;
        return OK;
    }
    TRY(last_block(v, &before, number - 1));
    out->is_derived = true;
    out->has_fault = own.has_fault;
    out->first_block = before + 1;
    out->last_block = own.position.outcome.last_block;
    TRY(standing_of_block(v, &s, out->last_block));
    out->status = s.status;
    out->is_l1_final = s.is_l1_final;
    return OK;
}

status standing_operator(store_view *v, bool *found, turn_record *out, sender_entry **entries, size_t *count)
{
    TRY(turn_record_read(v->read, found, out));
    return *found ? sender_read(v->read, v->memory, entries, count) : OK;
}

/* ---- paths ---- */

typedef struct {
    hash256 *all;
    size_t count, capacity;
} leaf_list;

static void add_leaf(leaf_list *l, arena *memory, const hash256 *leaf)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity == 0 ? 256 : 2 * l->capacity;
        hash256 *larger = ARENA_NEW(memory, hash256, capacity);
        if (l->count != 0)
            memcpy(larger, l->all, l->count * sizeof *larger);
        l->all = larger, l->capacity = capacity;
    }
    l->all[l->count++] = *leaf;
}

status standing_message_path(store_view *v, hash256 path[ROLLUP_BATCHES_DEPTH], const block_standing *s,
                             uint64_t message)
{
    batch_outcome o;
    bool found;
    hash256 root;
    TRY(outcome_read(v->read, &found, &o, s->proven_batch));
    if (!found || message >= o.message_count)
        return BLOCK_UNKNOWN;
    TRY(messages_root(v->read, &root, o.message_count));
    if (memcmp(&root, &s->outcome.withdrawal_root, sizeof root) != 0)
        return BLOCK_UNKNOWN;
    return messages_path(v->read, path, o.message_count, message);
}

status standing_transaction_path(store_view *v, uint32_t *index, hash256 path[ROLLUP_TRANSACTIONS_DEPTH],
                                 hash256 batch_path[ROLLUP_BATCHES_DEPTH], const block_standing *s,
                                 uint64_t block, size_t index_in_block)
{
    leaf_list transactions = {0}, batches = {0};
    uint64_t before, last;
    if (s->batch == 0)
        return BLOCK_UNKNOWN;
    TRY(last_block(v, &before, s->batch - 1));
    TRY(last_block(v, &last, s->batch));
    for (uint64_t number = before + 1; number <= last; number++) {
        store_block b;
        TRY(store_block_by_number(v, &b, number));
        if (number == block)
            *index = (uint32_t)(transactions.count + index_in_block);
        for (size_t i = 0; i < b.transaction_count; i++) {
            store_transaction tx;
            hash256 leaf;
            TRY(store_transaction_at(v, &tx, &b, i));
            rollup_transaction_leaf(&leaf, number, (uint32_t)transactions.count, &tx.hash);
            add_leaf(&transactions, v->memory, &leaf);
        }
    }
    for (uint64_t i = 0; i <= s->proven_batch; i++) {
        batch_outcome o;
        bool found;
        TRY(outcome_read(v->read, &found, &o, i));
        if (!found)
            return BLOCK_UNKNOWN;
        add_leaf(&batches, v->memory, &o.root);
    }
    if (*index >= transactions.count)
        return BLOCK_UNKNOWN;
    rollup_tree_path(path, v->memory, transactions.all, transactions.count, *index,
                     ROLLUP_TRANSACTIONS_DEPTH);
    rollup_tree_path(batch_path, v->memory, batches.all, batches.count, s->batch, ROLLUP_BATCHES_DEPTH);
    return OK;
}
