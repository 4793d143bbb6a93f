/* Which states are kept. In an archive all of them; else the last N, and the nodes of the trie that no kept
 * state has are deleted.
 *
 * A place is a path from the state's root, through an account to its storage. A run is a node that stays at
 * its place from one state to another. The database counts, for each node, the runs in the kept states: a
 * block begins those of the nodes by which its state differs from its parent's, and ends those of the
 * parent's that are gone; when a state is dropped, the runs that end with it are. What differs between two
 * states is found by walking both from their roots, as far as they differ, so nothing else has to be stored.
 * TABLE_RUNS has what a node's count is above one, which is rare: equal storages, values that come back. */
#include "base/check.h"
#include "codec/rlp.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists of hashes ---- */

enum { CHUNK_HASHES = 1023 };

struct hash_chunk {
    hash_chunk *previous;
    size_t used;
    hash256 hashes[CHUNK_HASHES];
};

void hash_list_add(hash_list *l, const uint8_t hash[32])
{
    if (l->last == NULL || l->last->used == CHUNK_HASHES) {
        hash_chunk *chunk = arena_allocate(l->memory, sizeof *chunk, alignof(hash_chunk));
        chunk->previous = l->last;
        chunk->used = 0;
        l->last = chunk;
    }
    memcpy(l->last->hashes[l->last->used++].bytes, hash, 32);
    l->count++;
}

static int by_bytes(const void *a, const void *b) { return memcmp(a, b, sizeof(hash256)); }

/* All of them in order, in the list's arena. */
static hash256 *sorted(const hash_list *l)
{
    hash256 *all = (hash256 *)arena_allocate(l->memory, (l->count + 1) * sizeof *all, alignof(hash256)),
            *at = all;
    for (const hash_chunk *c = l->last; c != NULL; c = c->previous) {
        memcpy(at, c->hashes, c->used * sizeof *at);
        at += c->used;
    }
    qsort(all, l->count, sizeof *all, by_bytes);
    return all;
}

/* How many from `at` on are equal to the first. */
static size_t equal_ones(const hash256 *all, size_t count, size_t at)
{
    size_t end = at + 1;
    while (end < count && memcmp(&all[end], &all[at], sizeof *all) == 0)
        end++;
    return end - at;
}

/* ---- two tries at once ---- */

typedef struct {
    store_view *v;
    uint64_t number; /* of the state, for messages */
    hash_list *gone, *come; /* nodes of the old one that the new one has not at their place, and the reverse;
                             * may be NULL */
} difference;

/* A point on the way down a trie: a reference to a node, or a node and how far its path has been gone. */
typedef struct {
    enum { NOTHING, REFERENCE, BRANCH, EXTENSION, LEAF } kind;
    rlp_item item; /* the reference; an extension's child; a leaf's value */
    bytes items;   /* of a branch */
    uint8_t path[64];
    unsigned path_size, path_gone;
} place;

static status corrupt(const difference *d, const char *what)
{
    return database_error(DATABASE_CORRUPT, "the database in %s is corrupt: %s (state of block %llu)",
                          d->v->store->directory, what, (unsigned long long)d->number);
}

static place place_of_item(const rlp_item *item)
{
    bool is_empty = !item->is_list && item->payload.size == 0;
    return (place){.kind = is_empty ? NOTHING : REFERENCE, .item = *item};
}

static place place_of_root(const hash256 *root)
{
    if (same_hash(root, &witness_empty_trie_root))
        return (place){.kind = NOTHING};
    bytes whole = {root->bytes, sizeof root->bytes};
    return (place){.kind = REFERENCE, .item = {.payload = whole, .encoding = whole}};
}

static bool same_reference(const place *a, const place *b)
{
    const bytes *x = &a->item.payload, *y = &b->item.payload;
    return a->item.is_list == b->item.is_list && x->size == y->size && memcmp(x->data, y->data, x->size) == 0;
}

static status open_short(const difference *d, place *p, bytes items)
{
    bytes path;
    rlp_item item;
    if (rlp_bytes(&path, &items) != OK || rlp_decode(&item, &items) != OK || path.size == 0 || path.size > 33)
        return corrupt(d, "a trie node is malformed");
    bool is_odd = (path.data[0] & 0x10) != 0;
    *p = (place){.kind = (path.data[0] & 0x20) != 0 ? LEAF : EXTENSION, .item = item};
    if (is_odd)
        p->path[p->path_size++] = path.data[0] & 0x0f;
    for (size_t i = 1; i < path.size && p->path_size + 2 <= sizeof p->path; i++) {
        p->path[p->path_size++] = path.data[i] >> 4;
        p->path[p->path_size++] = path.data[i] & 0x0f;
    }
    return OK;
}

/* From a reference to the node; one that is stored by its hash is told to the list. */
static status open_place(const difference *d, place *p, hash_list *list)
{
    if (p->kind != REFERENCE)
        return OK;
    bytes node = p->item.encoding, items;
    size_t count;
    if (!p->item.is_list) {
        if (p->item.payload.size != 32)
            return corrupt(d, "a trie node is malformed");
        if (list != NULL)
            hash_list_add(list, p->item.payload.data);
        TRY(database_get(d->v->read, &node, TABLE_NODES, p->item.payload));
        if (node.data == NULL)
            return corrupt(d, "a trie node of its state is missing");
    }
    if (rlp_list(&items, &node) != OK || rlp_count(&count, items) != OK || (count != 2 && count != 17))
        return corrupt(d, "a trie node is malformed");
    if (count == 2)
        return open_short(d, p, items);
    *p = (place){.kind = BRANCH, .items = items};
    return OK;
}

/* One nibble further down. Called with 0, 1, … 15 on the same place. */
static status next_child(const difference *d, place *out, place *p, unsigned nibble)
{
    rlp_item item;
    out->kind = NOTHING;
    switch (p->kind) {
    case BRANCH:
        if (rlp_decode(&item, &p->items) != OK)
            return corrupt(d, "a trie node is malformed");
        *out = place_of_item(&item);
        return OK;
    case EXTENSION:
    case LEAF:
        if (p->path_gone == p->path_size)
            return corrupt(d, "a trie node is malformed");
        if (p->path[p->path_gone] != nibble)
            return OK;
        if (p->kind == EXTENSION && p->path_gone + 1 == p->path_size) {
            *out = place_of_item(&p->item);
        } else {
            *out = *p;
            out->path_gone++;
        }
        return OK;
    default:
        return OK;
    }
}

static status walk(const difference *d, place old, place new, bool is_storage, unsigned depth);

static status storage_of(const difference *d, hash256 *root, const place *leaf)
{
    bytes value = leaf->item.payload, fields, number;
    *root = witness_empty_trie_root;
    if (leaf->kind == NOTHING)
        return OK;
    if (rlp_list(&fields, &value) != OK || rlp_bytes(&number, &fields) != OK ||
        rlp_bytes(&number, &fields) != OK || rlp_hash(root, &fields) != OK)
        return corrupt(d, "an account is malformed");
    return OK;
}

static status walk_storages(const difference *d, const place *old, const place *new)
{
    hash256 before, after;
    TRY(storage_of(d, &before, old));
    TRY(storage_of(d, &after, new));
    return same_hash(&before, &after)
               ? OK
               : walk(d, place_of_root(&before), place_of_root(&after), true, 0);
}

static bool same_rest(const place *a, const place *b)
{
    unsigned rest = a->path_size - a->path_gone;
    return rest == b->path_size - b->path_gone &&
           memcmp(a->path + a->path_gone, b->path + b->path_gone, rest) == 0;
}

/* Both are at the same path. */
static status walk(const difference *d, place old, place new, bool is_storage, unsigned depth)
{
    enum { DEEPEST = 64 };
    if (old.kind == REFERENCE && new.kind == REFERENCE && same_reference(&old, &new))
        return OK;
    TRY(open_place(d, &old, d->gone));
    TRY(open_place(d, &new, d->come));
    bool old_ends = old.kind == NOTHING || old.kind == LEAF,
         new_ends = new.kind == NOTHING || new.kind == LEAF;
    if (old_ends && new_ends && (old.kind == NOTHING || new.kind == NOTHING || same_rest(&old, &new)))
        return is_storage ? OK : walk_storages(d, &old, &new);
    if (depth == DEEPEST)
        return corrupt(d, "a trie is too deep");
    for (unsigned i = 0; i < 16; i++) {
        place below_old, below_new;
        TRY(next_child(d, &below_old, &old, i));
        TRY(next_child(d, &below_new, &new, i));
        if (below_old.kind != NOTHING || below_new.kind != NOTHING)
            TRY(walk(d, below_old, below_new, is_storage, depth + 1));
    }
    return OK;
}

/* From the state of the block before to that of `number`. */
static status walk_block(store_view *v, hash_list *gone, hash_list *come, uint64_t number)
{
    store_block before, after;
    TRY(store_block_by_number(v, &before, number - 1));
    TRY(store_block_by_number(v, &after, number));
    difference d = {v, number, gone, come};
    return walk(&d, place_of_root(&before.header.state_root), place_of_root(&after.header.state_root), false,
                0);
}

/* ---- counts ---- */

static status count_above_one(store_view *v, uint64_t *out, const hash256 *hash)
{
    bytes value;
    TRY(database_get(v->read, &value, TABLE_RUNS, bytes_of_hash(hash)));
    *out = number_of_key(value);
    return OK;
}

static status put_count_above_one(store_view *v, const hash256 *hash, uint64_t count)
{
    number_key key = number_key_of(count);
    return count == 0 ? database_delete(v->read, TABLE_RUNS, bytes_of_hash(hash))
                      : database_put(v->read, TABLE_RUNS, bytes_of_hash(hash), bytes_of_number(&key));
}

/* Runs that begin. `fresh`: nodes that were not in the database before; each of them is the first of its
 * runs, and goes again where it has none: what a state had in between. */
static status begin_runs(store_view *v, const hash_list *runs, const hash_list *fresh)
{
    hash256 *begun = sorted(runs), *new = sorted(fresh);
    size_t j = 0;
    for (size_t i = 0, equal; i < runs->count; i += equal) {
        equal = equal_ones(begun, runs->count, i);
        while (j < fresh->count && by_bytes(&new[j], &begun[i]) < 0)
            TRY(database_delete(v->read, TABLE_NODES, bytes_of_hash(&new[j++])));
        bool is_new = j < fresh->count && same_hash(&new[j], &begun[i]);
        j += is_new;
        uint64_t count;
        if (equal == is_new)
            continue;
        TRY(count_above_one(v, &count, &begun[i]));
        TRY(put_count_above_one(v, &begun[i], count + equal - is_new));
    }
    for (; j < fresh->count; j++)
        TRY(database_delete(v->read, TABLE_NODES, bytes_of_hash(&new[j])));
    return OK;
}

static status end_runs(store_view *v, const hash_list *runs)
{
    hash256 *ended = sorted(runs);
    for (size_t i = 0, equal; i < runs->count; i += equal) {
        uint64_t count;
        equal = equal_ones(ended, runs->count, i);
        TRY(count_above_one(v, &count, &ended[i]));
        if (equal > count + 1)
            return corrupt(&(difference){v, v->head, NULL, NULL}, "a trie node is counted too low");
        if (equal == count + 1)
            TRY(database_delete(v->read, TABLE_NODES, bytes_of_hash(&ended[i])));
        if (count > 0)
            TRY(put_count_above_one(v, &ended[i], equal > count ? 0 : count - equal));
    }
    return OK;
}

/* ---- blocks come and go ---- */

static status put_number(database_transaction *t, const char *name, uint64_t number)
{
    number_key key = number_key_of(number);
    return database_put(t, TABLE_META, bytes_of_text(name), bytes_of_number(&key));
}

static status drop_oldest(store_view *v)
{
    hash_list gone = {.memory = v->memory};
    TRY(walk_block(v, &gone, NULL, v->oldest + 1));
    TRY(end_runs(v, &gone));
    return put_number(v->read, "oldest", ++v->oldest);
}

static status oldest_needed(uint64_t *number, store_view *v)
{
    const store *store = v->store;
    *number = UINT64_MAX;
    return store->oldest_needed != NULL ? store->oldest_needed(store->oldest_needed_context, number, v) : OK;
}

status history_add(store_sink_context *sinks, const store_view *base, uint64_t number)
{
    const store *store = base->store;
    if (store->history == 0)
        return OK;
    store_view v = *base;
    v.read = sinks->write;
    v.head = number;
    hash_list come = {.memory = v.memory};
    TRY(walk_block(&v, NULL, &come, number));
    TRY(begin_runs(&v, &come, &sinks->fresh));
    uint64_t needed;
    TRY(oldest_needed(&needed, &v));
    while (number - v.oldest + 1 > store->history && v.oldest < needed)
        TRY(drop_oldest(&v));
    return OK;
}

status history_remove(database_transaction *t, const store_view *base, uint64_t number)
{
    if (base->store->history == 0)
        return OK;
    store_view v = *base;
    v.read = t;
    v.head = number;
    hash_list come = {.memory = v.memory};
    TRY(walk_block(&v, NULL, &come, number));
    return end_runs(&v, &come);
}

/* Each run in the states from the oldest to the newest. */
static status list_runs(store_view *v, hash_list *runs)
{
    store_block oldest;
    TRY(store_block_by_number(v, &oldest, v->oldest));
    difference d = {v, v->oldest, NULL, runs};
    TRY(walk(&d, (place){.kind = NOTHING}, place_of_root(&oldest.header.state_root), false, 0));
    for (uint64_t i = v->oldest + 1; i <= v->head; i++)
        TRY(walk_block(v, NULL, runs, i));
    return OK;
}

/* ---- from an archive and back ---- */

typedef struct {
    const hash256 *kept; /* in order */
    size_t kept_count;
    hash_list doomed;
} selection;

static bool is_kept(const selection *s, bytes hash)
{
    /* The empty trie's node is no run, but the genesis may be of no accounts. */
    return memcmp(hash.data, witness_empty_trie_root.bytes, 32) == 0 ||
           bsearch(hash.data, s->kept, s->kept_count, sizeof *s->kept, by_bytes) != NULL;
}

static status select_doomed(void *context, bytes key, bytes value)
{
    (void)value;
    selection *s = context;
    if (key.size == 32 && !is_kept(s, key))
        hash_list_add(&s->doomed, key.data);
    return OK;
}

static status begin_history(store_view *v, uint64_t states)
{
    hash_list runs = {.memory = v->memory};
    uint64_t needed;
    TRY(oldest_needed(&needed, v));
    uint64_t oldest = v->oldest;
    if (v->head - v->oldest + 1 > states) {
        oldest = v->head + 1 - states < needed ? v->head + 1 - states : needed;
        oldest = oldest > v->oldest ? oldest : v->oldest;
    }
    TRY(store_states_put(v->read, v, oldest, v->head));
    v->oldest = oldest;
    TRY(list_runs(v, &runs));
    selection s = {.kept = sorted(&runs), .kept_count = runs.count, .doomed = {.memory = v->memory}};
    TRY(database_visit(v->read, TABLE_NODES, select_doomed, &s));
    for (const hash_chunk *c = s.doomed.last; c != NULL; c = c->previous)
        for (size_t i = 0; i < c->used; i++)
            TRY(database_delete(v->read, TABLE_NODES, bytes_of_hash(&c->hashes[i])));
    for (size_t i = 0, equal; i < runs.count; i += equal) {
        equal = equal_ones(s.kept, runs.count, i);
        if (equal > 1)
            TRY(put_count_above_one(v, &s.kept[i], equal - 1));
    }
    return put_number(v->read, "oldest", v->oldest);
}

static status change_history(store_view *v, uint64_t states)
{
    store *store = v->store;
    bytes stored;
    TRY(database_get(v->read, &stored, TABLE_META, bytes_of_text("history")));
    store->history = number_of_key(stored);
    if (states == STORE_HISTORY_AS_IT_IS || states == store->history)
        return OK;
    if (states == STORE_HISTORY_ARCHIVE) {
        store->history = 0;
        TRY(database_clear(v->read, TABLE_RUNS));
        return database_delete(v->read, TABLE_META, bytes_of_text("history"));
    }
    if (store->history == 0)
        TRY(begin_history(v, states));
    store->history = states;
    return put_number(v->read, "history", states);
}

status history_open(store *store, uint64_t states)
{
    size_t mark = store->memory.used_bytes;
    store_view *v;
    TRY(store_view_open(&v, &store->memory, store));
    database_transaction *snapshot = v->read;
    status s = database_begin(&v->read, store->db, true);
    if (s == OK)
        s = change_history(v, states);
    if (s == OK)
        s = database_commit(v->read);
    else
        database_abort(v->read);
    v->read = snapshot;
    store_view_close(v);
    arena_rewind(&store->memory, mark);
    return s;
}

/* ---- checking ---- */

static status check_node_is_kept(void *context, bytes key, bytes value)
{
    (void)value;
    return is_kept(context, key) ? OK : DATABASE_CORRUPT;
}

status history_check(store_view *v)
{
    if (v->store->history == 0)
        return OK;
    hash_list runs = {.memory = v->memory};
    difference d = {v, v->head, NULL, NULL};
    TRY(list_runs(v, &runs));
    selection c = {.kept = sorted(&runs), .kept_count = runs.count};
    status s = database_visit(v->read, TABLE_NODES, check_node_is_kept, &c);
    if (s == DATABASE_CORRUPT)
        return corrupt(&d, "a trie node is of no state that is kept");
    TRY(s);
    uint64_t counts = 0, stored;
    for (size_t i = 0, equal; i < runs.count; i += equal) {
        uint64_t count;
        equal = equal_ones(c.kept, runs.count, i);
        TRY(count_above_one(v, &count, &c.kept[i]));
        if (count + 1 != equal)
            return corrupt(&d, "a trie node is counted wrong");
        counts += count > 0;
    }
    TRY(database_count(v->read, &stored, TABLE_RUNS));
    return stored == counts ? OK : corrupt(&d, "a trie node that is not there is counted");
}
