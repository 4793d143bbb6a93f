#include "node/mempool.h"

#include "base/check.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "node/blobs.h"
#include "node/internal.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUCKETS = 1 << 14,
    JOURNAL_SLACK = 1024
};

typedef struct sender_entry sender_entry;
struct sender_entry {
    address sender;
    uint64_t nonce; /* the account's, at the head */
    pooled *first, *last; /* by nonce */
    size_t count;
    sender_entry *bucket_next;
};

/* What is behind a `pooled`. */
typedef struct node_prepared item;
struct node_prepared {
    pooled shown;
    status sender_status; /* of recovering the sender: told after what is said first by custom */
    arena decoded;        /* the encoding and what its decoding allocates */
    bytes network;        /* as it travels, with its blobs; it is the journal's form too */
    item *bucket_next;
};

struct mempool {
    item *by_hash[BUCKETS];
    sender_entry *senders[BUCKETS];
    size_t count, executable_count, size_bytes;
    uint64_t first_received, next_received; /* of what came first, and of what comes next */
    FILE *journal;
    size_t journal_entries;
    bool journal_is_torn; /* what was added last is not in it whole, so nothing can follow */
    char journal_path[4200];
};

static size_t bucket_of(const uint8_t *data)
{
    uint32_t low;
    memcpy(&low, data + 8, sizeof low);
    return low % BUCKETS;
}

static uint64_t seed_free_hash(const address *a)
{
    /* Addresses are hashes of keys; who grinds some into one bucket pays for each with a funded account. */
    return bucket_of(a->bytes);
}

static item *find_item(const mempool *m, const hash256 *hash)
{
    item *i = m->by_hash[bucket_of(hash->bytes)];
    while (i != NULL && !same_hash(&i->shown.hash, hash))
        i = i->bucket_next;
    return i;
}

static sender_entry *find_sender(const mempool *m, const address *sender)
{
    sender_entry *e = m->senders[seed_free_hash(sender)];
    while (e != NULL && memcmp(e->sender.bytes, sender->bytes, 20) != 0)
        e = e->bucket_next;
    return e;
}

static sender_entry *make_sender(mempool *m, const address *sender, uint64_t nonce)
{
    sender_entry *e = calloc(1, sizeof *e);
    CHECK(e != NULL);
    e->sender = *sender;
    e->nonce = nonce;
    e->bucket_next = m->senders[seed_free_hash(sender)];
    m->senders[seed_free_hash(sender)] = e;
    return e;
}

static void drop_sender(mempool *m, sender_entry *e)
{
    sender_entry **link = &m->senders[seed_free_hash(&e->sender)];
    while (*link != e)
        link = &(*link)->bucket_next;
    *link = e->bucket_next;
    free(e);
}

/* Which of the sender's are executable, counted anew. */
static void mark_executable(mempool *m, sender_entry *e)
{
    uint64_t nonce = e->nonce;
    for (pooled *p = e->first; p != NULL; p = p->next) {
        m->executable_count -= p->is_executable;
        p->is_executable = p->tx.nonce == nonce && !p->waits_for_funds;
        m->executable_count += p->is_executable;
        if (p->is_executable)
            nonce++;
    }
}

static void free_item(item *i)
{
    free(i->decoded.base);
    free(i);
}

/* Out of every list; the sender's entry stays, and what is executable is not counted anew. */
static void unlink_item(mempool *m, sender_entry *e, pooled *p)
{
    pooled **link = &e->first, *before = NULL;
    while (*link != p) {
        before = *link;
        link = &(*link)->next;
    }
    *link = p->next;
    if (e->last == p)
        e->last = before;
    e->count--;
    item *i = (item *)p;
    item **bucket = &m->by_hash[bucket_of(p->hash.bytes)];
    while (*bucket != i)
        bucket = &(*bucket)->bucket_next;
    *bucket = i->bucket_next;
    m->count--;
    m->executable_count -= p->is_executable;
    m->size_bytes -= i->network.size;
    free_item(i);
}

static void link_item(mempool *m, sender_entry *e, item *i)
{
    pooled *p = &i->shown;
    size_t bucket = bucket_of(p->hash.bytes);
    i->bucket_next = m->by_hash[bucket];
    m->by_hash[bucket] = i;
    m->count++;
    m->size_bytes += i->network.size;
    e->count++;
    p->owner = e;
    /* Mostly it comes last, and is executable if the one before it is. */
    if (e->last == NULL || e->last->tx.nonce < p->tx.nonce) {
        pooled *before = e->last;
        if (before != NULL)
            before->next = p;
        else
            e->first = p;
        e->last = p;
        p->is_executable = !p->waits_for_funds &&
                           (before != NULL ? before->is_executable && before->tx.nonce + 1 == p->tx.nonce
                                           : p->tx.nonce == e->nonce);
        m->executable_count += p->is_executable;
        return;
    }
    pooled **link = &e->first;
    while ((*link)->tx.nonce < p->tx.nonce)
        link = &(*link)->next;
    p->next = *link;
    *link = p;
    mark_executable(m, e);
}

/* ---- what may come in ---- */

static status make_item(item **out, bytes encoding)
{
    /* Decoding allocates for blob hashes alone, which are part of the encoding. */
    size_t room = 3 * encoding.size + 1024;
    item *i = calloc(1, sizeof *i);
    void *memory = malloc(room);
    CHECK(i != NULL && memory != NULL);
    arena_init(&i->decoded, memory, room);
    uint8_t *copy = arena_allocate(&i->decoded, encoding.size, 8);
    memcpy(copy, encoding.data, encoding.size);
    bytes plain = {copy, encoding.size};
    i->network = plain;
    bool has_blobs = plain.size > 0 && plain.data[0] == TRANSACTION_BLOB;
    status s = has_blobs ? blobs_strip(&plain, &i->decoded, plain) : OK;
    if (s == OK)
        s = transaction_decode(&i->shown.tx, &i->decoded, plain);
    if (s != OK) {
        free_item(i);
        return s;
    }
    transaction_hash(&i->shown.hash, &i->shown.tx);
    /* By the rule since Homestead: chains that are older take no transactions. */
    i->sender_status = transaction_sender(&i->shown.sender, &i->decoded, &i->shown.tx, FORK_HOMESTEAD);
    *out = i;
    return OK;
}

static bool type_exists(transaction_type type, fork_id fork)
{
    static const fork_id since[] = {FORK_FRONTIER, FORK_BERLIN, FORK_LONDON, FORK_CANCUN, FORK_PRAGUE};
    return fork >= since[type];
}

/* In one transaction. */
static size_t most_blobs(const node *n, const store_block *head, fork_id fork)
{
    enum { MOST_FROM_OSAKA = 6 }; /* EIP-7594 */
    const blob_parameters *blob = chain_blob_parameters_at(&n->store.config, head->header.timestamp);
    size_t most = blob == NULL ? 0 : blob->max_blobs;
    return fork >= FORK_OSAKA && most > MOST_FROM_OSAKA ? MOST_FROM_OSAKA : most;
}

/* What does not depend on the sender's account. */
static status check_terms(const node *n, const transaction *tx, const store_block *head, fork_id fork)
{
    if (tx->type == TRANSACTION_QUEUED || !type_exists(tx->type, fork))
        return TRANSACTION_TYPE_UNKNOWN;
    if (tx->type == TRANSACTION_BLOB && chain_is_rollup(&n->store.config))
        return TRANSACTION_BLOBS_REFUSED;
    if (tx->type != TRANSACTION_LEGACY || tx->is_replay_protected) {
        if (tx->chain_id != n->store.config.chain_id)
            return TRANSACTION_CHAIN_ID_WRONG;
    } else if (!n->options.is_development) {
        return TRANSACTION_UNPROTECTED;
    }
    if (tx->nonce == UINT64_MAX)
        return TRANSACTION_NONCE_IS_MAX;
    if (u256_less(tx->max_fee, tx->max_priority_fee))
        return TRANSACTION_TIP_ABOVE_FEE;
    if (tx->gas_limit > head->header.gas_limit)
        return TRANSACTION_GAS_ABOVE_BLOCK;
    transaction_gas gas = transaction_intrinsic_gas(tx, fork, evm_state_byte_gas(head->header.gas_limit));
    if (fork >= FORK_OSAKA && transaction_capped_gas(tx, &gas, fork) > TRANSACTION_GAS_CAP)
        return TRANSACTION_GAS_ABOVE_CAP;
    if (tx->creates && fork >= FORK_SHANGHAI && tx->data.size > evm_max_init_code_bytes(fork))
        return TRANSACTION_INIT_CODE_TOO_LARGE;
    if (tx->type == TRANSACTION_SET_CODE && tx->authorization_count == 0)
        return TRANSACTION_AUTHORIZATIONS_NONE;
    if (tx->type == TRANSACTION_BLOB && tx->blob_hash_count == 0)
        return TRANSACTION_BLOBS_NONE;
    if (tx->type == TRANSACTION_BLOB && tx->blob_hash_count > most_blobs(n, head, fork))
        return TRANSACTION_BLOBS_TOO_MANY;
    if (tx->gas_limit < gas.intrinsic + gas.state)
        return TRANSACTION_GAS_BELOW_INTRINSIC;
    return tx->gas_limit < gas.floor ? TRANSACTION_GAS_BELOW_FLOOR : OK;
}

/* What waits for its fee is to have an end. The base fee of empty blocks falls by an eighth, in whole wei, so
 * never below 7 by itself; and where nothing but a transaction makes a block, it does not fall while this one
 * waits. */
static status check_fees(const node *n, const transaction *tx, const store_block *head)
{
    enum { LEAST_BASE_FEE = 7, LEAST_BLOB_BASE_FEE = 1 };
    u256 base_fee = next_base_fee(n, &head->header), least = u256_from_u64(LEAST_BASE_FEE);
    if (u256_less(base_fee, least))
        least = base_fee;
    if (u256_less(tx->max_fee, least) ||
        (tx->type == TRANSACTION_BLOB && u256_less(tx->max_blob_fee, u256_from_u64(LEAST_BLOB_BASE_FEE))))
        return TRANSACTION_UNDERPRICED;
    bool falls = !n->is_instant || n->seal_interval_ms != 0;
    return !falls && u256_less(tx->max_fee, base_fee) ? TRANSACTION_FEE_BELOW_BASE_FEE : OK;
}

/* value + gas · price, or all ones where that is beyond 256 bits. */
static u256 most_cost(const transaction *tx)
{
    uint64_t wide[8], blobs[8];
    u256_mul_wide(wide, tx->max_fee, u256_from_u64(tx->gas_limit));
    u256_mul_wide(blobs, tx->max_blob_fee, u256_from_u64(tx->blob_hash_count * GAS_PER_BLOB));
    bool carry, carry2;
    u256 sum = u256_add_carry(&carry, (u256){{wide[0], wide[1], wide[2], wide[3]}}, tx->value);
    sum = u256_add_carry(&carry2, sum, (u256){{blobs[0], blobs[1], blobs[2], blobs[3]}});
    bool beyond = carry || carry2 || (wide[4] | wide[5] | wide[6] | wide[7] | blobs[4] | blobs[5]) != 0;
    return beyond ? (u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}} : sum;
}

static status check_account(state *world, account *a, const transaction *tx, bool waits_for_funds)
{
    if (tx->nonce < account_nonce(a))
        return TRANSACTION_NONCE_TOO_LOW;
    if (tx->nonce - account_nonce(a) > MEMPOOL_MOST_NONCE_GAP)
        return MEMPOOL_NONCE_GAP;
    if (!waits_for_funds && u256_less(*account_balance(a), most_cost(tx)))
        return TRANSACTION_FUNDS_INSUFFICIENT;
    address impersonated; /* may have code */
    if (!unsigned_sender(&impersonated, tx) && !same_hash(account_code_hash(a), &witness_empty_code_hash)) {
        const contract_code *code;
        TRY(state_code(world, &code, a));
        if (!transition_is_delegation(code->code))
            return TRANSACTION_SENDER_HAS_CODE;
    }
    return OK;
}

/* Whether `new` is at least so many per cent above `old`. */
static bool bumps(u256 new, u256 old)
{
    if (u256_bit_length(old) > 240)
        return false;
    u256 scaled = u256_mul(old, u256_from_u64(100 + MEMPOOL_PRICE_BUMP_PERCENT));
    u256 quotient, remainder;
    u256_divide(&quotient, &remainder, scaled, u256_from_u64(100));
    if (!u256_is_zero(remainder))
        quotient = u256_add(quotient, u256_from_u64(1));
    return !u256_less(new, quotient) && u256_less(old, new);
}

static pooled *with_nonce(const sender_entry *e, uint64_t nonce)
{
    if (e == NULL || e->last == NULL || e->last->tx.nonce < nonce)
        return NULL;
    pooled *p = e->first;
    while (p != NULL && p->tx.nonce < nonce)
        p = p->next;
    return p != NULL && p->tx.nonce == nonce ? p : NULL;
}

/* ---- journal: encodings as RLP strings one after another ---- */

static void journal_write(FILE *file, bytes encoding)
{
    uint8_t prefix[9];
    rlp_writer w;
    size_t size = rlp_bytes_size(encoding.data, encoding.size);
    size_t prefix_bytes = size - encoding.size;
    /* A transaction is at least 56 bytes long, or its prefix is one byte. */
    rlp_writer_init(&w, prefix, sizeof prefix);
    if (prefix_bytes == 1) {
        prefix[0] = (uint8_t)(0x80 + encoding.size);
    } else {
        prefix[0] = (uint8_t)(0xb7 + prefix_bytes - 1);
        for (size_t i = 1; i < prefix_bytes; i++)
            prefix[i] = (uint8_t)(encoding.size >> 8 * (prefix_bytes - 1 - i));
    }
    fwrite(prefix, 1, prefix_bytes, file);
    fwrite(encoding.data, 1, encoding.size, file);
}

static bool is_written(FILE *file) { return fflush(file) == 0 && ferror(file) == 0; }

/* Only what still waits. A journal that cannot be written loses waiting transactions at a crash, no more. */
static void journal_rewrite(mempool *m)
{
    char beside[4300];
    snprintf(beside, sizeof beside, "%s.part", m->journal_path);
    FILE *file = fopen(beside, "wb");
    if (file == NULL)
        return;
    size_t entries = 0;
    for (size_t b = 0; b < BUCKETS; b++)
        for (sender_entry *e = m->senders[b]; e != NULL; e = e->bucket_next)
            for (pooled *p = e->first; p != NULL; p = p->next, entries++)
                journal_write(file, ((const item *)p)->network);
    if (!is_written(file) || rename(beside, m->journal_path) != 0) {
        fclose(file);
        unlink(beside);
        return;
    }
    if (m->journal != NULL)
        fclose(m->journal);
    m->journal = file;
    m->journal_entries = entries;
    m->journal_is_torn = false;
}

static void journal_append(mempool *m, bytes encoding)
{
    if (m->journal == NULL || m->journal_is_torn)
        return;
    journal_write(m->journal, encoding);
    m->journal_is_torn = !is_written(m->journal);
    m->journal_entries++;
}

/* Of one that the pool has already. */
static void journal_add(mempool *m, bytes encoding)
{
    if (m->journal_is_torn)
        journal_rewrite(m);
    else
        journal_append(m, encoding);
}

static bool add_again(node *n, hash256 *hash, bytes encoding, uint64_t received);

status mempool_load_journal(node *n)
{
    mempool *m = n->pool;
    status result = OK;
    FILE *file = fopen(m->journal_path, "rb");
    if (file != NULL) {
        size_t mark = n->store.memory.used_bytes;
        fseek(file, 0, SEEK_END);
        long size = ftell(file);
        rewind(file);
        if (size > 0) {
            uint8_t *data = arena_allocate(&n->store.memory, (size_t)size, 8);
            bytes rest = {data, fread(data, 1, (size_t)size, file)}, encoding;
            /* What a crash cut off at the end is left out, as is what no longer holds. */
            while (!rlp_at_end(rest) && rlp_bytes(&encoding, &rest) == OK) {
                hash256 hash;
                add_again(n, &hash, encoding, 0);
            }
        }
        fclose(file);
        arena_rewind(&n->store.memory, mark);
        result = mempool_revalidate(n);
    }
    journal_rewrite(m);
    n->wants_seal = n->is_instant && m->executable_count > 0;
    return result;
}

/* ---- in and out ---- */

static void show_counts(const node *n)
{
    metrics_set(METRIC_mempool_pending, mempool_pending_count(n));
    metrics_set(METRIC_mempool_queued, mempool_queued_count(n));
}

/* Makes room: of the cheapest transactions, those that nothing of their sender follows. */
static status evict_for(mempool *m, const item *i)
{
    const transaction *tx = &i->shown.tx;
    if (m->count < MEMPOOL_MOST && m->size_bytes + i->network.size <= MEMPOOL_MOST_BYTES)
        return OK;
    sender_entry *worst = NULL;
    for (size_t b = 0; b < BUCKETS; b++)
        for (sender_entry *e = m->senders[b]; e != NULL; e = e->bucket_next) {
            if (e->last == NULL)
                continue;
            if (worst == NULL || (worst->last->is_executable && !e->last->is_executable) ||
                (worst->last->is_executable == e->last->is_executable &&
                 u256_less(e->last->tx.max_fee, worst->last->tx.max_fee)))
                worst = e;
        }
    if (worst == NULL)
        return MEMPOOL_FULL;
    /* What is newly come must be worth more, unless the other cannot be executed anyway. */
    if (worst->last->is_executable && !u256_less(worst->last->tx.max_fee, tx->max_fee))
        return TRANSACTION_UNDERPRICED;
    unlink_item(m, worst, worst->last);
    if (worst->count == 0)
        drop_sender(m, worst);
    return OK;
}

static status admit(node *n, item *i)
{
    mempool *m = n->pool;
    state *world;
    const store_block *head;
    account *a;
    TRY(node_head_state(n, &world, &head));
    uint64_t now = node_clock(n);
    fork_id fork = chain_fork_at(&n->store.config, head->header.number + 1,
                                 now > head->header.timestamp ? now : head->header.timestamp + 1);
    const transaction *tx = &i->shown.tx;
    TRY(check_terms(n, tx, head, fork));
    TRY(check_fees(n, tx, head));
    if (i->sender_status != OK)
        TRY(node_sender_of(n, &i->shown.sender, &i->decoded, tx, fork)); /* of an impersonated one */
    TRY(state_account(world, &a, &i->shown.sender));
    TRY(check_account(world, a, tx, i->shown.waits_for_funds));
    if (tx->type == TRANSACTION_BLOB)
        TRY(blobs_verify(tx, i->network, fork));

    sender_entry *e = find_sender(m, &i->shown.sender);
    pooled *old = with_nonce(e, tx->nonce);
    if (old != NULL) {
        bool replaces_blobs = old->tx.type == TRANSACTION_BLOB;
        if (!bumps(tx->max_fee, old->tx.max_fee) || !bumps(tx->max_priority_fee, old->tx.max_priority_fee) ||
            (replaces_blobs && !bumps(tx->max_blob_fee, old->tx.max_blob_fee)))
            return TRANSACTION_REPLACEMENT_UNDERPRICED;
        unlink_item(m, e, old);
    } else {
        if (e != NULL && e->count >= MEMPOOL_MOST_PER_SENDER)
            return MEMPOOL_SENDER_FULL;
        TRY(evict_for(m, i));
        e = find_sender(m, &i->shown.sender); /* it may have been evicted */
    }
    if (e == NULL)
        e = make_sender(m, &i->shown.sender, account_nonce(a));
    if (i->shown.received == 0)
        i->shown.received = m->next_received++;
    link_item(m, e, i);
    if (old != NULL)
        mark_executable(m, e);
    return OK;
}

size_t mempool_most_bytes(const node *n, bool has_blobs)
{
    size_t most = has_blobs ? MEMPOOL_MOST_BLOBS_BYTES : MEMPOOL_MOST_TRANSACTION_BYTES;
    bool has_less = chain_is_rollup(&n->store.config) && most > ROLLUP_MAX_BLOCK_BYTES;
    return has_less ? ROLLUP_MAX_BLOCK_BYTES : most;
}

static status prepare(item **out, const node *n, bytes encoding)
{
    *out = NULL;
    if (encoding.size == 0)
        return RLP_MALFORMED;
    bool has_blobs = encoding.data[0] == TRANSACTION_BLOB;
    if (has_blobs && !n->options.accepts_blobs)
        return TRANSACTION_BLOBS_REFUSED;
    if (encoding.size > mempool_most_bytes(n, has_blobs))
        return TRANSACTION_TOO_LARGE;
    return make_item(out, encoding);
}

static status add(node *n, hash256 *hash, item *i)
{
    *hash = i->shown.hash;
    status s = find_item(n->pool, hash) != NULL ? TRANSACTION_KNOWN : admit(n, i);
    if (s != OK)
        free_item(i);
    return s;
}

/* One that was in the pool before. On a rollup its sender's funds may have gone with L1's blocks, and come
 * again. */
static bool add_again(node *n, hash256 *hash, bytes encoding, uint64_t received)
{
    item *i;
    if (prepare(&i, n, encoding) != OK)
        return false;
    i->shown.waits_for_funds = chain_is_rollup(&n->store.config);
    i->shown.received = received;
    return add(n, hash, i) == OK;
}

static status note_refused(const hash256 *hash, status why)
{
    metrics_add(METRIC_mempool_refused, 1);
    log_event(LOG_DEBUG, "transaction refused",
              hash == NULL ? log_text("hash", "none") : log_hash("hash", hash),
              log_text("why", status_message(why)));
    return why;
}

status node_prepare(node_prepared **out, const node *n, bytes encoding)
{
    status s = prepare(out, n, encoding);
    return s == OK ? OK : note_refused(NULL, s);
}

status node_submit(node *n, hash256 *hash, bytes encoding)
{
    node_prepared *prepared;
    TRY(node_prepare(&prepared, n, encoding));
    return node_submit_prepared(n, hash, prepared);
}

status node_submit_prepared(node *n, hash256 *hash, node_prepared *prepared)
{
    status s = add(n, hash, prepared);
    if (s != OK)
        return note_refused(hash, s);
    journal_add(n->pool, prepared->network);
    show_counts(n);
    if (n->is_instant && n->pool->executable_count > 0)
        n->wants_seal = true;
    if (n->listener.pending_transaction)
        n->listener.pending_transaction(n->listener.context, hash);
    return OK;
}

status mempool_drop(node *n, const hash256 *hash)
{
    item *i = find_item(n->pool, hash);
    if (i == NULL)
        return TRANSACTION_UNKNOWN;
    sender_entry *e = i->shown.owner;
    unlink_item(n->pool, e, &i->shown);
    mark_executable(n->pool, e);
    if (e->count == 0)
        drop_sender(n->pool, e);
    show_counts(n);
    return OK;
}

static void empty_sender(mempool *m, sender_entry *e)
{
    while (e->first != NULL)
        unlink_item(m, e, e->first);
    drop_sender(m, e);
}

void mempool_drop_sender(node *n, const address *sender)
{
    sender_entry *e = find_sender(n->pool, sender);
    if (e != NULL)
        empty_sender(n->pool, e);
    show_counts(n);
}

void mempool_drop_all(node *n)
{
    mempool *m = n->pool;
    for (size_t b = 0; b < BUCKETS; b++)
        while (m->senders[b] != NULL)
            empty_sender(m, m->senders[b]);
    journal_rewrite(m);
    show_counts(n);
}

static status revalidate_sender(node *n, sender_entry *e, state *world, uint64_t gas_limit)
{
    account *a;
    TRY(state_account(world, &a, &e->sender));
    e->nonce = account_nonce(a);
    pooled *next;
    for (pooled *p = e->first; p != NULL; p = next) {
        next = p->next;
        bool lacks_funds = u256_less(*account_balance(a), most_cost(&p->tx));
        if (p->tx.nonce < e->nonce || p->tx.gas_limit > gas_limit || (lacks_funds && !p->waits_for_funds))
            unlink_item(n->pool, e, p);
        else
            p->waits_for_funds = lacks_funds;
    }
    mark_executable(n->pool, e);
    return OK;
}

status mempool_revalidate(node *n)
{
    mempool *m = n->pool;
    if (m->count > 0) {
        state *world;
        const store_block *head;
        TRY(node_head_state(n, &world, &head));
        for (size_t b = 0; b < BUCKETS; b++)
            for (sender_entry *e = m->senders[b], *next; e != NULL; e = next) {
                next = e->bucket_next;
                TRY(revalidate_sender(n, e, world, head->header.gas_limit));
                if (e->count == 0)
                    drop_sender(m, e);
            }
    }
    if (m->journal_entries > 2 * m->count + JOURNAL_SLACK)
        journal_rewrite(m);
    show_counts(n);
    return OK;
}

/* ---- blocks that go ---- */

void mempool_keep(node *n, const bytes *encodings, size_t count)
{
    if (n->pool->journal_is_torn)
        journal_rewrite(n->pool);
    for (size_t i = 0; i < count; i++)
        journal_append(n->pool, encodings[i]);
}

uint64_t mempool_return(node *n, const bytes *encodings, size_t count)
{
    mempool *m = n->pool;
    uint64_t taken = 0;
    for (size_t b = 0; b < BUCKETS && m->count > 0; b++)
        for (item *i = m->by_hash[b]; i != NULL; i = i->bucket_next)
            i->shown.waits_for_funds = true;
    m->first_received -= count;
    for (size_t i = 0; i < count; i++) {
        hash256 hash;
        if (!add_again(n, &hash, encodings[i], m->first_received + i))
            continue;
        taken++;
        if (n->listener.pending_transaction)
            n->listener.pending_transaction(n->listener.context, &hash);
    }
    return taken;
}

/* ---- reading ---- */

bool mempool_has_executable(const node *n) { return n->pool->executable_count > 0; }
size_t mempool_pending_count(const node *n) { return n->pool->executable_count; }
size_t mempool_queued_count(const node *n) { return n->pool->count - n->pool->executable_count; }

const pooled *mempool_find(const node *n, const hash256 *hash)
{
    item *i = find_item(n->pool, hash);
    return i != NULL ? &i->shown : NULL;
}

const pooled *mempool_find_nonce(const node *n, const address *sender, uint64_t nonce)
{
    return with_nonce(find_sender(n->pool, sender), nonce);
}

uint64_t mempool_next_nonce(const node *n, const address *sender, uint64_t nonce)
{
    const sender_entry *e = find_sender(n->pool, sender);
    for (const pooled *p = e != NULL ? e->first : NULL; p != NULL; p = p->next)
        if (p->tx.nonce == nonce)
            nonce++;
        else if (p->tx.nonce > nonce)
            break;
    return nonce;
}

static int compare_senders(const void *a, const void *b)
{
    return memcmp((*(const sender_entry *const *)a)->sender.bytes,
                  (*(const sender_entry *const *)b)->sender.bytes, 20);
}

size_t mempool_list(const node *n, const pooled ***out, arena *memory)
{
    const mempool *m = n->pool;
    size_t sender_count = 0, count = 0;
    const sender_entry **senders = ARENA_NEW(memory, const sender_entry *, m->count + 1);
    for (size_t b = 0; b < BUCKETS && m->count > 0; b++)
        for (const sender_entry *e = m->senders[b]; e != NULL; e = e->bucket_next)
            senders[sender_count++] = e;
    qsort(senders, sender_count, sizeof *senders, compare_senders);
    *out = ARENA_NEW(memory, const pooled *, m->count);
    for (size_t i = 0; i < sender_count; i++)
        for (const pooled *p = senders[i]->first; p != NULL; p = p->next)
            (*out)[count++] = p;
    return count;
}

/* ---- order ---- */

typedef struct {
    const pooled *next;
    u256 tip;
} candidate;

struct mempool_order {
    u256 base_fee;
    candidate *heap; /* the best first */
    size_t count;
};

static bool better(const candidate *a, const candidate *b)
{
    return u256_equal(a->tip, b->tip) ? a->next->received < b->next->received : u256_less(b->tip, a->tip);
}

static void sift_down(mempool_order *o, size_t i)
{
    for (;;) {
        size_t best = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < o->count; child++)
            if (better(&o->heap[child], &o->heap[best]))
                best = child;
        if (best == i)
            return;
        candidate swapped = o->heap[i];
        o->heap[i] = o->heap[best];
        o->heap[best] = swapped;
        i = best;
    }
}

/* False where it cannot be in a block with this base fee. */
static bool make_candidate(candidate *c, const pooled *p, const u256 *base_fee)
{
    if (p == NULL || !p->is_executable || u256_less(p->tx.max_fee, *base_fee))
        return false;
    c->next = p;
    c->tip = u256_sub(p->tx.max_fee, *base_fee);
    if (u256_less(p->tx.max_priority_fee, c->tip))
        c->tip = p->tx.max_priority_fee;
    return true;
}

mempool_order *mempool_order_open(const node *n, arena *memory, const u256 *base_fee)
{
    mempool_order *o = ARENA_NEW(memory, mempool_order, 1);
    o->base_fee = *base_fee;
    o->heap = ARENA_NEW(memory, candidate, n->pool->count);
    for (size_t b = 0; b < BUCKETS && n->pool->count > 0; b++)
        for (const sender_entry *e = n->pool->senders[b]; e != NULL; e = e->bucket_next)
            if (make_candidate(&o->heap[o->count], e->first, base_fee))
                o->count++;
    for (size_t i = o->count / 2; i-- > 0;)
        sift_down(o, i);
    return o;
}

const pooled *mempool_order_best(mempool_order *o) { return o->count > 0 ? o->heap[0].next : NULL; }

void mempool_order_next(mempool_order *o, bool skip_sender)
{
    if (skip_sender || !make_candidate(&o->heap[0], o->heap[0].next->next, &o->base_fee))
        o->heap[0] = o->heap[--o->count];
    if (o->count > 0)
        sift_down(o, 0);
}

/* ---- opening ---- */

status mempool_open(mempool **out, node *n)
{
    mempool *m = calloc(1, sizeof *m);
    CHECK(m != NULL);
    snprintf(m->journal_path, sizeof m->journal_path, "%s/mempool.rlp", n->store.directory);
    m->first_received = m->next_received = (uint64_t)1 << 63;
    *out = m;
    return OK;
}

void mempool_close(mempool *m)
{
    if (m == NULL)
        return;
    if (m->journal != NULL) {
        journal_rewrite(m);
        fclose(m->journal);
    }
    for (size_t b = 0; b < BUCKETS; b++) {
        for (item *i = m->by_hash[b], *next; i != NULL; i = next) {
            next = i->bucket_next;
            free_item(i);
        }
        for (sender_entry *e = m->senders[b], *next; e != NULL; e = next) {
            next = e->bucket_next;
            free(e);
        }
    }
    free(m);
}
