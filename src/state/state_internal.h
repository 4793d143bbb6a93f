/* What the files of the state share; nobody else includes it. */
#ifndef ASHLAR_STATE_STATE_INTERNAL_H
#define ASHLAR_STATE_STATE_INTERNAL_H

#include "base/memory.h"
#include "state/state.h"

/* A hash table of pointers to entries that begin with their hash. Open addressing, at most half full;
 * the high bits of the hash choose the place. Whoever looks for an entry compares the keys: the hash is
 * too weak to stand for one. */
typedef struct {
    void **places;
    unsigned shift; /* 64 − log2 of the places */
    size_t count;
} table;

void table_init(table *t, arena *memory, unsigned log2_places);
/* Adds an entry whose key is not in the table. */
void table_add(table *t, arena *memory, void *added);

static inline uint64_t table_entry_hash(const void *entry)
{
    return *(const uint64_t *)entry;
}

static inline size_t table_mask(const table *t)
{
    return ((size_t)1 << (64 - t->shift)) - 1;
}

/* Where an entry of this hash is, or another one, or nothing yet; and the place to look at after that. */
static inline void **table_first(const table *t, uint64_t hash) { return &t->places[hash >> t->shift]; }

static inline void **table_next(const table *t, void **place)
{
    return &t->places[((size_t)(place - t->places) + 1) & table_mask(t)];
}

typedef struct {
    uint64_t table_hash;
    contract_code code; /* code.data is NULL until it was asked for */
    hash256 hash;
    bool is_empty;
    bool in_witness;   /* and was asked for there */
    uint32_t made;     /* how often it was set, where that was not reverted */
} code_entry;

/* Storage is cleared by giving the account a new epoch: what a slot holds counts only where the epochs are
 * the same, which is also how a slot that was never read looks. */
enum { EPOCH_NEVER = UINT32_MAX };

/* What a field held after the transaction of an index (EIP-7928). */
typedef struct state_change {
    struct state_change *next;
    uint32_t index;
    union {
        u256 value;
        uint64_t number;
        const code_entry *code;
    };
} state_change;

typedef struct {
    state_change *first, *last;
} state_changes;

struct storage_slot {
    uint64_t table_hash;
    account *owner;
    u256 key;
    u256 value;
    u256 original;
    uint32_t epoch;
    uint32_t warm_transaction; /* warm where this is the state's transaction; so are transient slots alive */
    u256 trie_value;           /* in the owner's storage trie of trie_epoch */
    storage_slot *next;        /* of the same owner */
    state_changes changes;
    bool was_read;
    bool key_is_hashed;
    hash256 trie_key;
};

struct account {
    uint64_t table_hash;
    alignas(8) address address;
    uint32_t warm_transaction;
    bool is_kept_warm;
    bool loaded;
    bool exists;
    bool touched; /* in the transaction in progress */
    bool created_now;
    bool self_destructed;
    uint32_t epoch;
    uint64_t nonce;
    u256 balance;
    code_entry *code;
    storage_slot *slots;
    account *next; /* in the order of loading */

    /* As the last transaction left it, and what the ones before did; only where changes are recorded. */
    u256 settled_balance;
    uint64_t settled_nonce;
    const code_entry *settled_code;
    state_changes balance_changes, nonce_changes, code_changes;

    /* As the tries have it. */
    bool in_trie;
    uint32_t trie_epoch;
    uint64_t trie_nonce;
    u256 trie_balance;
    code_entry *trie_code;
    hash256 storage_root;
    trie *storage; /* NULL until it is read or written */
    hash256 trie_key;
};

typedef enum {
    JOURNAL_BALANCE,
    JOURNAL_NONCE,
    JOURNAL_CODE,
    JOURNAL_TOUCH,
    JOURNAL_CREATE,
    JOURNAL_SELF_DESTRUCT,
    JOURNAL_VALUE, /* of a storage or transient slot */
    JOURNAL_ORIGINAL,
    JOURNAL_EPOCH, /* of a slot */
    JOURNAL_WARM_ACCOUNT,
    JOURNAL_WARM_SLOT,
    JOURNAL_LOG,
    JOURNAL_REFUND
} journal_kind;

/* What to restore: the old value of whatever the kind says. */
typedef struct {
    uint8_t kind; /* journal_kind */
    bool flag;    /* touch: existed; create: was created now */
    uint32_t epoch;
    union {
        account *account;
        storage_slot *slot;
    };
    union {
        u256 value;
        uint64_t number;
        code_entry *code;
    };
} journal_entry;

struct state {
    arena *memory;
    const witness *witness;
    trie *accounts;
    uint64_t seed[4]; /* odd; from the root, so that nobody can choose keys that collide */

    table account_table;
    table slot_table;
    table transient_table;
    table code_table;
    account *first_account;
    account **last_account; /* where the next one is linked */
    code_entry *empty_code;

    uint32_t transaction; /* counts up; entries are warm by bearing its number */
    uint32_t kept_warm_transaction;
    uint32_t last_epoch;
    bool ripemd_touched;
    uint64_t refund;

    state_missing_item missing;

    bool records_changes;
    uint32_t change_index;

    journal_entry *journal;
    size_t journal_length;
    size_t journal_capacity;

    log_entry *logs;
    size_t log_count;
    size_t log_capacity;

    trie_node_sink sink;
    void *sink_context;
    trie_node_sink code_sink;
    void *code_sink_context;
};

/* A larger array with the same contents. */
void *state_grow(arena *memory, const void *array, size_t count, size_t *capacity, size_t element_bytes);

void journal_grow(state *s);

static inline journal_entry *journal_push(state *s, journal_kind kind)
{
    if (__builtin_expect(s->journal_length == s->journal_capacity, 0))
        journal_grow(s);
    journal_entry *entry = &s->journal[s->journal_length++];
    entry->kind = (uint8_t)kind;
    return entry;
}

/* state_touch, where it was mostly done before. */
static inline void touch(state *s, account *a)
{
    if (!a->touched)
        state_touch(s, a);
}

static inline uint64_t word_at(const void *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

/* Ends what is in the journal: it can no longer be reverted. */
void journal_settle(state *s, bool delete_empty);

/* What the trie has it by. */
void slot_hash_key(storage_slot *slot);
/* Opened where it is not yet. */
trie *storage_trie(state *s, account *a);

/* Passes an outcome on, and keeps what the witness lacks where that is it: a node on the way to an account,
 * or to a slot (else NULL). */
status note_missing(state *s, status outcome, const trie *t, const account *a, const storage_slot *slot);

/* Notes how an account differs from what it was, or a slot from its original, under the current index. */
void record_account(state *s, account *a);
void record_slot(state *s, storage_slot *slot);

/* The entry of a code hash, made where there is none. */
code_entry *code_intern(state *s, const hash256 *hash);

#endif
