/* Methods about a rollup: what L1 says of it, what it believes and by which proofs, what this node does. */
#include "crypto/keccak.h"
#include "rollup/genesis.h"
#include "rpc/internal.h"
#include "settle/calldata.h"
#include "settle/deployment.h"
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

static const char *const standing_names[] = {"sealed", "committed", "proven", "contradicted"};

static void write_why(rpc_writer *w, const block_standing *s, bool is_claimed, uint64_t claim_block)
{
    char why[160];
    if (is_claimed)
        snprintf(why, sizeof why, "claimed in block %llu of L1", (unsigned long long)claim_block);
    else if (s->status == STANDING_SEALED)
        snprintf(why, sizeof why, "its block is in no batch on L1 yet");
    else if (s->status == STANDING_COMMITTED && !s->is_l1_final)
        snprintf(why, sizeof why, "batch %llu is in block %llu of L1, which is not final yet",
                 (unsigned long long)s->batch, (unsigned long long)s->l1_block);
    else if (s->status == STANDING_COMMITTED)
        snprintf(why, sizeof why, "batch %llu of %llu on L1 waits for its proof",
                 (unsigned long long)s->batch, (unsigned long long)s->last_batch);
    else if (s->status == STANDING_CONTRADICTED)
        snprintf(why, sizeof why, "L1 has proven another outcome than this node derives: ask another node");
    else
        snprintf(why, sizeof why, "proven: it can be claimed on L1, once");
    RPC_MEMBER(w, "status", string, is_claimed ? "claimed" : standing_names[s->status]);
    RPC_MEMBER(w, "why", string, why);
}

static void write_hashes(rpc_writer *w, const char *name, const hash256 *hashes, size_t count)
{
    rpc_key(w, name);
    rpc_begin_array(w);
    for (size_t i = 0; i < count; i++)
        rpc_hash(w, &hashes[i]);
    rpc_end_array(w);
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

static void write_batch_number(rpc_writer *w, const block_standing *s)
{
    rpc_key(w, "batch");
    if (s->batch == 0)
        rpc_null(w);
    else
        rpc_quantity(w, s->status == STANDING_PROVEN ? s->proven_batch : s->batch);
}

/* ---- withdrawals ---- */

/* False: an error was written. */
static bool write_withdrawal(rpc_call *c, const log_entry *log, const block_standing *s)
{
    rpc_writer *w = c->out;
    u256 value, index = u256_from_be(log->topics[1].bytes, 32);
    hash256 leaf, path[ROLLUP_BATCHES_DEPTH];
    bytes data;
    bool is_claimed;
    uint64_t claim_block = 0;
    if (!calldata_read_u256(&value, log->data, 0) || !calldata_read_bytes(&data, log->data, 1) ||
        !calldata_read_hash(&leaf, log->data, 2))
        return true;
    status code = standing_claim(c->view, &is_claimed, &claim_block, index.limb[0]);
    if (code == OK && s->status == STANDING_PROVEN)
        code = standing_message_path(c->view, path, s, index.limb[0]);
    if (code != OK)
        return rpc_refuse(c, code);
    rpc_begin_object(w);
    RPC_MEMBER(w, "index", quantity_u256, index);
    rpc_key(w, "from");
    rpc_data(w, log->topics[2].bytes + 12, 20);
    rpc_key(w, "to");
    rpc_data(w, log->topics[3].bytes + 12, 20);
    RPC_MEMBER(w, "value", quantity_u256, value);
    rpc_key(w, "data");
    rpc_data(w, data.data, data.size);
    RPC_MEMBER(w, "leaf", hash, &leaf);
    write_why(w, s, is_claimed, claim_block);
    write_batch_number(w, s);
    if (s->status == STANDING_PROVEN) {
        write_outcome(w, &s->outcome);
        write_hashes(w, "path", path, ROLLUP_BATCHES_DEPTH);
    }
    rpc_end_object(w);
    return true;
}

/* The transaction's place; false: the answer was written. */
static bool find_transaction(rpc_call *c, store_transaction *tx, store_block *block, block_standing *s)
{
    hash256 hash;
    if (!rpc_parse_hash(c, &hash, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return false;
    status found = store_transaction_by_hash(c->view, tx, &hash);
    if (found == TRANSACTION_UNKNOWN) {
        rpc_null(c->out);
        return false;
    }
    if (found == OK)
        found = store_block_by_number(c->view, block, tx->block_number);
    if (found == OK)
        found = standing_of_block(c->view, s, tx->block_number);
    if (found != OK)
        rpc_refuse(c, found);
    return found == OK;
}

/* Of a transaction on L2, each message to L1: [{index, from, to, value, data, leaf, status ("sealed",
 * "committed", "proven", "claimed", "contradicted"), why, batch, post, path}]; `batch` is the one that it is
 * in, or where it is proven the one that Bridge.claim wants with `post` and `path`. Null where there is no
 * such transaction. */
void rpc_ashlar_getWithdrawal(rpc_call *c)
{
    hash256 topic;
    store_transaction tx;
    store_block block;
    store_receipt *receipts;
    block_standing s;
    if (!find_transaction(c, &tx, &block, &s))
        return;
    RPC_TRY(c, store_receipts(c->view, &receipts, &block));
    calldata_topic(&topic, EVENT_WITHDRAWAL);
    rpc_begin_array(c->out);
    for (size_t i = 0; i < receipts[tx.index].log_count; i++) {
        const log_entry *log = &receipts[tx.index].logs[i];
        if (log->topic_count == 4 && memcmp(&log->topics[0], &topic, 32) == 0 &&
            memcmp(&log->emitter, &ROLLUP_MESSAGE_PASSER, 20) == 0 && !write_withdrawal(c, log, &s))
            return;
    }
    rpc_end_array(c->out);
}

/* ---- what else L1 believes ---- */

/* That a transaction was included: {status, batch, post, transactionBatch, batchPath, block, index,
 * transactionPath}, the arguments of Rollup.verifyTransaction; paths and `post` only where it is proven. */
void rpc_ashlar_getInclusionProof(rpc_call *c)
{
    hash256 path[ROLLUP_TRANSACTIONS_DEPTH], batch_path[ROLLUP_BATCHES_DEPTH];
    store_transaction tx;
    store_block block;
    block_standing s;
    uint32_t index = 0;
    if (!find_transaction(c, &tx, &block, &s))
        return;
    bool is_proven = s.status == STANDING_PROVEN && s.batch != 0;
    if (is_proven)
        RPC_TRY(c, standing_transaction_path(c->view, &index, path, batch_path, &s, tx.block_number,
                                             tx.index));
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    RPC_MEMBER(w, "status", string, standing_names[s.status]);
    write_batch_number(w, &s);
    rpc_key(w, "transactionBatch");
    s.batch == 0 ? rpc_null(w) : rpc_quantity(w, s.batch);
    RPC_MEMBER(w, "block", quantity, tx.block_number);
    if (is_proven) {
        write_outcome(w, &s.outcome);
        RPC_MEMBER(w, "index", quantity, index);
        write_hashes(w, "batchPath", batch_path, ROLLUP_BATCHES_DEPTH);
        write_hashes(w, "transactionPath", path, ROLLUP_TRANSACTIONS_DEPTH);
    }
    rpc_end_object(w);
}

static void write_nodes(rpc_writer *w, const char *name, const store_proof *proof)
{
    rpc_key(w, name);
    rpc_begin_array(w);
    for (size_t i = 0; i < proof->node_count; i++)
        rpc_data(w, proof->nodes[i].data, proof->nodes[i].size);
    rpc_end_array(w);
}

/* keccak256(account ‖ 0): where a bridged token has an account's balance. */
static u256 balance_slot(const address *account)
{
    hash256 words[2] = {0}, slot;
    memcpy(words[0].bytes + 12, account->bytes, 20);
    keccak256(&slot, words[0].bytes, sizeof words);
    return u256_from_be(slot.bytes, 32);
}

/* What an account has after the last outcome that is proven, as Bridge.exitETH and exitERC20 want it: {batch,
 * post, account, code, balance, accountProof}, and of a token of L1 {token, tokenAddress, tokenProof,
 * balanceProof}, `balance` being of the token then. STATE_UNKNOWN where that state is not kept. */
void rpc_ashlar_getExitProof(rpc_call *c)
{
    address who, token, l2_token;
    bool has_token = json_is_string(rpc_parameter(c, 1)), follows;
    l1_state l1;
    uint64_t derived;
    block_standing s;
    store_block block;
    store_account_proof own, held;
    store_trie_account account;
    bytes code;
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) ||
        (has_token && !rpc_parse_address(c, &token, rpc_parameter(c, 1), 1)) || rpc_view(c) == NULL)
        return;
    RPC_TRY(c, standing_read(c->view, &follows, &l1, &derived));
    RPC_TRY(c, standing_of_block(c->view, &s, 0));
    if (s.status != STANDING_PROVEN) {
        rpc_null(c->out);
        return;
    }
    RPC_TRY(c, store_block_by_number(c->view, &block, s.outcome.last_block));
    RPC_TRY(c, store_prove(c->view, &own, &block, &who, NULL, 0));
    RPC_TRY(c, store_read_account(c->view, &account, &block.header.state_root, &who));
    RPC_TRY(c, store_read_code(c->view, &code, &account));
    if (has_token) {
        u256 slot = balance_slot(&who);
        deployment_token(&l2_token, &token);
        RPC_TRY(c, store_prove(c->view, &held, &block, &l2_token, &slot, 1));
    }
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    RPC_MEMBER(w, "batch", quantity, s.proven_batch);
    write_outcome(w, &s.outcome);
    RPC_MEMBER(w, "frozen", bool, l1.is_frozen);
    RPC_MEMBER(w, "account", address, &who);
    rpc_key(w, "code");
    rpc_data(w, code.data, code.size);
    RPC_MEMBER(w, "balance", quantity_u256, has_token ? held.slots[0].value : own.balance);
    write_nodes(w, "accountProof", &own.account);
    if (has_token) {
        RPC_MEMBER(w, "token", address, &token);
        RPC_MEMBER(w, "tokenAddress", address, &l2_token);
        write_nodes(w, "tokenProof", &held.account);
        write_nodes(w, "balanceProof", &held.slots[0]);
    }
    rpc_end_object(w);
}

/* ---- what L1 has ---- */

/* {index, kind ("call", "create"), sender, from, to, mint, value, fee, gas, time, data, hash, l1Block, status
 * ("queued", "sealed", "committed", "proven", "contradicted"), transaction, block}; null where there is
 * none. */
void rpc_ashlar_getQueueItem(rpc_call *c)
{
    uint64_t index;
    bool found;
    l1_item item;
    hash256 hash;
    store_transaction tx;
    block_standing s = {0};
    if (!rpc_parse_u64(c, &index, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    RPC_TRY(c, standing_item(c->view, &found, &item, index));
    if (!found) {
        rpc_null(c->out);
        return;
    }
    bytes encoding = rollup_item_transaction(c->memory, &item.item, &item.hash);
    keccak256(&hash, encoding.data, encoding.size);
    status taken = store_transaction_by_hash(c->view, &tx, &hash);
    if (taken != TRANSACTION_UNKNOWN) {
        RPC_TRY(c, taken);
        RPC_TRY(c, standing_of_block(c->view, &s, tx.block_number));
    }
    const rollup_item *i = &item.item;
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    RPC_MEMBER(w, "index", quantity, index);
    RPC_MEMBER(w, "kind", string, i->kind == ROLLUP_ITEM_CREATE ? "create" : "call");
    RPC_MEMBER(w, "sender", address, &i->sender);
    RPC_MEMBER(w, "from", address, &i->from);
    rpc_key(w, "to");
    i->kind == ROLLUP_ITEM_CREATE ? rpc_null(w) : rpc_address(w, &i->to);
    RPC_MEMBER(w, "mint", quantity_u256, i->mint);
    RPC_MEMBER(w, "value", quantity_u256, i->value);
    RPC_MEMBER(w, "fee", quantity_u256, i->fee);
    RPC_MEMBER(w, "gas", quantity, i->gas_limit);
    RPC_MEMBER(w, "time", quantity, i->time);
    rpc_key(w, "data");
    rpc_data(w, i->data.data, i->data.size);
    RPC_MEMBER(w, "hash", hash, &item.hash);
    RPC_MEMBER(w, "l1Block", quantity, item.block);
    RPC_MEMBER(w, "status", string, taken == OK ? standing_names[s.status] : "queued");
    RPC_MEMBER(w, "transaction", hash, &hash);
    rpc_key(w, "block");
    taken == OK ? rpc_quantity(w, tx.block_number) : rpc_null(w);
    rpc_end_object(w);
}

/* A batch as L1 has it: {number, hash, l1Block, l1Time, l1Transaction, committer, lastTime, queueIndex, size,
 * fault, firstBlock, lastBlock, status ("committed", "proven", "contradicted"), final, proof: {first, last,
 * l1Block, l1Transaction, prover}}; what is not there yet is null. Null where there is no such batch. */
void rpc_ashlar_getL1Batch(rpc_call *c)
{
    uint64_t number;
    bool found;
    batch_standing s;
    if (!rpc_parse_u64(c, &number, rpc_parameter(c, 0), 0) || rpc_view(c) == NULL)
        return;
    RPC_TRY(c, standing_of_batch(c->view, &found, &s, number));
    if (!found) {
        rpc_null(c->out);
        return;
    }
    const rollup_batch *batch = &s.batch.batch;
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    RPC_MEMBER(w, "number", quantity, number);
    RPC_MEMBER(w, "hash", hash, &s.batch.hash);
    RPC_MEMBER(w, "l1Block", quantity, s.batch.block);
    RPC_MEMBER(w, "l1Time", quantity, s.batch.time);
    RPC_MEMBER(w, "l1Transaction", hash, &s.batch.transaction);
    RPC_MEMBER(w, "committer", address, &batch->committer);
    RPC_MEMBER(w, "lastTime", quantity, batch->last_time);
    RPC_MEMBER(w, "queueIndex", quantity, batch->queue_index);
    RPC_MEMBER(w, "size", quantity, batch->data.size);
    RPC_MEMBER(w, "fault", bool, s.has_fault);
    rpc_key(w, "firstBlock");
    s.is_derived ? rpc_quantity(w, s.first_block) : rpc_null(w);
    rpc_key(w, "lastBlock");
    s.is_derived ? rpc_quantity(w, s.last_block) : rpc_null(w);
    RPC_MEMBER(w, "status", string, standing_names[s.status]);
    RPC_MEMBER(w, "final", bool, s.is_l1_final);
    rpc_key(w, "proof");
    if (s.has_proof) {
        rpc_begin_object(w);
        RPC_MEMBER(w, "first", quantity, s.proof.first);
        RPC_MEMBER(w, "last", quantity, s.proof.last);
        RPC_MEMBER(w, "l1Block", quantity, s.proof.block);
        RPC_MEMBER(w, "l1Transaction", hash, &s.proof.transaction);
        RPC_MEMBER(w, "prover", address, &s.proof.prover);
        rpc_end_object(w);
    } else {
        rpc_null(w);
    }
    rpc_end_object(w);
}

/* ---- what this node does ---- */

/* {account, sequencer, proves, turn ("ours", "another's", null), seals, leader, transactions: [{what
 * ("commit", "prove", "anchor"), subject, nonce, hash, maxFeePerGas, l1Block, failed}]}, the transactions to
 * L1 that are not final; null where the node is a replica alone. */
void rpc_ashlar_operator(rpc_call *c)
{
    bool found;
    turn_record r;
    sender_entry *all;
    size_t count;
    if (rpc_view(c) == NULL)
        return;
    RPC_TRY(c, standing_operator(c->view, &found, &r, &all, &count));
    if (!found) {
        rpc_null(c->out);
        return;
    }
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    RPC_MEMBER(w, "account", address, &r.account);
    RPC_MEMBER(w, "sequencer", bool, r.is_sequencer);
    RPC_MEMBER(w, "proves", bool, r.proves);
    rpc_key(w, "turn");
    if (!r.is_sequencer)
        rpc_null(w);
    else
        rpc_string(w, r.turn.is_ours ? "ours" : "another's");
    RPC_MEMBER(w, "seals", bool, r.is_sequencer && r.turn.may_seal);
    rpc_key(w, "leader");
    r.turn.has_leader ? rpc_address(w, &r.turn.leader) : rpc_null(w);
    rpc_key(w, "transactions");
    rpc_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        rpc_begin_object(w);
        RPC_MEMBER(w, "what", string, sender_purpose_name(all[i].kind));
        RPC_MEMBER(w, "subject", quantity, all[i].subject);
        RPC_MEMBER(w, "nonce", quantity, all[i].nonce);
        RPC_MEMBER(w, "hash", hash, &all[i].hash);
        RPC_MEMBER(w, "maxFeePerGas", quantity_u256, all[i].max_fee);
        rpc_key(w, "l1Block");
        all[i].block != 0 ? rpc_quantity(w, all[i].block) : rpc_null(w);
        RPC_MEMBER(w, "failed", bool, all[i].has_failed);
        rpc_end_object(w);
    }
    rpc_end_array(w);
    rpc_end_object(w);
}
