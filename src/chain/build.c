#include "chain/build.h"

#include "base/memory.h"
#include "chain/receipt.h"
#include "chain/transition.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "crypto/sha256.h"
#include "state/state.h"
#include "state/witness.h"

enum { DEFAULT_BASE_FEE = 1000000000, SECONDS_PER_SLOT = 12 };

static const uint8_t no_bloom[LOGS_BLOOM_BYTES];

/* ---- genesis ---- */

status genesis_state(hash256 *root, byte_store *nodes, byte_store *codes, arena *memory,
                     const genesis_account *accounts, size_t account_count)
{
    state *world = state_open(memory, NULL, &witness_empty_trie_root);
    state_set_node_sink(world, store_sink, nodes);
    for (size_t i = 0; i < account_count; i++) {
        const genesis_account *from = &accounts[i];
        account *a;
        TRY(state_account(world, &a, &from->where));
        state_touch(world, a);
        state_set_balance(world, a, from->balance);
        state_set_nonce(world, a, from->nonce);
        if (from->code.size > 0) {
            state_set_code(world, a, from->code);
            store_add(codes, account_code_hash(a), from->code);
        }
        for (size_t j = 0; j < from->slot_count; j++) {
            storage_slot *slot;
            TRY(state_slot(world, &slot, a, &from->slots[j].key));
            state_set_slot(world, slot, from->slots[j].value);
        }
    }
    return state_root(world, root);
}

void header_fill_by_fork(block_header *header, fork_id fork)
{
    header->field_count = HEADER_FIELDS_FRONTIER;
    if (fork >= FORK_LONDON)
        header->field_count = HEADER_FIELDS_LONDON;
    if (fork >= FORK_SHANGHAI) {
        header->field_count = HEADER_FIELDS_SHANGHAI;
        header->withdrawals_root = witness_empty_trie_root;
    }
    if (fork >= FORK_CANCUN)
        header->field_count = HEADER_FIELDS_CANCUN;
    if (fork >= FORK_PRAGUE) {
        header->field_count = HEADER_FIELDS_PRAGUE;
        sha256(&header->requests_hash, NULL, 0);
    }
    if (fork >= FORK_AMSTERDAM) {
        header->field_count = HEADER_FIELDS_AMSTERDAM;
        header->access_list_hash = EMPTY_OMMERS_HASH; /* of the empty list too */
    }
}

status genesis_header(bytes *encoding, block_header *header, arena *memory, const chain_genesis *genesis,
                      const hash256 *state_root)
{
    fork_id fork = chain_fork_at(&genesis->config, genesis->number, genesis->timestamp);
    *header = (block_header){
        .parent_hash = genesis->parent_hash,
        .ommers_hash = EMPTY_OMMERS_HASH,
        .coinbase = genesis->coinbase,
        .state_root = *state_root,
        .transactions_root = witness_empty_trie_root,
        .receipts_root = witness_empty_trie_root,
        .logs_bloom = no_bloom,
        .difficulty = genesis->difficulty,
        .number = genesis->number,
        .gas_limit = genesis->gas_limit,
        .gas_used = genesis->gas_used,
        .timestamp = genesis->timestamp,
        .extra_data = genesis->extra_data,
        .mix_hash = genesis->mix_hash,
        .nonce = genesis->nonce,
        .base_fee = genesis->has_base_fee ? genesis->base_fee : u256_from_u64(DEFAULT_BASE_FEE),
        .blob_gas_used = genesis->blob_gas_used,
        .excess_blob_gas = genesis->excess_blob_gas,
        .parent_beacon_block_root = genesis->parent_beacon_block_root,
    };
    header_fill_by_fork(header, fork);
    *encoding = header_encode(memory, header);
    return header_decode(header, *encoding);
}

/* ---- a block on it ---- */

block_choices block_choices_default(const chain_genesis *genesis)
{
    return (block_choices){
        .timestamp = genesis->timestamp + SECONDS_PER_SLOT,
        .gas_limit = genesis->gas_limit,
    };
}

const block_withdrawals NO_WITHDRAWALS = {NULL, 0};

bytes block_encode(arena *memory, bytes header, const bytes *transactions, size_t count,
                   const block_withdrawals *withdrawals)
{
    size_t transactions_bytes = 0, withdrawals_bytes = 0;
    for (size_t i = 0; withdrawals != NULL && i < withdrawals->count; i++)
        withdrawals_bytes += withdrawals->items[i].size;
    for (size_t i = 0; i < count; i++)
        transactions_bytes += transactions[i].data[0] >= 0xc0
                                  ? transactions[i].size
                                  : rlp_bytes_size(transactions[i].data, transactions[i].size);
    size_t payload_bytes = header.size + rlp_list_size(transactions_bytes) + 1 +
                           (withdrawals != NULL ? rlp_list_size(withdrawals_bytes) : 0);
    size_t capacity = rlp_list_size(payload_bytes);
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, capacity, 8), capacity);
    rlp_write_list_header(&w, payload_bytes);
    rlp_write_raw(&w, header.data, header.size);
    rlp_write_list_header(&w, transactions_bytes);
    for (size_t i = 0; i < count; i++) {
        if (transactions[i].data[0] >= 0xc0)
            rlp_write_raw(&w, transactions[i].data, transactions[i].size);
        else
            rlp_write_bytes(&w, transactions[i].data, transactions[i].size);
    }
    rlp_write_list_header(&w, 0);
    if (withdrawals != NULL) {
        rlp_write_list_header(&w, withdrawals_bytes);
        for (size_t i = 0; i < withdrawals->count; i++)
            rlp_write_raw(&w, withdrawals->items[i].data, withdrawals->items[i].size);
    }
    return rlp_written(&w);
}

/* The items one after another, as transition_withdrawals takes them. */
static bytes join(arena *memory, const block_withdrawals *withdrawals)
{
    size_t size = 0, at = 0;
    for (size_t i = 0; i < withdrawals->count; i++)
        size += withdrawals->items[i].size;
    uint8_t *out = arena_allocate(memory, size, 8);
    for (size_t i = 0; i < withdrawals->count; at += withdrawals->items[i++].size)
        memcpy(out + at, withdrawals->items[i].data, withdrawals->items[i].size);
    return (bytes){out, size};
}

/* Runs the transactions and completes the header with what they did. */
static status execute(block_header *header, chain_fault *fault, transition *t, const bytes *transactions,
                      size_t transaction_count, const block_withdrawals *withdrawals)
{
    TRY(transition_begin_block(t, &header->parent_hash, &header->parent_beacon_block_root));
    TRY(transition_transactions(t, fault, transactions, transaction_count));
    TRY(transition_withdrawals(t, join(t->memory, withdrawals)));
    TRY(transition_requests(t));
    TRY(transition_complete_header(t, header));
    TRY(index_trie_root(&header->transactions_root, t->memory, transactions, transaction_count));
    TRY(index_trie_root(&header->withdrawals_root, t->memory, withdrawals->items, withdrawals->count));
    TRY(index_trie_root(&header->receipts_root, t->memory, t->receipts, t->receipt_count));
    TRY(state_root(t->world, &header->state_root));
    header->logs_bloom = t->logs_bloom;
    return OK;
}

static void fill_result(chain_result *result, const block_header *header, bytes encoding,
                        const block_header *parent, size_t transaction_count)
{
    *result = (chain_result){
        .number = header->number,
        .timestamp = header->timestamp,
        .parent_hash = header->parent_hash,
        .pre_state_root = parent->state_root,
        .state_root = header->state_root,
        .receipts_root = header->receipts_root,
        .gas_used = header->gas_used,
        .held_against_parent = true,
        .transaction_count = transaction_count,
    };
    memcpy(result->logs_bloom, header->logs_bloom, LOGS_BLOOM_BYTES);
    keccak256(&result->hash, encoding.data, encoding.size);
}

status chain_build(built_block *out, chain_fault *fault, arena *memory, const chain_genesis *genesis,
                   const block_choices *choices, const bytes *transactions, size_t transaction_count)
{
    memset(out, 0, sizeof *out);
    *fault = (chain_fault){.transaction_index = SIZE_MAX};
    const chain_config *config = &genesis->config;
    byte_store nodes, codes;
    store_init(&nodes, memory);
    store_init(&codes, memory);
    hash256 root;
    bytes *parent_encoding = ARENA_NEW(memory, bytes, 1);
    block_header parent;
    TRY(genesis_state(&root, &nodes, &codes, memory, genesis->accounts, genesis->account_count));
    TRY(genesis_header(parent_encoding, &parent, memory, genesis, &root));

    fork_id fork = chain_fork_at(config, parent.number + 1, choices->timestamp);
    if (fork < FORK_PARIS)
        return UNSUPPORTED_FORK;
    block_header header = {
        .ommers_hash = EMPTY_OMMERS_HASH,
        .coinbase = choices->coinbase,
        .logs_bloom = no_bloom,
        .number = parent.number + 1,
        .gas_limit = choices->gas_limit,
        .timestamp = choices->timestamp,
        .extra_data = choices->extra_data,
        .mix_hash = choices->prev_randao,
        .base_fee = header_next_base_fee(&parent, config),
        .parent_beacon_block_root = choices->parent_beacon_block_root,
    };
    hash256 *parent_hash = ARENA_NEW(memory, hash256, 1);
    keccak256(parent_hash, parent_encoding->data, parent_encoding->size);
    header.parent_hash = *parent_hash;
    if (chain_is_rollup(config))
        header_rollup_randao(&header.mix_hash, parent_hash);
    header_fill_by_fork(&header, fork);
    const blob_parameters *blob = chain_blob_parameters_at(config, header.timestamp);
    if (fork >= FORK_CANCUN && blob != NULL)
        header.excess_blob_gas = header_next_excess_blob_gas(&parent, blob, fork);
    TRY(header_check(&header, config, fork));
    TRY(header_check_parent(&header, &parent, config, fork));

    witness *known;
    TRY(witness_open(&known, memory, store_items(&nodes), nodes.count, store_items(&codes), codes.count));
    ancestor_hashes *ancestors = ARENA_NEW(memory, ancestor_hashes, 1);
    *ancestors = (ancestor_hashes){.number = header.number, .proven = parent_hash, .proven_count = 1};
    evm_block environment;
    transition_environment(&environment, &header, config, fork, ancestors);
    state *world = state_open(memory, known, &root);
    transition *t = transition_open(memory, config, &environment, world, transaction_count);
    TRY(execute(&header, fault, t, transactions, transaction_count, &choices->withdrawals));

    bytes encoding = header_encode(memory, &header);
    out->input.block = block_encode(memory, encoding, transactions, transaction_count,
                                    fork >= FORK_SHANGHAI ? &choices->withdrawals : NULL);
    out->input.node_count = witness_used_node_count(known);
    out->input.code_count = witness_used_code_count(known);
    bytes *used_nodes = ARENA_NEW(memory, bytes, out->input.node_count);
    bytes *used_codes = ARENA_NEW(memory, bytes, out->input.code_count);
    witness_used_nodes(known, used_nodes);
    witness_used_codes(known, used_codes);
    out->input.nodes = used_nodes;
    out->input.codes = used_codes;
    out->input.headers = parent_encoding;
    out->input.header_count = 1;
    memcpy(out->requests, t->requests, sizeof out->requests);
    fill_result(&out->result, &header, encoding, &parent, transaction_count);
    return OK;
}
