/* Blocks, transactions, receipts and logs as RPC objects. */
#include "rpc/internal.h"

#include "base/check.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"

#include <string.h>

void rpc_write_header(rpc_writer *w, const block_header *h, const hash256 *hash)
{
    uint8_t nonce[8];
    for (unsigned i = 0; i < 8; i++)
        nonce[i] = (uint8_t)(h->nonce >> (56 - 8 * i));
    RPC_MEMBER(w, "number", quantity, h->number);
    if (hash != NULL)
        RPC_MEMBER(w, "hash", hash, hash);
    RPC_MEMBER(w, "parentHash", hash, &h->parent_hash);
    RPC_MEMBER(w, "nonce", data, nonce, 8);
    RPC_MEMBER(w, "mixHash", hash, &h->mix_hash);
    RPC_MEMBER(w, "sha3Uncles", hash, &h->ommers_hash);
    RPC_MEMBER(w, "logsBloom", data, h->logs_bloom, LOGS_BLOOM_BYTES);
    RPC_MEMBER(w, "transactionsRoot", hash, &h->transactions_root);
    RPC_MEMBER(w, "stateRoot", hash, &h->state_root);
    RPC_MEMBER(w, "receiptsRoot", hash, &h->receipts_root);
    RPC_MEMBER(w, "miner", address, &h->coinbase);
    RPC_MEMBER(w, "difficulty", quantity_u256, h->difficulty);
    RPC_MEMBER(w, "extraData", data, h->extra_data.data, h->extra_data.size);
    RPC_MEMBER(w, "gasLimit", quantity, h->gas_limit);
    RPC_MEMBER(w, "gasUsed", quantity, h->gas_used);
    RPC_MEMBER(w, "timestamp", quantity, h->timestamp);
    if (h->field_count >= HEADER_FIELDS_LONDON)
        RPC_MEMBER(w, "baseFeePerGas", quantity_u256, h->base_fee);
    if (h->field_count >= HEADER_FIELDS_SHANGHAI)
        RPC_MEMBER(w, "withdrawalsRoot", hash, &h->withdrawals_root);
    if (h->field_count >= HEADER_FIELDS_CANCUN) {
        RPC_MEMBER(w, "blobGasUsed", quantity, h->blob_gas_used);
        RPC_MEMBER(w, "excessBlobGas", quantity, h->excess_blob_gas);
        RPC_MEMBER(w, "parentBeaconBlockRoot", hash, &h->parent_beacon_block_root);
    }
    if (h->field_count >= HEADER_FIELDS_PRAGUE)
        RPC_MEMBER(w, "requestsHash", hash, &h->requests_hash);
    if (h->field_count >= HEADER_FIELDS_AMSTERDAM) {
        RPC_MEMBER(w, "blockAccessListHash", hash, &h->access_list_hash);
        RPC_MEMBER(w, "slotNumber", quantity, h->slot_number);
    }
}

static void write_access_list(rpc_writer *w, bytes list)
{
    rpc_key(w, "accessList");
    rpc_begin_array(w);
    while (!rlp_at_end(list)) {
        bytes entry, keys;
        address where;
        CHECK(rlp_list(&entry, &list) == OK && rlp_address(&where, &entry) == OK &&
              rlp_list(&keys, &entry) == OK);
        rpc_begin_object(w);
        RPC_MEMBER(w, "address", address, &where);
        rpc_key(w, "storageKeys");
        rpc_begin_array(w);
        while (!rlp_at_end(keys)) {
            hash256 key;
            CHECK(rlp_hash(&key, &keys) == OK);
            rpc_hash(w, &key);
        }
        rpc_end_array(w);
        rpc_end_object(w);
    }
    rpc_end_array(w);
}

static void write_authorizations(rpc_writer *w, bytes list)
{
    rpc_key(w, "authorizationList");
    rpc_begin_array(w);
    transaction_authorization a;
    while (!rlp_at_end(list) && transaction_next_authorization(&a, &list) == OK) {
        rpc_begin_object(w);
        RPC_MEMBER(w, "chainId", quantity_u256, a.chain_id);
        RPC_MEMBER(w, "address", address, &a.target);
        RPC_MEMBER(w, "nonce", quantity, a.nonce);
        RPC_MEMBER(w, "yParity", quantity, a.y_parity);
        RPC_MEMBER(w, "r", quantity_u256, a.r);
        RPC_MEMBER(w, "s", quantity_u256, a.s);
        rpc_end_object(w);
    }
    rpc_end_array(w);
}

static void write_signature(rpc_writer *w, const transaction *tx)
{
    u256 v = u256_from_u64(tx->y_is_odd);
    if (tx->type != TRANSACTION_LEGACY)
        RPC_MEMBER(w, "yParity", quantity, tx->y_is_odd);
    else if (tx->is_replay_protected)
        v = u256_add(u256_mul(u256_from_u64(tx->chain_id), u256_from_u64(2)),
                     u256_from_u64(35u + tx->y_is_odd));
    else
        v = u256_from_u64(27u + tx->y_is_odd);
    RPC_MEMBER(w, "v", quantity_u256, v);
    RPC_MEMBER(w, "r", quantity_u256, tx->r);
    RPC_MEMBER(w, "s", quantity_u256, tx->s);
}

/* What belongs to the transaction alone, wherever it is. */
static void write_body(rpc_writer *w, const transaction *tx, const hash256 *hash, const address *sender)
{
    RPC_MEMBER(w, "hash", hash, hash);
    RPC_MEMBER(w, "type", quantity, tx->type);
    RPC_MEMBER(w, "from", address, sender);
    RPC_MEMBER(w, "nonce", quantity, tx->nonce);
    rpc_key(w, "to");
    if (tx->creates)
        rpc_null(w);
    else
        rpc_address(w, &tx->to);
    RPC_MEMBER(w, "value", quantity_u256, tx->value);
    RPC_MEMBER(w, "gas", quantity, tx->gas_limit);
    RPC_MEMBER(w, "input", data, tx->data.data, tx->data.size);
    if (tx->type == TRANSACTION_QUEUED) {
        /* Clients fail where a transaction has no signature: `write_signature` writes zeros. */
        RPC_MEMBER(w, "sourceHash", hash, &tx->source_hash);
        RPC_MEMBER(w, "mint", quantity_u256, tx->mint);
        write_signature(w, tx);
        return;
    }
    if (tx->type != TRANSACTION_LEGACY || tx->is_replay_protected)
        RPC_MEMBER(w, "chainId", quantity, tx->chain_id);
    if (tx->type >= TRANSACTION_ACCESS_LIST)
        write_access_list(w, tx->access_list);
    if (tx->type >= TRANSACTION_DYNAMIC_FEE) {
        RPC_MEMBER(w, "maxFeePerGas", quantity_u256, tx->max_fee);
        RPC_MEMBER(w, "maxPriorityFeePerGas", quantity_u256, tx->max_priority_fee);
    }
    if (tx->type == TRANSACTION_BLOB) {
        RPC_MEMBER(w, "maxFeePerBlobGas", quantity_u256, tx->max_blob_fee);
        rpc_key(w, "blobVersionedHashes");
        rpc_begin_array(w);
        for (size_t i = 0; i < tx->blob_hash_count; i++)
            rpc_hash(w, &tx->blob_hashes[i]);
        rpc_end_array(w);
    }
    if (tx->type == TRANSACTION_SET_CODE)
        write_authorizations(w, tx->authorizations);
    write_signature(w, tx);
}

void rpc_write_transaction(rpc_writer *w, const store_transaction *t, uint64_t timestamp)
{
    rpc_begin_object(w);
    write_body(w, &t->tx, &t->hash, &t->sender);
    RPC_MEMBER(w, "gasPrice", quantity_u256, t->gas_price);
    RPC_MEMBER(w, "blockHash", hash, &t->block_hash);
    RPC_MEMBER(w, "blockNumber", quantity, t->block_number);
    RPC_MEMBER(w, "blockTimestamp", quantity, timestamp);
    RPC_MEMBER(w, "transactionIndex", quantity, t->index);
    rpc_end_object(w);
}

void rpc_write_pooled(rpc_writer *w, const pooled *p)
{
    rpc_begin_object(w);
    write_body(w, &p->tx, &p->hash, &p->sender);
    RPC_MEMBER(w, "gasPrice", quantity_u256, p->tx.max_fee);
    static const char *const unknown[] = {"blockHash", "blockNumber", "blockTimestamp", "transactionIndex"};
    for (size_t i = 0; i < 4; i++) {
        rpc_key(w, unknown[i]);
        rpc_null(w);
    }
    rpc_end_object(w);
}

void rpc_write_filled(rpc_writer *w, const pooled *p)
{
    rpc_begin_object(w);
    write_body(w, &p->tx, &p->hash, &p->sender);
    rpc_key(w, "gasPrice");
    if (p->tx.type >= TRANSACTION_DYNAMIC_FEE)
        rpc_null(w);
    else
        rpc_quantity_u256(w, p->tx.max_fee);
    rpc_end_object(w);
}

void rpc_write_log(rpc_writer *w, const log_entry *entry, const store_block *block,
                   const hash256 *transaction, size_t transaction_index, size_t log_index, bool removed)
{
    rpc_begin_object(w);
    RPC_MEMBER(w, "address", address, &entry->emitter);
    rpc_key(w, "topics");
    rpc_begin_array(w);
    for (unsigned i = 0; i < entry->topic_count; i++)
        rpc_hash(w, &entry->topics[i]);
    rpc_end_array(w);
    RPC_MEMBER(w, "data", data, entry->data.data, entry->data.size);
    RPC_MEMBER(w, "blockNumber", quantity, block->header.number);
    RPC_MEMBER(w, "transactionHash", hash, transaction);
    RPC_MEMBER(w, "transactionIndex", quantity, transaction_index);
    RPC_MEMBER(w, "blockHash", hash, &block->hash);
    RPC_MEMBER(w, "blockTimestamp", quantity, block->header.timestamp);
    RPC_MEMBER(w, "logIndex", quantity, log_index);
    RPC_MEMBER(w, "removed", bool, removed);
    rpc_end_object(w);
}

void rpc_write_receipt(rpc_writer *w, const store_block *block, const blob_parameters *blob,
                       const store_transaction *t, const store_receipt *r)
{
    rpc_begin_object(w);
    RPC_MEMBER(w, "transactionHash", hash, &t->hash);
    RPC_MEMBER(w, "transactionIndex", quantity, t->index);
    RPC_MEMBER(w, "blockHash", hash, &block->hash);
    RPC_MEMBER(w, "blockNumber", quantity, block->header.number);
    RPC_MEMBER(w, "from", address, &t->sender);
    rpc_key(w, "to");
    if (t->tx.creates)
        rpc_null(w);
    else
        rpc_address(w, &t->tx.to);
    rpc_key(w, "contractAddress");
    if (t->tx.creates) {
        address created;
        transaction_created_address(&created, &t->sender, t->tx.nonce);
        rpc_address(w, &created);
    } else {
        rpc_null(w);
    }
    RPC_MEMBER(w, "type", quantity, t->tx.type);
    if (r->has_status)
        RPC_MEMBER(w, "status", quantity, r->succeeded);
    else
        RPC_MEMBER(w, "root", hash, &r->state_root);
    RPC_MEMBER(w, "cumulativeGasUsed", quantity, r->cumulative_gas_used);
    RPC_MEMBER(w, "gasUsed", quantity, r->gas_used);
    RPC_MEMBER(w, "effectiveGasPrice", quantity_u256, t->gas_price);
    if (t->tx.type == TRANSACTION_BLOB && blob != NULL) {
        RPC_MEMBER(w, "blobGasUsed", quantity, t->tx.blob_hash_count * GAS_PER_BLOB);
        RPC_MEMBER(w, "blobGasPrice", quantity_u256,
                   header_blob_base_fee(block->header.excess_blob_gas, blob));
    }
    RPC_MEMBER(w, "logsBloom", data, r->logs_bloom, LOGS_BLOOM_BYTES);
    rpc_key(w, "logs");
    rpc_begin_array(w);
    for (size_t i = 0; i < r->log_count; i++)
        rpc_write_log(w, &r->logs[i], block, &t->hash, t->index, r->first_log_index + i, false);
    rpc_end_array(w);
    rpc_end_object(w);
}

static void write_withdrawals(rpc_writer *w, bytes list)
{
    rpc_key(w, "withdrawals");
    rpc_begin_array(w);
    while (!rlp_at_end(list)) {
        bytes item;
        uint64_t index, validator, amount;
        address to;
        CHECK(rlp_list(&item, &list) == OK && rlp_u64(&index, &item) == OK &&
              rlp_u64(&validator, &item) == OK &&
              rlp_address(&to, &item) == OK && rlp_u64(&amount, &item) == OK);
        rpc_begin_object(w);
        RPC_MEMBER(w, "index", quantity, index);
        RPC_MEMBER(w, "validatorIndex", quantity, validator);
        RPC_MEMBER(w, "address", address, &to);
        RPC_MEMBER(w, "amount", quantity, amount);
        rpc_end_object(w);
    }
    rpc_end_array(w);
}

bool rpc_write_block(rpc_call *c, const rpc_block *which, bool full)
{
    rpc_writer *w = c->out;
    const store_block *block = &which->block;
    rpc_begin_object(w);
    rpc_write_header(w, &block->header, &block->hash);
    RPC_MEMBER(w, "size", quantity, block->encoding.size);
    rpc_key(w, "transactions");
    rpc_begin_array(w);
    for (size_t i = 0; i < block->transaction_count; i++) {
        if (full) {
            store_transaction t;
            status s = store_transaction_at(c->view, &t, block, i);
            if (s != OK)
                return rpc_refuse(c, s);
            rpc_write_transaction(w, &t, block->header.timestamp);
        } else {
            hash256 hash;
            keccak256(&hash, block->transactions[i].data, block->transactions[i].size);
            rpc_hash(w, &hash);
        }
    }
    rpc_end_array(w);
    rpc_key(w, "uncles");
    rpc_begin_array(w);
    for (bytes ommers = block->ommers; !rlp_at_end(ommers);) {
        rlp_item item;
        hash256 hash;
        CHECK(rlp_decode(&item, &ommers) == OK);
        keccak256(&hash, item.encoding.data, item.encoding.size);
        rpc_hash(w, &hash);
    }
    rpc_end_array(w);
    if (block->has_withdrawals)
        write_withdrawals(w, block->withdrawals);
    rpc_end_object(w);
    return true;
}
