#include "base/check.h"
#include "state/state_internal.h"

state_snapshot state_take_snapshot(const state *s)
{
    return (state_snapshot){s->journal_length};
}

static bool is_ripemd(const address *a)
{
    for (unsigned i = 0; i < 19; i++)
        if (a->bytes[i] != 0)
            return false;
    return a->bytes[19] == 3;
}

void state_revert(state *s, state_snapshot snapshot)
{
    CHECK(snapshot.journal_length <= s->journal_length);
    while (s->journal_length > snapshot.journal_length) {
        const journal_entry *old = &s->journal[--s->journal_length];
        switch (old->kind) {
        case JOURNAL_BALANCE:
            old->account->balance = old->value;
            break;
        case JOURNAL_NONCE:
            old->account->nonce = old->number;
            break;
        case JOURNAL_CODE:
            old->account->code->made--;
            old->account->code = old->code;
            break;
        case JOURNAL_TOUCH:
            old->account->touched = false;
            old->account->exists = old->flag;
            /* Yellow Paper, appendix K.1: the touch of this one outlives a revert. */
            if (is_ripemd(&old->account->address))
                s->ripemd_touched = true;
            break;
        case JOURNAL_CREATE:
            old->account->created_now = old->flag;
            old->account->epoch = old->epoch;
            break;
        case JOURNAL_SELF_DESTRUCT:
            old->account->self_destructed = false;
            break;
        case JOURNAL_VALUE:
            old->slot->value = old->value;
            break;
        case JOURNAL_ORIGINAL:
            old->slot->original = old->value;
            break;
        case JOURNAL_EPOCH:
            old->slot->epoch = old->epoch;
            break;
        case JOURNAL_WARM_ACCOUNT:
            old->account->warm_transaction = 0;
            break;
        case JOURNAL_WARM_SLOT:
            old->slot->warm_transaction = 0;
            break;
        case JOURNAL_LOG:
            s->log_count--;
            break;
        case JOURNAL_REFUND:
            s->refund = old->number;
            break;
        }
    }
}

static void remove_account(state *s, account *a)
{
    a->exists = false;
    a->nonce = 0;
    a->balance = U256_ZERO;
    a->code = s->empty_code;
    a->epoch = ++s->last_epoch;
}

void journal_settle(state *s, bool delete_empty)
{
    for (size_t i = 0; i < s->journal_length; i++) {
        const journal_entry *entry = &s->journal[i];
        account *a = entry->account;
        switch (entry->kind) {
        case JOURNAL_VALUE:
            if (s->records_changes)
                record_slot(s, entry->slot);
            entry->slot->original = entry->slot->value;
            break;
        case JOURNAL_TOUCH:
            a->touched = false;
            if (delete_empty && a->exists && account_is_empty(a))
                remove_account(s, a);
            break;
        case JOURNAL_CREATE:
            a->created_now = false;
            break;
        case JOURNAL_SELF_DESTRUCT:
            a->self_destructed = false;
            remove_account(s, a);
            break;
        default:
            break;
        }
    }
    /* Every account that has changed was touched first. */
    for (size_t i = 0; s->records_changes && i < s->journal_length; i++)
        if (s->journal[i].kind == JOURNAL_TOUCH)
            record_account(s, s->journal[i].account);
    s->journal_length = 0;
    if (s->ripemd_touched && delete_empty) {
        address three = {{0}};
        three.bytes[19] = 3;
        account *a = state_account_entry(s, &three);
        if (a->loaded && a->exists && account_is_empty(a))
            remove_account(s, a);
    }
    s->ripemd_touched = false;
}

static void forget_transaction(state *s)
{
    s->transaction++;
    s->refund = 0;
    s->log_count = 0;
}

void state_begin_transaction(state *s)
{
    journal_settle(s, false);
    forget_transaction(s);
}

status state_end_transaction(state *s, bool delete_empty)
{
    journal_settle(s, delete_empty);
    forget_transaction(s);
    return OK;
}

log_entry *state_log(state *s, bytes data)
{
    if (s->log_count == s->log_capacity)
        s->logs = state_grow(s->memory, s->logs, s->log_count, &s->log_capacity, sizeof *s->logs);
    log_entry *entry = &s->logs[s->log_count++];
    entry->data = data;
    if (data.size) {
        uint8_t *copy = arena_allocate(s->memory, data.size, 8);
        memcpy(copy, data.data, data.size);
        entry->data.data = copy;
    }
    journal_push(s, JOURNAL_LOG);
    return entry;
}

const log_entry *state_logs(const state *s, size_t *count)
{
    *count = s->log_count;
    return s->logs;
}

void state_add_refund(state *s, int64_t gas)
{
    journal_push(s, JOURNAL_REFUND)->number = s->refund;
    s->refund += (uint64_t)gas;
    CHECK(s->refund <= INT64_MAX);
}

uint64_t state_refund(const state *s) { return s->refund; }
