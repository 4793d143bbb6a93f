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

status store_preimage(store_view *v, bytes *out, const hash256 *key)
{
    return database_get(v->read, out, TABLE_PREIMAGES, bytes_of_hash(key));
}

status store_trie_account_read(store_trie_account *out, bytes value)
{
    bytes fields;
    TRY(rlp_list(&fields, &value));
    TRY(rlp_u64(&out->nonce, &fields));
    TRY(rlp_u256(&out->balance, &fields));
    TRY(rlp_hash(&out->storage_root, &fields));
    return rlp_hash(&out->code_hash, &fields);
}

static status read_key(store_view *v, bytes *value, const hash256 *root, const uint8_t *name,
                       size_t size_bytes)
{
    hash256 key;
    witness *w = store_view_witness(v);
    keccak256(&key, name, size_bytes);
    if (witness_node(w, root).data == NULL)
        return STATE_UNKNOWN;
    return trie_get(trie_open(v->memory, w, root), value, bytes_of_hash(&key));
}

status store_read_account(store_view *v, store_trie_account *out, const hash256 *state_root,
                          const address *who)
{
    bytes value;
    *out =
        (store_trie_account){.storage_root = witness_empty_trie_root, .code_hash = witness_empty_code_hash};
    TRY(read_key(v, &value, state_root, who->bytes, sizeof who->bytes));
    return value.data == NULL ? OK : store_trie_account_read(out, value);
}

status store_read_slot(store_view *v, u256 *out, const store_trie_account *a, const u256 *key)
{
    bytes value;
    uint8_t name[32];
    *out = U256_ZERO;
    u256_to_be(name, *key);
    TRY(read_key(v, &value, &a->storage_root, name, sizeof name));
    return value.data == NULL ? OK : rlp_u256(out, &value);
}

status store_read_code(store_view *v, bytes *out, const store_trie_account *a)
{
    *out = witness_code(store_view_witness(v), &a->code_hash);
    return out->data == NULL ? WITNESS_CODE_MISSING : OK;
}

status store_visit_keys(store_view *v, const hash256 *root, const hash256 *from, trie_visitor visit,
                        void *context)
{
    status s = trie_visit(store_view_witness(v), root, from, visit, context);
    if (s == WITNESS_INCOMPLETE || s == INPUT_MALFORMED)
        return database_error(DATABASE_CORRUPT,
                              "the database in %s is corrupt: a node of a state is missing or malformed: run "
                              "`ashlar db check`", v->store->directory);
    return s;
}

status store_session_storage(store_session *s, hash256 *root, const address *where)
{
    store_view *v = s->view;
    hash256 state_root_now, key;
    bytes value;
    store_trie_account found = {.storage_root = witness_empty_trie_root};
    store_init(&v->pending_nodes, v->memory);
    store_init(&v->pending_codes, v->memory);
    v->has_pending = true;
    state_set_node_sink(s->world, store_sink, &v->pending_nodes);
    TRY(state_root(s->world, &state_root_now));
    keccak256(&key, where->bytes, sizeof where->bytes);
    trie *accounts = trie_open(v->memory, store_view_witness(v), &state_root_now);
    TRY(trie_get(accounts, &value, bytes_of_hash(&key)));
    if (value.data != NULL)
        TRY(store_trie_account_read(&found, value));
    *root = found.storage_root;
    return OK;
}
