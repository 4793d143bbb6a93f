#include "rollup/derive.h"

#include "base/check.h"
#include "base/memory.h"
#include "chain/build.h"
#include "chain/receipt.h"
#include "chain/transition.h"
#include "crypto/keccak.h"
#include "rollup/genesis.h"

enum { MOST_ANCESTORS = 256, ANCESTOR_ROOM = 4 * MOST_ANCESTORS };

struct rollup_derivation {
    arena *memory, *scratch;
    rollup_source source;
    rollup_position position;
    state *world;
    block_header parent; /* without its bloom and extra data */
    /* Hashes of ancestors, newest first, from `ancestors` to the end of the room: new ones come before. */
    hash256 *ancestor_room;
    size_t newest_ancestor;
    size_t ancestor_count;
};

static const uint8_t no_bloom[LOGS_BLOOM_BYTES];

static bool same_hash(const hash256 *a, const hash256 *b) { return memcmp(a->bytes, b->bytes, 32) == 0; }

static bool skips(status s)
{
    switch (s) {
#define SKIPS(name) case name:
#include "rollup/drop.def"
        return true;
    default:
        return false;
    }
}

/* ---- where it starts ---- */

static void add_ancestor(rollup_derivation *d, const hash256 *hash)
{
    if (d->newest_ancestor == 0) {
        d->newest_ancestor = ANCESTOR_ROOM - MOST_ANCESTORS;
        memcpy(d->ancestor_room + d->newest_ancestor, d->ancestor_room, MOST_ANCESTORS * sizeof *hash);
    }
    d->ancestor_room[--d->newest_ancestor] = *hash;
    if (d->ancestor_count < MOST_ANCESTORS)
        d->ancestor_count++;
}

/* Each header is bound by the hash that its child names, and names its parent's. */
static status read_headers(rollup_derivation *d)
{
    const rollup_outcome *outcome = &d->position.outcome;
    size_t count = d->source.header_count;
    if (count == 0)
        return WITNESS_HEADER_MISSING;
    if (count > MOST_ANCESTORS)
        count = MOST_ANCESTORS;
    d->newest_ancestor = ANCESTOR_ROOM - (count + 1);
    d->ancestor_count = count + 1;
    hash256 *hashes = d->ancestor_room + d->newest_ancestor;
    hashes[0] = outcome->block_hash;
    for (size_t i = 0; i < count; i++) {
        bytes encoding = d->source.headers[d->source.header_count - 1 - i];
        hash256 hash;
        keccak256(&hash, encoding.data, encoding.size);
        if (!same_hash(&hash, &hashes[i]))
            return i == 0 ? BATCH_POSITION_WRONG : WITNESS_HEADERS_BROKEN;
        block_header header;
        TRY(header_decode(&header, encoding));
        hashes[i + 1] = header.parent_hash;
        if (i == 0)
            d->parent = header;
        if (header.number == 0) { /* a genesis names nobody */
            d->ancestor_count = i + 1;
            break;
        }
    }
    d->parent.logs_bloom = no_bloom;
    d->parent.extra_data = (bytes){NULL, 0};
    return OK;
}

status rollup_derive_open(rollup_derivation **out, arena *memory, arena *scratch, const rollup_source *source,
                          const rollup_position *position)
{
    if (!chain_is_rollup(source->config))
        return INPUT_MALFORMED;
    rollup_derivation *d = ARENA_NEW(memory, rollup_derivation, 1);
    *out = d;
    d->memory = memory;
    d->scratch = scratch;
    d->source = *source;
    d->position = *position;
    d->ancestor_room = ARENA_NEW(memory, hash256, ANCESTOR_ROOM);
    const rollup_outcome *outcome = &d->position.outcome;
    hash256 tree;
    rollup_frontier_root(&tree, &d->position.batches);
    if (!same_hash(&tree, &outcome->batch_tree) || position->batches.count == 0)
        return BATCH_POSITION_WRONG;
    TRY(read_headers(d));
    if (!same_hash(&d->parent.state_root, &outcome->state_root) || d->parent.number != outcome->last_block ||
        d->parent.timestamp != outcome->last_time)
        return BATCH_POSITION_WRONG;
    d->world = state_open(memory, source->known, &outcome->state_root);
    state_set_node_sink(d->world, source->node_sink, source->context);
    state_set_code_sink(d->world, source->code_sink, source->context);
    return OK;
}

const rollup_position *rollup_derive_position(const rollup_derivation *d) { return &d->position; }

const state_missing_item *rollup_derive_missing(const rollup_derivation *d)
{
    return state_missing(d->world);
}

/* ---- a block ---- */

/* A batch while it is derived. */
typedef struct {
    rollup_batch_result *result;
    const rollup_batch *batch;
    const bytes *items; /* as transactions */
    size_t item_at;     /* the next */
    uint64_t gas_used;  /* by what is not L1's; what was skipped counts */
    hash256 *leaves;
    size_t leaf_count;
} progress;

static status begin_header(block_header *header, fork_id *fork, const rollup_derivation *d,
                           const rollup_batch *batch, uint64_t timestamp)
{
    const chain_config *config = d->source.config;
    *header = (block_header){
        .parent_hash = d->position.outcome.block_hash,
        .ommers_hash = EMPTY_OMMERS_HASH,
        .coinbase = batch->committer,
        .logs_bloom = no_bloom,
        .number = d->parent.number + 1,
        .gas_limit = config->rollup.transaction_gas + config->rollup.item_gas,
        .timestamp = timestamp,
        .base_fee = header_next_base_fee(&d->parent, config),
    };
    header_rollup_randao(&header->mix_hash, &header->parent_hash);
    *fork = chain_fork_at(config, header->number, header->timestamp);
    const blob_parameters *blob = chain_blob_parameters_at(config, header->timestamp);
    if (*fork < FORK_PRAGUE || blob == NULL)
        return UNSUPPORTED_FORK;
    header_fill_by_fork(header, *fork);
    header->excess_blob_gas = header_next_excess_blob_gas(&d->parent, blob, *fork);
    header->slot_number = *fork >= FORK_AMSTERDAM ? d->parent.slot_number + 1 : 0;
    return OK;
}

/* Nothing that a transaction of the batch can be wrong in is a reason to end; nothing else is a reason to
 * skip it. */
static status run_plain(transition *t, progress *p, bytes encoding)
{
    enum { LEAST_GAS = 21000 };
    transaction tx;
    address sender;
    uint64_t most = t->config->rollup.transaction_gas;
    TRY(transaction_decode(&tx, t->memory, encoding));
    if (tx.gas_limit > (p->gas_used < most ? most - p->gas_used : 0))
        return TRANSACTION_GAS_ABOVE_BATCH;
    /* Before the signature, which is what costs. */
    if (tx.gas_limit < LEAST_GAS)
        return TRANSACTION_GAS_BELOW_INTRINSIC;
    TRY(transaction_sender(&sender, t->memory, &tx, t->block.fork));
    return transition_transaction(t, &tx, &sender, NULL, NULL);
}

static void include(transition *t, rollup_derived_block *made, bytes *transactions, progress *p,
                    bytes encoding)
{
    hash256 hash;
    keccak256(&hash, encoding.data, encoding.size);
    rollup_transaction_leaf(&p->leaves[p->leaf_count], t->block.number, (uint32_t)p->leaf_count, &hash);
    p->leaf_count++;
    transactions[made->transaction_count++] = encoding;
}

static status run_transactions(transition *t, rollup_derived_block *made, progress *p,
                               const rollup_block *block)
{
    size_t most = (size_t)block->item_count + block->transaction_count;
    bytes *transactions = ARENA_NEW(t->memory, bytes, most);
    made->transactions = transactions;
    made->item_count = (size_t)block->item_count;
    for (size_t i = 0; i < made->item_count; i++) {
        bytes encoding = p->items[p->item_at++];
        transaction tx;
        TRY(transaction_decode(&tx, t->memory, encoding));
        TRY(transition_transaction(t, &tx, &tx.from, NULL, NULL));
        include(t, made, transactions, p, encoding);
    }
    for (size_t i = 0; i < block->transaction_count; i++) {
        status s = run_plain(t, p, block->transactions[i]);
        if (s == OK) {
            p->gas_used += t->last.gas_used;
            include(t, made, transactions, p, block->transactions[i]);
            continue;
        }
        if (!skips(s))
            return s;
        p->gas_used += ROLLUP_SKIPPED_GAS;
        if (p->result->skipped_count++ == 0)
            p->result->first_skip = s;
    }
    return OK;
}

static status complete_header(block_header *header, transition *t, const rollup_derived_block *made)
{
    TRY(transition_complete_header(t, header));
    TRY(index_trie_root(&header->transactions_root, t->memory, made->transactions, made->transaction_count));
    TRY(index_trie_root(&header->receipts_root, t->memory, t->receipts, t->receipt_count));
    TRY(state_root(t->world, &header->state_root));
    header->logs_bloom = t->logs_bloom;
    return OK;
}

static status derive_block(rollup_derivation *d, progress *p, const rollup_block *block)
{
    arena *scratch = d->scratch;
    size_t mark = scratch->used_bytes;
    block_header header;
    fork_id fork;
    TRY(begin_header(&header, &fork, d, p->batch, block->timestamp));
    ancestor_hashes ancestors = {
        .number = header.number,
        .proven = d->ancestor_room + d->newest_ancestor,
        .proven_count = d->ancestor_count,
    };
    evm_block environment;
    transition_environment(&environment, &header, d->source.config, fork, &ancestors);
    transition *t = transition_open(scratch, d->source.config, &environment, d->world,
                                    (size_t)block->item_count + block->transaction_count);
    rollup_derived_block made = {.header = &header};
    TRY(transition_begin_block(t, &header.parent_hash, &header.parent_beacon_block_root));
    TRY(run_transactions(t, &made, p, block));
    TRY(transition_requests(t));
    TRY(complete_header(&header, t, &made));
    bytes encoding = header_encode(scratch, &header);
    keccak256(&made.hash, encoding.data, encoding.size);
    if (d->source.block_sink != NULL) {
        made.encoding = block_encode(scratch, encoding, made.transactions, made.transaction_count,
                                     &NO_WITHDRAWALS);
        made.receipts = t->receipts;
        made.origins = t->origins;
        TRY(d->source.block_sink(d->source.context, &made));
    }

    add_ancestor(d, &made.hash);
    d->parent = header;
    d->parent.logs_bloom = no_bloom;
    rollup_outcome *outcome = &d->position.outcome;
    outcome->block_hash = made.hash;
    outcome->state_root = header.state_root;
    outcome->last_block = header.number;
    outcome->last_time = header.timestamp;
    arena_rewind(scratch, mark);
    return OK;
}

/* ---- a batch ---- */

static const bytes *queue_items(rollup_derivation *d, const rollup_item *items, size_t item_count)
{
    bytes *encodings = ARENA_NEW(d->scratch, bytes, item_count);
    for (size_t i = 0; i < item_count; i++) {
        rollup_item_hash(&d->position.queue_hash, &d->position.queue_hash, d->position.outcome.queue_index++,
                         &items[i]);
        encodings[i] = rollup_item_transaction(d->scratch, &items[i], &d->position.queue_hash);
    }
    return encodings;
}

/* MessagePasser has it in its slot 0. */
static status read_withdrawal_root(rollup_derivation *d)
{
    account *passer;
    storage_slot *slot;
    TRY(state_account(d->world, &passer, &ROLLUP_MESSAGE_PASSER));
    TRY(state_slot(d->world, &slot, passer, &U256_ZERO));
    u256_to_be(d->position.outcome.withdrawal_root.bytes, *slot_value(slot));
    return OK;
}

status rollup_derive(rollup_derivation *d, rollup_batch_result *out, const rollup_batch *batch,
                     const rollup_item *items, size_t item_count)
{
    *out = (rollup_batch_result){0};
    rollup_position *position = &d->position;
    rollup_outcome *outcome = &position->outcome;
    if (batch->index != position->batches.count || batch->last_time <= outcome->last_time ||
        batch->queue_index < outcome->queue_index ||
        batch->queue_index - outcome->queue_index != item_count ||
        item_count > d->source.config->rollup.item_gas)
        return BATCH_RANGE_WRONG;

    size_t mark = d->scratch->used_bytes;
    rollup_blocks list;
    rollup_read_blocks(&list, d->scratch, batch->data, outcome->last_time, batch->last_time, item_count);
    progress p = {.result = out, .batch = batch};
    p.items = queue_items(d, items, item_count);
    size_t most = item_count;
    for (size_t i = 0; i < list.block_count; i++)
        most += list.blocks[i].transaction_count;
    p.leaves = ARENA_NEW(d->memory, hash256, most);
    for (size_t i = 0; i < list.block_count; i++)
        TRY(derive_block(d, &p, &list.blocks[i]));
    CHECK(p.item_at == item_count && outcome->last_time == batch->last_time);

    out->block_count = list.block_count;
    out->has_closing_block = list.has_closing_block;
    out->cut = list.cut;
    out->has_fault = list.cut != OK || out->skipped_count > 0;
    out->leaves = p.leaves;
    out->transaction_count = p.leaf_count;
    CHECK(p.leaf_count <= (size_t)1 << ROLLUP_TRANSACTIONS_DEPTH);
    rollup_tree_root(&out->root, d->scratch, p.leaves, p.leaf_count, ROLLUP_TRANSACTIONS_DEPTH);
    rollup_batch_hash(&position->batch_hash, &position->batch_hash, batch);
    rollup_frontier_append(&position->batches, &out->root);
    rollup_frontier_root(&outcome->batch_tree, &position->batches);
    TRY(read_withdrawal_root(d));
    arena_rewind(d->scratch, mark);
    return OK;
}
