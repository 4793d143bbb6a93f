/* Methods about a rollup: what L1 says of it, and what has become of withdrawals. */
#include "rollup/genesis.h"
#include "rpc/internal.h"
#include "settle/calldata.h"
#include "settle/events.h"
#include "settle/standing.h"

#include <stdio.h>
#include <string.h>

/* {l1Block, l1Hash, l1Time, items, itemsCommitted, itemsProven, committed, proven, derived, frozen}; null
 * where the node follows no L1. */
void rpc_ashlar_getL1Status(rpc_call *c)
{
    bool follows;
    l1_state l1;
    uint64_t derived;
    if (rpc_view(c) == NULL)
        return;
    RPC_TRY(c, standing_read(c->view, &follows, &l1, &derived));
    rpc_writer *w = c->out;
    if (!follows) {
        rpc_null(w);
        return;
    }
    rpc_begin_object(w);
    RPC_MEMBER(w, "l1Block", quantity, l1.number);
    RPC_MEMBER(w, "l1Hash", hash, &l1.hash);
    RPC_MEMBER(w, "l1Time", quantity, l1.time);
    RPC_MEMBER(w, "items", quantity, l1.item_count);
    RPC_MEMBER(w, "itemsCommitted", quantity, l1.tip_items);
    RPC_MEMBER(w, "itemsProven", quantity, l1.proven_items);
    RPC_MEMBER(w, "committed", quantity, l1.tip);
    RPC_MEMBER(w, "proven", quantity, l1.proven);
    RPC_MEMBER(w, "derived", quantity, derived);
    RPC_MEMBER(w, "frozen", bool, l1.is_frozen);
    rpc_end_object(w);
}

static void write_why(rpc_writer *w, const block_standing *s)
{
    static const char *const names[] = {"sealed", "committed", "proven"};
    char why[160];
    if (s->status == STANDING_SEALED)
        snprintf(why, sizeof why, "its block is in no batch on L1 yet");
    else if (s->status == STANDING_COMMITTED)
        snprintf(why, sizeof why, "batch %llu is on L1 and waits for its proof",
                 (unsigned long long)s->batch);
    else
        snprintf(why, sizeof why, "proven: it can be claimed on L1, once");
    RPC_MEMBER(w, "status", string, names[s->status]);
    RPC_MEMBER(w, "why", string, why);
}

static void write_outcome(rpc_writer *w, const rollup_outcome *o)
{
    rpc_key(w, "post");
    rpc_begin_object(w);
    RPC_MEMBER(w, "stateRoot", hash, &o->state_root);
    RPC_MEMBER(w, "blockHash", hash, &o->block_hash);
    RPC_MEMBER(w, "withdrawalRoot", hash, &o->withdrawal_root);
    RPC_MEMBER(w, "batchTree", hash, &o->batch_tree);
    RPC_MEMBER(w, "lastBlock", quantity, o->last_block);
    RPC_MEMBER(w, "lastTime", quantity, o->last_time);
    RPC_MEMBER(w, "queueIndex", quantity, o->queue_index);
    rpc_end_object(w);
}

static void write_withdrawal(rpc_writer *w, const log_entry *log, const block_standing *s)
{
    u256 value;
    hash256 leaf;
    if (!calldata_read_u256(&value, log->data, 0) || !calldata_read_hash(&leaf, log->data, 2))
        return;
    rpc_begin_object(w);
    RPC_MEMBER(w, "index", quantity_u256, u256_from_be(log->topics[1].bytes, 32));
    rpc_key(w, "from");
    rpc_data(w, log->topics[2].bytes + 12, 20);
    rpc_key(w, "to");
    rpc_data(w, log->topics[3].bytes + 12, 20);
    RPC_MEMBER(w, "value", quantity_u256, value);
    RPC_MEMBER(w, "leaf", hash, &leaf);
    write_why(w, s);
    rpc_key(w, "batch");
    if (s->batch == 0)
        rpc_null(w);
    else
        rpc_quantity(w, s->status == STANDING_PROVEN ? s->proven_batch : s->batch);
    if (s->status == STANDING_PROVEN)
        write_outcome(w, &s->outcome);
    rpc_end_object(w);
}

/* Of a transaction on L2, each message to L1: [{index, from, to, value, leaf, status ("sealed", "committed",
 * "proven"), why, batch, post}]; `batch` is the one that it is in, or where it is proven the one that
 * Bridge.claim wants with `post`. Null where there is no such transaction. */
void rpc_ashlar_getWithdrawal(rpc_call *c)
{
    hash256 hash, topic;
    store_transaction tx;
    store_block block;
    store_receipt *receipts;
    block_standing s;
    if (!rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    status found = store_transaction_by_hash(c->view, &tx, &hash);
    if (found == TRANSACTION_UNKNOWN) {
        rpc_null(c->out);
        return;
    }
    RPC_TRY(c, found);
    RPC_TRY(c, store_block_by_number(c->view, &block, tx.block_number));
    RPC_TRY(c, store_receipts(c->view, &receipts, &block));
    RPC_TRY(c, standing_of_block(c->view, &s, tx.block_number));
    calldata_topic(&topic, EVENT_WITHDRAWAL);
    rpc_begin_array(c->out);
    for (size_t i = 0; i < receipts[tx.index].log_count; i++) {
        const log_entry *log = &receipts[tx.index].logs[i];
        if (log->topic_count == 4 && memcmp(&log->topics[0], &topic, 32) == 0 &&
            memcmp(&log->emitter, &ROLLUP_MESSAGE_PASSER, 20) == 0)
            write_withdrawal(c->out, log, &s);
    }
    rpc_end_array(c->out);
}
