#include "settle/sender.h"

#include "base/check.h"
#include "base/clock.h"
#include "codec/rlp.h"
#include "settle/l1.h"
#include "telemetry/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASHES_MAX = 32, WAITING_MAX = 256, SAY_AGAIN_SECONDS = 600 };
#define SENDER_ARENA_BYTES ((size_t)1 << 30)

struct sender {
    database *db;
    endpoint *l1;
    const signing_key *key;
    uint64_t chain_id;
    sender_options options;
    arena memory; /* of a call */
    uint64_t cap_nonce, cap_said_at; /* the last that was said to be at the cap, and when */
    char text[1024];
};

/* A transaction as it is in the database, under its nonce. */
typedef struct {
    purpose_kind kind;
    uint64_t subject;
    key_transaction tx;
    address to;
    uint64_t sent_at;            /* seconds since 1970, the last time with new fees */
    hash256 hashes[HASHES_MAX];  /* of each version */
    size_t hash_count;
    bytes raw; /* the last version */
    uint64_t block; /* that it was seen in; 0: none */
    hash256 block_hash;
    bool has_failed; /* it is in a block, but reverted: another one may have its purpose */
    bool is_done;    /* not stored: that block is final */
} purpose;

status sender_open(sender **out, database *db, endpoint *l1, const signing_key *key, uint64_t chain_id,
                   const sender_options *options)
{
    sender *s = calloc(1, sizeof *s);
    CHECK(s != NULL);
    *s = (sender){.db = db, .l1 = l1, .key = key, .chain_id = chain_id, .options = *options};
    arena_open(&s->memory, SENDER_ARENA_BYTES);
    *out = s;
    return OK;
}

void sender_close(sender *s)
{
    if (s == NULL)
        return;
    arena_close(&s->memory);
    free(s);
}

const char *sender_error_text(const sender *s) { return s->text; }

static status remote(sender *s, status code)
{
    if (code != OK)
        snprintf(s->text, sizeof s->text, "%s", endpoint_error_text(s->l1));
    return code;
}

static status stored(sender *s, status code)
{
    if (code != OK)
        snprintf(s->text, sizeof s->text, "%s", database_error_text());
    return code;
}

/* ---- the database ---- */

static void write_purpose(rlp_writer *w, const purpose *p)
{
    size_t list = rlp_begin_list(w);
    rlp_write_u64(w, p->kind);
    rlp_write_u64(w, p->subject);
    rlp_write_u64(w, p->tx.nonce);
    rlp_write_u64(w, p->tx.gas_limit);
    rlp_write_u256(w, p->tx.max_priority_fee);
    rlp_write_u256(w, p->tx.max_fee);
    rlp_write_address(w, &p->to);
    rlp_write_u256(w, p->tx.value);
    rlp_write_u64(w, p->sent_at);
    rlp_write_u64(w, p->has_failed);
    rlp_write_u64(w, p->block);
    rlp_write_hash(w, &p->block_hash);
    rlp_write_bytes(w, p->hashes[0].bytes, 32 * p->hash_count);
    rlp_write_bytes(w, p->tx.data.data, p->tx.data.size);
    rlp_write_bytes(w, p->raw.data, p->raw.size);
    rlp_end_list(w, list);
}

/* Data and raw form are borrowed from the database. */
static status decode_purpose(purpose *p, bytes value)
{
    bytes list, hashes;
    uint64_t kind, failed;
    TRY(rlp_list(&list, &value));
    TRY(rlp_u64(&kind, &list));
    TRY(rlp_u64(&p->subject, &list));
    TRY(rlp_u64(&p->tx.nonce, &list));
    TRY(rlp_u64(&p->tx.gas_limit, &list));
    TRY(rlp_u256(&p->tx.max_priority_fee, &list));
    TRY(rlp_u256(&p->tx.max_fee, &list));
    TRY(rlp_address(&p->to, &list));
    TRY(rlp_u256(&p->tx.value, &list));
    TRY(rlp_u64(&p->sent_at, &list));
    TRY(rlp_u64(&failed, &list));
    TRY(rlp_u64(&p->block, &list));
    TRY(rlp_hash(&p->block_hash, &list));
    TRY(rlp_bytes(&hashes, &list));
    TRY(rlp_bytes(&p->tx.data, &list));
    TRY(rlp_bytes(&p->raw, &list));
    if (hashes.size % 32 != 0 || hashes.size == 0 || hashes.size / 32 > HASHES_MAX)
        return RLP_MALFORMED;
    p->kind = (purpose_kind)kind;
    p->has_failed = failed != 0;
    p->hash_count = hashes.size / 32;
    memcpy(p->hashes, hashes.data, hashes.size);
    return rlp_expect_end(list);
}

static status read_purpose(purpose *p, bytes value)
{
    *p = (purpose){0};
    return decode_purpose(p, value) == OK
               ? OK
               : database_error(DATABASE_CORRUPT, "the database is corrupt (a transaction to L1)");
}

typedef struct {
    arena *memory;
    sender_entry *all;
    size_t count, capacity;
} listing;

static status list_one(void *context, bytes key, bytes value)
{
    listing *l = context;
    purpose p;
    (void)key;
    TRY(read_purpose(&p, value));
    if (l->count == l->capacity) {
        size_t capacity = l->capacity == 0 ? 64 : 2 * l->capacity;
        sender_entry *larger = ARENA_NEW(l->memory, sender_entry, capacity);
        if (l->count != 0)
            memcpy(larger, l->all, l->count * sizeof *larger);
        l->all = larger, l->capacity = capacity;
    }
    l->all[l->count++] = (sender_entry){.kind = p.kind, .subject = p.subject, .nonce = p.tx.nonce,
                                        .max_fee = p.tx.max_fee, .hash = p.hashes[p.hash_count - 1],
                                        .block = p.block, .has_failed = p.has_failed};
    return OK;
}

status sender_read(database_transaction *t, arena *memory, sender_entry **out, size_t *count)
{
    listing l = {.memory = memory};
    status code = database_visit(t, TABLE_PURPOSES, list_one, &l);
    *out = l.all;
    *count = l.count;
    return code;
}

static status list_all(sender *s, sender_entry **out, size_t *count)
{
    database_transaction *t;
    TRY(stored(s, database_begin(&t, s->db, false)));
    status code = stored(s, sender_read(t, &s->memory, out, count));
    database_abort(t);
    return code;
}

/* Some of what there is to do, from a nonce on: what does not stand in a block that L1 still has. */
typedef struct {
    database_transaction *t;
    arena *memory;
    uint64_t from_nonce, final_block;
    purpose *all; /* copies */
    size_t count;
} work;

/* Whether the block that it was seen in is still L1's, as far as that is followed. */
static status stands(bool *out, const work *w, const purpose *p)
{
    hash256 hash;
    *out = false;
    if (p->block == 0)
        return OK;
    TRY(l1_block_read(w->t, out, &hash, p->block));
    *out = *out && memcmp(&hash, &p->block_hash, 32) == 0;
    return OK;
}

static status choose_work(void *context, bytes key, bytes value)
{
    work *w = context;
    bool is_there;
    purpose *p = &w->all[w->count];
    (void)key;
    if (w->count == WAITING_MAX)
        return OK;
    TRY(read_purpose(p, value));
    if (p->tx.nonce < w->from_nonce)
        return OK;
    TRY(stands(&is_there, w, p));
    if (is_there && p->block > w->final_block)
        return OK;
    p->is_done = is_there;
    uint8_t *data = arena_allocate(w->memory, p->tx.data.size, 1),
            *raw = arena_allocate(w->memory, p->raw.size, 1);
    if (p->tx.data.size != 0)
        memcpy(data, p->tx.data.data, p->tx.data.size);
    memcpy(raw, p->raw.data, p->raw.size);
    p->tx.data.data = data;
    p->raw.data = raw;
    w->count++;
    return OK;
}

static status find_work(sender *s, work *w, uint64_t from_nonce, uint64_t final_block)
{
    *w = (work){.memory = &s->memory, .from_nonce = from_nonce, .final_block = final_block,
                .all = ARENA_NEW(&s->memory, purpose, WAITING_MAX + 1)};
    TRY(stored(s, database_begin(&w->t, s->db, false)));
    status code = stored(s, database_visit(w->t, TABLE_PURPOSES, choose_work, w));
    database_abort(w->t);
    return code;
}

static status save(sender *s, const purpose *p)
{
    database_transaction *t;
    size_t size = p->tx.data.size + p->raw.size + 32 * p->hash_count + 512;
    rlp_writer w;
    number_key key = number_key_of(p->tx.nonce);
    rlp_writer_init(&w, arena_allocate(&s->memory, size, 1), size);
    write_purpose(&w, p);
    TRY(stored(s, database_begin(&t, s->db, true)));
    status code = database_put(t, TABLE_PURPOSES, bytes_of_number(&key), rlp_written(&w));
    if (code == OK)
        return stored(s, database_commit(t));
    database_abort(t);
    return stored(s, code);
}

static status forget(sender *s, const purpose *p)
{
    database_transaction *t;
    number_key key = number_key_of(p->tx.nonce);
    TRY(stored(s, database_begin(&t, s->db, true)));
    status code = database_delete(t, TABLE_PURPOSES, bytes_of_number(&key));
    if (code == OK)
        return stored(s, database_commit(t));
    database_abort(t);
    return stored(s, code);
}

/* ---- sending ---- */

const char *sender_purpose_name(purpose_kind kind)
{
    return kind == PURPOSE_COMMIT ? "commit" : kind == PURPOSE_PROVE ? "prove" : "anchor";
}

static void sign(sender *s, purpose *p)
{
    p->tx.to = &p->to;
    p->tx.chain_id = s->chain_id;
    p->sent_at = clock_unix_seconds();
    if (p->hash_count == HASHES_MAX) /* the oldest versions have the lowest fees */
        memmove(p->hashes, p->hashes + 1, 32 * (size_t)--p->hash_count);
    p->raw = key_sign_transaction(&p->hashes[p->hash_count++], &s->memory, s->key, &p->tx);
}

static status send(sender *s, const purpose *p)
{
    status code = remote(s, endpoint_send(s->l1, p->raw));
    if (code == REMOTE_REFUSED)
        log_event(LOG_WARN, "transaction refused", log_text("what", sender_purpose_name(p->kind)),
                  log_number("batch", p->subject), log_text("why", s->text));
    return code;
}

static bool is_for(const sender_entry *e, purpose_kind kind, uint64_t subject)
{
    return e->kind == kind && e->subject == subject && !e->has_failed;
}

status sender_has(sender *s, bool *has, purpose_kind kind, uint64_t subject)
{
    sender_entry *all;
    size_t count, mark = s->memory.used_bytes;
    *has = false;
    status code = list_all(s, &all, &count);
    for (size_t i = 0; i < count; i++)
        *has = *has || is_for(&all[i], kind, subject);
    arena_rewind(&s->memory, mark);
    return code;
}

static u256 least(u256 a, u256 b) { return u256_less(a, b) ? a : b; }

static status plan(sender *s, purpose_kind kind, uint64_t subject, const address *to, const u256 *value,
                   bytes data)
{
    sender_entry *all;
    purpose p = {.kind = kind, .subject = subject, .to = *to};
    size_t count, waiting = 0;
    transact_plan terms;
    TRY(list_all(s, &all, &count));
    for (size_t i = 0; i < count; i++) {
        if (is_for(&all[i], kind, subject))
            return OK;
        waiting += all[i].block == 0;
    }
    if (waiting >= WAITING_MAX) {
        snprintf(s->text, sizeof s->text,
                 "%zu transactions to L1 are under way and in no block, and no more may be", waiting);
        return MEMPOOL_SENDER_FULL;
    }
    transact_order order = {.to = to, .value = *value, .data = data};
    TRY(remote(s, transact_prepare(&terms, s->l1, &s->key->address, &order, 0, 0)));
    uint64_t nonce;
    TRY(remote(s, endpoint_nonce(s->l1, &nonce, &s->key->address, false)));
    for (size_t i = 0; i < count; i++) /* the first that none has: what L1 took back may have left a gap */
        nonce += all[i].nonce == nonce;
    p.tx = (key_transaction){.nonce = nonce, .gas_limit = terms.gas, .value = *value, .data = data,
                             .max_fee = least(terms.max_fee, s->options.max_fee)};
    p.tx.max_priority_fee = least(terms.max_priority_fee, p.tx.max_fee);
    sign(s, &p);
    TRY(save(s, &p));
    log_event(LOG_INFO, "transaction", log_text("what", sender_purpose_name(kind)),
              log_number("batch", subject), log_number("nonce", nonce), log_hash("hash", &p.hashes[0]));
    return send(s, &p);
}

status sender_plan(sender *s, purpose_kind kind, uint64_t subject, const address *to, const u256 *value,
                   bytes data)
{
    size_t mark = s->memory.used_bytes;
    status code = plan(s, kind, subject, to, value, data);
    arena_rewind(&s->memory, mark);
    return code;
}

/* ---- looking after ---- */

/* An eighth more, and one wei: nodes want 10 %. False at the cap. */
static bool raise(const sender *s, purpose *p)
{
    u256 eighth, one = u256_from_u64(1), fee, tip;
    u256_divide(&eighth, NULL, p->tx.max_fee, u256_from_u64(8));
    fee = u256_add(u256_add(p->tx.max_fee, eighth), one);
    u256_divide(&eighth, NULL, p->tx.max_priority_fee, u256_from_u64(8));
    tip = u256_add(u256_add(p->tx.max_priority_fee, eighth), one);
    if (u256_less(s->options.max_fee, fee))
        return false;
    p->tx.max_fee = fee;
    p->tx.max_priority_fee = least(tip, fee);
    return true;
}

/* In which block a version of it is; none: its number is 0. */
static status find(sender *s, const purpose *p, endpoint_receipt *out)
{
    for (size_t i = p->hash_count; i-- > 0;) {
        status code = endpoint_receipt_of(s->l1, out, &s->memory, &p->hashes[i]);
        if (code != TRANSACTION_UNKNOWN)
            return remote(s, code);
    }
    *out = (endpoint_receipt){0};
    return OK;
}

/* At the cap: said once in a while. */
static void complain_of_cap(sender *s, const purpose *p)
{
    uint64_t now = clock_unix_seconds();
    if (s->cap_nonce == p->tx.nonce && now < s->cap_said_at + SAY_AGAIN_SECONDS)
        return;
    s->cap_nonce = p->tx.nonce;
    s->cap_said_at = now;
    log_event(LOG_WARN, "fee at its cap", log_text("what", sender_purpose_name(p->kind)),
              log_number("batch", p->subject));
}

/* It is in a block. Until that is final it is kept: L1 may take it back, and its nonce must not stay open. */
static status is_included(sender *s, purpose *p, const endpoint_receipt *at, uint64_t final_block)
{
    if (!at->succeeded && !p->has_failed)
        log_event(LOG_WARN, "transaction failed", log_text("what", sender_purpose_name(p->kind)),
                  log_number("batch", p->subject), log_number("l1_block", at->block_number));
    if (at->block_number <= final_block)
        return forget(s, p);
    if (p->block == at->block_number && memcmp(&p->block_hash, &at->block_hash, 32) == 0)
        return OK;
    p->has_failed = !at->succeeded;
    p->block = at->block_number;
    p->block_hash = at->block_hash;
    return save(s, p);
}

static status look_after(sender *s, purpose *p, uint64_t nonce, uint64_t final_block)
{
    endpoint_receipt at;
    TRY(find(s, p, &at));
    if (at.block_number != 0)
        return is_included(s, p, &at, final_block);
    if (nonce > p->tx.nonce) { /* another transaction of this key has its place */
        log_event(LOG_WARN, "nonce taken by another transaction",
                  log_text("what", sender_purpose_name(p->kind)),
                  log_number("batch", p->subject), log_number("nonce", p->tx.nonce));
        return forget(s, p);
    }
    bool was_included = p->block != 0, raised = false;
    p->block = 0;
    if (clock_unix_seconds() >= p->sent_at + s->options.bump_seconds) {
        raised = raise(s, p);
        if (raised)
            sign(s, p);
        else
            complain_of_cap(s, p);
    }
    if (was_included || raised)
        TRY(save(s, p));
    status code = send(s, p);
    return code == REMOTE_REFUSED || code == CONTRACT_REVERTED ? OK : code;
}

static status do_work(sender *s, const work *w)
{
    uint64_t nonce;
    bool has_nonce = false;
    for (size_t i = 0; i < w->count; i++) {
        purpose *p = &w->all[i];
        if (p->is_done) {
            TRY(forget(s, p));
            continue;
        }
        if (!has_nonce)
            TRY(remote(s, endpoint_nonce(s->l1, &nonce, &s->key->address, false)));
        has_nonce = true;
        TRY(look_after(s, p, nonce, w->final_block));
    }
    return OK;
}

status sender_step(sender *s, uint64_t final_block)
{
    work w = {.count = WAITING_MAX};
    size_t mark = s->memory.used_bytes;
    status code = OK;
    s->text[0] = 0;
    for (uint64_t next = 0; code == OK && w.count == WAITING_MAX;) {
        code = find_work(s, &w, next, final_block);
        if (code == OK)
            code = do_work(s, &w);
        if (w.count > 0)
            next = w.all[w.count - 1].tx.nonce + 1;
        arena_rewind(&s->memory, mark);
    }
    return code;
}
