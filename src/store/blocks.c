/* Writing the chain: blocks with their indexes, the genesis. */
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "store/store.h"

#include <string.h>

void store_sink_open(store_sink_context *sinks, store *store)
{
    *sinks = (store_sink_context){.fresh = {.memory = store->history != 0 ? &store->memory : NULL}};
    sinks->failure = database_begin(&sinks->write, store->db, true);
}

void store_node_sink(void *context, const hash256 *hash, bytes node)
{
    store_sink_context *sink = context;
    bool is_new;
    if (sink->failure == OK)
        sink->failure = database_add(sink->write, &is_new, TABLE_NODES, bytes_of_hash(hash), node);
    if (sink->failure == OK && is_new && sink->fresh.memory != NULL)
        hash_list_add(&sink->fresh, hash->bytes);
}

void store_code_sink(void *context, const hash256 *hash, bytes code)
{
    store_sink_context *sink = context;
    if (sink->failure == OK)
        sink->failure = database_put(sink->write, TABLE_CODES, bytes_of_hash(hash), code);
}

/* Calls for each key of the log index that a block has. */
typedef status (*log_key_action)(database_transaction *t, bytes key, bytes number);

static status put_log_key(database_transaction *t, bytes key, bytes number)
{
    return database_put(t, TABLE_LOGS, key, number);
}

static status delete_log_key(database_transaction *t, bytes key, bytes number)
{
    return database_delete_value(t, TABLE_LOGS, key, number);
}

static status each_log_key(database_transaction *t, const store_receipt *decoded, size_t count,
                           uint64_t number, log_key_action act)
{
    number_key at = number_key_of(number);
    bool any = false;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < decoded[i].log_count; j++) {
            const log_entry *entry = &decoded[i].logs[j];
            uint8_t key[33] = {0};
            memcpy(key + 1, entry->emitter.bytes, 20);
            TRY(act(t, (bytes){key, 21}, bytes_of_number(&at)));
            for (unsigned k = 0; k < entry->topic_count; k++) {
                key[0] = (uint8_t)(k + 1);
                memcpy(key + 1, entry->topics[k].bytes, 32);
                TRY(act(t, (bytes){key, 33}, bytes_of_number(&at)));
            }
            any = true;
        }
    return any ? act(t, (bytes){(const uint8_t *)"\xff", 1}, bytes_of_number(&at)) : OK;
}

/* [sender, receipt], and the nonce where the transaction does not say it. */
static bool says_nonce(bytes receipt) { return receipt.data[0] != TRANSACTION_QUEUED; }

static size_t record_size(const transaction_origin *origin, bytes receipt)
{
    return RLP_ADDRESS_SIZE + rlp_bytes_size(receipt.data, receipt.size) +
           (says_nonce(receipt) ? 0 : rlp_u64_size(origin->nonce));
}

static bytes encode_receipts(arena *memory, const transaction_origin *origins, const bytes *receipts,
                             size_t count)
{
    size_t payload = 0;
    for (size_t i = 0; i < count; i++)
        payload += rlp_list_size(record_size(&origins[i], receipts[i]));
    size_t size = rlp_list_size(payload);
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, size, 8), size);
    rlp_write_list_header(&w, payload);
    for (size_t i = 0; i < count; i++) {
        rlp_write_list_header(&w, record_size(&origins[i], receipts[i]));
        rlp_write_address(&w, &origins[i].sender);
        rlp_write_bytes(&w, receipts[i].data, receipts[i].size);
        if (!says_nonce(receipts[i]))
            rlp_write_u64(&w, origins[i].nonce);
    }
    return rlp_written(&w);
}

status store_add_block(database_transaction *t, arena *memory, const store_block *block,
                       const transaction_origin *origins, const bytes *receipts, const u256 *total_difficulty)
{
    number_key key = number_key_of(block->header.number);
    bytes number = bytes_of_number(&key);
    uint8_t canonical[64];
    memcpy(canonical, block->hash.bytes, 32);
    u256_to_be(canonical + 32, *total_difficulty);
    TRY(database_put(t, TABLE_BLOCKS, number, block->encoding));
    TRY(database_put(t, TABLE_CANONICAL, number, (bytes){canonical, sizeof canonical}));
    TRY(database_put(t, TABLE_NUMBERS, bytes_of_hash(&block->hash), number));
    TRY(database_put(t, TABLE_RECEIPTS, number,
                     encode_receipts(memory, origins, receipts, block->transaction_count)));
    for (size_t i = 0; i < block->transaction_count; i++) {
        hash256 hash;
        keccak256(&hash, block->transactions[i].data, block->transactions[i].size);
        uint8_t place[16];
        number_key index = number_key_of(i);
        memcpy(place, key.bytes, 8);
        memcpy(place + 8, index.bytes, 8);
        TRY(database_put(t, TABLE_TRANSACTIONS, bytes_of_hash(&hash), (bytes){place, sizeof place}));
    }
    store_receipt *decoded;
    TRY(store_receipts_decode(&decoded, memory, receipts, block->transaction_count));
    TRY(each_log_key(t, decoded, block->transaction_count, block->header.number, put_log_key));
    TRY(activity_add(t, memory, block, origins, decoded));
    return database_put(t, TABLE_META, bytes_of_text("head"), number);
}

/* The whole genesis lies in the arena until it is written. */
static status put_genesis(database_transaction *t, arena *memory, const chain_genesis *genesis)
{
    byte_store nodes, codes;
    store_init(&nodes, memory);
    store_init(&codes, memory);
    hash256 root;
    TRY(genesis_state(&root, &nodes, &codes, memory, genesis->accounts, genesis->account_count));
    for (size_t i = 0; i < nodes.count; i++)
        TRY(database_put(t, TABLE_NODES, bytes_of_hash(&nodes.hashes[i]), nodes.items[i]));
    for (size_t i = 0; i < codes.count; i++)
        TRY(database_put(t, TABLE_CODES, bytes_of_hash(&codes.hashes[i]), codes.items[i]));
    if (nodes.count == 0) /* a state of no accounts: its root is a node too */
        TRY(database_put(t, TABLE_NODES, bytes_of_hash(&root), (bytes){(const uint8_t *)"\x80", 1}));
    bytes encoding;
    block_header header;
    TRY(genesis_header(&encoding, &header, memory, genesis, &root));
    fork_id fork = chain_fork_at(&genesis->config, header.number, header.timestamp);
    store_block block;
    TRY(block_parse(&block, memory, &genesis->config,
                    block_encode(memory, encoding, NULL, 0, fork >= FORK_SHANGHAI ? &NO_WITHDRAWALS : NULL)));
    TRY(store_add_block(t, memory, &block, NULL, NULL, &header.difficulty));
    TRY(store_genesis_preimages(t, genesis));
    number_key first = number_key_of(header.number);
    return database_put(t, TABLE_META, bytes_of_text("first"), bytes_of_number(&first));
}

static status check_genesis(database_transaction *t, arena *memory, const chain_genesis *genesis, bytes first)
{
    byte_store nodes, codes;
    store_init(&nodes, memory);
    store_init(&codes, memory);
    hash256 root, hash;
    TRY(genesis_state(&root, &nodes, &codes, memory, genesis->accounts, genesis->account_count));
    bytes encoding, stored;
    block_header header;
    TRY(genesis_header(&encoding, &header, memory, genesis, &root));
    keccak256(&hash, encoding.data, encoding.size);
    TRY(database_get(t, &stored, TABLE_CANONICAL, first));
    if (stored.size != 64 || memcmp(stored.data, hash.bytes, 32) != 0)
        return database_error(
            DATABASE_OTHER_GENESIS,
            "the database holds a chain with another genesis than the one given: use another "
            "directory, or that chain's genesis");
    return OK;
}

static status put_config(database_transaction *t, const chain_config *config)
{
    uint8_t written[CHAIN_CONFIG_MAX_BYTES];
    size_t size = chain_config_write(written, config);
    return database_put(t, TABLE_META, bytes_of_text("config"), (bytes){written, size});
}

status store_set_chain_id(store *store, bool *done, uint64_t chain_id)
{
    database_transaction *t;
    uint64_t count;
    chain_config changed = store->config;
    changed.chain_id = chain_id;
    TRY(database_begin(&t, store->db, true));
    status s = database_count(t, &count, TABLE_TRANSACTIONS);
    *done = s == OK && count == 0;
    if (*done)
        s = put_config(t, &changed);
    if (s != OK || !*done) {
        database_abort(t);
        return s;
    }
    TRY(database_commit(t));
    store->config.chain_id = chain_id;
    return OK;
}

status store_genesis(database *db, arena *memory, const chain_genesis *genesis)
{
    size_t mark = memory->used_bytes;
    database_transaction *t;
    TRY(database_begin(&t, db, true));
    bytes first;
    status s = database_get(t, &first, TABLE_META, bytes_of_text("first"));
    if (s == OK && first.data != NULL)
        s = check_genesis(t, memory, genesis, first);
    else if (s == OK)
        s = put_genesis(t, memory, genesis);
    /* The rules may have changed since: a fork that was scheduled. */
    if (s == OK)
        s = put_config(t, &genesis->config);
    if (s == OK)
        s = database_commit(t);
    else
        database_abort(t);
    arena_rewind(memory, mark);
    return s;
}

/* ---- back ---- */

static status remove_block(database_transaction *t, store_view *v, uint64_t number)
{
    store_block block;
    store_receipt *receipts;
    TRY(store_block_by_number(v, &block, number));
    TRY(store_receipts(v, &receipts, &block));
    for (size_t i = 0; i < block.transaction_count; i++) {
        hash256 hash;
        keccak256(&hash, block.transactions[i].data, block.transactions[i].size);
        TRY(database_delete(t, TABLE_TRANSACTIONS, bytes_of_hash(&hash)));
    }
    TRY(each_log_key(t, receipts, block.transaction_count, number, delete_log_key));
    TRY(activity_remove(t, v, &block, receipts));
    number_key key = number_key_of(number);
    TRY(database_delete(t, TABLE_NUMBERS, bytes_of_hash(&block.hash)));
    TRY(database_delete(t, TABLE_CANONICAL, bytes_of_number(&key)));
    TRY(database_delete(t, TABLE_RECEIPTS, bytes_of_number(&key)));
    TRY(database_delete(t, TABLE_COSTS, bytes_of_number(&key)));
    return database_delete(t, TABLE_BLOCKS, bytes_of_number(&key));
}

status store_set_head(store *store, store_view *v, uint64_t *dropped, uint64_t number)
{
    database_transaction *t;
    TRY(database_begin(&t, store->db, true));
    status s = store_states_put(t, v, number, number);
    for (uint64_t i = v->head; i > number && s == OK; i--) {
        s = history_remove(t, v, i);
        if (s == OK)
            s = remove_block(t, v, i);
    }
    if (s == OK)
        s = batch_drop_above(t, dropped, number);
    number_key key = number_key_of(number);
    if (s == OK)
        s = database_put(t, TABLE_META, bytes_of_text("head"), bytes_of_number(&key));
    if (s == OK)
        return database_commit(t);
    database_abort(t);
    return s;
}
