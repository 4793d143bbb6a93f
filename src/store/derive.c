/* States that are not stored. Of empty blocks that are made many at once only the last one's state is: each
 * of the others differs from its parent's in a dozen nodes, by what the rules write at the beginning of a
 * block, and nobody may ever ask for it. Who does gets it made again, from the nearest one below. */
#include "codec/rlp.h"
#include "store/store.h"

#include <string.h>

enum {
    MOST_ANCESTORS = 256,
    FARTHEST_BLOCKS = 4 * STORE_MOST_EMPTY_BLOCKS, /* between a state that is stored and one that is not */
};
static const size_t MADE_BYTES = (size_t)1 << 32, LEAST_MADE_BYTES = (size_t)1 << 26,
                    SPARE_BYTES = (size_t)1 << 25; /* reserved, not used */

/* ---- the nodes of one state among those of many ---- */

static void add_items(byte_store *out, const byte_store *from, bytes items);

void store_nodes_below(byte_store *out, const byte_store *from, const hash256 *root)
{
    bytes node = store_find(from, root), items;
    if (node.data == NULL || store_find(out, root).data != NULL)
        return;
    store_add(out, root, node);
    if (rlp_list(&items, &node) == OK)
        add_items(out, from, items);
}

/* Children by their hashes, and storages by the accounts in leaves; what happens to look like either and is
 * none costs a node too many. */
static void add_items(byte_store *out, const byte_store *from, bytes items)
{
    rlp_item item;
    while (!rlp_at_end(items) && rlp_decode(&item, &items) == OK) {
        bytes inner = item.payload, fields;
        hash256 hash;
        if (item.is_list) {
            add_items(out, from, inner);
        } else if (inner.size == sizeof hash) {
            memcpy(hash.bytes, inner.data, sizeof hash);
            store_nodes_below(out, from, &hash);
        } else if (inner.size > sizeof hash && rlp_list(&fields, &inner) == OK) {
            add_items(out, from, fields);
        }
    }
}

/* ---- empty blocks again ---- */

typedef struct {
    store_view *v;
    state *world;
    uint64_t number; /* of the block that is executed */
} execution;

static status ancestor_hash(void *context, hash256 *out, uint64_t number)
{
    const execution *e = context;
    memset(out, 0, sizeof *out);
    if (number >= e->number || e->number - number > MOST_ANCESTORS || number < e->v->first)
        return OK;
    return store_block_hash(e->v, out, number);
}

static status execute(execution *e)
{
    store_view *v = e->v;
    const chain_config *config = &v->store->config;
    store_block block;
    TRY(store_block_by_number(v, &block, e->number));
    if (block.transaction_count != 0)
        return STATE_UNKNOWN;
    evm_block environment;
    transition_environment(&environment, &block.header, config, block.fork, NULL);
    environment.block_hash = ancestor_hash;
    environment.block_hash_context = e;
    transition *t = transition_open(v->memory, config, &environment, e->world, 0);
    TRY(transition_begin_block(t, &block.header.parent_hash, &block.header.parent_beacon_block_root));
    TRY(transition_requests(t));
    hash256 root;
    TRY(state_root(e->world, &root));
    if (!same_hash(&root, &block.header.state_root))
        return database_error(DATABASE_CORRUPT,
                              "the database in %s is corrupt: block %llu does not execute again",
                              v->store->directory, (unsigned long long)e->number);
    return OK;
}

/* The last block below whose state is there. */
static status find_base(store_view *v, store_block *base, uint64_t number)
{
    witness *known = store_view_witness(v);
    size_t mark = v->memory->used_bytes;
    for (uint64_t i = number; i > v->oldest && number - i < FARTHEST_BLOCKS; i--) {
        arena_rewind(v->memory, mark);
        TRY(store_block_by_number(v, base, i - 1));
        if (witness_node(known, &base->header.state_root).data != NULL)
            return OK;
    }
    return STATE_UNKNOWN;
}

static status execute_from(store_view *v, byte_store *made, const store_block *base, uint64_t number)
{
    arena *usual = v->memory;
    execution e = {.v = v};
    v->memory = made->memory; /* the state outlives what executes on it */
    status s = store_state_at(v, &e.world, &base->header.state_root);
    v->memory = usual;
    TRY(s);
    state_set_node_sink(e.world, store_sink, made);
    size_t mark = v->memory->used_bytes;
    for (e.number = base->header.number + 1; e.number <= number && s == OK; e.number++) {
        s = store_view_is_late(v) ? CALL_TIMED_OUT : execute(&e);
        arena_rewind(v->memory, mark);
    }
    return s;
}

static status keep_derived(store_view *v, const byte_store *made, const hash256 *root)
{
    arena *memory = &v->derived_memory;
    if (!v->has_derived) {
        if (!arena_try_open(memory, MADE_BYTES, LEAST_MADE_BYTES))
            return MEMORY_EXHAUSTED;
        store_init(&v->derived_nodes, memory);
        v->has_derived = true;
    }
    if (memory->size_bytes - memory->used_bytes < SPARE_BYTES)
        return MEMORY_EXHAUSTED;
    store_nodes_below(&v->derived_nodes, made, root);
    return OK;
}

static status derive(store_view *v, uint64_t number, const hash256 *root)
{
    store_block base;
    TRY(find_base(v, &base, number));
    arena memory;
    byte_store made;
    if (!arena_try_open(&memory, MADE_BYTES, LEAST_MADE_BYTES))
        return MEMORY_EXHAUSTED;
    store_init(&made, &memory);
    status s = execute_from(v, &made, &base, number);
    if (s == OK)
        s = keep_derived(v, &made, root);
    arena_close(&memory);
    return s;
}

status store_state_derive(store_view *v, uint64_t number, const hash256 *root)
{
    size_t mark = v->memory->used_bytes;
    bool is_there = witness_node(store_view_witness(v), root).data != NULL;
    status s = is_there                                   ? OK
               : number <= v->oldest || number > v->head ? STATE_UNKNOWN
                                                          : derive(v, number, root);
    arena_rewind(v->memory, mark);
    return s;
}

status store_state_open(store_view *v, state **out, const store_block *block)
{
    TRY(store_state_derive(v, block->header.number, &block->header.state_root));
    return store_state_at(v, out, &block->header.state_root);
}

status store_state_root(store_view *v, hash256 *out, const store_block *block)
{
    *out = block->header.state_root;
    return store_state_derive(v, block->header.number, out);
}

status store_states_put(database_transaction *t, store_view *v, uint64_t first, uint64_t last)
{
    size_t mark = v->memory->used_bytes;
    for (uint64_t i = first; i <= last; i++) {
        store_block block;
        bytes node;
        TRY(store_block_by_number(v, &block, i));
        TRY(database_get(t, &node, TABLE_NODES, bytes_of_hash(&block.header.state_root)));
        if (node.data == NULL) {
            byte_store nodes;
            TRY(store_state_derive(v, i, &block.header.state_root));
            if (!v->has_derived) /* a state of no accounts */
                continue;
            store_init(&nodes, v->memory);
            store_nodes_below(&nodes, &v->derived_nodes, &block.header.state_root);
            for (size_t j = 0; j < nodes.count; j++)
                TRY(database_put(t, TABLE_NODES, bytes_of_hash(&nodes.hashes[j]), nodes.items[j]));
            arena_close(&v->derived_memory);
            v->has_derived = false;
        }
        arena_rewind(v->memory, mark);
    }
    return OK;
}
