/* The keys of a state's tries: in order, and what they are hashes of, as far as this node made the blocks. */
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "store/store.h"

void store_preimage_sink(void *context, const hash256 *hash, bytes preimage)
{
    store_sink_context *sink = context;
    bool is_new;
    if (sink->failure == OK)
        sink->failure = database_add(sink->write, &is_new, TABLE_PREIMAGES, bytes_of_hash(hash), preimage);
}

status store_genesis_preimages(database_transaction *t, const chain_genesis *genesis)
{
    store_sink_context sink = {.write = t};
    for (size_t i = 0; i < genesis->account_count; i++) {
        const genesis_account *a = &genesis->accounts[i];
        hash256 hash;
        keccak256(&hash, a->where.bytes, sizeof a->where);
        store_preimage_sink(&sink, &hash, (bytes){a->where.bytes, sizeof a->where});
        for (size_t j = 0; j < a->slot_count; j++) {
            uint8_t key[32];
            u256_to_be(key, a->slots[j].key);
            keccak256(&hash, key, sizeof key);
            store_preimage_sink(&sink, &hash, (bytes){key, sizeof key});
        }
    }
    return sink.failure;
}

status node_preimage(node_view *v, bytes *out, const hash256 *key)
{
    return database_get(v->read, out, TABLE_PREIMAGES, bytes_of_hash(key));
}

status node_trie_account_read(node_trie_account *out, bytes value)
{
    bytes fields;
    TRY(rlp_list(&fields, &value));
    TRY(rlp_u64(&out->nonce, &fields));
    TRY(rlp_u256(&out->balance, &fields));
    TRY(rlp_hash(&out->storage_root, &fields));
    return rlp_hash(&out->code_hash, &fields);
}

status node_visit_keys(node_view *v, const hash256 *root, const hash256 *from, trie_visitor visit,
                       void *context)
{
    status s = trie_visit(view_witness(v), root, from, visit, context);
    if (s == WITNESS_INCOMPLETE || s == INPUT_MALFORMED)
        return database_error(DATABASE_CORRUPT,
                              "the database in %s is corrupt: a node of a state is missing or malformed: run "
                              "`ashlar db check`", v->store->directory);
    return s;
}

status node_session_storage(node_session *s, hash256 *root, const address *where)
{
    node_view *v = s->view;
    hash256 state_root_now, key;
    bytes value;
    node_trie_account found = {.storage_root = witness_empty_trie_root};
    store_init(&v->pending_nodes, v->memory);
    store_init(&v->pending_codes, v->memory);
    v->has_pending = true;
    state_set_node_sink(s->world, store_sink, &v->pending_nodes);
    TRY(state_root(s->world, &state_root_now));
    keccak256(&key, where->bytes, sizeof where->bytes);
    trie *accounts = trie_open(v->memory, view_witness(v), &state_root_now);
    TRY(trie_get(accounts, &value, bytes_of_hash(&key)));
    if (value.data != NULL)
        TRY(node_trie_account_read(&found, value));
    *root = found.storage_root;
    return OK;
}
