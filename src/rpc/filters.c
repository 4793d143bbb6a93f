/* Filters, which clients poll, and subscriptions, which are pushed over WebSocket. Both remember what they
 * were asked as JSON and are answered from the chain, so that nothing is kept but where they stand. */
#include "rpc/internal.h"

#include "crypto/keccak.h"
#include "telemetry/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MOST_FILTERS = 10000,
    MOST_SUBSCRIPTIONS = 10000,
    MOST_CHANGED = 256,        /* batches that wait to be pushed */
    MOST_PENDING = 65536,      /* hashes that wait to be pushed or polled */
    FILTER_LIFE_SECONDS = 300, /* since it was last polled */
};

typedef enum { NEW_HEADS, LOGS, PENDING_TRANSACTIONS, BATCHES, SYNCING } subject;

/* A log that was given and whose block has left the chain, as it is sent again. */
typedef struct removed_log {
    struct removed_log *next;
    size_t size_bytes;
    char json[];
} removed_log;

typedef struct {
    uint64_t id[2];           /* random, so that nobody reads another's filter by counting */
    subject what;
    json_t *options;          /* of logs; NULL otherwise */
    bool full;                /* pending transactions as objects */
    rpc_connection connection; /* 0: a filter */
    bool active;              /* the answer that names the subscription is on its way */
    uint64_t next_block;      /* the first that was not given yet */
    uint64_t next_pending;    /* a count of hashes */
    removed_log *removed, *last_removed;
    time_t polled;
} listener;

struct rpc_filters {
    rpc *r;
    pthread_mutex_t lock; /* taken after the node's lock, never before */
    listener *items;
    size_t count, capacity;
    size_t subscriptions;
    hash256 *pending;     /* a ring: hash number n at n % MOST_PENDING */
    uint64_t pending_count;
    uint64_t changed[MOST_CHANGED]; /* numbers of batches, each once */
    size_t changed_count;
};

rpc_filters *rpc_filters_open(rpc *r)
{
    rpc_filters *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->r = r;
    f->pending = malloc(sizeof *f->pending * MOST_PENDING);
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

static void free_removed(removed_log *list)
{
    while (list != NULL) {
        removed_log *next = list->next;
        free(list);
        list = next;
    }
}

void rpc_filters_close(rpc_filters *f)
{
    for (size_t i = 0; i < f->count; i++) {
        json_decref(f->items[i].options);
        free_removed(f->items[i].removed);
    }
    free(f->items);
    free(f->pending);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

static void wake(const rpc_filters *f)
{
    if (f->r->carrier.wake != NULL)
        f->r->carrier.wake(f->r->carrier.context);
}

/* ---- what happens in the node ---- */

static void on_block(void *context, uint64_t number, const hash256 *hash)
{
    rpc_filters *f = context;
    (void)hash;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->count; i++) /* the head may have been set back (evm_revert) */
        if (f->items[i].next_block > number)
            f->items[i].next_block = number;
    pthread_mutex_unlock(&f->lock);
    wake(f);
}

/* Narrows a range to what the options name by number. */
static bool narrow(rpc_call *c, const json_t *options, uint64_t *first, uint64_t *last)
{
    uint64_t from = 0, to = UINT64_MAX;
    const json_t *begin = rpc_member(options, "fromBlock"), *end = rpc_member(options, "toBlock");
    const char *begin_text = json_string_value(begin), *end_text = json_string_value(end);
    if (begin_text != NULL && begin_text[0] == '0' && !rpc_parse_u64(c, &from, begin, 0))
        return false;
    if (end_text != NULL && end_text[0] == '0' && !rpc_parse_u64(c, &to, end, 0))
        return false;
    *first = *first > from ? *first : from;
    *last = *last < to ? *last : to;
    return true;
}

static bool keep_removed(listener *l, const rpc_writer *w)
{
    removed_log *one = w->full ? NULL : malloc(sizeof *one + w->size_bytes);
    if (one == NULL)
        return false;
    one->next = NULL;
    one->size_bytes = w->size_bytes;
    memcpy(one->json, w->data, w->size_bytes);
    if (l->removed == NULL)
        l->removed = one;
    else
        l->last_removed->next = one;
    l->last_removed = one;
    return true;
}

/* Logs of a block that were given to a listener. */
static void retract_block(rpc_call *c, listener *l, const store_block *block, const store_receipt *receipts)
{
    store_log_filter filter;
    uint64_t first = block->header.number, last = l->next_block - 1;
    size_t topics = json_array_size(rpc_member(l->options, "topics"));
    if (!rpc_parse_log_filter(c, &filter, l->options, 0) || !narrow(c, l->options, &first, &last) ||
        first != block->header.number || last < first)
        return;
    for (size_t i = 0; i < block->transaction_count; i++)
        for (size_t k = 0; k < receipts[i].log_count; k++) {
            const log_entry *entry = &receipts[i].logs[k];
            hash256 hash;
            if (entry->topic_count < topics || !store_log_matches(&filter, entry))
                continue;
            keccak256(&hash, block->transactions[i].data, block->transactions[i].size);
            c->out->size_bytes = 0;
            c->out->full = false;
            rpc_write_log(c->out, entry, block, &hash, i, receipts[i].first_log_index + k, true);
            if (!keep_removed(l, c->out))
                return;
        }
}

static void on_removed(void *context, store_view *before, uint64_t number)
{
    enum { MOST_LOG_BYTES = 16 << 20 };
    rpc_filters *f = context;
    char *text = malloc(MOST_LOG_BYTES);
    rpc_writer w;
    rpc_writer_init(&w, text, text == NULL ? 0 : MOST_LOG_BYTES);
    arena *memory = store_view_memory(before);
    rpc_call c = {.r = f->r, .chain = f->r->chain, .memory = memory, .out = &w, .view = before, .method = ""};
    pthread_mutex_lock(&f->lock);
    uint64_t last = number; /* that somebody was given logs of */
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].what == LOGS && f->items[i].next_block - 1 > last)
            last = f->items[i].next_block - 1;
    last = last < store_head_number(before) ? last : store_head_number(before);
    for (uint64_t n = number + 1; n <= last; n++) {
        store_block block;
        store_receipt *receipts;
        size_t mark = memory->used_bytes;
        if (store_block_by_number(before, &block, n) == OK && block.transaction_count > 0 &&
            store_receipts(before, &receipts, &block) == OK)
            for (size_t i = 0; i < f->count; i++)
                if (f->items[i].what == LOGS && f->items[i].next_block > n)
                    retract_block(&c, &f->items[i], &block, receipts);
        arena_rewind(memory, mark);
    }
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].next_block > number + 1)
            f->items[i].next_block = number + 1;
    pthread_mutex_unlock(&f->lock);
    free(text);
    wake(f);
}

static void on_pending(void *context, const hash256 *hash)
{
    rpc_filters *f = context;
    pthread_mutex_lock(&f->lock);
    f->pending[f->pending_count++ % MOST_PENDING] = *hash;
    bool wanted = f->subscriptions > 0;
    pthread_mutex_unlock(&f->lock);
    if (wanted)
        wake(f);
}

static void on_batch(void *context, uint64_t number)
{
    rpc_filters *f = context;
    pthread_mutex_lock(&f->lock);
    size_t i = 0;
    while (i < f->changed_count && f->changed[i] != number)
        i++;
    bool wanted = f->subscriptions > 0 && i < MOST_CHANGED;
    if (wanted && i == f->changed_count)
        f->changed[f->changed_count++] = number;
    pthread_mutex_unlock(&f->lock);
    if (wanted)
        wake(f);
}

void rpc_filters_listen(rpc_filters *f)
{
    node_listener l = {.block = on_block,
                       .removed = on_removed,
                       .batch = on_batch,
                       .pending_transaction = on_pending,
                       .context = f};
    rpc_lock(f->r);
    node_set_listener(f->r->chain, &l);
    rpc_unlock(f->r);
}

/* ---- the list ---- */

static bool random_id(uint64_t id[2])
{
    FILE *source = fopen("/dev/urandom", "rb");
    bool fine = source != NULL && fread(id, 8, 2, source) == 2;
    if (source != NULL)
        fclose(source);
    id[0] |= (uint64_t)1 << 63; /* so that the quantity has all digits */
    return fine;
}

static void write_id(rpc_writer *w, const uint64_t id[2])
{
    rpc_quantity_u256(w, (u256){{id[1], id[0], 0, 0}});
}

static void forget(rpc_filters *f, size_t i)
{
    if (f->items[i].connection != 0) {
        f->subscriptions--;
        metrics_add(METRIC_subscriptions, -1);
    }
    json_decref(f->items[i].options);
    free_removed(f->items[i].removed);
    f->items[i] = f->items[--f->count];
}

static void forget_old(rpc_filters *f, time_t now)
{
    for (size_t i = f->count; i-- > 0;)
        if (f->items[i].connection == 0 && now - f->items[i].polled > FILTER_LIFE_SECONDS)
            forget(f, i);
}

static bool is_latest(const json_t *block)
{
    const char *text = json_string_value(block);
    return text == NULL || strcmp(text, "latest") == 0;
}

static bool is_finished(const json_t *block)
{
    const char *text = json_string_value(block);
    return text != NULL && (strcmp(text, "safe") == 0 || strcmp(text, "finalized") == 0);
}

/* Of blocks to come, from a number on or up to one: what begins at the newest ends nowhere. */
static bool range_fine(rpc_call *c, const json_t *options)
{
    uint64_t first = 0, last = UINT64_MAX;
    const json_t *begin = rpc_member(options, "fromBlock"), *end = rpc_member(options, "toBlock");
    if (!rpc_logs_are_of_blocks(c, options) || !narrow(c, options, &first, &last))
        return false;
    bool is_fine =
        first <= last && (!is_latest(begin) || is_latest(end)) && !is_finished(begin) && !is_finished(end);
    return is_fine || rpc_error(c, RPC_INVALID_PARAMETERS, "invalid block range params");
}

static bool add(rpc_call *c, subject what, json_t *options, bool full, rpc_connection connection)
{
    rpc_filters *f = c->r->filters;
    store_view *v = rpc_view(c);
    listener l = {.what = what, .full = full, .connection = connection, .polled = time(NULL)};
    store_log_filter parsed;
    if (v == NULL ||
        (what == LOGS && (!rpc_parse_log_filter(c, &parsed, options, 0) || !range_fine(c, options))))
        return false;
    if (!random_id(l.id))
        return rpc_error(c, RPC_INTERNAL, "no source of random numbers");
    l.next_block = store_head_number(v) + 1;
    l.options = options == NULL ? NULL : json_deep_copy(options);
    pthread_mutex_lock(&f->lock);
    l.next_pending = f->pending_count;
    forget_old(f, l.polled);
    bool room = f->count < (connection == 0 ? MOST_FILTERS : MOST_FILTERS + MOST_SUBSCRIPTIONS);
    if (room && f->count == f->capacity) {
        size_t capacity = f->capacity == 0 ? 64 : 2 * f->capacity;
        listener *items = realloc(f->items, capacity * sizeof *items);
        room = items != NULL;
        if (room) {
            f->items = items;
            f->capacity = capacity;
        }
    }
    if (room) {
        f->items[f->count++] = l;
        f->subscriptions += connection != 0;
        metrics_add(METRIC_subscriptions, connection != 0);
    }
    pthread_mutex_unlock(&f->lock);
    if (!room) {
        json_decref(l.options);
        return rpc_error(c, RPC_LIMIT, "too many filters");
    }
    write_id(c->out, l.id);
    return true;
}

static bool parse_id(rpc_call *c, uint64_t id[2])
{
    u256 wide;
    if (!rpc_parse_u256(c, &wide, rpc_parameter(c, 0), 0))
        return false;
    id[0] = wide.limb[1];
    id[1] = wide.limb[0];
    return true;
}

static listener *find(rpc_filters *f, const uint64_t id[2], rpc_connection connection)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].id[0] == id[0] && f->items[i].id[1] == id[1] && f->items[i].connection == connection)
            return &f->items[i];
    return NULL;
}

static void remove_by_id(rpc_call *c, rpc_connection connection)
{
    uint64_t id[2];
    if (!parse_id(c, id))
        return;
    rpc_filters *f = c->r->filters;
    pthread_mutex_lock(&f->lock);
    listener *l = find(f, id, connection);
    if (l != NULL)
        forget(f, (size_t)(l - f->items));
    pthread_mutex_unlock(&f->lock);
    if (l == NULL && connection != 0)
        rpc_error(c, RPC_FAILED, "subscription not found");
    else
        rpc_bool(c->out, l != NULL);
}

/* ---- filters ---- */

void rpc_eth_newFilter(rpc_call *c)
{
    json_t *options = rpc_parameter(c, 0);
    if (!json_is_object(options))
        rpc_error(c, RPC_INVALID_PARAMETERS,
                  "invalid argument 0: json: cannot unmarshal non-object into Go value of type "
                  "filters.input");
    else
        add(c, LOGS, options, false, 0);
}

void rpc_eth_newBlockFilter(rpc_call *c) { add(c, NEW_HEADS, NULL, false, 0); }

void rpc_eth_newPendingTransactionFilter(rpc_call *c)
{
    add(c, PENDING_TRANSACTIONS, NULL, json_is_true(rpc_parameter(c, 0)), 0);
}

void rpc_eth_uninstallFilter(rpc_call *c) { remove_by_id(c, 0); }

/* Hashes from number `first` on that are still kept; in the arena. */
static size_t pending_since(rpc_filters *f, hash256 **out, arena *memory, uint64_t first)
{
    if (f->pending_count - first > MOST_PENDING)
        first = f->pending_count - MOST_PENDING;
    size_t count = (size_t)(f->pending_count - first);
    *out = ARENA_NEW(memory, hash256, count + 1);
    for (size_t i = 0; i < count; i++)
        (*out)[i] = f->pending[(first + i) % MOST_PENDING];
    return count;
}

/* As it came in, though it may be in a block by now. */
static bool write_sealed(rpc_call *c, store_view *v, const hash256 *hash)
{
    store_transaction t;
    if (store_transaction_by_hash(v, &t, hash) != OK)
        return false;
    rpc_write_pooled(c->out, &(pooled){.tx = t.tx, .hash = *hash, .sender = t.sender});
    return true;
}

/* False where it is to be whole, and is gone: dropped, or replaced. */
static bool write_pending(rpc_call *c, const hash256 *hash, bool full)
{
    if (!full) {
        rpc_hash(c->out, hash);
        return true;
    }
    rpc_lock(c->r);
    const pooled *p = mempool_find(c->chain, hash);
    if (p != NULL)
        rpc_write_pooled(c->out, p);
    rpc_unlock(c->r);
    if (p != NULL || write_sealed(c, c->view, hash))
        return true;
    /* It came after the view was opened, and is in a block already. */
    size_t mark = c->memory->used_bytes;
    store_view *newer;
    if (node_view_open_unsealed(&newer, c->memory, c->chain) != OK)
        return false;
    bool found = write_sealed(c, newer, hash);
    store_view_close(newer);
    arena_rewind(c->memory, mark);
    return found;
}

/* Logs of new blocks within what the filter's range asks for. */
static bool write_new_logs(rpc_call *c, const json_t *options, uint64_t first, uint64_t head)
{
    return narrow(c, options, &first, &head) &&
           (first > head || rpc_write_range_logs(c, options, first, head));
}

void rpc_eth_getFilterChanges(rpc_call *c)
{
    uint64_t id[2];
    store_view *v;
    if (!parse_id(c, id) || (v = rpc_view(c)) == NULL)
        return;
    rpc_filters *f = c->r->filters;
    uint64_t head = store_head_number(v);
    hash256 *pending = NULL;
    size_t pending_count = 0;
    pthread_mutex_lock(&f->lock);
    listener *l = find(f, id, 0), copy = {0};
    if (l != NULL) {
        copy = *l;
        copy.options = json_deep_copy(l->options);
        l->polled = time(NULL);
        l->removed = NULL;
        l->next_block = head + 1 > l->next_block ? head + 1 : l->next_block;
        if (l->what == PENDING_TRANSACTIONS)
            pending_count = pending_since(f, &pending, c->memory, l->next_pending);
        l->next_pending = f->pending_count;
    }
    pthread_mutex_unlock(&f->lock);
    if (l == NULL) {
        rpc_error(c, RPC_FAILED, "filter not found");
        return;
    }
    rpc_begin_array(c->out);
    if (copy.what == LOGS) {
        for (const removed_log *one = copy.removed; one != NULL; one = one->next)
            rpc_raw(c->out, one->json, one->size_bytes);
        free_removed(copy.removed);
        write_new_logs(c, copy.options, copy.next_block, head);
    } else if (copy.what == NEW_HEADS) {
        for (uint64_t n = copy.next_block; n <= head; n++) {
            hash256 hash;
            if (store_block_hash(v, &hash, n) == OK)
                rpc_hash(c->out, &hash);
        }
    } else {
        for (size_t i = 0; i < pending_count; i++)
            write_pending(c, &pending[i], copy.full);
    }
    rpc_end_array(c->out);
    json_decref(copy.options);
}

void rpc_eth_getFilterLogs(rpc_call *c)
{
    uint64_t id[2];
    if (!parse_id(c, id))
        return;
    rpc_filters *f = c->r->filters;
    pthread_mutex_lock(&f->lock);
    listener *l = find(f, id, 0);
    json_t *options = l != NULL && l->what == LOGS ? json_deep_copy(l->options) : NULL;
    if (options != NULL)
        l->polled = time(NULL);
    pthread_mutex_unlock(&f->lock);
    if (options == NULL)
        rpc_error(c, RPC_FAILED, "filter not found");
    else
        rpc_write_logs(c, options);
    json_decref(options);
}

/* ---- subscriptions ---- */

void rpc_eth_subscribe(rpc_call *c)
{
    const char *kind = json_string_value(rpc_parameter(c, 0));
    json_t *options = rpc_parameter(c, 1);
    if (kind != NULL && strcmp(kind, "newHeads") == 0) {
        add(c, NEW_HEADS, NULL, false, c->connection);
    } else if (kind != NULL && strcmp(kind, "logs") == 0) {
        json_t *nothing = options == NULL ? json_object() : NULL;
        add(c, LOGS, options == NULL ? nothing : options, false, c->connection);
        json_decref(nothing);
    } else if (kind != NULL && strcmp(kind, "newPendingTransactions") == 0) {
        add(c, PENDING_TRANSACTIONS, NULL, json_is_true(options), c->connection);
    } else if (kind != NULL && strcmp(kind, "syncing") == 0) {
        add(c, SYNCING, NULL, false, c->connection); /* which it never does */
    } else if (kind != NULL && strcmp(kind, "ashlarBatches") == 0) {
        add(c, BATCHES, NULL, false, c->connection);
    } else {
        rpc_error(c, RPC_METHOD_UNKNOWN, "no \"%.100s\" subscription in eth namespace",
                  kind == NULL ? "" : kind);
    }
}

void rpc_eth_unsubscribe(rpc_call *c) { remove_by_id(c, c->connection); }

void rpc_filters_answered(void *context, rpc_connection connection)
{
    rpc_filters *f = ((rpc *)context)->filters;
    bool waiting = false;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; f->subscriptions > 0 && i < f->count; i++)
        if (f->items[i].connection == connection && !f->items[i].active)
            f->items[i].active = waiting = true;
    pthread_mutex_unlock(&f->lock);
    if (waiting) /* something may have happened in between */
        wake(f);
}

void rpc_filters_closed(void *context, rpc_connection connection)
{
    rpc_filters *f = ((rpc *)context)->filters;
    pthread_mutex_lock(&f->lock);
    for (size_t i = f->count; f->subscriptions > 0 && i-- > 0;)
        if (f->items[i].connection == connection)
            forget(f, i);
    pthread_mutex_unlock(&f->lock);
}

static void begin_notification(rpc_writer *w, const listener *l)
{
    w->size_bytes = 0;
    rpc_begin_object(w);
    RPC_MEMBER(w, "jsonrpc", string, "2.0");
    RPC_MEMBER(w, "method", string, "eth_subscription");
    rpc_key(w, "params");
    rpc_begin_object(w);
    rpc_key(w, "subscription");
    write_id(w, l->id);
    rpc_key(w, "result");
}

static void push(rpc_call *c, const listener *l)
{
    rpc_writer *w = c->out;
    rpc_end_object(w);
    rpc_end_object(w);
    if (!w->full)
        c->r->carrier.push(c->r->carrier.context, l->connection, w->data, w->size_bytes);
    w->full = false;
}

static void push_logs(rpc_call *c, const listener *l, const store_block *block)
{
    store_log_filter filter;
    store_receipt *receipts;
    size_t topics = json_array_size(rpc_member(l->options, "topics"));
    if (!rpc_parse_log_filter(c, &filter, l->options, 0) || store_receipts(c->view, &receipts, block) != OK)
        return;
    for (size_t i = 0; i < block->transaction_count; i++)
        for (size_t k = 0; k < receipts[i].log_count; k++) {
            const log_entry *entry = &receipts[i].logs[k];
            if (entry->topic_count < topics || !store_log_matches(&filter, entry))
                continue;
            hash256 hash;
            keccak256(&hash, block->transactions[i].data, block->transactions[i].size);
            begin_notification(c->out, l);
            rpc_write_log(c->out, entry, block, &hash, i, receipts[i].first_log_index + k, false);
            push(c, l);
        }
}

static void push_pending(rpc_call *c, const listener *l, const hash256 *hash)
{
    begin_notification(c->out, l);
    if (write_pending(c, hash, l->full))
        push(c, l);
    else
        c->out->size_bytes = 0;
}

static size_t take_changed(rpc_filters *f, uint64_t changed[MOST_CHANGED], bool *has_subscriptions)
{
    pthread_mutex_lock(&f->lock);
    *has_subscriptions = f->subscriptions > 0;
    size_t count = f->changed_count;
    memcpy(changed, f->changed, count * sizeof *changed);
    f->changed_count = 0;
    pthread_mutex_unlock(&f->lock);
    return count;
}

static void push_batch(rpc_call *c, const listener *l, uint64_t number)
{
    begin_notification(c->out, l);
    rpc_write_changed_batch(c, number);
    push(c, l);
}

/* Copies what is due under the lock and marks it as given, then writes it without. */
void rpc_filters_publish(void *context, arena *memory, rpc_writer *out)
{
    rpc *r = context;
    rpc_filters *f = r->filters;
    rpc_call c = {.r = r, .chain = r->chain, .memory = memory, .out = out, .method = ""};
    uint64_t changed[MOST_CHANGED];
    bool has_subscriptions;
    /* Before the view, which then has all of that. */
    size_t changed_count = take_changed(f, changed, &has_subscriptions);
    if (!has_subscriptions || rpc_view(&c) == NULL)
        return;
    uint64_t head = store_head_number(c.view), first_block = head + 1, first_pending;
    pthread_mutex_lock(&f->lock);
    listener *due = ARENA_NEW(memory, listener, f->count + 1);
    size_t count = 0;
    first_pending = f->pending_count;
    for (size_t i = 0; i < f->count; i++) {
        listener *l = &f->items[i];
        if (l->connection == 0 || !l->active)
            continue;
        due[count] = *l;
        due[count].options = l->options == NULL ? NULL : json_deep_copy(l->options);
        count++;
        if (l->what != PENDING_TRANSACTIONS && l->next_block < first_block)
            first_block = l->next_block;
        if (l->what == PENDING_TRANSACTIONS && l->next_pending < first_pending)
            first_pending = l->next_pending;
        l->next_block = head + 1 > l->next_block ? head + 1 : l->next_block;
        l->next_pending = f->pending_count;
        l->removed = NULL;
    }
    hash256 *pending;
    size_t pending_count = pending_since(f, &pending, memory, first_pending);
    uint64_t pending_first = f->pending_count - pending_count;
    pthread_mutex_unlock(&f->lock);

    for (size_t i = 0; i < count; i++) {
        for (const removed_log *one = due[i].removed; one != NULL; one = one->next) {
            begin_notification(out, &due[i]);
            rpc_raw(out, one->json, one->size_bytes);
            push(&c, &due[i]);
        }
        free_removed(due[i].removed);
    }
    for (size_t n = 0; n < pending_count; n++)
        for (size_t i = 0; i < count; i++)
            if (due[i].what == PENDING_TRANSACTIONS && due[i].next_pending <= pending_first + n)
                push_pending(&c, &due[i], &pending[n]);
    for (size_t n = 0; n < changed_count; n++)
        for (size_t i = 0; i < count; i++)
            if (due[i].what == BATCHES)
                push_batch(&c, &due[i], changed[n]);
    for (uint64_t n = first_block; n <= head; n++) {
        store_block block;
        size_t mark = memory->used_bytes;
        if (store_block_by_number(c.view, &block, n) != OK)
            continue;
        for (size_t i = 0; i < count; i++) {
            if (due[i].next_block > n)
                continue;
            if (due[i].what == NEW_HEADS) {
                begin_notification(out, &due[i]);
                rpc_begin_object(out);
                rpc_write_header(out, &block.header, &block.hash);
                rpc_end_object(out);
                push(&c, &due[i]);
            } else if (due[i].what == LOGS) {
                push_logs(&c, &due[i], &block);
            }
        }
        arena_rewind(memory, mark);
    }
    for (size_t i = 0; i < count; i++)
        json_decref(due[i].options);
    store_view_close(c.view);
}
