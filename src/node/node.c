/* Opening and closing; what happens when the head changes; time. */
#define _GNU_SOURCE
#include "node/node.h"

#include "base/check.h"
#include "node/internal.h"
#include "telemetry/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reserved, not taken. */
#define BLOCK_MEMORY_BYTES ((size_t)32 << 30)
#define HEAD_MEMORY_BYTES ((size_t)8 << 30)

const chain_config *node_config(const node *n) { return &n->config; }
const node_options *node_options_of(const node *n) { return &n->options; }
const char *node_directory(const node *n) { return n->directory; }
const char *node_error_text(void) { return database_error_text(); }

void node_set_listener(node *n, const node_listener *listener)
{
    n->listener = listener ? *listener : (node_listener){0};
}

static status choose_directory(node *n)
{
    if (n->options.directory != NULL) {
        if (snprintf(n->directory, sizeof n->directory, "%s", n->options.directory) >=
            (int)sizeof n->directory)
            return database_error(DATABASE_FAILED, "the directory's name is too long");
        return OK;
    }
    const char *base = getenv("TMPDIR");
    snprintf(n->directory, sizeof n->directory, "%s/ashlar-node-XXXXXX",
             base != NULL && *base != 0 ? base : "/tmp");
    if (mkdtemp(n->directory) == NULL)
        return database_error(DATABASE_FAILED, "%s: no temporary directory can be made", n->directory);
    n->is_temporary = true;
    return OK;
}

static void remove_temporary(node *n)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "mempool.rlp", "mempool.rlp.part"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", n->directory, files[i]);
        unlink(path);
    }
    rmdir(n->directory);
}

/* The genesis that was given, or what the database has, or the development chain's. */
static status settle_genesis(node *n)
{
    if (n->options.genesis != NULL)
        return store_genesis(n->db, &n->memory, n->options.genesis);
    database_transaction *t;
    bytes first;
    TRY(database_begin(&t, n->db, false));
    status s = database_get(t, &first, TABLE_META, bytes_of_text("first"));
    database_abort(t);
    if (s != OK || first.data != NULL)
        return s;
    chain_genesis genesis;
    development_genesis(&genesis, &n->memory, n->accounts, n->account_count, n->options.gas_limit);
    return store_genesis(n->db, &n->memory, &genesis);
}

static status read_config(node *n)
{
    database_transaction *t;
    bytes config;
    TRY(database_begin(&t, n->db, false));
    status s = database_get(t, &config, TABLE_META, bytes_of_text("config"));
    if (s == OK && chain_config_read(&n->config, config) != OK)
        s = database_error(DATABASE_CORRUPT,
                           "the database in %s is corrupt (the chain's rules): move it away and "
                           "start anew",
                           n->directory);
    database_abort(t);
    return s;
}

/* The head must be whole: its block, and the root of its state. */
static status check_head(node *n)
{
    state *world;
    const node_block *block;
    status s = node_head_state(n, &world, &block);
    if (s == STATE_UNKNOWN || s == BLOCK_UNKNOWN)
        return database_error(
            DATABASE_CORRUPT,
            "the database in %s is corrupt (its newest block or state is missing): run `ashlar db "
            "check`, or move it away and start anew",
            n->directory);
    if (s == OK) {
        metrics_set(METRIC_head_number, block->header.number);
        metrics_set(METRIC_head_timestamp, block->header.timestamp);
    }
    return s;
}

static status open_in(node *n)
{
    TRY(choose_directory(n));
    if (n->options.is_development)
        accounts_open(n);
    TRY(database_open(&n->db, n->directory, !n->is_temporary));
    TRY(settle_genesis(n));
    TRY(read_config(n));
    TRY(history_open(n));
    TRY(check_head(n));
    TRY(activity_open(n));
    TRY(mempool_open(&n->pool, n));
    return mempool_load_journal(n);
}

status node_open(node **out, const node_options *options)
{
    *out = NULL;
    node *n = calloc(1, sizeof *n);
    CHECK(n != NULL);
    n->options = *options;
    arena_open(&n->memory, BLOCK_MEMORY_BYTES);
    arena_open(&n->head_memory, HEAD_MEMORY_BYTES);
    n->first_coinbase = options->coinbase;
    node_start_development(n);
    if (options->proving != NULL)
        n->proving = proving_open(n, options->proving);
    status s = open_in(n);
    n->options.genesis = NULL;
    n->options.proving = NULL;
    n->options.directory = n->directory;
    if (s != OK) {
        node_close(n);
        return s;
    }
    *out = n;
    return OK;
}

static void close_head(node *n)
{
    node_view_close(n->head_view);
    n->head_view = NULL;
    n->head_state = NULL;
    arena_rewind(&n->head_memory, 0);
}

void node_close(node *n)
{
    if (n == NULL)
        return;
    proving_close(n->proving);
    mempool_close(n->pool);
    close_head(n);
    database_close(n->db);
    if (n->is_temporary)
        remove_temporary(n);
    arena_close(&n->memory);
    arena_close(&n->head_memory);
    free(n);
}

status node_head_state(node *n, state **out, const node_block **block)
{
    /* Accounts that were read stay in memory until the head changes: not without end. */
    if (n->head_view != NULL && n->head_memory.used_bytes > n->head_memory.size_bytes / 2)
        close_head(n);
    if (n->head_view == NULL) {
        TRY(view_open(&n->head_view, &n->head_memory, n));
        status s = node_block_by_number(n->head_view, &n->head_block, n->head_view->head);
        if (s == OK)
            s = node_state_open(n->head_view, &n->head_state, &n->head_block);
        if (s != OK) {
            close_head(n);
            return s;
        }
    }
    *out = n->head_state;
    *block = &n->head_block;
    return OK;
}

void node_count_block(log_level level, const char *event, const node_block *block, double seconds)
{
    const block_header *header = &block->header;
    metrics_add(METRIC_blocks, 1);
    metrics_add(METRIC_transactions, (int64_t)block->transaction_count);
    metrics_add(METRIC_gas, (int64_t)header->gas_used);
    metrics_observe(METRIC_block_seconds, seconds);
    log_event(level, event, log_number("number", header->number), log_hash("hash", &block->hash),
              log_number("transactions", block->transaction_count), log_number("gas", header->gas_used),
              log_real("ms", 1000 * seconds));
}

void node_count_empty_blocks(const node_block *last, uint64_t count, double seconds)
{
    metrics_add(METRIC_blocks, (int64_t)count);
    log_event(LOG_INFO, "empty blocks sealed", log_number("count", count),
              log_number("last", last->header.number), log_hash("hash", &last->hash),
              log_real("ms", 1000 * seconds));
}

status node_head_changed(node *n, const node_block *block)
{
    close_head(n);
    if (n->pool != NULL)
        TRY(mempool_revalidate(n));
    metrics_set(METRIC_head_number, block->header.number);
    metrics_set(METRIC_head_timestamp, block->header.timestamp);
    proving_head_changed(n->proving, 0);
    if (n->listener.block)
        n->listener.block(n->listener.context, block->header.number, &block->hash);
    return OK;
}
