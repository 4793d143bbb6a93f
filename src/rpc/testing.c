/* testing_buildBlockV1 of execution-apis: the block that given transactions make on a given parent, not
 * stored. */
#include "rpc/internal.h"

#include "chain/build.h"
#include "crypto/keccak.h"

#include <string.h>

enum { GAS_LIMIT_TARGET = 60000000, GAS_LIMIT_BOUND = 1024 };

typedef struct {
    rpc_call *c;
    store_session session;
    block_header header;
    bytes *transactions;
    size_t count;
    u256 value; /* wei, what the coinbase gets */
} building;

/* As near to the target as one block may come. */
static uint64_t next_gas_limit(uint64_t parent)
{
    uint64_t step = parent / GAS_LIMIT_BOUND - 1;
    if (parent < GAS_LIMIT_TARGET)
        return GAS_LIMIT_TARGET - parent < step ? GAS_LIMIT_TARGET : parent + step;
    return parent - GAS_LIMIT_TARGET < step ? GAS_LIMIT_TARGET : parent - step;
}

static bool fill_header(building *b, const store_block *parent, const json_t *attributes)
{
    rpc_call *c = b->c;
    block_header *h = &b->header;
    const chain_config *config = node_config(c->chain);
    *h = (block_header){
        .parent_hash = parent->hash,
        .ommers_hash = EMPTY_OMMERS_HASH,
        .number = parent->header.number + 1,
        .gas_limit = next_gas_limit(parent->header.gas_limit),
        .base_fee = header_next_base_fee(&parent->header, config),
        .withdrawals_root = witness_empty_trie_root,
    };
    if (!rpc_parse_u64(c, &h->timestamp, json_object_get(attributes, "timestamp"), 1) ||
        !rpc_parse_hash(c, &h->mix_hash, json_object_get(attributes, "prevRandao"), 1) ||
        !rpc_parse_address(c, &h->coinbase, json_object_get(attributes, "suggestedFeeRecipient"), 1) ||
        !rpc_parse_hash(c, &h->parent_beacon_block_root, json_object_get(attributes,
            "parentBeaconBlockRoot"), 1))
        return false;
    fork_id fork = chain_fork_at(config, h->number, h->timestamp);
    if (fork < FORK_CANCUN || json_array_size(json_object_get(attributes, "withdrawals")) > 0)
        return rpc_error(c, RPC_FAILED, "blocks before Cancun and withdrawals are not built here");
    if (h->timestamp <= parent->header.timestamp)
        return rpc_error(c, RPC_FAILED, "invalid timestamp");
    header_fill_by_fork(h, fork);
    if (fork >= FORK_AMSTERDAM &&
        !rpc_parse_u64(c, &h->slot_number, json_object_get(attributes, "slotNumber"), 1))
        return false;
    h->excess_blob_gas =
        header_next_excess_blob_gas(&parent->header, chain_blob_parameters_at(config, h->timestamp), fork);
    return rpc_parameter(c, 3) == NULL || rpc_parse_data(c, &h->extra_data, rpc_parameter(c, 3), 3);
}

static bool run_one(building *b, size_t index)
{
    rpc_call *c = b->c;
    transition *t = b->session.run;
    store_transaction one = {.index = index};
    account *from;
    uint64_t gas_before = t->gas_used;
    status s = transaction_decode(&one.tx, c->memory, b->transactions[index]);
    if (s == OK)
        s = transaction_sender(&one.sender, c->memory, &one.tx, t->block.fork);
    if (s == OK)
        s = state_account(b->session.world, &from, &one.sender);
    if (s != OK)
        return rpc_refuse(c, s);
    unsigned long long nonce = account_nonce(from);
    s = store_session_next(&b->session, &one);
    if (s == TRANSACTION_NONCE_TOO_HIGH || s == TRANSACTION_NONCE_TOO_LOW) {
        char who[43];
        rpc_checksummed(who, &one.sender);
        return rpc_error(c, RPC_FAILED, "%s: address %s, tx: %llu state: %llu", rpc_status_text(s), who,
                         (unsigned long long)one.tx.nonce, nonce);
    }
    if (s != OK)
        return rpc_refuse(c, s);
    u256 tip = u256_sub(one.tx.max_fee, t->block.base_fee);
    if (u256_less(one.tx.max_priority_fee, tip))
        tip = one.tx.max_priority_fee;
    b->value = u256_add(b->value, u256_mul(tip, u256_from_u64(t->gas_used - gas_before)));
    return true;
}

static status finish(building *b)
{
    transition *t = b->session.run;
    block_header *h = &b->header;
    arena *memory = b->c->memory;
    TRY(transition_requests(t));
    TRY(transition_complete_header(t, h));
    h->logs_bloom = t->logs_bloom;
    TRY(index_trie_root(&h->transactions_root, memory, b->transactions, b->count));
    TRY(index_trie_root(&h->receipts_root, memory, t->receipts, t->receipt_count));
    return state_root(b->session.world, &h->state_root);
}

static void write_payload(building *b)
{
    rpc_writer *w = b->c->out;
    const block_header *h = &b->header;
    bytes encoding = header_encode(b->c->memory, h);
    bytes list = b->session.run->access_list;
    hash256 hash;
    keccak256(&hash, encoding.data, encoding.size);
    rpc_begin_object(w);
    rpc_key(w, "executionPayload");
    rpc_begin_object(w);
    RPC_MEMBER(w, "parentHash", hash, &h->parent_hash);
    RPC_MEMBER(w, "feeRecipient", address, &h->coinbase);
    RPC_MEMBER(w, "stateRoot", hash, &h->state_root);
    RPC_MEMBER(w, "receiptsRoot", hash, &h->receipts_root);
    RPC_MEMBER(w, "logsBloom", data, h->logs_bloom, LOGS_BLOOM_BYTES);
    RPC_MEMBER(w, "prevRandao", hash, &h->mix_hash);
    RPC_MEMBER(w, "blockNumber", quantity, h->number);
    RPC_MEMBER(w, "gasLimit", quantity, h->gas_limit);
    RPC_MEMBER(w, "gasUsed", quantity, h->gas_used);
    RPC_MEMBER(w, "timestamp", quantity, h->timestamp);
    RPC_MEMBER(w, "extraData", data, h->extra_data.data, h->extra_data.size);
    RPC_MEMBER(w, "baseFeePerGas", quantity_u256, h->base_fee);
    RPC_MEMBER(w, "blockHash", hash, &hash);
    rpc_key(w, "transactions");
    rpc_begin_array(w);
    for (size_t i = 0; i < b->count; i++)
        rpc_data(w, b->transactions[i].data, b->transactions[i].size);
    rpc_end_array(w);
    rpc_key(w, "withdrawals");
    rpc_begin_array(w);
    rpc_end_array(w);
    RPC_MEMBER(w, "blobGasUsed", quantity, h->blob_gas_used);
    RPC_MEMBER(w, "excessBlobGas", quantity, h->excess_blob_gas);
    if (h->field_count >= HEADER_FIELDS_AMSTERDAM) {
        RPC_MEMBER(w, "blockAccessList", data, list.data, list.size);
        RPC_MEMBER(w, "slotNumber", quantity, h->slot_number);
    }
    rpc_end_object(w);
    RPC_MEMBER(w, "blockValue", quantity_u256, b->value);
    rpc_key(w, "blobsBundle");
    rpc_begin_object(w);
    static const char *const parts[] = {"commitments", "proofs", "blobs"};
    for (int i = 0; i < 3; i++) {
        rpc_key(w, parts[i]);
        rpc_begin_array(w);
        rpc_end_array(w);
    }
    rpc_end_object(w);
    rpc_key(w, "executionRequests");
    rpc_begin_array(w);
    for (unsigned type = 0; type < REQUEST_TYPES; type++) {
        bytes data = b->session.run->requests[type];
        if (data.size == 0)
            continue;
        uint8_t *typed = arena_allocate(b->c->memory, data.size + 1, 1);
        typed[0] = (uint8_t)type;
        memcpy(typed + 1, data.data, data.size);
        rpc_data(w, typed, data.size + 1);
    }
    rpc_end_array(w);
    RPC_MEMBER(w, "shouldOverrideBuilder", bool, false);
    rpc_end_object(w);
}

void rpc_testing_buildBlockV1(rpc_call *c)
{
    rpc_block parent;
    const json_t *list = rpc_parameter(c, 2);
    if (!rpc_parse_known_block(c, &parent, rpc_parameter(c, 0), 0))
        return;
    building *b = ARENA_NEW(c->memory, building, 1);
    b->c = c;
    b->count = json_array_size(list);
    b->transactions = ARENA_NEW(c->memory, bytes, b->count + 1);
    if (!fill_header(b, &parent.block, rpc_parameter(c, 1)))
        return;
    for (size_t i = 0; i < b->count; i++)
        if (!rpc_parse_data(c, &b->transactions[i], json_array_get(list, i), 2))
            return;
    RPC_TRY(c, store_session_open(&b->session, c->view, &parent.block, NULL));
    /* The session's environment is the parent's: the new block has its own. */
    evm_block environment;
    ancestor_hashes *ancestors = ARENA_NEW(c->memory, ancestor_hashes, 1);
    hash256 *hashes = ARENA_NEW(c->memory, hash256, 256);
    *ancestors = (ancestor_hashes){.number = b->header.number, .proven = hashes};
    uint64_t first = store_first_number(c->view), number = parent.block.header.number;
    for (; ancestors->proven_count < 256 &&
         number + 1 > first + ancestors->proven_count; ancestors->proven_count++)
        RPC_TRY(c, store_block_hash(c->view, &hashes[ancestors->proven_count],
                                    number - ancestors->proven_count));
    const chain_config *config = node_config(c->chain);
    transition_environment(&environment, &b->header, config,
                           chain_fork_at(config, b->header.number, b->header.timestamp), ancestors);
    b->session.run = transition_open(c->memory, config, &environment, b->session.world, b->count);
    RPC_TRY(c, transition_begin_block(b->session.run, &b->header.parent_hash,
                                      &b->header.parent_beacon_block_root));
    for (size_t i = 0; i < b->count; i++)
        if (!run_one(b, i))
            return;
    RPC_TRY(c, finish(b));
    write_payload(b);
}
