#include "state/state.h"

#include "base/check.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "state/state_internal.h"

state *state_open(arena *memory, const witness *w, const hash256 *root)
{
    state *s = ARENA_NEW(memory, state, 1);
    s->memory = memory;
    s->witness = w;
    s->accounts = trie_open(memory, w, root);
    for (unsigned i = 0; i < 4; i++)
        s->seed[i] = word_at(root->bytes + 8 * i) | 1;
    table_init(&s->account_table, memory, 9);
    table_init(&s->slot_table, memory, 11);
    table_init(&s->transient_table, memory, 4);
    table_init(&s->code_table, memory, 7);
    s->last_account = &s->first_account;
    s->empty_code = code_intern(s, &witness_empty_code_hash);
    s->transaction = 1;
    return s;
}

const state_missing_item *state_missing(const state *s) { return &s->missing; }

status note_missing(state *s, status outcome, const trie *t, const account *a, const storage_slot *slot)
{
    if (outcome != WITNESS_INCOMPLETE)
        return outcome;
    memcpy(s->missing.hash.bytes, trie_missing(t), sizeof s->missing.hash);
    s->missing.account = a->address;
    s->missing.has_slot = slot != NULL;
    if (slot != NULL)
        s->missing.slot = slot->key;
    return outcome;
}

/* ---- accounts ---- */

static inline bool is_account_at(const account *a, uint64_t low, uint64_t middle, uint64_t high)
{
    uint32_t last;
    memcpy(&last, a->address.bytes + 16, sizeof last);
    return word_at(a->address.bytes) == low && word_at(a->address.bytes + 8) == middle && last == high;
}

/* Lookups mostly end at the first place; what is rare is out of line, here and below, so that they need
 * no stack. */
static __attribute__((noinline)) account *find_or_add_account(state *s, uint64_t hash, const address *a)
{
    for (void **place = table_first(&s->account_table, hash); *place;
         place = table_next(&s->account_table, place)) {
        account *found = *place;
        if (memcmp(&found->address, a, sizeof *a) == 0)
            return found;
    }
    account *made = ARENA_NEW(s->memory, account, 1);
    made->table_hash = hash;
    made->address = *a;
    table_add(&s->account_table, s->memory, made);
    return made;
}

account *state_account_entry(state *s, const address *a)
{
    const uint8_t *data = __builtin_assume_aligned(a->bytes, 4);
    uint64_t low = word_at(data), middle = word_at(data + 8);
    uint32_t last;
    memcpy(&last, data + 16, sizeof last);
    uint64_t high = last;
    uint64_t hash = low * s->seed[0] + middle * s->seed[1] + high * s->seed[2];
    account *first = *table_first(&s->account_table, hash);
    return first && is_account_at(first, low, middle, high) ? first : find_or_add_account(s, hash, a);
}

/* Yellow Paper, section 4.1: nonce, balance, storage root, code hash. */
static status decode_account(account *a, hash256 *code_hash, bytes encoding)
{
    bytes items;
    if (rlp_list(&items, &encoding) != OK || !rlp_at_end(encoding) || rlp_u64(&a->nonce, &items) != OK ||
        rlp_u256(&a->balance, &items) != OK || rlp_hash(&a->storage_root, &items) != OK ||
        rlp_hash(code_hash, &items) != OK || !rlp_at_end(items))
        return INPUT_MALFORMED;
    return OK;
}

static __attribute__((noinline)) status read_account(state *s, account *a)
{
    keccak256(&a->trie_key, a->address.bytes, sizeof a->address);
    bytes encoding;
    bytes key = {a->trie_key.bytes, sizeof a->trie_key};
    TRY(note_missing(s, trie_get(s->accounts, &encoding, key), s->accounts, a, NULL));
    if (encoding.data) {
        hash256 code_hash;
        TRY(decode_account(a, &code_hash, encoding));
        a->code = code_intern(s, &code_hash);
        a->in_trie = a->exists = true;
    } else {
        a->storage_root = witness_empty_trie_root;
        a->code = s->empty_code;
    }
    a->trie_nonce = a->nonce;
    a->trie_balance = a->balance;
    a->trie_code = a->code;
    a->settled_balance = a->balance;
    a->settled_nonce = a->nonce;
    a->settled_code = a->code;
    a->loaded = true;
    *s->last_account = a;
    s->last_account = &a->next;
    return OK;
}

status state_load_account(state *s, account *a)
{
    return a->loaded ? OK : read_account(s, a);
}

status state_account(state *s, account **out, const address *a)
{
    *out = state_account_entry(s, a);
    return state_load_account(s, *out);
}

const u256 *account_balance(const account *a) { return &a->balance; }

uint64_t account_nonce(const account *a) { return a->nonce; }

const hash256 *account_code_hash(const account *a) { return &a->code->hash; }

const address *account_address(const account *a) { return &a->address; }

bool account_is_empty(const account *a)
{
    return a->nonce == 0 && a->code->is_empty && u256_is_zero(a->balance);
}

bool account_exists(const account *a) { return a->exists; }

bool account_created_now(const account *a) { return a->created_now; }

bool account_self_destructed(const account *a) { return a->self_destructed; }

void state_touch(state *s, account *a)
{
    CHECK(a->loaded);
    if (a->touched)
        return;
    journal_entry *old = journal_push(s, JOURNAL_TOUCH);
    old->account = a;
    old->flag = a->exists;
    a->touched = true;
    a->exists = true;
}

void state_set_balance(state *s, account *a, u256 balance)
{
    touch(s, a);
    journal_entry *old = journal_push(s, JOURNAL_BALANCE);
    old->account = a;
    old->value = a->balance;
    a->balance = balance;
}

void state_set_nonce(state *s, account *a, uint64_t nonce)
{
    touch(s, a);
    journal_entry *old = journal_push(s, JOURNAL_NONCE);
    old->account = a;
    old->number = a->nonce;
    a->nonce = nonce;
}

void state_set_code(state *s, account *a, bytes code)
{
    hash256 hash;
    keccak256(&hash, code.data, code.size);
    code_entry *entry = code_intern(s, &hash);
    if (!entry->code.code.data) {
        uint8_t *copy = arena_allocate(s->memory, code.size + WITNESS_CODE_PADDING_BYTES, 8);
        if (code.size)
            memcpy(copy, code.data, code.size);
        memset(copy + code.size, 0, WITNESS_CODE_PADDING_BYTES);
        entry->code.code = (bytes){copy, code.size};
        entry->code.is_padded = true;
        if (s->code_sink)
            s->code_sink(s->code_sink_context, &entry->hash, entry->code.code);
    }
    touch(s, a);
    journal_entry *old = journal_push(s, JOURNAL_CODE);
    old->account = a;
    old->code = a->code;
    a->code = entry;
    entry->made++;
}

void state_create_contract(state *s, account *a)
{
    touch(s, a);
    journal_entry *old = journal_push(s, JOURNAL_CREATE);
    old->account = a;
    old->flag = a->created_now;
    old->epoch = a->epoch;
    a->created_now = true;
    a->epoch = ++s->last_epoch;
}

status state_has_storage(state *s, bool *out, account *a)
{
    TRY(state_load_account(s, a));
    *out = a->epoch == a->trie_epoch &&
           memcmp(&a->storage_root, &witness_empty_trie_root, sizeof a->storage_root) != 0;
    for (const storage_slot *slot = a->slots; slot && !*out; slot = slot->next)
        *out = slot->epoch == a->epoch && !u256_is_zero(slot->value);
    return OK;
}

void state_self_destruct(state *s, account *a)
{
    state_touch(s, a);
    if (a->self_destructed)
        return;
    journal_push(s, JOURNAL_SELF_DESTRUCT)->account = a;
    a->self_destructed = true;
}

bool state_warm_account(state *s, account *a)
{
    if (a->warm_transaction == s->transaction ||
        (a->is_kept_warm && s->kept_warm_transaction == s->transaction))
        return true;
    journal_push(s, JOURNAL_WARM_ACCOUNT)->account = a;
    a->warm_transaction = s->transaction;
    return false;
}

void state_keep_warm(account *a) { a->is_kept_warm = true; }

void state_warm_kept(state *s) { s->kept_warm_transaction = s->transaction; }

/* ---- storage ---- */

static inline uint64_t slot_hash(const state *s, const account *a, const u256 *key)
{
    return a->table_hash + key->limb[0] * s->seed[0] + key->limb[1] * s->seed[1] + key->limb[2] * s->seed[2] +
           key->limb[3] * s->seed[3];
}

static inline bool is_slot_of(const storage_slot *slot, const account *a, const u256 *key)
{
    return slot->key.limb[0] == key->limb[0] && slot->owner == a && slot->key.limb[1] == key->limb[1] &&
           slot->key.limb[2] == key->limb[2] && slot->key.limb[3] == key->limb[3];
}

static storage_slot *find_slot(const table *t, uint64_t hash, const account *a, const u256 *key)
{
    for (void **place = table_first(t, hash); *place; place = table_next(t, place))
        if (is_slot_of(*place, a, key))
            return *place;
    return NULL;
}

static storage_slot *add_slot(state *s, table *t, uint64_t hash, account *a, const u256 *key)
{
    storage_slot *made = ARENA_NEW(s->memory, storage_slot, 1);
    made->table_hash = hash;
    made->owner = a;
    made->key = *key;
    made->epoch = EPOCH_NEVER;
    table_add(t, s->memory, made);
    return made;
}

static __attribute__((noinline)) storage_slot *find_or_add_slot(state *s, uint64_t hash, account *a,
                                                                const u256 *key)
{
    storage_slot *slot = find_slot(&s->slot_table, hash, a, key);
    if (!slot) {
        slot = add_slot(s, &s->slot_table, hash, a, key);
        slot->next = a->slots;
        a->slots = slot;
    }
    return slot;
}

storage_slot *state_slot_entry(state *s, account *a, const u256 *key)
{
    uint64_t hash = slot_hash(s, a, key);
    storage_slot *first = *table_first(&s->slot_table, hash);
    return first && is_slot_of(first, a, key) ? first : find_or_add_slot(s, hash, a, key);
}

void slot_hash_key(storage_slot *slot)
{
    if (slot->key_is_hashed)
        return;
    hash256 key;
    u256_to_be(key.bytes, slot->key);
    keccak256(&slot->trie_key, key.bytes, sizeof key);
    slot->key_is_hashed = true;
}

trie *storage_trie(state *s, account *a)
{
    if (!a->storage) {
        a->storage = trie_open(s->memory, s->witness, &a->storage_root);
        trie_set_node_sink(a->storage, s->sink, s->sink_context);
    }
    return a->storage;
}

static status read_slot(state *s, storage_slot *slot)
{
    account *a = slot->owner;
    bytes encoding = {NULL, 0};
    if (a->storage || memcmp(&a->storage_root, &witness_empty_trie_root, sizeof a->storage_root) != 0) {
        slot_hash_key(slot);
        trie *storage = storage_trie(s, a);
        bytes key = {slot->trie_key.bytes, sizeof slot->trie_key};
        TRY(note_missing(s, trie_get(storage, &encoding, key), storage, a, slot));
    }
    slot->value = U256_ZERO;
    if (encoding.data && (rlp_u256(&slot->value, &encoding) != OK || !rlp_at_end(encoding) ||
                          u256_is_zero(slot->value)))
        return INPUT_MALFORMED;
    slot->original = slot->trie_value = slot->value;
    slot->epoch = a->epoch;
    return OK;
}

static __attribute__((noinline)) status read_or_clear_slot(state *s, storage_slot *slot)
{
    account *a = slot->owner;
    slot->was_read = true;
    TRY(state_load_account(s, a));
    if (slot->epoch == EPOCH_NEVER && a->epoch == a->trie_epoch)
        return read_slot(s, slot);
    /* The storage was cleared since, which a revert may undo. */
    if (slot->epoch != EPOCH_NEVER) {
        journal_entry *value = journal_push(s, JOURNAL_VALUE);
        value->slot = slot;
        value->value = slot->value;
        journal_entry *original = journal_push(s, JOURNAL_ORIGINAL);
        original->slot = slot;
        original->value = slot->original;
    }
    journal_entry *epoch = journal_push(s, JOURNAL_EPOCH);
    epoch->slot = slot;
    epoch->epoch = slot->epoch;
    slot->value = slot->original = U256_ZERO;
    slot->epoch = a->epoch;
    return OK;
}

status state_load_slot(state *s, storage_slot *slot)
{
    return slot->epoch == slot->owner->epoch ? OK : read_or_clear_slot(s, slot);
}

status state_slot(state *s, storage_slot **out, account *a, const u256 *key)
{
    *out = state_slot_entry(s, a, key);
    return state_load_slot(s, *out);
}

const u256 *slot_value(const storage_slot *slot) { return &slot->value; }

const u256 *slot_original(const storage_slot *slot) { return &slot->original; }

static inline void journal_value(state *s, storage_slot *slot)
{
    journal_entry *old = journal_push(s, JOURNAL_VALUE);
    old->slot = slot;
    old->value = slot->value;
}

void state_set_slot(state *s, storage_slot *slot, u256 value)
{
    CHECK(slot->epoch == slot->owner->epoch);
    journal_value(s, slot);
    slot->value = value;
}

bool state_warm_slot(state *s, storage_slot *slot)
{
    if (slot->warm_transaction == s->transaction)
        return true;
    journal_push(s, JOURNAL_WARM_SLOT)->slot = slot;
    slot->warm_transaction = s->transaction;
    return false;
}

u256 state_transient(state *s, const account *a, const u256 *key)
{
    const storage_slot *slot = find_slot(&s->transient_table, slot_hash(s, a, key), a, key);
    return slot && slot->warm_transaction == s->transaction ? slot->value : U256_ZERO;
}

void state_set_transient(state *s, const account *a, const u256 *key, u256 value)
{
    uint64_t hash = slot_hash(s, a, key);
    storage_slot *slot = find_slot(&s->transient_table, hash, a, key);
    if (!slot)
        slot = add_slot(s, &s->transient_table, hash, (account *)a, key);
    if (slot->warm_transaction != s->transaction) {
        slot->warm_transaction = s->transaction;
        slot->value = U256_ZERO;
    }
    journal_value(s, slot);
    slot->value = value;
}

void state_set_node_sink(state *s, trie_node_sink sink, void *context)
{
    s->sink = sink;
    s->sink_context = context;
    trie_set_node_sink(s->accounts, sink, context);
    for (account *a = s->first_account; a; a = a->next)
        if (a->storage)
            trie_set_node_sink(a->storage, sink, context);
}

void state_set_code_sink(state *s, trie_node_sink sink, void *context)
{
    s->code_sink = sink;
    s->code_sink_context = context;
}
