/* What a block has read and changed, in EIP-7928's order and encoding. */
#include "base/check.h"
#include "codec/rlp.h"
#include "state/state_internal.h"

void state_set_change_index(state *s, uint32_t index)
{
    s->records_changes = true;
    s->change_index = index;
}

/* The change under the current index: a new one, or the one that is there already. */
static state_change *change_now(state *s, state_changes *changes)
{
    if (changes->last != NULL && changes->last->index == s->change_index)
        return changes->last;
    state_change *made = ARENA_NEW(s->memory, state_change, 1);
    made->index = s->change_index;
    if (changes->last != NULL)
        changes->last->next = made;
    else
        changes->first = made;
    changes->last = made;
    return made;
}

void record_account(state *s, account *a)
{
    if (!u256_equal(a->balance, a->settled_balance))
        change_now(s, &a->balance_changes)->value = a->settled_balance = a->balance;
    if (a->nonce != a->settled_nonce)
        change_now(s, &a->nonce_changes)->number = a->settled_nonce = a->nonce;
    if (a->code != a->settled_code)
        change_now(s, &a->code_changes)->code = a->settled_code = a->code;
}

void record_slot(state *s, storage_slot *slot)
{
    /* Transient slots are of no epoch; what is destroyed counts as read. */
    const account *owner = slot->owner;
    if (slot->epoch != owner->epoch || owner->self_destructed || u256_equal(slot->value, slot->original))
        return;
    change_now(s, &slot->changes)->value = slot->value;
}

account **state_self_destructed(state *s, size_t *count)
{
    size_t marked = 0;
    for (size_t i = 0; i < s->journal_length; i++)
        marked += s->journal[i].kind == JOURNAL_SELF_DESTRUCT;
    account **found = ARENA_NEW(s->memory, account *, marked);
    *count = 0;
    for (size_t i = 0; i < s->journal_length; i++) {
        if (s->journal[i].kind != JOURNAL_SELF_DESTRUCT)
            continue;
        account *a = s->journal[i].account;
        size_t at = (*count)++;
        for (; at > 0 && memcmp(&a->address, &found[at - 1]->address, sizeof(address)) < 0; at--)
            found[at] = found[at - 1];
        found[at] = a;
    }
    return found;
}

size_t account_slots_in_use(const account *a)
{
    size_t count = 0;
    for (const storage_slot *slot = a->slots; slot; slot = slot->next)
        count += slot->epoch == a->epoch && !u256_is_zero(slot->value);
    return count;
}

/* ---- order ---- */

static bool account_before(const void *a, const void *b)
{
    return memcmp(&((const account *)a)->address, &((const account *)b)->address, sizeof(address)) < 0;
}

static bool slot_before(const void *a, const void *b)
{
    return u256_less(((const storage_slot *)a)->key, ((const storage_slot *)b)->key);
}

/* Merges ever longer runs; `items` and `spare` have room for all, and the sorted ones end up in the first. */
static void sort(const void **items, const void **spare, size_t count,
                 bool (*before)(const void *, const void *))
{
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t start = 0; start < count; start += 2 * run) {
            size_t middle = start + run < count ? start + run : count;
            size_t end = middle + run < count ? middle + run : count;
            for (size_t at = start, left = start, right = middle; at < end; at++) {
                bool from_right = left == middle || (right < end && before(items[right], items[left]));
                spare[at] = items[from_right ? right++ : left++];
            }
        }
        memcpy(items, spare, count * sizeof *items);
    }
}

/* ---- encoding ---- */

enum {
    /* Two prefixes of lists, an index and a value; the code comes besides. */
    CHANGE_BYTES = 2 * 9 + 5 + 33,
    SLOT_BYTES = 2 * 9 + 33,
    ACCOUNT_BYTES = 6 * 9 + 21,
};

static size_t changes_room(const state_changes *changes, bool are_codes)
{
    size_t room = 0;
    for (const state_change *c = changes->first; c; c = c->next)
        room += CHANGE_BYTES + (are_codes ? c->code->code.code.size : 0);
    return room;
}

typedef enum { CHANGE_VALUE, CHANGE_NUMBER, CHANGE_CODE } change_kind;

static void write_changes(rlp_writer *w, const state_changes *changes, change_kind kind)
{
    size_t list = rlp_begin_list(w);
    for (const state_change *c = changes->first; c; c = c->next) {
        size_t pair = rlp_begin_list(w);
        rlp_write_u64(w, c->index);
        if (kind == CHANGE_VALUE)
            rlp_write_u256(w, c->value);
        else if (kind == CHANGE_NUMBER)
            rlp_write_u64(w, c->number);
        else
            rlp_write_bytes(w, c->code->code.code.data, c->code->code.code.size);
        rlp_end_list(w, pair);
    }
    rlp_end_list(w, list);
}

static void write_account(rlp_writer *w, const account *a, const storage_slot *const *slots,
                          size_t slot_count)
{
    size_t all = rlp_begin_list(w);
    rlp_write_address(w, &a->address);
    size_t changed = rlp_begin_list(w);
    for (size_t i = 0; i < slot_count; i++) {
        if (slots[i]->changes.first == NULL)
            continue;
        size_t slot = rlp_begin_list(w);
        rlp_write_u256(w, slots[i]->key);
        write_changes(w, &slots[i]->changes, CHANGE_VALUE);
        rlp_end_list(w, slot);
    }
    rlp_end_list(w, changed);
    size_t read = rlp_begin_list(w);
    for (size_t i = 0; i < slot_count; i++)
        if (slots[i]->changes.first == NULL)
            rlp_write_u256(w, slots[i]->key);
    rlp_end_list(w, read);
    write_changes(w, &a->balance_changes, CHANGE_VALUE);
    write_changes(w, &a->nonce_changes, CHANGE_NUMBER);
    write_changes(w, &a->code_changes, CHANGE_CODE);
    rlp_end_list(w, all);
}

bytes state_access_list(state *s, size_t *item_count)
{
    CHECK(s->journal_length == 0);
    size_t account_count = 0, slot_count = 0, most_slots = 0, room = 9;
    for (const account *a = s->first_account; a; a = a->next) {
        size_t slots = 0;
        for (const storage_slot *slot = a->slots; slot; slot = slot->next)
            if (slot->was_read) {
                slots++;
                room += SLOT_BYTES + changes_room(&slot->changes, false);
            }
        account_count++;
        slot_count += slots;
        most_slots = slots > most_slots ? slots : most_slots;
        room += ACCOUNT_BYTES + changes_room(&a->balance_changes, false) +
                changes_room(&a->nonce_changes, false) + changes_room(&a->code_changes, true);
    }
    *item_count = account_count + slot_count;

    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(s->memory, room, 8), room);
    size_t mark = s->memory->used_bytes;
    size_t most = account_count > most_slots ? account_count : most_slots;
    const void **accounts = ARENA_NEW(s->memory, const void *, account_count);
    const void **slots = ARENA_NEW(s->memory, const void *, most_slots);
    const void **spare = ARENA_NEW(s->memory, const void *, most);
    size_t at = 0;
    for (const account *a = s->first_account; a; a = a->next)
        accounts[at++] = a;
    sort(accounts, spare, account_count, account_before);
    size_t list = rlp_begin_list(&w);
    for (size_t i = 0; i < account_count; i++) {
        const account *a = accounts[i];
        size_t count = 0;
        for (const storage_slot *slot = a->slots; slot; slot = slot->next)
            if (slot->was_read)
                slots[count++] = slot;
        sort(slots, spare, count, slot_before);
        write_account(&w, a, (const storage_slot *const *)slots, count);
    }
    rlp_end_list(&w, list);
    arena_rewind(s->memory, mark);
    return rlp_written(&w);
}
