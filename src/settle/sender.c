#include "settle/sender.h"

#include "base/check.h"
#include "base/clock.h"
#include "codec/rlp.h"
#include "telemetry/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASHES_MAX = 32, UNDER_WAY_MAX = 256, SAY_AGAIN_SECONDS = 600 };
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
    bool has_failed; /* it is in a block, but reverted: another one may have its purpose */
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
    rlp_write_bytes(w, p->tx.data.data, p->tx.data.size);
    rlp_write_u64(w, p->sent_at);
    rlp_write_bytes(w, p->raw.data, p->raw.size);
    rlp_write_bytes(w, p->hashes[0].bytes, 32 * p->hash_count);
    rlp_write_u64(w, p->has_failed);
    rlp_end_list(w, list);
}

/* Copies what it borrows into the arena: the transaction of the database ends. */
static status read_purpose(purpose *p, arena *memory, bytes value)
{
    bytes list, hashes;
    uint64_t kind, failed;
    uint8_t *copy = arena_allocate(memory, value.size, 1);
    memcpy(copy, value.data, value.size);
    value.data = copy;
    TRY(rlp_list(&list, &value));
    TRY(rlp_u64(&kind, &list));
    TRY(rlp_u64(&p->subject, &list));
    TRY(rlp_u64(&p->tx.nonce, &list));
    TRY(rlp_u64(&p->tx.gas_limit, &list));
    TRY(rlp_u256(&p->tx.max_priority_fee, &list));
    TRY(rlp_u256(&p->tx.max_fee, &list));
    TRY(rlp_address(&p->to, &list));
    TRY(rlp_u256(&p->tx.value, &list));
    TRY(rlp_bytes(&p->tx.data, &list));
    TRY(rlp_u64(&p->sent_at, &list));
    TRY(rlp_bytes(&p->raw, &list));
    TRY(rlp_bytes(&hashes, &list));
    TRY(rlp_u64(&failed, &list));
    if (hashes.size % 32 != 0 || hashes.size == 0 || hashes.size / 32 > HASHES_MAX)
        return RLP_MALFORMED;
    p->kind = (purpose_kind)kind;
    p->has_failed = failed != 0;
    p->hash_count = hashes.size / 32;
    memcpy(p->hashes, hashes.data, hashes.size);
    return rlp_expect_end(list);
}

typedef struct {
    arena *memory;
    purpose *all;
    size_t count;
} listing;

static status list_one(void *context, bytes key, bytes value)
{
    listing *l = context;
    (void)key;
    if (l->count == UNDER_WAY_MAX)
        return OK;
    if (read_purpose(&l->all[l->count], l->memory, value) != OK)
        return database_error(DATABASE_CORRUPT, "the database is corrupt (a transaction to L1)");
    l->count++;
    return OK;
}

/* In the order of their nonces. */
static status list_of(database_transaction *t, arena *memory, purpose **out, size_t *count)
{
    listing l = {.memory = memory, .all = ARENA_NEW(memory, purpose, UNDER_WAY_MAX)};
    status code = database_visit(t, TABLE_PURPOSES, list_one, &l);
    *out = l.all;
    *count = l.count;
    return code;
}

static status list_all(sender *s, purpose **out, size_t *count)
{
    database_transaction *t;
    TRY(stored(s, database_begin(&t, s->db, false)));
    status code = stored(s, list_of(t, &s->memory, out, count));
    database_abort(t);
    return code;
}

status sender_read(database_transaction *t, arena *memory, sender_entry **out, size_t *count)
{
    purpose *all;
    TRY(list_of(t, memory, &all, count));
    *out = ARENA_NEW(memory, sender_entry, *count);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = (sender_entry){.kind = all[i].kind, .subject = all[i].subject, .nonce = all[i].tx.nonce,
                                   .max_fee = all[i].tx.max_fee, .hash = all[i].hashes[all[i].hash_count - 1],
                                   .has_failed = all[i].has_failed};
    return OK;
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

static bool is_for(const purpose *p, purpose_kind kind, uint64_t subject)
{
    return p->kind == kind && p->subject == subject && !p->has_failed;
}

status sender_has(sender *s, bool *has, purpose_kind kind, uint64_t subject)
{
    purpose *all;
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
    purpose *all, p = {.kind = kind, .subject = subject, .to = *to};
    size_t count;
    transact_plan terms;
    TRY(list_all(s, &all, &count));
    for (size_t i = 0; i < count; i++)
        if (is_for(&all[i], kind, subject))
            return OK;
    if (count == UNDER_WAY_MAX) {
        snprintf(s->text, sizeof s->text,
                 "%zu transactions to L1 are under way and not final, and no more may be", count);
        return MEMPOOL_SENDER_FULL;
    }
    transact_order order = {.to = to, .value = *value, .data = data};
    TRY(remote(s, transact_prepare(&terms, s->l1, &s->key->address, &order, 0, 0)));
    uint64_t nonce;
    TRY(remote(s, endpoint_nonce(s->l1, &nonce, &s->key->address, false)));
    for (size_t i = 0; i < count; i++) /* the first that none has: what L1 took back may have left a gap */
        nonce += all[i].tx.nonce == nonce;
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

/* In which block a version of it is; 0: in none. */
static status find(sender *s, const purpose *p, uint64_t *block, bool *succeeded)
{
    *block = 0;
    for (size_t i = p->hash_count; i-- > 0 && *block == 0;) {
        endpoint_receipt receipt;
        status code = endpoint_receipt_of(s->l1, &receipt, &s->memory, &p->hashes[i]);
        if (code == TRANSACTION_UNKNOWN)
            continue;
        TRY(remote(s, code));
        *block = receipt.block_number;
        *succeeded = receipt.succeeded;
    }
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
static status is_included(sender *s, purpose *p, uint64_t block, bool succeeded, uint64_t final_block)
{
    if (!succeeded && !p->has_failed)
        log_event(LOG_WARN, "transaction failed", log_text("what", sender_purpose_name(p->kind)),
                  log_number("batch", p->subject), log_number("l1_block", block));
    if (block <= final_block)
        return forget(s, p);
    if (p->has_failed == !succeeded)
        return OK;
    p->has_failed = !succeeded;
    return save(s, p);
}

static status look_after(sender *s, purpose *p, uint64_t nonce, uint64_t final_block)
{
    uint64_t block;
    bool succeeded = false;
    TRY(find(s, p, &block, &succeeded));
    if (block != 0)
        return is_included(s, p, block, succeeded, final_block);
    if (nonce > p->tx.nonce) { /* another transaction of this key has its place */
        log_event(LOG_WARN, "nonce taken by another transaction",
                  log_text("what", sender_purpose_name(p->kind)),
                  log_number("batch", p->subject), log_number("nonce", p->tx.nonce));
        return forget(s, p);
    }
    if (clock_unix_seconds() >= p->sent_at + s->options.bump_seconds) {
        if (raise(s, p)) {
            sign(s, p);
            TRY(save(s, p));
        } else {
            complain_of_cap(s, p);
        }
    }
    status code = send(s, p);
    return code == REMOTE_REFUSED || code == CONTRACT_REVERTED ? OK : code;
}

status sender_step(sender *s, uint64_t final_block)
{
    purpose *all;
    size_t count, mark = s->memory.used_bytes;
    uint64_t nonce;
    s->text[0] = 0;
    status code = list_all(s, &all, &count);
    if (code == OK && count > 0)
        code = remote(s, endpoint_nonce(s->l1, &nonce, &s->key->address, false));
    for (size_t i = 0; i < count && code == OK; i++)
        code = look_after(s, &all[i], nonce, final_block);
    arena_rewind(&s->memory, mark);
    return code;
}
