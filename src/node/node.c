/* Opening and closing. */
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

const chain_config *node_config(const node *n) { return &n->store.config; }
const node_options *node_options_of(const node *n) { return &n->options; }
const char *node_directory(const node *n) { return n->store.directory; }
const char *node_error_text(void) { return database_error_text(); }
store *node_store(node *n) { return &n->store; }

static status choose_directory(node *n)
{
    if (n->options.directory != NULL) {
        if (snprintf(n->store.directory, sizeof n->store.directory, "%s", n->options.directory) >=
            (int)sizeof n->store.directory)
            return database_error(DATABASE_FAILED, "the directory's name is too long");
        return OK;
    }
    const char *base = getenv("TMPDIR");
    snprintf(n->store.directory, sizeof n->store.directory, "%s/ashlar-node-XXXXXX",
             base != NULL && *base != 0 ? base : "/tmp");
    if (mkdtemp(n->store.directory) == NULL)
        return database_error(DATABASE_FAILED, "%s: no temporary directory can be made", n->store.directory);
    n->is_temporary = true;
    return OK;
}

static void remove_temporary(node *n)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "mempool.rlp", "mempool.rlp.part"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", n->store.directory, files[i]);
        unlink(path);
    }
    rmdir(n->store.directory);
}

/* The genesis that was given, or what the database has, or the development chain's. */
static status settle_genesis(node *n)
{
    if (n->options.genesis != NULL)
        return store_genesis(n->store.db, &n->store.memory, n->options.genesis);
    database_transaction *t;
    bytes first;
    TRY(database_begin(&t, n->store.db, false));
    status s = database_get(t, &first, TABLE_META, bytes_of_text("first"));
    database_abort(t);
    if (s != OK || first.data != NULL)
        return s;
    chain_genesis genesis;
    development_genesis(&genesis, &n->store.memory, n->accounts, n->account_count, n->options.gas_limit);
    return store_genesis(n->store.db, &n->store.memory, &genesis);
}

static status read_config(node *n)
{
    database_transaction *t;
    bytes config;
    TRY(database_begin(&t, n->store.db, false));
    status s = database_get(t, &config, TABLE_META, bytes_of_text("config"));
    if (s == OK && chain_config_read(&n->store.config, config) != OK)
        s = database_error(DATABASE_CORRUPT,
                           "the database in %s is corrupt (the chain's rules): move it away and "
                           "start anew",
                           n->store.directory);
    database_abort(t);
    return s;
}

/* The head must be whole: its block, and the root of its state. */
static status check_head(node *n)
{
    state *world;
    const store_block *block;
    status s = node_head_state(n, &world, &block);
    if (s == STATE_UNKNOWN || s == BLOCK_UNKNOWN)
        return database_error(
            DATABASE_CORRUPT,
            "the database in %s is corrupt (its newest block or state is missing): run `ashlar db "
            "check`, or move it away and start anew",
            n->store.directory);
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
    TRY(database_open(&n->store.db, n->store.directory, !n->is_temporary));
    TRY(settle_genesis(n));
    TRY(read_config(n));
    TRY(history_open(&n->store, n->options.history));
    TRY(check_head(n));
    TRY(activity_open(&n->store));
    TRY(mempool_open(&n->pool, n));
    return mempool_load_journal(n);
}

status node_open(node **out, const node_options *options)
{
    *out = NULL;
    node *n = calloc(1, sizeof *n);
    CHECK(n != NULL);
    n->options = *options;
    arena_open(&n->store.memory, BLOCK_MEMORY_BYTES);
    arena_open(&n->head_memory, HEAD_MEMORY_BYTES);
    n->store.oldest_needed = options->follower.oldest_needed;
    n->store.oldest_needed_context = options->follower.context;
    n->first_coinbase = options->coinbase;
    node_start_development(n);
    status s = open_in(n);
    n->options.genesis = NULL;
    n->options.directory = n->store.directory;
    if (s != OK) {
        node_close(n);
        return s;
    }
    *out = n;
    return OK;
}

void node_close(node *n)
{
    if (n == NULL)
        return;
    mempool_close(n->pool);
    head_close(n);
    database_close(n->store.db);
    if (n->is_temporary)
        remove_temporary(n);
    arena_close(&n->store.memory);
    arena_close(&n->head_memory);
    free(n);
}
