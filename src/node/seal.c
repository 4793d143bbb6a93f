/* The sequencer: blocks from the mempool. */
#include "base/check.h"
#include "base/clock.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "node/internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_TRANSACTIONS = 65536,
    GAS_LIMIT_DIVISOR = 1024,
    LEAST_TRANSACTION_GAS = 21000,
    LEAST_GAS_LIMIT = 5000,
    MOST_ANCESTORS = 256
};

typedef struct {
    const store_state_override *forced; /* an empty block after which these hold; NULL: none */
    size_t forced_count;
    bool is_empty;                     /* whatever waits */
} seal_choices;
typedef struct {
    store_block block;
    state *world;
    transition *run;
    u256 total_difficulty;
} built;
/* Where new nodes and codes go. */
typedef struct {
    trie_node_sink node, code;
    void *node_context, *code_context;
} seal_sinks;

static const uint8_t no_bloom[LOGS_BLOOM_BYTES];

/* As far towards the aim as the rules allow. */
static uint64_t next_gas_limit(uint64_t parent, uint64_t aim)
{
    uint64_t step = parent / GAS_LIMIT_DIVISOR;
    step = step > 0 ? step - 1 : 0;
    if (aim == 0 || aim == parent)
        return parent;
    if (aim > parent)
        return aim - parent < step ? aim : parent + step;
    return parent - aim < step ? aim : parent - step;
}

static status ancestor_hash(void *context, hash256 *out, uint64_t number)
{
    store_view *v = context;
    memset(out, 0, sizeof *out);
    /* The block that is made follows the view's head. */
    if (number > v->head || v->head + 1 - number > MOST_ANCESTORS || number < v->first)
        return OK;
    return store_block_hash(v, out, number);
}

/* What was chosen by hand, and whether the rules allow it. */
static void choose_limits(block_header *header, const node *n, const block_header *parent, bool is_forced)
{
    const chain_config *config = &n->store.config;
    u256 by_rule = header->base_fee = header_next_base_fee(parent, config);
    header->gas_limit = chain_is_rollup(config) ? config->rollup.transaction_gas + config->rollup.item_gas
                                                : next_gas_limit(parent->gas_limit, n->options.gas_limit);
    if (is_forced)
        return;
    header->base_fee = next_base_fee(n, parent);
    if (n->block_gas_limit != 0)
        header->gas_limit = n->block_gas_limit;
    uint64_t step = header->gas_limit > parent->gas_limit ? header->gas_limit - parent->gas_limit
                                                          : parent->gas_limit - header->gas_limit;
    if (!u256_equal(header->base_fee, by_rule) || header->gas_limit < LEAST_GAS_LIMIT ||
        (step != 0 && step >= parent->gas_limit / GAS_LIMIT_DIVISOR))
        header->extra_data = unprovable_extra_data();
}

static status begin_header(block_header *header, const node *n, const store_block *parent,
                           const seal_choices *choices)
{
    const node_options *options = &n->options;
    const chain_config *config = &n->store.config;
    *header = (block_header){
        .parent_hash = parent->hash,
        .ommers_hash = EMPTY_OMMERS_HASH,
        .coinbase = options->coinbase,
        .logs_bloom = no_bloom,
        .number = parent->header.number + 1,
    };
    choose_limits(header, n, &parent->header, choices->forced != NULL);
    if (choices->forced != NULL) {
        header->timestamp = parent->header.timestamp;
        header->extra_data = unprovable_extra_data();
    } else {
        header->timestamp = node_timestamp_after(n, parent);
    }
    fork_id fork = chain_fork_at(config, header->number, header->timestamp);
    if (fork < FORK_PARIS)
        return UNSUPPORTED_FORK;
    /* No randomness is promised where one operator makes all blocks. */
    if (n->has_next_prev_randao)
        header->mix_hash = n->next_prev_randao;
    else
        keccak256(&header->mix_hash, parent->hash.bytes, sizeof parent->hash.bytes);
    header_fill_by_fork(header, fork);
    header->slot_number = fork >= FORK_AMSTERDAM ? parent->header.slot_number + 1 : 0;
    const blob_parameters *blob = chain_blob_parameters_at(config, header->timestamp);
    if (fork >= FORK_CANCUN && blob != NULL)
        header->excess_blob_gas = header_next_excess_blob_gas(&parent->header, blob, fork);
    return OK;
}

/* An impersonated sender may be a contract; the mempool has checked what leniency lets pass besides. */
static status run_pooled(transition *t, const pooled *p, uint64_t *gas_left)
{
    address unused;
    t->is_lenient = unsigned_sender(&unused, &p->tx);
    if (p->tx.gas_limit > *gas_left || (t->is_lenient && p->tx.gas_limit > transition_gas_left(t)))
        return TRANSACTION_GAS_ABOVE_BLOCK;
    TRY(transition_transaction(t, &p->tx, &p->sender, NULL, NULL));
    *gas_left -= t->last.gas_used;
    return OK;
}

/* Whatever can be included, the best paying first. */
static status include(transition *t, bytes *transactions, size_t *count, block_header *header,
                      const node *n, arena *memory)
{
    /* On a rollup the block is to fit a batch, which would skip what is beyond. */
    const bool is_rollup = chain_is_rollup(t->config);
    uint64_t gas_left = is_rollup ? t->config->rollup.transaction_gas : UINT64_MAX;
    size_t bytes_left = is_rollup ? ROLLUP_MAX_BLOCK_BYTES : SIZE_MAX;
    mempool_order *order = mempool_order_open(n, memory, &t->block.base_fee);
    const pooled *next;
    while (*count < MOST_TRANSACTIONS && transition_gas_left(t) >= LEAST_TRANSACTION_GAS &&
           (next = mempool_order_best(order)) != NULL) {
        if (next->tx.encoding.size > bytes_left) {
            mempool_order_next(order, true);
            continue;
        }
        size_t receipts = t->receipt_count;
        status s = run_pooled(t, next, &gas_left);
        if (s != OK && status_exit_code(s) != 1)
            return s;
        CHECK(s == OK || t->receipt_count == receipts);
        if (s == OK) {
            uint8_t *copy = arena_allocate(memory, next->tx.encoding.size, 8);
            memcpy(copy, next->tx.encoding.data, next->tx.encoding.size);
            transactions[(*count)++] = (bytes){copy, next->tx.encoding.size};
            bytes_left -= next->tx.encoding.size;
            if (t->is_lenient)
                header->extra_data = unprovable_extra_data();
        }
        mempool_order_next(order, s != OK);
    }
    return OK;
}

static status force(state *world, const seal_choices *choices, fork_id fork)
{
    state_begin_transaction(world);
    for (size_t i = 0; i < choices->forced_count; i++)
        TRY(override_state(world, &choices->forced[i]));
    return state_end_transaction(world, fork >= FORK_SPURIOUS_DRAGON);
}

/* A block on the view's head from the mempool. `world` is the state after the head, where it is open. */
static status build(built *out, node *n, store_view *v, const seal_choices *choices, const seal_sinks *sinks,
                    state *world)
{
    memset(out, 0, sizeof *out);
    arena *memory = v->memory;
    store_block parent;
    block_header header;
    TRY(store_block_by_number(v, &parent, v->head));
    TRY(begin_header(&header, n, &parent, choices));
    fork_id fork = chain_fork_at(&n->store.config, header.number, header.timestamp);

    evm_block environment;
    transition_environment(&environment, &header, &n->store.config, fork, NULL);
    environment.block_hash = ancestor_hash;
    environment.block_hash_context = v;
    out->world = world;
    if (world == NULL)
        TRY(store_state_open(v, &out->world, &parent));
    state_set_node_sink(out->world, sinks->node, sinks->node_context);
    state_set_code_sink(out->world, sinks->code, sinks->code_context);
    size_t most = mempool_pending_count(n) < MOST_TRANSACTIONS ? mempool_pending_count(n) : MOST_TRANSACTIONS;
    transition *t = transition_open(memory, &n->store.config, &environment, out->world, most);
    out->run = t;
    bytes *transactions = ARENA_NEW(memory, bytes, most);
    size_t count = 0;
    TRY(transition_begin_block(t, &header.parent_hash, &header.parent_beacon_block_root));
    if (choices->forced == NULL && !choices->is_empty)
        TRY(include(t, transactions, &count, &header, n, memory));
    TRY(transition_requests(t));
    if (choices->forced != NULL)
        TRY(force(out->world, choices, fork));
    TRY(transition_complete_header(t, &header));
    TRY(index_trie_root(&header.transactions_root, memory, transactions, count));
    TRY(index_trie_root(&header.receipts_root, memory, t->receipts, t->receipt_count));
    TRY(state_root(out->world, &header.state_root));
    header.logs_bloom = t->logs_bloom;
    bytes encoding = header_encode(memory, &header);
    TRY(block_parse(
        &out->block, memory, &n->store.config,
        block_encode(memory, encoding, transactions, count, fork >= FORK_SHANGHAI ? &NO_WITHDRAWALS : NULL)));
    return store_total_difficulty(v, &out->total_difficulty, &parent);
}

status node_block_pending(node *n, store_view *v, node_pending *out)
{
    built made;
    byte_store nodes, codes;
    store_init(&nodes, v->memory);
    store_init(&codes, v->memory);
    TRY(build(&made, n, v, &(seal_choices){0}, &(seal_sinks){store_sink, store_sink, &nodes, &codes}, NULL));
    v->pending_nodes = nodes;
    v->pending_codes = codes;
    v->has_pending = true;
    *out = (node_pending){.block = made.block, .receipts = made.run->receipts};
    return OK;
}

/* What was chosen for the block that has just been made; the clock goes on from its time. */
static void choices_taken(node *n, uint64_t timestamp)
{
    if (n->next_timestamp != 0)
        n->clock_shift_seconds = (int64_t)timestamp - (int64_t)clock_unix_seconds();
    n->next_timestamp = 0;
    n->has_next_prev_randao = n->has_next_base_fee = false;
}

/* For who asks what stands in a state; an operator's chain is asked by its addresses. */
static status keep_preimages(const node *n, store_sink_context *sinks, const state *world)
{
    if (n->options.is_development)
        state_visit_keys(world, store_preimage_sink, sinks);
    return sinks->failure;
}

static status seal_one(node *n, hash256 *hash, const seal_choices *choices, bool also_empty)
{
    size_t mark = n->store.memory.used_bytes;
    double start = clock_seconds();
    store_view *v;
    TRY(store_view_open(&v, &n->store.memory, &n->store));
    store_sink_context sinks;
    built made;
    store_sink_open(&sinks, &n->store);
    status s = sinks.failure;
    if (s == OK)
        s = build(&made, n, v, choices,
                  &(seal_sinks){store_node_sink, store_code_sink, &sinks, &sinks}, NULL);
    bool stores = s == OK && (also_empty || made.block.transaction_count > 0);
    if (s == OK)
        s = sinks.failure;
    if (s == OK && stores)
        s = store_add_block(sinks.write, &n->store.memory, &made.block, made.run->origins, made.run->receipts,
                            &made.total_difficulty);
    if (s == OK && stores)
        s = keep_preimages(n, &sinks, made.world);
    if (s == OK && stores)
        s = history_add(&sinks, v, made.block.header.number);
    if (s == OK && stores)
        s = database_commit(sinks.write);
    else
        database_abort(sinks.write);
    store_view_close(v);
    if (s == OK && stores) {
        if (hash != NULL)
            *hash = made.block.hash;
        node_count_block(LOG_INFO, "block sealed", &made.block, clock_seconds() - start);
        if (choices->forced == NULL)
            choices_taken(n, made.block.header.timestamp);
        s = node_head_changed(n, &made.block);
    }
    arena_rewind(&n->store.memory, mark);
    return s;
}

/* What waits is said to wait until its block is stored, so that whoever reads meanwhile waits too. */
static status seal(node *n, hash256 *hash, const seal_choices *choices, bool also_empty)
{
    size_t before = mempool_pending_count(n);
    status s = seal_one(n, hash, choices, also_empty);
    size_t left = mempool_pending_count(n);
    enum { RETRY_MS = 1000 };
    if (choices->forced != NULL)
        return s;
    /* Again where one block could not take all; later where it could not be stored. */
    n->wants_seal = s == OK && n->is_instant && left > 0 && left < before;
    n->retry_ms = s != OK && n->is_instant ? clock_milliseconds() + RETRY_MS : 0;
    if (s == OK && n->is_instant && left > 0 && left == before)
        log_event(LOG_WARN, "transactions wait that no block can take now", log_number("count", left));
    return s;
}

status node_force_states(node *n, const store_state_override *overrides, size_t count)
{
    return seal(n, NULL, &(seal_choices){.forced = overrides, .forced_count = count}, true);
}

status node_seal(node *n, hash256 *hash) { return seal(n, hash, &(seal_choices){0}, true); }

status node_seal_at(node *n, hash256 *hash, uint64_t timestamp)
{
    TRY(node_set_next_timestamp(n, timestamp));
    return seal(n, hash, &(seal_choices){0}, true);
}

/* ---- many empty blocks ---- */

/* They read by the transaction that writes, and have one state, which is stored after the last of them; those
 * in between are made again where somebody asks for them (store/derive.c). */
typedef struct {
    node *n;
    store_view *v;
    store_sink_context *sinks;
    arena memory; /* of the state and its nodes */
    state *world; /* NULL: not open */
} empties;

static status open_world(empties *e)
{
    store_block head;
    arena *usual = e->v->memory;
    e->v->memory = &e->memory;
    status s = store_block_by_number(e->v, &head, e->v->head);
    if (s == OK)
        s = store_state_open(e->v, &e->world, &head);
    e->v->memory = usual;
    return s;
}

static status close_world(empties *e)
{
    state *world = e->world;
    e->world = NULL;
    return world == NULL ? OK : keep_preimages(e->n, e->sinks, world);
}

static status seal_empty(empties *e, uint64_t interval_seconds)
{
    node *n = e->n;
    store_view *v = e->v;
    built made;
    if (interval_seconds != 0) {
        store_block parent;
        TRY(store_block_by_number(v, &parent, v->head));
        n->next_timestamp = parent.header.timestamp + interval_seconds;
    }
    if (e->world == NULL)
        TRY(open_world(e));
    TRY(build(&made, n, v, &(seal_choices){.is_empty = true},
              &(seal_sinks){store_sink, store_sink, &v->pending_nodes, &v->pending_codes}, e->world));
    TRY(store_add_block(e->sinks->write, v->memory, &made.block, made.run->origins, made.run->receipts,
                        &made.total_difficulty));
    choices_taken(n, made.block.header.timestamp);
    v->head = made.block.header.number;
    /* The root is found by looking at all slots that were; a block access list has all that were read. */
    enum { BLOCKS_OF_A_STATE = 64 };
    bool is_full = v->head % BLOCKS_OF_A_STATE == 0 || made.block.fork >= FORK_AMSTERDAM;
    return is_full ? close_world(e) : OK;
}

static int by_hash(const void *a, const void *b)
{
    const hash256 *const *x = a, *const *y = b;
    return memcmp((*x)->bytes, (*y)->bytes, sizeof(hash256));
}

/* In the order of their keys, so that each page of the database is touched once. */
static void write_sorted(store_sink_context *sinks, const byte_store *items, trie_node_sink sink)
{
    const hash256 **order = ARENA_NEW(items->memory, const hash256 *, items->count);
    for (size_t i = 0; i < items->count; i++)
        order[i] = &items->hashes[i];
    qsort(order, items->count, sizeof *order, by_hash);
    for (size_t i = 0; i < items->count; i++)
        sink(sinks, order[i], store_items(items)[order[i] - items->hashes]);
}

static status store_last_state(empties *e)
{
    hash256 root;
    byte_store nodes;
    TRY(store_head_state_root(e->v, &root));
    store_init(&nodes, &e->memory);
    store_nodes_below(&nodes, &e->v->pending_nodes, &root);
    write_sorted(e->sinks, &nodes, store_node_sink);
    write_sorted(e->sinks, &e->v->pending_codes, store_code_sink);
    return e->sinks->failure;
}

static status seal_empties_on(empties *e, uint64_t *sealed, uint64_t count, uint64_t interval_seconds,
                              bool first)
{
    TRY(e->sinks->failure);
    store_view *v = e->v;
    database_transaction *read = v->read;
    status s = OK;
    v->read = e->sinks->write;
    while (s == OK && *sealed < count && *sealed < STORE_MOST_EMPTY_BLOCKS) {
        size_t mark = v->memory->used_bytes;
        s = seal_empty(e, first && *sealed == 0 ? 0 : interval_seconds);
        *sealed += s == OK;
        arena_rewind(v->memory, mark);
    }
    if (s == OK)
        s = close_world(e);
    if (s == OK)
        s = store_last_state(e);
    v->read = read;
    return s;
}

static status empties_sealed(node *n, uint64_t count, double seconds)
{
    store_view *v;
    store_block head;
    TRY(store_view_open(&v, &n->store.memory, &n->store));
    status s = store_block_by_number(v, &head, v->head);
    if (s == OK) {
        node_count_empty_blocks(&head, count, seconds);
        s = node_head_changed(n, &head);
    }
    store_view_close(v);
    return s;
}

/* Of an archive: the nodes of its states are not counted (history.c). */
static status seal_empties(node *n, uint64_t *sealed, uint64_t count, uint64_t interval_seconds, bool first)
{
    const size_t state_bytes = (size_t)1 << 30; /* reserved; some tens of megabytes are used */
    size_t mark = n->store.memory.used_bytes;
    double start = clock_seconds();
    store_sink_context sinks;
    empties e = {.n = n, .sinks = &sinks};
    TRY(store_view_open(&e.v, &n->store.memory, &n->store));
    arena_open(&e.memory, state_bytes);
    store_init(&e.v->pending_nodes, &e.memory);
    store_init(&e.v->pending_codes, &e.memory);
    e.v->has_pending = true;
    store_sink_open(&sinks, &n->store);
    status s = seal_empties_on(&e, sealed, count, interval_seconds, first);
    if (s == OK)
        s = database_commit(sinks.write);
    else
        database_abort(sinks.write);
    store_view_close(e.v);
    arena_close(&e.memory);
    if (s == OK)
        s = empties_sealed(n, *sealed, clock_seconds() - start);
    arena_rewind(&n->store.memory, mark);
    return s;
}

status node_seal_several(node *n, uint64_t *sealed, uint64_t count, uint64_t interval_seconds, bool first)
{
    *sealed = 0;
    if (count > 1 && !mempool_has_executable(n) && n->store.history == 0)
        return seal_empties(n, sealed, count, interval_seconds, first);
    *sealed = 1;
    state *world;
    const store_block *head;
    if (first || interval_seconds == 0)
        return node_seal(n, NULL);
    TRY(node_head_state(n, &world, &head));
    return node_seal_at(n, NULL, head->header.timestamp + interval_seconds);
}

status node_tick(node *n)
{
    uint64_t now = clock_milliseconds(), interval = n->seal_interval_ms;
    if (n->retry_ms != 0 && now >= n->retry_ms) {
        n->retry_ms = 0;
        n->wants_seal = n->is_instant;
    }
    while (n->wants_seal)
        TRY(seal(n, NULL, &(seal_choices){0}, false));
    now = clock_milliseconds();
    if (interval == 0 || now < n->next_seal_ms)
        return OK;
    n->next_seal_ms += interval;
    if (n->next_seal_ms <= now)
        n->next_seal_ms = now + interval;
    return seal(n, NULL, &(seal_choices){0}, true);
}

int node_next_tick_ms(const node *n)
{
    enum { LONGEST_MS = 60000 };
    if (n->wants_seal)
        return 0;
    uint64_t now = clock_milliseconds(), next = n->seal_interval_ms != 0 ? n->next_seal_ms : UINT64_MAX;
    if (n->retry_ms != 0 && n->retry_ms < next)
        next = n->retry_ms;
    if (next == UINT64_MAX)
        return -1;
    uint64_t left = now >= next ? 0 : next - now;
    return left < LONGEST_MS ? (int)left : LONGEST_MS;
}

/* ---- reads see what was sent before them ---- */

status node_view_open(store_view **out, arena *memory, node *n)
{
    if (n->wants_seal)
        TRY(node_tick(n));
    return store_view_open(out, memory, &n->store);
}

status node_view_open_unsealed(store_view **out, arena *memory, node *n)
{
    return store_view_open(out, memory, &n->store);
}

bool node_waits_to_seal(const node *n) { return n->wants_seal; }
