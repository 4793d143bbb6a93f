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

static status read_key(node_view *v, bytes *value, const hash256 *root, const uint8_t *name,
                       size_t size_bytes)
{
    hash256 key;
    witness *w = view_witness(v);
    keccak256(&key, name, size_bytes);
    if (witness_node(w, root).data == NULL)
        return STATE_UNKNOWN;
    return trie_get(trie_open(v->memory, w, root), value, bytes_of_hash(&key));
}

status node_read_account(node_view *v, node_trie_account *out, const hash256 *state_root,
                         const address *who)
{
    bytes value;
    *out = (node_trie_account){.storage_root = witness_empty_trie_root, .code_hash = witness_empty_code_hash};
    TRY(read_key(v, &value, state_root, who->bytes, sizeof who->bytes));
    return value.data == NULL ? OK : node_trie_account_read(out, value);
}

status node_read_slot(node_view *v, u256 *out, const node_trie_account *a, const u256 *key)
{
    bytes value;
    uint8_t name[32];
    *out = U256_ZERO;
    u256_to_be(name, *key);
    TRY(read_key(v, &value, &a->storage_root, name, sizeof name));
    return value.data == NULL ? OK : rlp_u256(out, &value);
}

status node_read_code(node_view *v, bytes *out, const node_trie_account *a)
{
    *out = witness_code(view_witness(v), &a->code_hash);
    return out->data == NULL ? WITNESS_CODE_MISSING : OK;
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
