/* Blocks that others made. */
#include "base/clock.h"
#include "codec/rlp.h"
#include "node/internal.h"

enum { MOST_ANCESTORS = 256 };

/* The headers that prove ancestors, ommers' too; and older hashes, newest first. */
static status find_ancestors(chain_input *input, chain_keeper *keeper, store_view *v, uint64_t parent_number,
                             bool is_merged)
{
    enum { HEADERS_BEFORE_MERGE = 8 };
    uint64_t above_first = parent_number - v->first + 1;
    size_t most = is_merged ? 1 : HEADERS_BEFORE_MERGE;
    size_t header_count = above_first < most ? (size_t)above_first : most;
    bytes *headers = ARENA_NEW(v->memory, bytes, header_count),
          *blocks = ARENA_NEW(v->memory, bytes, header_count);
    for (size_t i = 0; i < header_count; i++) {
        store_block ancestor;
        TRY(store_block_by_number(v, &ancestor, parent_number - i));
        headers[header_count - 1 - i] = ancestor.header_encoding;
        blocks[i] = ancestor.encoding;
    }
    size_t hash_count = above_first < MOST_ANCESTORS ? (size_t)above_first : MOST_ANCESTORS;
    hash256 *hashes = ARENA_NEW(v->memory, hash256, hash_count);
    for (size_t i = 0; i < hash_count; i++)
        TRY(store_block_hash(v, &hashes[i], parent_number - i));
    input->headers = headers;
    input->header_count = header_count;
    input->block_hashes = hashes;
    input->block_hash_count = hash_count;
    keeper->ancestors = blocks;
    return OK;
}

static status import(store_view *v, store_sink_context *sinks, chain_fault *fault, store_block *block,
                     bytes encoding)
{
    const chain_config *config = &v->store->config;
    TRY(block_parse(block, v->memory, config, encoding));
    store_block parent;
    TRY(store_block_by_number(v, &parent, v->head));
    if (!same_hash(&block->header.parent_hash, &parent.hash))
        return BLOCK_NOT_ON_HEAD;
    chain_input input = {.block = encoding};
    chain_keeper keeper = {.known = store_view_witness(v),
                           .node_sink = store_node_sink,
                           .code_sink = store_code_sink,
                           .context = sinks};
    TRY(find_ancestors(&input, &keeper, v, v->head, block->fork >= FORK_PARIS));
    chain_result result;
    TRY(chain_execute_on(&result, fault, v->memory, config, &input, &keeper));
    TRY(sinks->failure);
    u256 difficulty;
    TRY(store_total_difficulty(v, &difficulty, &parent));
    difficulty = u256_add(difficulty, block->header.difficulty);
    TRY(store_add_block(sinks->write, v->memory, block, keeper.origins, keeper.receipts, &difficulty));
    return history_add(sinks, v, block->header.number);
}

status node_import(node *n, chain_fault *fault, bytes encoding)
{
    chain_fault unused;
    size_t mark = n->store.memory.used_bytes;
    double start = clock_seconds();
    store_view *v;
    TRY(store_view_open(&v, &n->store.memory, &n->store));
    store_sink_context sinks;
    store_block block;
    store_sink_open(&sinks, &n->store);
    status s = sinks.failure;
    if (s == OK)
        s = import(v, &sinks, fault != NULL ? fault : &unused, &block, encoding);
    if (s == OK)
        s = database_commit(sinks.write);
    else
        database_abort(sinks.write);
    store_view_close(v);
    if (s == OK) {
        node_count_block(LOG_DEBUG, "block imported", &block, clock_seconds() - start);
        s = node_head_changed(n, &block);
    }
    arena_rewind(&n->store.memory, mark);
    return s;
}

/* Whether the chain has this block. */
static status is_known(node *n, bool *known, bytes encoding)
{
    size_t mark = n->store.memory.used_bytes;
    store_view *v;
    store_block block, stored;
    TRY(store_view_open(&v, &n->store.memory, &n->store));
    status s = block_parse(&block, &n->store.memory, &n->store.config, encoding);
    if (s == OK) {
        status found = store_block_by_hash(v, &stored, &block.hash);
        *known = found == OK;
        s = found == BLOCK_UNKNOWN ? OK : found;
    }
    store_view_close(v);
    arena_rewind(&n->store.memory, mark);
    return s;
}

typedef struct {
    double start, shown; /* seconds */
    size_t all_bytes;
} progress;

/* Now and then; the time left by the share of the file that is done. */
static void show_progress(progress *p, uint64_t imported, size_t left_bytes)
{
    enum { INTERVAL_SECONDS = 5 };
    double now = clock_seconds(), taken = now - p->start;
    if (now - p->shown < INTERVAL_SECONDS || left_bytes == 0)
        return;
    p->shown = now;
    double done = (double)(p->all_bytes - left_bytes);
    log_event(LOG_INFO, "importing", log_number("blocks", imported),
              log_real("percent", 100 * done / (double)p->all_bytes),
              log_real("blocks_per_second", (double)imported / taken),
              log_number("seconds_left", (uint64_t)(taken * (double)left_bytes / done)));
}

status node_import_file(node *n, uint64_t *imported, chain_fault *fault, bytes blocks)
{
    double now = clock_seconds();
    progress shown = {now, now, blocks.size};
    *imported = 0;
    while (!rlp_at_end(blocks) && (n->options.stop == NULL || *n->options.stop == 0)) {
        show_progress(&shown, *imported, blocks.size);
        rlp_item block;
        bool known;
        TRY(rlp_decode(&block, &blocks));
        TRY(is_known(n, &known, block.encoding));
        if (known)
            continue;
        TRY(node_import(n, fault, block.encoding));
        ++*imported;
    }
    return OK;
}
