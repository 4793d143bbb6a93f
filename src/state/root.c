/* The end of a block: what has changed goes into the tries. */
#include "codec/rlp.h"
#include "state/state_internal.h"

static status write_slots(state *s, account *a)
{
    bool deletes = false;
    for (storage_slot *slot = a->slots; slot; slot = slot->next) {
        if (slot->epoch != a->epoch || u256_equal(slot->value, slot->trie_value))
            continue;
        if (u256_is_zero(slot->value)) {
            deletes = true;
            continue;
        }
        slot_hash_key(slot);
        size_t size = rlp_u256_size(slot->value);
        rlp_writer w;
        rlp_writer_init(&w, arena_allocate(s->memory, size, 1), size);
        rlp_write_u256(&w, slot->value);
        trie *storage = storage_trie(s, a);
        bytes key = {slot->trie_key.bytes, sizeof slot->trie_key};
        TRY(note_missing(s, trie_insert(storage, key, rlp_written(&w)), storage, a, slot));
        slot->trie_value = slot->value;
    }
    for (storage_slot *slot = a->slots; slot && deletes; slot = slot->next) {
        if (slot->epoch != a->epoch || u256_equal(slot->value, slot->trie_value))
            continue;
        slot_hash_key(slot);
        trie *storage = storage_trie(s, a);
        bytes key = {slot->trie_key.bytes, sizeof slot->trie_key};
        TRY(note_missing(s, trie_delete(storage, key), storage, a, slot));
        slot->trie_value = slot->value;
    }
    return OK;
}

/* The storage trie of an account whose storage was cleared since it was last written. */
static void renew_storage(account *a)
{
    a->storage = NULL;
    a->storage_root = witness_empty_trie_root;
    a->trie_epoch = a->epoch;
    for (storage_slot *slot = a->slots; slot; slot = slot->next)
        slot->trie_value = U256_ZERO;
}

static bytes encode_account(arena *memory, const account *a)
{
    size_t payload = rlp_u64_size(a->nonce) + rlp_u256_size(a->balance) + 2 * RLP_HASH_SIZE;
    size_t size = rlp_list_size(payload);
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, size, 1), size);
    rlp_write_list_header(&w, payload);
    rlp_write_u64(&w, a->nonce);
    rlp_write_u256(&w, a->balance);
    rlp_write_hash(&w, &a->storage_root);
    rlp_write_hash(&w, &a->code->hash);
    return rlp_written(&w);
}

static status write_account(state *s, account *a)
{
    hash256 old_storage_root = a->storage_root;
    if (a->trie_epoch != a->epoch)
        renew_storage(a);
    TRY(write_slots(s, a));
    if (a->storage)
        trie_root(a->storage, &a->storage_root);
    if (a->in_trie && a->nonce == a->trie_nonce && a->code == a->trie_code &&
        u256_equal(a->balance, a->trie_balance) &&
        memcmp(&a->storage_root, &old_storage_root, sizeof old_storage_root) == 0)
        return OK;
    bytes key = {a->trie_key.bytes, sizeof a->trie_key};
    status inserted = trie_insert(s->accounts, key, encode_account(s->memory, a));
    TRY(note_missing(s, inserted, s->accounts, a, NULL));
    a->in_trie = true;
    a->trie_nonce = a->nonce;
    a->trie_balance = a->balance;
    a->trie_code = a->code;
    return OK;
}

status state_root(state *s, hash256 *out)
{
    journal_settle(s, false);
    for (account *a = s->first_account; a; a = a->next)
        if (a->exists)
            TRY(write_account(s, a));
    for (account *a = s->first_account; a; a = a->next) {
        if (a->exists)
            continue;
        if (a->trie_epoch != a->epoch)
            renew_storage(a);
        bytes key = {a->trie_key.bytes, sizeof a->trie_key};
        if (a->in_trie)
            TRY(note_missing(s, trie_delete(s->accounts, key), s->accounts, a, NULL));
        a->in_trie = false;
    }
    trie_root(s->accounts, out);
    return OK;
}
